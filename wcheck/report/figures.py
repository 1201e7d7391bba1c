"""Figures of files of rows for a page, for a wide screen and for a telephone; the same rows are drawn only once."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wcheck.errors import WcheckError
from wcheck.report.anonymous import anonymous
from wcheck.report.svg import Vector, vector

WIDE, NARROW = 7.4, 3.4
"""Inches: the width of a page, and that of a telephone of 360 pixels less its margins."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure of a page.

    Attributes
    ----------
    key : str
        The name of the figure within the page.
    alt : str
        A description of what the figure shows.
    shapes : tuple of (str, Vector)
        For each class of screens, the figure drawn for it; empty where it cannot be drawn.
    problem : str
        The reason why it cannot be drawn.
    before : str
        The section that shows the same figure already.
    """

    key: str
    alt: str
    shapes: tuple[tuple[str, Vector], ...] = ()
    problem: str = ""
    before: str = ""


def drawn(files: Sequence[Path], kind: str | None = None, alt: str = "") -> Drawn:
    """Return the figure that belongs to files of rows.

    Parameters
    ----------
    files : sequence of Path
        The CSV files, whose rows are joined.
    kind : str, optional
        The kind, as in :func:`wcheck.plots.registry.draw`; recognised from the columns if left out.
    alt : str
        A description of what the figure shows; what figures of this kind show in general if left out.
    """
    contents = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    key = "f" + hashlib.sha256(" ".join([*contents, kind or ""]).encode()).hexdigest()[:10]
    found = _drawn(tuple(files), key, kind)
    return Drawn(key, alt or found.alt, found.shapes, found.problem)


@functools.lru_cache(512)
def _drawn(files: tuple[Path, ...], key: str, kind: str | None) -> Drawn:
    from wcheck.plots.registry import draw, load, named, recognise

    try:
        frame = load(files)
        chosen = named(kind) if kind else recognise(frame.columns)
        wide = vector(draw(frame, chosen.name, inches=WIDE), key)
    except WcheckError as error:
        return Drawn(key, "", problem=anonymous(error.line))
    about = (inspect.getdoc(chosen.draw) or "").partition("\n")[0].removeprefix("Draw ").rstrip(".")
    alt = f"Figure of the kind {chosen.name}: {about}."
    try:
        narrow = vector(draw(frame, chosen.name, inches=NARROW), key + "n")
    except WcheckError:  # it has no room there: the wide one can be moved sideways
        return Drawn(key, alt, (("any", wide),))
    return Drawn(key, alt, (("wide", wide), ("narrow", narrow)))
