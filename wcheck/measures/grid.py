"""Points as one picture: images pixel by pixel, points of the plane as dots."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import OutputError, ParameterError
from wcheck.measures.images import brightness, check_shape
from wcheck.measures.measure import Measure
from wcheck.measures.scaling import scale_of
from wcheck.rows.replace import replacing

if TYPE_CHECKING:
    from PIL import Image


def save_grid(measure: Measure, path: Path, *, limit: int = 64) -> None:
    """Write the first images of a measure as one picture, row by row in a nearly square grid.

    Black and white are the ends of the measure's scale; for zscore and untouched points, the least and the
    greatest coordinate shown. Small images are magnified by a whole factor.

    Parameters
    ----------
    measure : Measure
        Its points have the shape ``(channels, height, width)`` with 1 or 3 channels.
    path : Path
        Where to write; the suffix, such as .png, names the format.
    limit : int
        How many images are shown at most.

    Raises
    ------
    ParameterError
        If the points are not images, or the limit is below 1.
    OutputError
        If the file cannot be written.
    """
    from PIL import Image

    _write(Image.fromarray(sheet(measure, limit)), path)


def sheet(measure: Measure, limit: int = 64) -> NDArray[np.uint8]:
    """Return the first images of a measure as one picture ``(height, width, 3)``; see :func:`save_grid`.

    Raises
    ------
    ParameterError
        As :func:`save_grid`.
    """
    check_shape(measure.name, measure.shape)
    if limit < 1:
        raise ParameterError(f"limit is {limit}: a grid shows at least one image; give 1 or more.")
    shown = measure.block(slice(0, min(limit, len(measure))))
    return _grid(_as_bytes(brightness(shown, measure.shape, scale_of(measure))))


def save_beside(parts: Mapping[str, Measure], path: Path, *, limit: int = 64) -> None:
    """Write the first images of several measures of one scale as one picture: a grid for each, under its name.

    Parameters
    ----------
    parts : mapping of str to Measure
        What each grid is called; all of one shape. Where the first has a scale without black and white, they are the
        least and the greatest coordinate shown of all.
    path, limit
        See :func:`save_grid`.

    Raises
    ------
    ParameterError, OutputError
        As :func:`save_grid`.
    """
    from PIL import Image

    measures = list(parts.values())
    for measure in measures:
        check_shape(measure.name, measure.shape)
    shown = [measure.block(slice(0, min(limit, len(measure)))) for measure in measures]
    bright = brightness(np.concatenate(shown), measures[0].shape, scale_of(measures[0]))
    ends = np.cumsum([len(points) for points in shown])[:-1]
    grids = [_grid(_as_bytes(images)) for images in np.split(bright, ends)]
    captioned = [_captioned(name, grid) for name, grid in zip(parts, grids, strict=True)]
    height = max(len(panel) for panel in captioned)
    padded = [
        np.pad(panel, ((0, height - len(panel)), (0, GAP), (0, 0)), constant_values=255)
        for panel in captioned
    ]
    _write(Image.fromarray(np.concatenate(padded, axis=1)), path)


def save_plane(points: Measure, data: Measure, path: Path) -> None:
    """Write points of the plane as dots on those of the data: blue on grey, in the frame of the data and a margin.

    Points outside of the frame are drawn at its edge.

    Raises
    ------
    ParameterError
        If the points do not lie in the plane.
    OutputError
        If the file cannot be written.
    """
    from PIL import Image

    if points.dim != 2 or data.dim != 2:
        raise ParameterError(
            f"{points.name} has dimension {points.dim}: only points of the plane are drawn as dots."
        )
    real = data.block(slice(0, MOST_DOTS)).astype(np.float64)
    low, high = real.min(axis=0), real.max(axis=0)
    middle, half = (
        (low + high) / 2,
        (1 + 2 * MARGIN) * max(float((high - low).max()) / 2, np.finfo(float).tiny),
    )
    canvas = np.full((SIDE, SIDE, 3), 255, np.uint8)
    for dots, colour, radius in ((real, GREY, 1), (points.block(slice(0, MOST_DOTS)), BLUE, 1)):
        places = np.clip((np.asarray(dots, np.float64) - middle) / (2 * half) + 0.5, 0, 1)
        columns, rows = np.rint(places * (SIDE - 1 - 2 * radius)).astype(int).T + radius
        for across in range(-radius, radius + 1):
            for down in range(-radius, radius + 1):
                canvas[SIDE - 1 - rows + down, columns + across] = colour
    _write(Image.fromarray(canvas), path)


SIDE, MARGIN, MOST_DOTS = 480, 0.25, 5000
"""Pixels a side of the plane, the share of the data's frame around them, and the most dots of either kind."""
GREY, BLUE = (170, 170, 170), (31, 119, 180)
GAP, LETTERS = 12, 14
"""Pixels between two grids, and above each for its name where letters are not magnified."""
PLAIN = 250
"""Pixels of a grid's width for each factor by which the letters of its name are magnified."""


def _captioned(name: str, grid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a grid under its name, whose letters are the larger the wider the grid is."""
    from PIL import Image, ImageDraw

    width = grid.shape[1]
    zoom = max(1, width // PLAIN)
    line = Image.new("RGB", (-(-width // zoom), LETTERS), "white")
    ImageDraw.Draw(line).text((2, 1), name, fill="black")
    letters = np.asarray(line).repeat(zoom, axis=0).repeat(zoom, axis=1)[:, :width]
    return np.concatenate([letters, grid])


def _as_bytes(bright: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(255 * bright).astype(np.uint8)


def _grid(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay out ``(k, c, h, w)`` tiles on white, as an array ``(height, width, 3)``."""
    count, _, height, width = tiles.shape
    zoom = max(1, 64 // max(height, width))
    tiles = tiles.repeat(zoom, axis=2).repeat(zoom, axis=3).transpose(0, 2, 3, 1)
    height, width, gap = height * zoom, width * zoom, 2
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    canvas = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 255, np.uint8)
    for index, tile in enumerate(tiles):
        top = gap + index // columns * (height + gap)
        left = gap + index % columns * (width + gap)
        canvas[top : top + height, left : left + width] = tile
    return canvas


def _write(image: Image.Image, path: Path) -> None:
    """Write an image in one step, so that a full disk leaves no half of it."""
    from PIL import Image

    formats = Image.registered_extensions()
    if path.suffix.lower() not in formats:
        raise OutputError(f"{path} has no suffix of a picture: name it .png, .jpg or .webp.")
    encoded = io.BytesIO()
    image.save(encoded, formats[path.suffix.lower()])
    with replacing(path) as file:
        file.write(encoded.getvalue())
