"""Triples of images with their distances: Stanczuk et al. 2021, Figure 16."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from wcheck.columns.rounding import rounded
from wcheck.plots.figure import show_image
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

INCHES = 1.3
"""The side of a tile."""
ACROSS = 4
"""Triples side by side: the alterations of one image."""
DRAWN = 3
"""References of each alteration."""


def triples(rows: Sequence[Row], images: Callable[[Row], NDArray[Any]]) -> Figure:
    """Draw triples of reference, altered and nearest different image, four triples a row, with their distances.

    Parameters
    ----------
    rows : sequence of Row
        Those of ``wcheck pixels`` that are drawn.
    images : callable
        Returns the triple of a row, shape (3, channels, height, width), from 0 (black) to 1 (white), with 1 or 3
        channels.
    """
    from matplotlib.figure import Figure

    across = min(ACROSS, len(rows))
    down = -(-len(rows) // across)
    figure = Figure(figsize=(3 * INCHES * across, 1.25 * INCHES * down), layout="constrained")
    parts = figure.subfigures(down, across, squeeze=False, wspace=0.04).ravel()
    for part, row in zip(parts, rows, strict=False):
        for axes, image, caption in zip(part.subplots(1, 3), images(row), _captions(row), strict=True):
            show_image(axes, image)
            axes.set_title(caption, fontsize=7, pad=3)
    return figure


def most_absurd(rows: Sequence[Row], count: int = DRAWN) -> list[Row]:
    """Return for each alteration the rows in which the altered image is farthest, in distances of the nearest other."""

    def ratio(row: Row) -> float:
        altered, nearest = (cast("float", row[f"{which}_distance"]) for which in ("altered", "nearest"))
        return altered / nearest if nearest > 0 else math.inf

    ranked = sorted(rows, key=ratio, reverse=True)
    names = dict.fromkeys(row["alteration"] for row in rows)
    found = {name: [row for row in ranked if row["alteration"] == name] for name in names}
    return [row for place in range(count) for rank in found.values() for row in rank[place : place + 1]]


def _captions(row: Row) -> tuple[str, str, str]:
    altered, nearest = (
        rounded(cast("float", row[f"{which}_distance"]), 3) for which in ("altered", "nearest")
    )
    return (
        str(row["label"] or row["index"]),
        f"{row['alteration']}: {altered}",
        f"{row['nearest_label'] or row['nearest_index']}: {nearest}",
    )
