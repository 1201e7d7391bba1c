"""Distances to altered images and to the nearest other images: the numbers behind Stanczuk et al. 2021, Figure 16."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import INK, colour, marker
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import data_of, finite, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def distances(frame: DataFrame) -> Figure:
    """Draw, for each reference and alteration, the distances to the altered image and to the nearest other image.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck pixels``, whose ``--picture`` draws the images themselves.

    Returns
    -------
    Figure
        Points below the diagonal are references to which an image of another class is nearer than they are to
        themselves, slightly altered. All distances are computed, none is estimated.
    """
    drawn = finite(frame, "altered_distance", "nearest_distance")
    figure, (axes,) = panels(1, height=3.6)
    for index, (alteration, group) in enumerate(drawn.groupby("alteration", sort=False)):
        beaten = int((group["nearest_distance"] < group["altered_distance"]).sum())
        below = f"{plain(alteration)}: {beaten} of {len(group)} below"
        style: dict[str, Any] = {"color": colour(index), "alpha": 0.8, "markeredgewidth": 0}
        x, y = group["altered_distance"], group["nearest_distance"]
        axes.plot(x, y, marker(index), label=below, **style)
    most = 1.05 * drawn[["altered_distance", "nearest_distance"]].to_numpy().max() or 1.0
    axes.plot([0, most], [0, most], color=INK, linewidth=1)
    axes.set(
        xlim=(0, most),
        ylim=(0, most),
        xlabel="distance to the altered image",
        ylabel="distance to the nearest other image",
    )
    axes.set_aspect("equal")
    tell(
        figure,
        [axes],
        data_of(drawn),
        "Euclidean distances, computed and not estimated. Below the line, another image (of another class, if classes "
        "are known) is closer to the reference than its altered copy.",
    )
    return figure


KIND = Kind(
    "pixels",
    distances,
    numbers=("altered_distance", "nearest_distance"),
    texts=("alteration", "index", "nearest_index"),
)
