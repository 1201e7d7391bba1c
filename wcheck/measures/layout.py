"""How the numbers of an array are read: as vectors, or as images whose channels come first or last."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError

LAYOUTS = ("vectors", "chw", "hwc")
"""What can be said of arrays: vectors as they lie, or images with their channels first or last."""

EIGHT_BITS = (0.0, 255.0)
"""Black and white of uint8."""

Ends = tuple[float, float]
"""Black and white: the pixel values that the ends of a scale stand for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Numbers, and what they are.

    Attributes
    ----------
    store : ndarray, shape (n, ...)
        The numbers; images as ``(n, channels, height, width)``.
    is_image : bool
        Whether they are.
    ends : (float, float), optional
        Black and white, where they are known.
    """

    store: NDArray[Any]
    is_image: bool = False
    ends: Ends | None = None


def read_as(
    store: NDArray[Any], name: str, *, layout: str | None = None, pixel_range: Ends | None = None
) -> Reading:
    """Tell images from vectors by their shape, or as was said.

    Without a word, a uint8 array of four axes of which the second or the last has length 1 or 3 is images from 0 to
    255, channels first before channels last, and all else is vectors as they lie. With a pixel range, every array of
    three or four axes is images, those that are not uint8 with that black and white. A layout says besides how arrays
    lie whose shape does not: flat ones (of square images), those of three axes (grey), and those whose second and last
    axes both have length 1 or 3.

    Parameters
    ----------
    store : ndarray, shape (n, ...)
        The array.
    name : str
        The name of the source, for errors.
    layout : {"vectors", "chw", "hwc"}, optional
        What was said of its layout.
    pixel_range : (float, float), optional
        Black and white in arrays that are not uint8.

    Raises
    ------
    ParameterError
        If the array cannot be what was said.
    """
    shape, bytes_ = store.shape[1:], store.dtype == np.uint8
    ends = EIGHT_BITS if bytes_ else pixel_range
    if layout == "vectors" or store.dtype.kind not in "fiub":
        return Reading(store)
    if layout is None and pixel_range is None and not (bytes_ and len(shape) == 3):
        return Reading(store)
    images = _images(store, layout)
    if images is None and layout is None and bytes_:
        return Reading(store)
    if images is None:
        said = f"layout is {layout}" if layout else "a pixel range was given, which makes arrays images"
        flat = " (flat arrays: say --layout chw or hwc)" if layout is None and len(shape) == 1 else ""
        raise ParameterError(
            f"{said}, but {name} has points of shape {times(shape)}: images have 1 or 3 channels, first or last, and "
            f"flat images are square{flat}; reshape the array, or leave the option out."
        )
    if ends is not None and not bytes_:
        _check_range(images, ends, name)
    return Reading(images, True, ends)


def last_to_first(store: NDArray[Any]) -> NDArray[Any]:
    """Return a view of images ``(n, height, width, channels)`` as ``(n, channels, height, width)``."""
    return np.moveaxis(store, -1, 1)


def channels_last(shape: tuple[int, ...]) -> bool:
    """Whether a point of this shape can only be an image with its channels last."""
    return len(shape) == 3 and shape[2] in (1, 3) and shape[0] not in (1, 3)


def times(shape: tuple[int, ...]) -> str:
    """Write a shape: ``3x32x32``."""
    return "x".join(map(str, shape))


def _images(store: NDArray[Any], layout: str | None) -> NDArray[Any] | None:
    """Return an array as ``(n, channels, height, width)``; None where it cannot be that."""
    shape = store.shape[1:]
    if len(shape) == 3:
        first, last = shape[0] in (1, 3), shape[2] in (1, 3)
        if last and (layout == "hwc" or not first):
            return last_to_first(store)
        return store if first else None
    if len(shape) == 2:
        return store[:, None]
    if len(shape) == 1 and layout is not None:
        for channels in (1, 3):
            side = math.isqrt(shape[0] // channels)
            if channels * side * side == shape[0]:
                if layout == "chw":
                    return store.reshape(-1, channels, side, side)
                return last_to_first(store.reshape(-1, side, side, channels))
    return None


def _check_range(images: NDArray[Any], ends: Ends, name: str) -> None:
    """Refuse a range that cannot be meant: generated images may leave theirs a little, not by half of it."""
    if images.size == 0:
        return
    low, high = float(images.min()), float(images.max())
    slack = (ends[1] - ends[0]) / 2
    if low < ends[0] - slack or high > ends[1] + slack:
        raise ParameterError(
            f"pixel_range is {ends[0]:g},{ends[1]:g}, but {name} holds values from {low:g} to {high:g}: "
            "give the values of black and white in it."
        )
