"""How many bytes LZF data unpack to, without unpacking them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled


@compiled()
def unpacked_size(data: NDArray[np.uint8]) -> int:
    """Return how many bytes LZF data unpack to; no more than 88 times their own.

    A control byte c below 32 is followed by c + 1 bytes that are taken as they are; else c >> 5, or where that is 7 the
    next byte on top of it, and 2 more is the length of a copy of earlier bytes, whose place ends in one byte more.
    """
    position = size = 0
    while position < len(data):
        control = int(data[position])
        if control < 32:
            size += control + 1
            position += control + 2
            continue
        length = control >> 5
        position += 2
        if length == 7:
            if position > len(data):
                break
            length += int(data[position - 1])
            position += 1
        size += length + 2
    return size
