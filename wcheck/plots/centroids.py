"""Centroids of images in a grid, each with the weight of its cell: Stanczuk et al. 2021, Figures 10 c and 12."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from wcheck.plots.figure import show_image
from wcheck.plots.page import EDGE, SAID
from wcheck.plots.rows import plain
from wcheck.plots.text import wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

INCHES = 0.75
"""The side of a tile."""
LEAST = 2.4
"""The width of the grid at least, for its title."""


def centroids(images: NDArray[Any], weights: NDArray[Any], data: str) -> Figure:
    """Draw centroids row by row in a nearly square grid.

    Parameters
    ----------
    images : ndarray, shape (k, channels, height, width)
        From 0 (black) to 1 (white), with 1 or 3 channels.
    weights : ndarray, shape (k,)
        The weights of the cells; written above the tiles.
    data : str
        What they are the centroids of.
    """
    from matplotlib.figure import Figure

    columns = math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    across = max(INCHES * columns, LEAST)
    figure = Figure(figsize=(across, 1.25 * INCHES * rows + 0.4), layout="compressed")
    title = f"{len(images)} geometric medians of {plain(data)}, and their weights"
    figure.suptitle(wrapped(title, figure.get_figwidth() - EDGE, SAID), fontsize=SAID)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[len(images) :]:
        axes.set_axis_off()
    for axes, image, weight in zip(grid, images, weights, strict=False):
        show_image(axes, image)
        axes.set_title(f"{100 * weight:.2g} %", fontsize=6, pad=2)
    return figure
