"""The page of a reproduction and of files of rows, as text: what is on it, what is refused, and what cannot get in."""

import base64
import csv
import gzip
import hashlib
import html.parser
import json
import re
import shutil
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
import typer.testing

from tests.report import made
from wcheck.cli.app import app
from wcheck.report import figures
from wcheck.report import page as page_module
from wcheck.report.anonymous import anonymous
from wcheck.report.answer import answer
from wcheck.report.page import write, write_rows
from wcheck.report.reproduction import Claim, Reproduction


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, ["report", *map(str, args)])


class Elements(html.parser.HTMLParser):
    """All elements of a page with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.found, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made.folder(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def page(folder):
    return write(folder).read_text()


def test_all_of_a_study_is_on_the_page(page):
    told = " ".join("".join(Elements(page).text).split())
    for text in (
        "The question of A1?", "What A1 means, and what it does not.", "wcheck bernoulli -o bernoulli.csv",
        "The loss of a critic is a tenth of the distance.", "41.21", "V / L is 2.1 to 4.0 % of the exact 11.0434",
        "Reproduced if ratio is below 0.5.", "The recorded rule was: Reproduced if ratio is below 0.6.",
        "Why: Batches differ.", "What would settle it: about 40 seeds", "Data: stand-in: digits", "0123abc",
        "Linux x86_64", "wcheck 0.1.0, torch 2.13.0", "Not finished yet: F1 (2 of 3 studies are finished)",
        hashlib.sha256((made.RESULTS / "bernoulli.csv").read_bytes()).hexdigest(),
    ):  # fmt: skip
        assert text in told, text


def test_the_answer_is_made_of_the_verdicts(page):
    told = " ".join("".join(Elements(page).text).split())
    assert (
        "4 claims of the papers were tested: 2 are reproduced, 1 is not reproduced, and 1 is not settled at this size. "
        "3 verdicts rest on stand-in data rather than the paper's."
    ) in told
    assert (
        "How close a critic's loss comes to the distance: both claims are reproduced, for example “The loss of a "
        "critic is a tenth of the distance”."
    ) in told
    assert (
        "What minimises the distance to batches: none of the 2 claims is reproduced; not reproduced: biased; not "
        "settled: open."
    ) in told


def test_the_command_says_the_draws_that_were_asked_for(tmp_path):
    assert "--data digits -o DIR" in write(made.folder(tmp_path)).read_text()
    assert "--data digits --draws 5 -o DIR" in write(made.folder(tmp_path, draws=5)).read_text()
    made.folder(tmp_path, draws="5")
    assert "draws is" in invoke(tmp_path).stderr


def test_the_answer_counts_and_shortens():
    claims = [Claim(**{key: made.CLAIM[key] for key in Claim.__dataclass_fields__}) for _ in range(5)]
    others = [
        replace(claim, study="E1", claim=f"c{n}", verdict="not reproduced") for n, claim in enumerate(claims)
    ]
    one = replace(claims[0], study="penalties", data="the paper's")
    sentences = answer(Reproduction(Path(), "", "", "", {}, {}, (), (), (*others, one)))
    told = [
        "".join(part if isinstance(part, str) else part.text for part in sentence) for sentence in sentences
    ]
    assert told == [
        "6 claims of the papers were tested: 1 is reproduced and 5 are not reproduced. "
        "5 verdicts rest on stand-in data rather than the paper's.",
        "Generators in training, their losses and their critics: none of the 5 claims is reproduced; not reproduced: "
        "c0, c1, c2 and 2 more.",
        "Closed forms, bounds, rates, ground metrics and remedies: the only claim is reproduced: “The loss of "
        "a critic is a tenth of the distance”.",
    ]


def test_rows_are_there_once_with_their_own_bytes(page):
    links = [attrs for tag, attrs in Elements(page).found if tag == "a" and "download" in attrs]
    assert [link["download"] for link in links] == [
        "bernoulli.csv",
        "exact-paper.csv",
        "false-minima-digits.csv",
    ]
    for link in links:
        content = base64.b64decode(link["href"].removeprefix("data:text/csv;base64,"))
        assert content == (made.RESULTS / link["download"]).read_bytes()


def test_many_rows_are_compressed(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.report.rowsfile.PLAIN", 1000)
    found = Elements(write(folder, tmp_path / "page.html").read_text()).found
    links = {attrs["download"]: attrs["href"] for tag, attrs in found if tag == "a" and "download" in attrs}
    assert list(links) == ["bernoulli.csv.gz", "exact-paper.csv", "false-minima-digits.csv.gz"]
    content = base64.b64decode(links["bernoulli.csv.gz"].removeprefix("data:application/gzip;base64,"))
    assert gzip.decompress(content) == (made.RESULTS / "bernoulli.csv").read_bytes()
    monkeypatch.setattr("wcheck.report.rowsfile.LARGEST", 1000)
    text = write(folder, tmp_path / "page.html").read_text()
    assert "bernoulli.csv</strong>, too large for a page" in text


def test_figures_have_alternatives_and_all_names_differ(page, folder):
    found = Elements(page).found
    assert [attrs["aria-label"] for tag, attrs in found if attrs.get("role") == "img"] == [
        "What bernoulli shows of bernoulli.",
        "What false-minima shows of false-minima-digits.",
    ]
    names = [attrs["id"] for _, attrs in found if "id" in attrs]
    assert len(names) == len(set(names))
    wanted = [
        value[1:] for _, attrs in found for key, value in attrs.items() if key == "href" and value[:1] == "#"
    ]
    clips = re.findall(r"url\(#([^)]+)\)", page)
    assert {*wanted, *clips} <= {*names, "study-F1"}
    assert sorted(path.name for path in (folder / "figures").iterdir()) == [
        "bernoulli.bernoulli.svg", "false-minima-digits.false-minima.svg",
    ]  # fmt: skip


def pictured(path, file="bernoulli-sheets/001-000500-beside.png", content=None, studies=("A1", "B5")):
    """A folder whose run bernoulli, which two studies read, wrote a picture."""
    import io

    from PIL import Image

    if content is None:
        held = io.BytesIO()
        Image.new("L", (30, 10), 200).save(held, "PNG")
        content = held.getvalue()
    shown = {"pictures": [{"file": file, "alt": "64 of <them>."}]}
    found = []
    for name in studies:
        runs = [run | (shown if run["name"] == "bernoulli" else {}) for run in made.STUDIES[name]]
        found.append(made.study(name, runs=runs))
    made.folder(path, studies=found)
    place = path / "runs" / "bernoulli-sheets"
    place.mkdir()
    (place / "001-000500-beside.png").write_bytes(content)
    return content


def test_a_picture_is_held_by_the_page_once(tmp_path):
    content = pictured(tmp_path)
    text = write(tmp_path).read_text()
    (image,) = [given for tag, given in Elements(text).found if tag == "img"]
    assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) == content
    assert (image["width"], image["height"], image["alt"]) == ("30", "10", "64 of <them>.")
    assert "This picture is in the section <a" in text
    (tmp_path / "runs" / "bernoulli-sheets" / "001-000500-beside.png").unlink()
    assert "There is no picture here: 001-000500-beside.png cannot be read" in write(tmp_path).read_text()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg onload='alert(1)'/>", "is not a PNG file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not a PNG file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(1 << 20), "has more than 1,048,576 bytes"),
    ],
)
def test_what_is_no_picture_of_a_page_is_told(tmp_path, content, why):
    pictured(tmp_path, content=content)
    text = write(tmp_path).read_text()
    assert why in text
    assert "<img" not in text


@pytest.mark.parametrize(
    "file", ["../../secret.png", "/etc/x.png", "a/b/c.png", "x.png", "../x.png", "a/..", 3]
)
def test_a_picture_lies_in_a_folder_beside_the_rows(tmp_path, file):
    pictured(tmp_path, file=file)
    ended = invoke(tmp_path)
    assert ended.exit_code == 2
    assert "file is" in ended.stderr


def test_rows_of_runs_beside_are_in_the_figure(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        page_module, "drawn", lambda files, kind, alt: asked.append(files) or figures.Drawn("k", alt)
    )
    run = made.run("bernoulli", "bernoulli") | {"beside": ["false-minima-digits", "nowhere"]}
    studies = [made.study("A1", runs=[run]), made.study("B5", runs=made.STUDIES["B5"][:1])]
    write(made.folder(tmp_path, studies=studies))
    assert [file.stem for file in asked[0]] == ["bernoulli", "false-minima-digits"]


def test_nothing_is_styled_or_scripted_but_by_what_the_policy_names(page):
    parsed = Elements(page)
    policy = next(attrs["content"] for _, attrs in parsed.found if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for tag, attrs in parsed.found:
        assert not [key for key in attrs if key == "style" or key.startswith("on")], (tag, attrs)
        assert not {"src", "action", "srcset"} & attrs.keys()
        assert re.match(r"#|data:text/csv;base64,|data:,$|data:image/png;base64,", attrs.get("href", "#")), (
            attrs
        )


def test_the_same_files_make_the_same_page(page, folder, tmp_path):
    figures._drawn.cache_clear()
    assert write(folder, tmp_path / "again.html").read_text() == page


def test_figures_are_drawn_once_for_the_same_rows(page, folder, monkeypatch):
    monkeypatch.setattr("wcheck.plots.registry.draw", None)
    assert write(folder).read_text() == page


HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"' onmouseover='alert(1)' x=\"",
    "javascript:alert(1)",
    "</style></svg><b>",
    "{{ 7 * 7 }} {% raw %}",
    "<!-- --><![CDATA[ ]]> &lt;i&gt;",
)


def added(parsed, page):
    """Return what is in a page that no harmless one has: elements, scripts, attributes."""
    tags = {tag for tag, _ in parsed.found} - {tag for tag, _ in Elements(page).found}
    keys = {key for _, attrs in parsed.found for key in attrs} - {
        key for _, attrs in Elements(page).found for key in attrs
    }
    scripts = [tag for tag, _ in parsed.found].count("script") - 1
    links = [
        attrs["href"] for _, attrs in parsed.found if attrs.get("href", "").lower().startswith("javascript")
    ]
    return tags, keys, scripts, links


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_stay_texts(text, page, tmp_path):
    """They are in every field of every file, and shown as they are."""
    claims = [claim | {key: text for key in made.CLAIM if key != "verdict"} for claim in made.CLAIMS[:1]]
    drawn = [{"kind": "bernoulli", "alt": text}, {"kind": text, "alt": text}]
    run = {"name": "bernoulli", "command": text, "seconds": 1, "figures": drawn}
    record = {"title": text, "question": text, "means": text, "claims": [text], "runs": [run]}
    facts = {"versions": {text: text}, "machine": {text: text}}
    folder = made.folder(
        tmp_path, claims, [made.study("A1") | record], preset=text, data=text, rules_commit=text, **facts
    )
    parsed = Elements(write(folder).read_text())
    assert added(parsed, page) == (set(), set(), 0, [])
    assert "".join(parsed.text).count(text) > 10


def test_what_would_break_out_is_found(page):
    broken = Elements(page + "<b onclick=alert(1)>x</b><script></script><a href='javascript:1'></a><video>")
    assert added(broken, page) == ({"video"}, {"onclick"}, 1, ["javascript:1"])


def test_cells_names_of_columns_and_of_files_stay_texts(page, tmp_path):
    """Those of a figure, too: the texts are in its legend, in its titles and beside its axes."""
    lines = list(csv.reader((made.RESULTS / "toys.csv").read_text().splitlines()))
    named = {
        toy: text for toy, text in zip(sorted({line[0] for line in lines[1:]}), cycle(HOSTILE), strict=False)
    }
    path = tmp_path / f"{HOSTILE[1]}{HOSTILE[2]}.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                [*HOSTILE[3:], *lines[0]],
                *([*HOSTILE[3:], named[line[0]] + HOSTILE[4], *line[1:]] for line in lines[1:]),
            ]
        )
    parsed = Elements(write_rows([path], tmp_path / "page.html").read_text())
    tags, keys, scripts, links = added(parsed, page)
    assert tags <= {"tspan", "ul", "path", "use"}
    assert keys <= {"stroke-dasharray", "font-style"}
    assert (scripts, links) == (0, [])
    told = "".join(parsed.text)
    assert "svg" in {tag for tag, _ in parsed.found}
    for text in HOSTILE:
        assert told.count(text.replace("/", "")) + told.count(text) > 0, text
    assert " ".join(HOSTILE[0].split()) in " ".join(told.split())


def test_files_of_rows_are_told_drawn_and_shown(tmp_path):
    for name in ("bernoulli", "compare-pixels"):
        for file in made.RESULTS.glob(f"{name}.csv*"):
            shutil.copy(file, tmp_path)
    ended = invoke(tmp_path / "bernoulli.csv", tmp_path / "compare-pixels.csv")
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr == f"The page is in {tmp_path / 'report.html'}.\n"
    parsed = Elements((tmp_path / "report.html").read_text())
    told = " ".join("".join(parsed.text).split())
    assert "In 19 of the 36 rows the expected batch loss is not minimal at theta*." in told
    assert "The first 10 of 36 rows" in told
    assert "wcheck bernoulli -o bernoulli.csv" in told
    assert len([tag for tag, _ in parsed.found if tag == "svg"]) == 4  # each for wide and for narrow screens


def test_rows_without_a_figure_or_a_record_are_shown_and_say_so(tmp_path):
    (tmp_path / "iris.csv").write_text("sepal,species\n1.5,setosa\n")
    assert invoke(tmp_path / "iris.csv", "-o", tmp_path / "page.html").exit_code == 0
    told = " ".join("".join(Elements((tmp_path / "page.html").read_text()).text).split())
    assert "There is no figure here: these columns do not belong to a command of wcheck" in told
    assert "no record beside them" in told
    assert "setosa" in told


def test_rows_that_were_changed_since_say_so(tmp_path):
    for file in made.RESULTS.glob("bernoulli.csv*"):
        shutil.copy(file, tmp_path)
    with (tmp_path / "bernoulli.csv").open("a") as file:
        file.write((made.RESULTS / "bernoulli.csv").read_text().splitlines()[-1] + "\n")
    write_rows([tmp_path / "bernoulli.csv"], tmp_path / "page.html")
    assert (
        "finished, but the rows were changed after wcheck wrote them" in (tmp_path / "page.html").read_text()
    )


def test_a_folder_without_a_finished_study_says_what_is_to_come(tmp_path):
    folder = made.folder(tmp_path, studies=[])
    (folder / "claims.csv").unlink()
    told = " ".join("".join(Elements(write(folder).read_text()).text).split())
    assert "No claim has been decided yet." in told
    assert "Not finished yet: A1, B5, F1 (0 of 3 studies are finished)" in told


def test_rows_that_are_not_there_yet_are_named(tmp_path):
    folder = made.folder(tmp_path)
    (folder / "runs" / "bernoulli.csv").unlink()
    assert "The rows of bernoulli are not finished yet." in write(folder).read_text()


def test_why_a_run_failed_is_told_without_folders(tmp_path):
    claim = made.CLAIM | {"verdict": "not settled", "why": "/home/alice/out/runs/a.csv holds other rows"}
    text = write(made.folder(tmp_path, [claim])).read_text()
    assert "alice" not in text
    assert "a.csv holds other rows" in text


def test_no_home_and_no_folder_is_told(tmp_path):
    shutil.copy(made.RESULTS / "bernoulli.csv", tmp_path)
    record = json.loads((made.RESULTS / "bernoulli.csv.json").read_text())
    from wcheck.rows import sidecar

    changes = {
        "command": "wcheck bernoulli -o /home/alice/secret/bernoulli.csv",
        "platform": "Linux /home/alice/x",
    }
    record["config"]["measures"] = {"source": {"name": "/home/alice/p.npy", "sha256": "ab"}}
    sidecar.save(tmp_path / "bernoulli.csv.json", record | changes)
    text = write_rows([tmp_path / "bernoulli.csv"], tmp_path / "page.html").read_text()
    assert "alice" not in text
    assert "wcheck bernoulli -o bernoulli.csv" in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/me/x.npy", "x.npy"),
        ("wcheck exact /data/p.npy[0:5] q.npy", "wcheck exact p.npy[0:5] q.npy"),
        ("generator:/home/me/g.pt,n=36", "generator:g.pt,n=36"),
        (r"C:\Users\me\x.npy", "x.npy"),
        ("~/x.csv and ~me/x.csv", "x.csv and x.csv"),
        ("https://arxiv.org/abs/2103.01678", "https://arxiv.org/abs/2103.01678"),
        ("V / L_pairs, 1/2, runs/x.csv", "V / L_pairs, 1/2, runs/x.csv"),
    ],
)
def test_paths_are_told_as_names_of_files(text, told):
    assert anonymous(text) == told


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("reproduction.json", "{", "reproduction.json is not as wcheck reproduce writes it: it is not JSON"),
        ("reproduction.json", "[]", "it is not an object"),
        ("reproduction.json", '{"schema": 2}', "its schema is 2, and this wcheck reads 1"),
        ("reproduction.json", '{"schema": 1, "studies": ["../x"]}', 'studies is "../x", which is not a name'),
        ("studies/A1.json", "\xff", "A1.json is not as wcheck reproduce writes it"),
        ("studies/A1.json", json.dumps(made.study("A1", runs=[made.run("../../x")])), "which is not a name"),
        ("studies/A1.json", json.dumps(made.study("A1", title=7)), "title is 7"),
        ("studies/A1.json", json.dumps(made.study("A1", runs=["x"])), 'runs holds "x"'),
        (
            "claims.csv",
            "study,claim\nA1,x\n",
            "claims.csv is not as wcheck reproduce writes it: it lacks source",
        ),
        ("claims.csv", "study\nA1,x\n", "a row has another number of cells than the header"),
        (
            "claims.csv",
            ",".join(made.CLAIM) + "\n" + ",".join(["x"] * 15) + "\n",
            "a verdict is 'x', not one of",
        ),
        ("claims.csv", '"', "claims.csv is not as wcheck reproduce writes it"),
    ],
)
def test_damaged_files_are_one_line_and_status_2(tmp_path, file, content, message):
    made.folder(tmp_path)
    (tmp_path / file).write_text(content, encoding="latin-1")
    ended = invoke(tmp_path)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.csv",), "there is no missing.csv"),
        (("empty",), "empty holds no reproduction.json"),
        (("empty", "iris.csv"), "empty is a folder: give it alone"),
        (("iris.csv", "iris.csv"), "iris.csv was given twice"),
        (("iris.csv", "-o", "page.csv"), "does not end with .html: name it page.html"),
        (("iris.csv", "-o", "missing/page.html"), "the folder missing does not exist"),
        (("ragged.csv",), "ragged.csv is not a CSV file: some rows have more or fewer cells than its header"),
        (("binary.csv",), "binary.csv is not a CSV file"),
        (("header.csv",), "header.csv holds a header and no rows"),
        (("nothing.csv",), "nothing.csv is not a CSV file"),
    ],
)
def test_what_cannot_be_a_page_is_one_line_and_status_2(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "iris.csv").write_text("sepal,species\n1,setosa\n")
    (tmp_path / "ragged.csv").write_text("a,b\n1\n")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    (tmp_path / "header.csv").write_text("a,b\n")
    (tmp_path / "nothing.csv").write_text("")
    ended = invoke(*arguments)
    assert ended.exit_code == 2, ended.output
    assert message in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*.html"))
