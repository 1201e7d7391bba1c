"""The pages of the commands are those that the code makes, and what pages link to is there."""

import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from tests.scripts import script

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]*)#?([^)\s]*)\)")


@pytest.fixture(scope="module")
def generate():
    return script("docs/generate.py")


def test_the_pages_are_those_of_the_code(generate):
    made = generate.pages()
    assert {path.name for path in (DOCS / "commands").glob("*.md")} == set(made)
    for name, text in made.items():
        assert (DOCS / "commands" / name).read_text() == text, f"run python docs/generate.py: {name} differs"


def test_the_page_of_the_columns_is_that_of_the_code(generate):
    text = generate.columns()
    assert (DOCS / "columns.md").read_text() == text, "run python docs/generate.py"
    assert "| `normalised_ratio` | (V / L) / W1, V/L % |" in text


def test_the_page_of_public_names_is_that_of_the_code(generate):
    assert (DOCS / "api.md").read_text() == generate.api(), "run python docs/generate.py: api.md differs"


def test_a_page_says_what_its_command_takes_and_writes(generate):
    page = generate.pages()["exact.md"]
    assert "`--scale 0,1\\|-1,1\\|zscore`" in page
    assert (
        "| `relative_gap` | the width of the bracket as a share of its upper end, or, for a cost matrix, of "
        "absolute_cost | certified upper |" in page
    )
    assert "[brackets](plot.md#kinds)" in page
    assert "wcheck exact [OPTIONS] [P] [Q]" in page


def anchors(page):
    """The names under which a page's headings can be linked to."""
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page):
    for target, anchor in LINK.findall(page.read_text()):
        if "://" not in target:
            found = page.parent / target if target else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), f"{target}#{anchor}"


def test_an_anchor_is_spelt_as_it_is_linked_to():
    assert {"your-own-critic", "rows-files-and-figures"} <= anchors(DOCS / "guide.md")
    assert "your-critic" not in anchors(DOCS / "guide.md")


def test_every_figure_and_every_file_of_results_stands_on_a_page():
    pages = "".join(page.read_text() for page in PAGES)
    for path in [*(DOCS / "figures").rglob("*.*"), *(DOCS / "results").glob("*.csv")]:
        name = path.relative_to(DOCS)
        assert f"({name})" in pages or f'src="docs/{name}"' in pages, path
        assert path.suffix != ".csv" or path.with_name(path.name + ".json").exists(), path


def test_no_figure_is_without_its_rows():
    """Those of reproductions are compared with theirs in test_results.py."""
    figures = script("docs/figures.py")
    found = {path.stem for path in (DOCS / "figures").glob("*.png")}
    found -= {"zoo"}  # drawn by a benchmark from docs/results/zoo.csv
    found -= set(script("docs/screenshots.py").PICTURES)
    assert set(figures.FIGURES) | set(figures.PICTURES) == found
    for name in figures.FIGURES:
        with Image.open(DOCS / "figures" / f"{name}.png") as image:
            assert image.text["rows"] == figures.seal(name), (
                f"run python docs/figures.py: {name} shows other rows"
            )
    for picture, rows in figures.PICTURES.items():
        sidecar = json.loads((figures.RESULTS / f"{rows}.csv.json").read_text())
        assert f"{picture}.png" in sidecar["command"].split()


def test_figures_are_drawn_anew_from_their_rows(tmp_path, monkeypatch):
    figures = script("docs/figures.py")
    monkeypatch.setattr(figures, "FIGURES", {"bernoulli": figures.FIGURES["bernoulli"]})
    figures.main(tmp_path)
    with Image.open(tmp_path / "bernoulli.png") as image:
        assert image.text["rows"] == figures.seal("bernoulli")
        monkeypatch.setitem(figures.FIGURES, "bernoulli", ("bernoulli", ["toys"]))
        assert image.text["rows"] != figures.seal("bernoulli")


ENDED_EARLY = {"zoo-10000-generated-2", "zoo-10000-lists", "zoo-10000-lists-2"}
"""Runs of which the page says so; what they finished is kept."""


@pytest.mark.parametrize("path", sorted((DOCS / "results").glob("*.csv")), ids=lambda path: path.stem)
def test_a_file_of_results_is_the_one_that_its_sidecar_seals(path):
    sidecar = json.loads(path.with_name(path.name + ".json").read_text())
    if "experiment" in sidecar:  # the others are of benchmarks
        assert sidecar["status"] == ("interrupted" if path.stem in ENDED_EARLY else "finished")
        assert sidecar["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        pages = "".join((DOCS / name).read_text() for name in ("measurements.md", "performance.md"))
        assert sidecar["command"] in pages.replace('"', "'")


def test_the_floors_of_the_architecture_are_those_of_the_contract():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    table = (DOCS / "architecture.md").read_text().partition("| floor |")[2].partition("\n\n")[0]
    floors = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines()[2:]]
    assert floors == [re.findall(r"wcheck\.(\w+)", layer) for layer in contract["layers"]]
