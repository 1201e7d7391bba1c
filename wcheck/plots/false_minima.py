"""Candidate batches by their distance to real ones: Stanczuk et al. 2021, Figure 10."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import INK, Z95, colour
from wcheck.plots.kind import Kind
from wcheck.plots.page import NAMED, panels, rows_named, tell
from wcheck.plots.rows import REPLICATES, data_of, finite, groups, plain, records, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

NAMES = {
    "real": "other real points",
    "mean": "the mean, repeated",
    "median": "the median, repeated",
    "kmeans": "k-means",
    "kmedians": "k-medians",
    "uniform-minimiser": "local minimiser, all data",
    "batch-minimiser": "local minimiser, batches",
}
DRAWS = {"fixed": (0, "one fixed batch"), "sampled": (5, "drawn again each time")}


def bars(frame: DataFrame) -> Figure:
    """Draw the mean W1 from batches of data to each candidate as a bar.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck false-minima``.

    Returns
    -------
    Figure
        A panel for each data set and n. Each distance of two batches is certified; their mean over batches is an
        estimate, with 95 % intervals. The line is the mean to a real batch drawn again each time.
    """
    drawn = finite(frame, "w1", "n")
    parts = list(
        groups(drawn, settings(drawn, "candidate", "weights", "draw", "fit", "dim", "dtype", *REPLICATES))
    )
    named = [rows_named(_called(row) for row in records(part)) for _, part in parts]
    figure, grid = panels(len(parts), height=0.9 + max(height for _, height in named), narrowest=3.4)
    for axes, (name, part), (names, _) in zip(grid, parts, named, strict=True):
        _bars(axes, part, names)
        first = part.iloc[0]
        axes.set_title(name or f"{plain(first['data'])}, batches of n = {first['n']:,.0f}")
    tell(
        figure,
        grid,
        data_of(drawn),
        "Bars: mean W1 from batches of data to the candidate, with 95 % intervals (estimates over batches; each "
        "distance is certified). Candidates left of the line are closer to the data than real batches.",
    )
    return figure


def _called(row: Any) -> str:
    """Return what the candidate of a row is called."""
    return NAMES.get(row.candidate, plain(row.candidate)) + (", by cells" if row.weights == "cluster" else "")


def _bars(axes: Axes, part: DataFrame, names: Sequence[str]) -> None:
    for place, row in enumerate(records(part)):
        index, drawn = DRAWS.get(row.draw, (4, str(row.draw)))
        label = drawn if drawn not in axes.get_legend_handles_labels()[1] else None
        error = Z95 * row.standard_error
        axes.barh(
            place, row.w1, xerr=error, color=colour(index), height=0.7, label=label, ecolor=INK, capsize=2
        )
        axes.annotate(
            f"{row.w1:#.4g}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=NAMED
        )
    real = part[(part["candidate"] == "real") & (part["draw"] == "sampled")]
    for value in real["w1"]:
        axes.axvline(value, color=INK, linewidth=1, linestyle="--", label="real batch")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("mean $W_1$ to batches of data")
    axes.set_xlim(left=0)
    axes.grid(False, axis="y")


KIND = Kind(
    "false-minima",
    bars,
    numbers=("n", "w1", "standard_error"),
    texts=("data", "candidate", "weights", "draw"),
)
