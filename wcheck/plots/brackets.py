"""Certified brackets, one below the other: of ``wcheck exact``, and of ``wcheck interval`` with their confidence."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import CERTIFIED, colour
from wcheck.plots.kind import Kind
from wcheck.plots.page import NAMED, panels, rows_named, tell, width
from wcheck.plots.rows import REPLICATES, data_of, differing, finite, label, records, settings
from wcheck.plots.text import inches_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series

DIGITS = 7
"""Significant digits of a bound."""
BESIDE = 0.3
"""The share of a page that bounds beside the bars may take; where they would take more, they stand below the names."""
NARROWEST = 0.01
"""The least room on either side of the value, as a share of it: rounding is not drawn as if it were a difference."""


def intervals(frame: DataFrame) -> Figure:
    """Draw each row's bracket as a bar and its value as a point.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck exact`` or ``wcheck interval``.

    Returns
    -------
    Figure
        The bar of ``wcheck exact`` is certain and about the empirical distance, which the point is. That of ``wcheck
        interval`` is about the distributions and holds with its confidence; the point is the empirical distance, the
        ring an estimate of the upper end.
    """
    drawn = finite(frame, "lower", "upper", "value")
    named = differing(drawn, settings(drawn, *REPLICATES))
    names = [label(drawn.iloc[[place]], named) for place in range(len(drawn))]
    confident = "confidence" in drawn
    bounds = [_bounds(row, confident) for row in records(drawn)]
    beside = max(inches_of(text, NAMED) for text in bounds) < BESIDE * width()
    if not beside:
        names = [f"{name}\n{text}".strip() for name, text in zip(names, bounds, strict=True)]
    names, height = rows_named(names, apart=0.3)
    figure, (axes,) = panels(1, height=0.6 + height)
    for place, row in enumerate(records(drawn)):
        axes.plot(
            [row.lower, row.upper],
            [place, place],
            color=CERTIFIED,
            alpha=0.55,
            linewidth=6,
            solid_capstyle="butt",
        )
        axes.plot(row.value, place, "o", color=colour(0))
        if "upper_estimate" in drawn:
            axes.plot(row.upper_estimate, place, "o", color=colour(0), fillstyle="none")
        if beside:
            at: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "center"}
            axes.annotate(bounds[place], (1.01, place), fontsize=NAMED, **at)
    axes.set_yticks(range(len(names)), names)
    axes.set(ylim=(len(drawn) - 0.4, -0.7), xlabel=_axis(drawn))
    shown = drawn[["lower", "upper", "value"]].to_numpy(float)
    low, high = shown.min(), shown.max()
    room = max(0.1 * (high - low), NARROWEST * abs(high)) or 1.0
    axes.set_xlim(low - room, high + room)
    axes.grid(False, axis="y")
    tell(
        figure,
        [axes],
        data_of(drawn),
        f"Bars: intervals for the W1 of the distributions, at a confidence of {_percent(drawn['confidence'])}. Points: "
        "the empirical W1. Rings: an estimate of the upper end, not guaranteed."
        if confident
        else "Bars: certified brackets of the empirical distance, often too narrow to be seen. Points: its value.",
    )
    return figure


def _axis(drawn: DataFrame) -> str:
    units = list(drawn["unit"].dropna().unique()) if "unit" in drawn else []
    return f"distance, in {units[0]}" if len(units) == 1 else "distance, in the unit of the points"


def _percent(shares: Series[Any]) -> str:
    return f"{' and '.join(f'{100 * share:g}' for share in sorted(shares.dropna().unique()))} %"


def _bounds(row: Any, confident: bool) -> str:
    """Write the bracket of a row, rounded outward, with its confidence if it has one."""
    text = f"{_rounded(row.lower, ROUND_FLOOR)} to {_rounded(row.upper, ROUND_CEILING)}"
    return f"{text}, {100 * row.confidence:g} %" if confident else text


def _rounded(bound: float, direction: str) -> str:
    """Return a bound with few digits, rounded away from what it bounds."""
    return f"{Context(prec=DIGITS, rounding=direction).create_decimal(bound):g}"


KIND = Kind("brackets", intervals, numbers=("n", "m", "value", "lower", "upper"), texts=("source", "target"))
