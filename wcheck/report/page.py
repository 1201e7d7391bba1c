"""One page of HTML: a reproduction with its answer, claims and studies, or any files of rows with their summaries."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wcheck.errors import TableError
from wcheck.report.anonymous import anonymous
from wcheck.report.answer import STAND_IN, answer
from wcheck.report.figures import Drawn, drawn
from wcheck.report.finished import Finished
from wcheck.report.pictures import Picture
from wcheck.report.rendering import rendered
from wcheck.report.reproduction import VERDICTS, Claim, Reproduction, Run, Study
from wcheck.report.rowsfile import RowsFile, versions_told
from wcheck.report.tables import Head, head
from wcheck.rows.replace import as_output_error, replacing

PAGE = "report.html"
"""The name of the page within the folder of a reproduction."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A run within the section of a study: its figures, pictures and rows, or the section that has them already."""

    run: Run
    figures: tuple[Drawn, ...]
    pictures: tuple[Picture, ...]
    files: tuple[RowsFile, ...]
    before: str
    missing: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The section of a study."""

    study: Study
    claims: tuple[Claim, ...]
    runs: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The section of a file of rows: its sentences, its figure, its first rows, and the file itself."""

    key: str
    sentences: tuple[str, ...]
    figure: Drawn
    head: Head
    file: RowsFile


def write(folder: str | os.PathLike[str], page: Path | None = None) -> Path:
    """Write the page of a reproduction from its files alone; nothing is run.

    Parameters
    ----------
    folder : path
        The folder that ``wcheck reproduce`` writes. The page names the studies that are not finished.
    page : Path, optional
        The page; ``report.html`` in the folder if left out.

    Returns
    -------
    Path
        The path of the page, which is replaced in one step.

    Raises
    ------
    TableError
        If ``wcheck reproduce`` did not write the folder, or a file in it is damaged.
    OutputError
        If the page cannot be written.
    """
    found = Reproduction.read(Path(folder))
    draws = "" if found.draws is None else f" --draws {found.draws:g}"
    text = rendered(
        "reproduction.html",
        found=found,
        sentences=answer(found),
        verdicts={verdict: sum(claim.verdict == verdict for claim in found.claims) for verdict in VERDICTS},
        sections=list(_sections(found)),
        made=_made(found),
        command=f"wcheck reproduce --preset {found.preset} --data {found.data}{draws} -o DIR",
        stand_in=STAND_IN,
    )
    return _saved(text, page or found.folder / PAGE)


def write_rows(files: Sequence[Path], page: Path) -> Path:
    """Write a page with a section for each file of rows.

    Parameters
    ----------
    files : sequence of Path
        CSV files, as commands of wcheck write them.
    page : Path
        The page.

    Raises
    ------
    TableError
        If a file cannot be read, or holds no rows.
    OutputError
        If the page cannot be written.
    """
    return _saved(
        rendered("rows.html", sections=[_rows(file, f"rows-{n}") for n, file in enumerate(files, 1)]), page
    )


def _made(found: Reproduction) -> dict[str, str]:
    """Return the provenance of the whole reproduction."""
    told = {"Preset": found.preset, "Data": found.data, "Rules committed in": found.rules_commit}
    told |= {name.capitalize(): value for name, value in found.machine.items()}
    told["Versions"] = versions_told(found.versions)
    return {name: anonymous(value) for name, value in told.items() if value}


def _sections(found: Reproduction) -> Iterator[Section]:
    """Yield the studies; the figures and rows of a run that studies share are in the first section that shows them."""
    seen: dict[str, str] = {}
    for study in found.studies:
        claims = tuple(claim for claim in found.claims if claim.study == study.name)
        yield Section(study, claims, tuple(_shown(found.folder, study, run, seen) for run in study.runs))


def _shown(folder: Path, study: Study, run: Run, seen: dict[str, str]) -> Shown:
    path, fit = (folder / "runs" / f"{run.name}{suffix}.csv" for suffix in ("", ".fit"))
    if not path.is_file():
        return Shown(run, (), (), (), "", missing=True)
    joined = [path, fit] if fit.is_file() else [path]
    together = [path, *filter(Path.is_file, (path.with_name(f"{name}.csv") for name in run.beside))]
    figures = []
    for kind, alt in run.figures:
        figure = drawn(joined if kind == "extrapolation" else together, kind, alt)
        _keep(figure, folder / "figures" / f"{run.name}.{kind}.svg")
        if figure.shapes and seen.setdefault(figure.key, study.name) != study.name:
            figure = Drawn(figure.key, figure.alt, before=seen[figure.key])
        figures.append(figure)
    pictures = []
    for file, alt in run.pictures:
        picture = Picture.read(path.parent / file, alt)
        if picture.href and seen.setdefault(picture.key, study.name) != study.name:
            picture = Picture(picture.key, alt, before=seen[picture.key])
        pictures.append(picture)
    before = seen.setdefault(run.name, study.name)
    files = tuple(map(RowsFile.read, joined)) if before == study.name else ()
    return Shown(
        run, tuple(figures), tuple(pictures), files, before if before != study.name else "", missing=False
    )


def _keep(figure: Drawn, path: Path) -> None:
    """Write a figure into the folder, if it is not there already."""
    for _, vector in figure.shapes[:1]:
        with as_output_error(path):
            path.parent.mkdir(exist_ok=True)
            same = path.is_file() and path.read_bytes() == vector.file
        if not same:
            with replacing(path) as file:
                file.write(vector.file)


def _rows(path: Path, key: str) -> Rows:
    if not path.is_file():
        raise TableError(
            f"there is no file {path}: give CSV files that wcheck wrote, or a folder that wcheck reproduce wrote."
        )
    told = Finished.read(path)
    sentences = tuple(anonymous(told.told()).splitlines()) if told is not None else ()
    return Rows(key, sentences, drawn([path]), head(path, told), RowsFile.read(path))


def _saved(text: str, page: Path) -> Path:
    with replacing(page) as file:
        file.write(text.encode())
    return page
