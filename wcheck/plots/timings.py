"""Solving times beside those of others, and how they grow with n."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import INK, colour, estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import NAMED, panels, rows_named, tell
from wcheck.plots.rows import finite, groups, parts, plain
from wcheck.plots.ticks import used

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series

GIB = 2.0**30


def growth(frame: DataFrame) -> Figure:
    """Draw times and memory of solvers: against n on logarithmic axes, or as bars where every problem has one n.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``benchmarks/exact.py``; only those of status ``optimal`` are drawn.

    Returns
    -------
    Figure
        Medians of repeats; bars reach from the least to the greatest. Dashed: the time of one float32 cost matrix in
        the same process.
    """
    drawn = finite(frame[frame["status"] == "optimal"], "n", "seconds")
    drawn = drawn.assign(gib=drawn["above_input_bytes"] / GIB)
    drawn = drawn.assign(yardstick=drawn["cost_matrix_seconds"].fillna(drawn["cost_stream_seconds"]))
    if drawn.groupby(["dim"])["n"].nunique().max() > 1:
        figure, grid = _curves(drawn)
    else:
        figure, grid = _bars(drawn)
    tell(
        figure,
        grid,
        "Medians of repeats on one machine; bars extend from the smallest to the largest value. Time includes the "
        "cost matrix; memory is the peak on top of the input. Dashed: one cost matrix.",
    )
    return figure


def _curves(drawn: DataFrame) -> tuple[Figure, list[Axes]]:
    """Draw times and memory of each peer in each dimension over n."""
    dims = sorted(drawn["dim"].unique())
    series = list(drawn.groupby(["dim", "peer"], sort=False))
    figure, (left, right) = panels(2, series=len(series))
    for index, ((dim, peer), group) in enumerate(series):
        for axes, column in ((left, "seconds"), (right, "gib")):
            found = group.groupby("n")[column].agg(["min", "median", "max"]).dropna()
            errors = [found["median"] - found["min"], found["max"] - found["median"]]
            name = f"{plain(peer)}, d = {dim:,.0f}"
            estimates(axes, found.index, found["median"], index, errors=errors, label=name)
    for dim, group in parts(drawn, "dim"):
        yardstick = group.groupby("n")["yardstick"].median().dropna()
        if len(yardstick):
            dashes = (dims.index(dim), (4, 2 + dims.index(dim)))
            left.plot(
                yardstick.index, yardstick, color=INK, linewidth=1, linestyle=dashes,
                label=f"one cost matrix, d = {dim:,.0f}",
            )  # fmt: skip
    for axes, measured in ((left, "time, seconds"), (right, "memory above the input, GiB")):
        axes.set(xscale="log", yscale="log", xlabel="$n$, points on each side", ylabel=measured)
        used(axes.xaxis, drawn["n"])
    return figure, [left, right]


def _bars(drawn: DataFrame) -> tuple[Figure, list[Axes]]:
    """Draw a bar for each peer on each problem, the problem's name with its first one."""
    problems = [own for _, own in groups(drawn, ("problem", "n", "dim"))]
    bars = [(own, peer, group) for own in problems for peer, group in own.groupby("peer", sort=False)]
    first = [place == 0 or bars[place - 1][0] is not own for place, (own, _, _) in enumerate(bars)]
    names, height = rows_named(
        plain(peer) + (f" ({plain(own['problem'].iloc[0])})" if new else "")
        for new, (own, peer, _) in zip(first, bars, strict=True)
    )
    figure, (left, right) = panels(2, height=0.8 + height, narrowest=3.4)
    for place, (_, peer, group) in enumerate(bars):
        for axes, column in ((left, "seconds"), (right, "gib")):
            values = group[column].dropna()
            if len(values):
                _bar(axes, place, values, 1 if peer == "wcheck" else 0)
    for own in problems:
        places = [place for place, (of, _, _) in enumerate(bars) if of is own]
        yardstick = own["yardstick"].median()
        if yardstick == yardstick:
            left.vlines(yardstick, places[0] - 0.5, places[-1] + 0.5, color=INK, linestyle="--", linewidth=1)
    for axes, measured in ((left, "time, seconds"), (right, "memory above the input, GiB")):
        axes.set_yticks(range(len(names)), names)
        axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=measured)
        axes.grid(False, axis="y")
    return figure, [left, right]


def _bar(axes: Axes, place: int, values: Series[Any], index: int) -> None:
    middle = values.median()
    ends = [[middle - values.min()], [values.max() - middle]]
    axes.barh(place, middle, xerr=ends, color=colour(index), height=0.7, ecolor=INK, capsize=2)
    axes.annotate(
        f"{middle:.3g}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=NAMED
    )


KIND = Kind(
    "timings",
    growth,
    numbers=("n", "dim", "seconds", "above_input_bytes", "cost_matrix_seconds", "cost_stream_seconds"),
    texts=("problem", "peer", "status"),
)
