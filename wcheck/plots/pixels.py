"""Triples of images with their distances: Stanczuk et al. 2021, Figure 16."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wcheck.plots.figure import show_image

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

INCHES = 1.3
"""Of a tile."""
ACROSS = 4
"""Triples side by side: the alterations of one image."""


def triples(images: Sequence[NDArray[Any]], captions: Sequence[tuple[str, str, str]]) -> Figure:
    """Draw triples of reference, altered and different image, four triples a row.

    Parameters
    ----------
    images : sequence of ndarray, shape (3, channels, height, width)
        From 0 (black) to 1 (white), with 1 or 3 channels.
    captions : sequence of tuple of str
        What stands above the three.
    """
    from matplotlib.figure import Figure

    across = min(ACROSS, len(images))
    rows = -(-len(images) // across)
    figure = Figure(figsize=(3 * INCHES * across, 1.25 * INCHES * rows), layout="constrained")
    for number, part in enumerate(figure.subfigures(rows, across, squeeze=False, wspace=0.04).ravel()):
        if number < len(images):
            for axes, image, caption in zip(
                part.subplots(1, 3), images[number], captions[number], strict=True
            ):
                show_image(axes, image)
                axes.set_title(caption, fontsize=7, pad=3)
    return figure
