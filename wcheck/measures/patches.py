"""Patches of images as points: all of them, or as many as are drawn."""

from __future__ import annotations

import numpy as np

from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.rng import generator


def patches(images: Measure, side: int, largest: int, *, role: str = "", seed: int = 0) -> Measure:
    """Return the patches of images as points, all of one weight: all that there are, or as many as are drawn.

    Parameters
    ----------
    images : Measure
        n images ``(channels, height, width)``, each of which has ``(height - side + 1) (width - side + 1)`` patches.
    side : int
        The pixels a side of a patch.
    largest : int
        How many are drawn, without replacement, where there are more.
    role : str
        Names the random stream, so that two roles are independent draws.
    seed : int
        The seed of the draw.

    Raises
    ------
    ParameterError
        If the points are not images that all count alike, or they are smaller than a patch.
    """
    check(images, side)
    height, width = (length - side + 1 for length in images.shape[1:])
    count = number(images, side)
    if count > largest:
        chosen = np.sort(generator(seed, "patches", role).choice(count, largest, replace=False))
    else:
        chosen = np.arange(count)
    which, places = np.divmod(chosen, height * width)
    needed, which = np.unique(which, return_inverse=True)
    pixels = images.block(needed).reshape(-1, *images.shape)
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (side, side), axis=(2, 3))
    found = windows[which, :, places // width, places % width]
    shape = (images.shape[0], side, side)
    return Measure.of(found.reshape(len(chosen), -1), name=f"patches of {images.name}", shape=shape)


def number(images: Measure, side: int) -> int:
    """Return how many patches there are in all images."""
    _, height, width = images.shape
    return len(images) * (height - side + 1) * (width - side + 1)


def check(images: Measure, side: int) -> None:
    """Refuse what has no patches of a side.

    Raises
    ------
    ParameterError
        If the points are not images that all count alike, or they are smaller than a patch.
    """
    if len(images.shape) != 3:
        raise ParameterError(
            f"patches need images, but {images.name} has points of dimension {images.dim}: leave patches out, or give "
            "the layout of the images (--layout, --pixel-range)."
        )
    if not images.is_uniform:
        raise ParameterError(
            f"patches are of images that all count alike, and those of {images.name} have weights: leave patches out."
        )
    if not 1 <= side <= min(images.shape[1:]):
        raise ParameterError(
            f"patches is {side}, but {images.name} has images of {images.shape[1]}x{images.shape[2]} pixels: give "
            f"1 to {min(images.shape[1:])} pixels."
        )
