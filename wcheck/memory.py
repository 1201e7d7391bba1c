"""The memory of a process: what is free in it goes back to the system.

The C library of most Linux systems keeps small pieces that are freed, for each thread by itself, as long as anything
that is still needed lies above them. A process then grows by what one stage after another takes, and not to the most
that a stage takes.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


def give_back() -> None:
    """Give free memory back to the system where the C library keeps it (glibc); elsewhere, do nothing."""
    if trim := _trim():
        trim(0)


@functools.cache
def _trim() -> Callable[[int], int] | None:
    """Return glibc's ``malloc_trim``, or None."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library; on Windows, None is no library's name
        return None
    trim.argtypes = [ctypes.c_size_t]  # type: ignore[attr-defined]
    return trim
