"""The channels of images: grey repeated in three, or the luma of three."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

CHANNELS = {"grey": 1, "rgb": 3}
"""What images can be brought to, and how many channels that are."""

LUMA = (0.299, 0.587, 0.114)
"""The weights of red, green and blue."""


def recoloured(images: NDArray[Any], channels: str | None) -> NDArray[Any]:
    """Bring images ``(k, channels, height, width)`` to one channel or three.

    ``"rgb"`` repeats grey; ``"grey"`` is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, without rounding.
    """
    if channels is None or images.shape[1] == CHANNELS[channels]:
        return images
    if channels == "rgb":
        return images.repeat(3, axis=1)
    luma = np.array(LUMA, images.dtype).reshape(3, 1, 1)
    grey: NDArray[Any] = (images * luma).sum(axis=1, keepdims=True)
    return grey
