"""Write docs/results.md, its gallery and the README's figures from reproductions: ``python docs/results.py [DIR ...]``.

A folder that ``wcheck reproduce`` wrote is kept in docs/results under the name of its preset, without its page and its
drawn figures, which ``wcheck report`` makes again; without one, the pages are written from those that are kept. No
number is typed by hand: all are cells of claims.csv or of the records beside it.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from wcheck.report.answer import answer
from wcheck.report.reproduction import Reproduction

DOCS = Path(__file__).parent
KEPT = DOCS / "results"
FIGURES = DOCS / "figures" / "reproduced"
PRESETS = ("quick", "full", "paper")
FRONT = (("oracle-penalties", "penalties"), ("digits-games", "gan-batch"), ("false-minima", "false-minima"))
"""Runs of quick and the kinds of their figures in the README."""
BEGIN, END = "<!-- figures: python docs/results.py -->", "<!-- end of figures -->"
PIXELS, INCHES = 270, 3.7
"""The width of a figure in the README, and that at which it is drawn, so that its letters can be read there."""
HEAD = """\
# Results: the papers' claims and what was found

`python docs/results.py` writes this page from the files in [results](results), which `wcheck reproduce` wrote; no
number is typed by hand. [Reproductions](reproduce.md) explains the verdicts and the rules behind them.
[Measurements](measurements.md) shows what single commands found, on CIFAR-10 and elsewhere, and how often comparisons
are right.
"""


class Shown(NamedTuple):
    """The figure of a study: of a run's rows and those beside them, drawn as a kind, or a picture that it wrote."""

    title: str
    run: str
    alt: str
    files: list[Path]
    kind: str
    picture: Path | None


class Kept(NamedTuple):
    """A reproduction that is kept: its record, its studies in their order, and the rows of its claims."""

    folder: Path
    record: dict[str, Any]
    studies: list[dict[str, Any]]
    claims: list[dict[str, str]]

    @staticmethod
    def read(folder: Path) -> Kept:
        """Read a folder; studies that are not finished are left out."""
        record = json.loads((folder / "reproduction.json").read_text())
        paths = [folder / "studies" / f"{name}.json" for name in record["studies"]]
        with (folder / "claims.csv").open(newline="") as file:
            claims = list(csv.DictReader(file))
        return Kept(folder, record, [json.loads(path.read_text()) for path in paths if path.exists()], claims)

    @property
    def preset(self) -> str:
        """The name of its preset."""
        return str(self.record["preset"])

    def figures(self) -> Iterator[Shown]:
        """Yield the first picture or figure of each study, each run once."""
        drawn = set()
        for study in self.studies:
            for shown in [shown for run in study["runs"] for shown in self._shown(study["title"], run)][:1]:
                if shown.run not in drawn and shown.files[0].exists():
                    drawn.add(shown.run)
                    yield shown

    def front(self) -> list[Shown]:
        """Return the figures of the README."""
        found = {
            (shown.run, shown.kind): shown
            for study in self.studies
            for run in study["runs"]
            for shown in self._shown(study["title"], run)
        }
        return [found[key] for key in FRONT if self.preset == "quick" and key in found]

    def _shown(self, title: str, run: dict[str, Any]) -> Iterator[Shown]:
        files = [self.folder / "runs" / f"{name}.csv" for name in (run["name"], *run.get("beside", ()))]
        for each in run.get("pictures", ()):
            picture = self.folder / "runs" / each["file"]
            yield Shown(title, run["name"], each["alt"], files, "", picture)
        for each in run["figures"]:
            yield Shown(title, run["name"], each["alt"], files, each["kind"], None)


def keep(folder: Path, kept: Path = KEPT) -> Path:
    """Copy the finished studies of a reproduction, in place of the one of its preset that was kept; return the copy."""
    found = Kept.read(folder)
    place = kept / found.preset
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(
        folder,
        place,
        ignore=shutil.ignore_patterns(
            "report.html", "figures", "*.journal", "*.unfinished", "*.error.txt", ".*"
        ),
    )
    runs = [run for study in found.studies for run in study["runs"]]
    finished = {run["name"] for run in runs}
    for path in (place / "runs").iterdir():
        if path.is_dir():  # generators that a run saved, and sheets of their images
            shutil.rmtree(path)
        elif path.name.split(".")[0] not in finished:
            path.unlink()
    for name in {picture["file"] for run in runs for picture in run.get("pictures", ())}:
        (place / "runs" / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / "runs" / name, place / "runs" / name)
    return place


