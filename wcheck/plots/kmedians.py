"""Losses of k-medians over all starts, beside other centroids: Stanczuk et al. 2021, Section 5.4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import caption, colour, legend, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import FACTS, REPLICATES, finite, groups, settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

LOSSES = {
    "kmedians_loss": "k-medians",
    "perturbed_loss": "k-medians, perturbed",
    "kmeans_loss": "k-means",
    "random_loss": "random points",
}


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
    figure, (left, right) = panels(2)
    names = []
    for place, (name, group) in enumerate(groups(drawn, settings(drawn, *FACTS, *REPLICATES))):
        names.append(name or f"k = {group['k'].iloc[0]:g}")
        for index, column in enumerate(LOSSES):
            values = group[column].sort_values()
            style: dict[str, Any] = {
                "color": colour(index),
                "marker": "osD^"[index],
                "linestyle": "none",
                "markersize": 3,
            }
            right.plot([place + 0.18 * (index - 1.5)] * len(values), values, **style)
            if column != "random_loss":
                left.plot(range(1, len(values) + 1), values, **style)
    for index, text in enumerate(LOSSES.values()):
        right.plot([], [], color=colour(index), marker="osD^"[index], linestyle="none", label=text)
    left.set(xlabel="start, in order of its loss", ylabel="loss: $W_1$ to the data")
    right.set_xticks(range(len(names)), names)
    right.set(xlim=(-0.6, len(names) - 0.4), ylabel="loss: $W_1$ to the data")
    right.grid(False, axis="x")
    legend(figure, right, columns=4)
    caption(
        figure,
        f"Each point is one of {len(drawn):,} starts; its loss is the empirical W1 between the data and the centroids "
        "weighted by their cells, computed and not estimated. That the best start is the best of all is not certified.",
    )
    return figure


KIND = Kind("kmedians", losses, numbers=("k", "start", *LOSSES), texts=("data",))
