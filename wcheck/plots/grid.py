"""Images of a measure as one picture, pixel by pixel."""

from __future__ import annotations

import io
import math
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

    check_shape(measure.name, measure.shape)
    if limit < 1:
        raise ParameterError(f"limit is {limit}: a grid shows at least one image; give 1 or more.")
    shown = measure.block(slice(0, min(limit, len(measure))))
    tiles = np.rint(255 * brightness(shown, measure.shape, scale_of(measure))).astype(np.uint8)
    _write(Image.fromarray(_grid(tiles)), path)


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
