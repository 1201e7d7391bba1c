"""Candidates compared with real data: their excess with intervals, and how distances fall with n."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import CERTIFIED, INK, colour, estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, rows_named, tell
from wcheck.plots.rows import data_of, finite, groups, plain, records
from wcheck.plots.ticks import used

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

TASKS = ("embed", "estimator", "p")
"""What tells the panels apart."""


def forest(frame: DataFrame) -> Figure:
    """Draw the excess of every candidate with its interval, and the baseline at 0.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck compare``.

    Returns
    -------
    Figure
        A panel for each embedding and estimator. Points are mean excesses at the largest n, bars Student's intervals of
        single rows, which are estimates. Where the distance is exact, short bars show what is certified: how far the
        mean excess of these very blocks is, by its brackets.
    """
    drawn = _against_real(frame)
    drawn = drawn[drawn["n"] == drawn["n"].max()]
    parts = list(groups(drawn, TASKS))
    names = list(parts[0][1].sort_values("excess", kind="stable")["candidate"])
    shown, height = rows_named(map(plain, names), apart=0.3)
    figure, grid = panels(len(parts), height=0.9 + height, narrowest=3.4)
    for axes, (name, part) in zip(grid, parts, strict=True):
        ordered = part.set_index("candidate").reindex(names)
        for place, row in enumerate(records(ordered)):
            _bar(axes, place, row)
        axes.axvline(0.0, color=INK, linewidth=1.0, linestyle="--")
        axes.set_yticks(range(len(ordered)), shown)
        axes.set(ylim=(len(ordered) - 0.4, -0.6), xlabel="farther than real data by", title=name)
        axes.grid(False, axis="y")
    at = f"{100 * drawn['confidence'].iloc[0]:g} %"
    tell(
        figure,
        grid,
        data_of(drawn, "reference"),
        f"Points: mean excess over real data (0) at n = {drawn['n'].iloc[0]:,.0f}, an estimate; bars: {at} intervals, "
        "each for its own row. Grey marks: certified brackets of the mean of these blocks, often too narrow to be "
        "seen. An excess below 0 is not an achievement: blurred and copied samples are there.",
    )
    return figure


def over_n(frame: DataFrame) -> Figure:
    """Draw the mean distance of every candidate over the points of a block, beside that of real data.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck compare``.

    Returns
    -------
    Figure
        A panel for each embedding and estimator; the line without marks is the baseline.
    """
    drawn = _against_real(frame)
    parts = list(groups(drawn, TASKS))
    figure, grid = panels(len(parts), series=drawn["candidate"].nunique())
    for axes, (name, part) in zip(grid, parts, strict=True):
        baseline = part.drop_duplicates("n").sort_values("n")
        axes.plot(baseline["n"], baseline["baseline"], color=CERTIFIED, linewidth=2.0, label="real data")
        for index, (candidate, own) in enumerate(part.groupby("candidate", sort=False)):
            ordered = own.sort_values("n")
            estimates(axes, ordered["n"], ordered["value"], index, label=plain(candidate))
        axes.set(xlabel="points per block (n)", ylabel="mean distance over blocks", title=name)
        axes.set_xscale("log", base=2)
        used(axes.xaxis, baseline["n"])
    tell(
        figure,
        grid,
        data_of(drawn, "reference"),
        "Means over blocks. A mean of exact distances is certified for these blocks, and is an estimate for new "
        "draws. Line: other real data of the same size.",
    )
    return figure


def _against_real(frame: DataFrame) -> DataFrame:
    drawn = finite(frame, "excess", "value", "baseline", "n")
    return drawn[drawn["against"].isna()]


def _bar(axes: Axes, place: int, row: Any) -> None:
    axes.plot([row.interval_low, row.interval_high], [place, place], color=colour(0), linewidth=1.2)
    certified = [row.lower - row.baseline_upper, row.upper - row.baseline_lower]
    axes.plot(certified, [place, place], color=CERTIFIED, alpha=0.55, linewidth=8, solid_capstyle="butt")
    axes.plot(row.excess, place, "o", color=colour(0))


NUMBERS = (
    "n", "excess", "interval_low", "interval_high", "value", "lower", "upper", "baseline", "baseline_lower",
    "baseline_upper", "confidence",
)  # fmt: skip
KIND = Kind("compare", forest, numbers=NUMBERS, texts=("reference", "candidate", "against"))
OVER_N = Kind(
    "compare-n", over_n, numbers=("n", "excess", "value", "baseline"), texts=("candidate", "against")
)
