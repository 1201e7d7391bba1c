"""Solving times beside those of others, and how they grow with n."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import INK, MARKERS, caption, colour, estimates, legend, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import finite, groups, parts, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

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
    figure, (left, right) = panels(2)
    if drawn.groupby(["dim"])["n"].nunique().max() > 1:
        _curves(left, right, drawn)
        legend(figure, left)
    else:
        figure.set_figheight(1.5 + 0.3 * _bars(left, right, drawn))
    caption(
        figure,
        "Medians of repeats of one run on one machine; bars reach from the least to the greatest. Time includes the "
        "cost matrix; memory is the peak above what held the input. Dashed: one cost matrix.",
    )
    return figure


def _curves(left: Axes, right: Axes, drawn: DataFrame) -> None:
    dims = sorted(drawn["dim"].unique())
    peers = list(dict.fromkeys(drawn["peer"]))
    for (dim, peer), group in drawn.groupby(["dim", "peer"], sort=False):
        options = {"color": colour(dims.index(dim)), "marker": MARKERS[peers.index(peer) % len(MARKERS)]}
        for axes, column in ((left, "seconds"), (right, "gib")):
            found = group.groupby("n")[column].agg(["min", "median", "max"]).dropna()
            errors = [found["median"] - found["min"], found["max"] - found["median"]]
            name = f"{plain(peer)}, d = {dim:,.0f}"
            estimates(axes, found.index, found["median"], 0, errors=errors, label=name, **options)
    for dim, group in parts(drawn, "dim"):
        yardstick = group.groupby("n")["yardstick"].median().dropna()
        if len(yardstick):
            label = f"one cost matrix, d = {dim:,.0f}"
            left.plot(
                yardstick.index, yardstick, "--", color=colour(dims.index(dim)), linewidth=1, label=label
            )
    left.set(xscale="log", yscale="log", xlabel="$n$, points a side", ylabel="time, seconds")
    right.set(xscale="log", yscale="log", xlabel="$n$, points a side", ylabel="memory above the input, GiB")


def _bars(left: Axes, right: Axes, drawn: DataFrame) -> int:
    """Draw a bar for each peer on each problem, and return how many there are."""
    names = []
    place = 0
    for _, problem in groups(drawn, ("problem", "n", "dim")):
        first = problem.iloc[0]
        start = place
        for peer, group in problem.groupby("peer", sort=False):
            for axes, column in ((left, "seconds"), (right, "gib")):
                values = group[column].dropna()
                if len(values):
                    middle = values.median()
                    ends = [[middle - values.min()], [values.max() - middle]]
                    index = 1 if peer == "wcheck" else 0
                    axes.barh(
                        place, middle, xerr=ends, color=colour(index), height=0.7, ecolor=INK, capsize=2
                    )
                    axes.annotate(
                        f"{middle:.3g}",
                        (1.01, place),
                        xycoords=("axes fraction", "data"),
                        va="center",
                        fontsize=8,
                    )
            names.append(f"{plain(peer)}  ({plain(first['problem'])})" if place == start else plain(peer))
            place += 1
        yardstick = problem["yardstick"].median()
        if yardstick == yardstick:
            left.vlines(yardstick, start - 0.5, place - 0.5, color=INK, linestyle="--", linewidth=1)
    for axes in (left, right):
        axes.set_yticks(range(place), names if axes is left else [""] * place)
        axes.set_ylim(place - 0.4, -0.6)
        axes.grid(False, axis="y")
    left.set(xlabel="time, seconds")
    right.set(xlabel="memory above the input, GiB")
    return place


KIND = Kind(
    "timings",
    growth,
    numbers=("n", "dim", "seconds", "above_input_bytes", "cost_matrix_seconds", "cost_stream_seconds"),
    texts=("problem", "peer", "status"),
)
