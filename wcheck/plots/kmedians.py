"""Losses of k-medians over all starts, beside other centroids: Stanczuk et al. 2021, Section 5.4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.errors import counted
from wcheck.plots.artists import colour, marker
from wcheck.plots.kind import Kind
from wcheck.plots.page import HEIGHT, panels, rows_named, tell
from wcheck.plots.rows import FACTS, REPLICATES, data_of, finite, groups, settings
from wcheck.plots.ticks import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

LOSSES = {
    "kmedians_loss": "k-medians",
    "perturbed_loss": "k-medians, perturbed",
    "kmeans_loss": "k-means",
    "random_loss": "random points",
}

LANE = 0.14
"""Inches of each kind of centroid on a row."""


def losses(frame: DataFrame) -> Figure:
    """Draw the losses of all starts: sorted near the best, and each kind of centroid beside the others.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck kmedians``.

    Returns
    -------
    Figure
        A loss is the W1 between the data and the centroids weighted by their cells: computed, not estimated. Left all
        starts in order of their loss; right the same for every kind, random points of the data included.
    """
    drawn = finite(frame, "k", *LOSSES)
    runs = list(groups(drawn, settings(drawn, *FACTS, *REPLICATES)))
    names, height = rows_named(
        (name or f"k = {group['k'].iloc[0]:g}" for name, group in runs), lanes=LANE * len(LOSSES)
    )
    figure, (left, right) = panels(2, height=max(HEIGHT, 0.9 + height), narrowest=3.4)
    for place, (_, group) in enumerate(runs):
        for index, (column, kind) in enumerate(LOSSES.items()):
            values = group[column].sort_values()
            style: dict[str, Any] = {
                "color": colour(index),
                "marker": marker(index),
                "linestyle": "none",
                "markersize": 3,
            }
            beside = [place + 0.18 * (index - 1.5)] * len(values)
            right.plot(values, beside, label="" if place else kind, **style)
            if column != "random_loss":
                left.plot(range(1, len(values) + 1), values, **style)
    left.set(xlabel="start, in order of its loss", ylabel="loss: $W_1$ to the data")
    whole(left.xaxis)
    right.set_yticks(range(len(names)), names)
    right.set(ylim=(len(names) - 0.4, -0.6), xlabel="loss: $W_1$ to the data")
    right.grid(False, axis="y")
    tell(
        figure,
        [left, right],
        data_of(drawn),
        f"Each point is one of {counted(len(drawn), 'start', separator=',')}; its loss is the empirical W1 "
        "between the data and the centroids "
        "weighted by their cells, computed and not estimated. That the best start is the best of all is not certified.",
    )
    return figure


KIND = Kind("kmedians", losses, numbers=("k", "start", *LOSSES), texts=("data",))
