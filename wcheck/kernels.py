"""Numba in one place: compiled functions run without the interpreter's lock, and are kept from one run to the next."""

from __future__ import annotations

import functools
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.extending import intrinsic

from wcheck import cache

__all__ = ["compiled", "intrinsic", "types"]

UNUSED = 30 * 86_400
"""Seconds after which the compiled code of other versions is removed."""


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Have a function compiled by numba when it is first called; ``options`` are those of :func:`numba.njit`."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        kernel = _kept(function, options)
        return numba.njit(nogil=True, **options)(function) if kernel is None else kernel

    return decorate


def _kept(function: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any] | None:
    """Compile into the cache folder and out of it; None where nothing can be kept there.

    Numba takes the folder of the sources where another is not to be had: what it has chosen is looked at.
    """
    folder = _folder()
    if folder is None:
        return None
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        kernel: Any = numba.njit(nogil=True, cache=True, **options)(function)
    except RuntimeError:  # numba knows of no folder at all
        return None
    finally:
        config.CACHE_DIR = before
    if not Path(kernel.stats.cache_path).is_relative_to(folder):
        return None
    save = kernel._cache.save_overload

    def saved(signature: Any, overload: Any) -> None:
        try:
            save(signature, overload)
        except OSError:  # a disk that has become full since: what is compiled is there anyway
            kernel._cache.disable()

    kernel._cache.save_overload = saved
    found: Callable[..., Any] = kernel
    return found


@functools.cache
def _folder() -> Path | None:
    """Return the folder for the kernels as they are now.

    It is named by all sources together: numba asks only whether the file of a kernel has changed, and would continue
    with what was compiled into it from another.
    """
    home = cache.usable("numba")
    if home is None:
        return None
    place = home / cache.of_sources()
    with suppress(OSError):
        place.mkdir(exist_ok=True)
        os.utime(place)
        for other in home.iterdir():
            if other.stat().st_mtime < time.time() - UNUSED:
                shutil.rmtree(other, ignore_errors=True)
    return place