def reproductions(kept: Path = KEPT) -> list[Kept]:
    """Return those that are kept, in the order of the presets."""
    return [Kept.read(kept / name) for name in PRESETS if (kept / name / "reproduction.json").exists()]


def results(found: list[Kept]) -> str:
    """Return the page of all reproductions."""
    return "\n".join([HEAD, *(line for each in found for line in _section(each))]) + "\n"


def readme(text: str, found: list[Kept]) -> str:
    """Return the README with its figures between its two marks."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    images = " ".join(
        f'<img src="docs/figures/reproduced/front-{shown.run}.png" width="{PIXELS}" '
        f'alt="{_attribute(shown.title)}: {_attribute(shown.alt)}">'
        for each in found
        for shown in each.front()
    )
    return f"{before}{BEGIN}\n{images}\n{END}{after}"


def draw(found: list[Kept], into: Path = FIGURES) -> None:
    """Draw or copy the README's figures and the first of each study, and remove those that belong to none."""
    into.mkdir(parents=True, exist_ok=True)
    for old in into.glob("*.png"):
        old.unlink()
    for each in found:
        for shown in each.figures():
            _draw(shown, into / f"{each.preset}-{shown.run}.png")
        for shown in each.front():
            _draw(shown, into / f"front-{shown.run}.png", INCHES)


def _draw(shown: Shown, path: Path, inches: float | None = None) -> None:
    from wcheck.plots.figure import save
    from wcheck.plots.registry import draw, load

    if shown.picture is None:
        rows = load([file for file in shown.files if file.exists()])
        save(draw(rows, shown.kind, inches=inches), path)
    else:
        shutil.copy(shown.picture, path)


def _section(kept: Kept) -> Iterator[str]:
    told = " ".join(
        "".join(part if isinstance(part, str) else f"`{part.claim}`" for part in sentence)
        for sentence in answer(Reproduction.read(kept.folder))
    )
    place = f"results/{kept.preset}"
    minutes = (
        sum({run["name"]: run["seconds"] for study in kept.studies for run in study["runs"]}.values()) / 60
    )
    commit = kept.record["rules_commit"]
    rules = f"The rules were recorded in commit `{commit}`. " if commit else ""
    yield f"## The preset {kept.preset}, on {kept.record['data']}"
    yield ""
    yield (
        f"{told} {rules}The runs of the {len(kept.studies)} studies took {minutes:.1f} minutes in total, small ones "
        f"side by side, on {kept.record['machine']}. [claims.csv]({place}/claims.csv) holds the rule of each claim, "
        f"and `wcheck report docs/{place} -o page.html` writes the full report."
    )
    yield ""
    yield "| study | claim | the paper's number | found here | verdict |"
    yield "|---|---|---|---|---|"
    for claim in kept.claims:
        stand_in = f" ({claim['data']})" if claim["data"].startswith("stand-in") else ""
        verdict = _cell(claim["verdict"] + stand_in)
        cells = [_cell(claim[name]) for name in ("study", "says", "number", "found")]
        yield f"| {' | '.join([*cells, verdict if claim['verdict'] == 'reproduced' else f'**{verdict}**'])} |"
    yield ""
    if others := [claim for claim in kept.claims if claim["verdict"] != "reproduced"]:
        yield "The claims that were not reproduced or not settled, and why:"
        yield ""
        for claim in others:
            reasons = [claim["why"], f"settling it would take {claim['more']}" if claim["more"] else ""]
            why = "; ".join(reason for reason in reasons if reason) or "the reason is not known"
            yield f"* {claim['study']}, `{claim['claim']}`, {claim['verdict']}: {_cell(why)}."
        yield ""
    yield from _gallery(kept)


def _gallery(kept: Kept) -> Iterator[str]:
    cells = [
        f"![{_cell(shown.alt)}](figures/reproduced/{kept.preset}-{shown.run}.png) {_cell(shown.title)}"
        for shown in kept.figures()
    ]
    if cells:
        yield "| | |"
        yield "|---|---|"
        for first, second in zip(cells[::2], [*cells[1::2], ""], strict=False):
            yield f"| {first} | {second} |"
        yield ""


def _cell(text: str) -> str:
    """Return a text as a cell of a table or an alternative text, in which nothing is markup."""
    plain = " ".join(text.split())
    for mark in "\\`*_[]<>|~":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


def _attribute(text: str) -> str:
    from html import escape

    return escape(" ".join(text.split()))


if __name__ == "__main__":
    for given in sys.argv[1:]:
        keep(Path(given))
    everything = reproductions()
    draw(everything)
    (DOCS / "results.md").write_text(results(everything))
    front = DOCS.parent / "README.md"
    front.write_text(readme(front.read_text(), everything))
