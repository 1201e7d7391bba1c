"""Histograms and pictures as measures on their grid: a point for each bin or pixel, weighted by its value."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.arrays import mapped_npy, mapped_npz
from wcheck.measures.pictures import FORMATS, decode, header
from wcheck.measures.rows import Rows, Selection, check_memory, unreadable

SUFFIXES = (".npy", ".npz", ".csv", *FORMATS)
"""How the names of files end that hold one, in any case."""
BIN_BYTES = 64
"""Bytes that a bin takes while its weight and its coordinates are made."""


def open_histogram(path: Path) -> Rows:
    """Open a file as a measure on a grid.

    The bin with the indices (i, j, ...) is the point (i, j, ...), of a picture (row, column) in pixels from its upper
    left, in the order of their numbers in memory; its weight is its value, of a picture from 0 for black to 255 for
    white. Weights are divided by their total.

    Parameters
    ----------
    path : Path
        A grey picture; a ``.npy`` file of an array of any dimension; a ``.npz`` archive, of several arrays
        ``FILE.npz:KEY``; a ``.csv`` file of one line of numbers for each row, without a header.

    Raises
    ------
    SourceError
        If it is not such a file, cannot be read, or is a picture with colours.
    """
    match = re.fullmatch(r"(.+\.npz):(.+)", str(path), re.IGNORECASE)
    file, key = (Path(match[1]), match[2]) if match else (path, None)
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise SourceError(f"{file} is not a histogram by its name: such files are {', '.join(SUFFIXES)}.")
    if not file.is_file():
        raise SourceError(f"{file} is not a file: histogram:FILE reads one of {', '.join(SUFFIXES)}.")
    if suffix == ".npy":
        return on_grid(mapped_npy(file), str(file))
    if suffix == ".npz":
        return on_grid(mapped_npz(file, key, "histogram"), str(path))
    return on_grid(_table(file) if suffix == ".csv" else _grey(file), str(file))


def on_grid(values: NDArray[Any], name: str) -> Rows:
    """Return the rows of an array of values: a point for each, and its weight.

    Raises
    ------
    SourceError
        If it is a single number, not real, or too large for the memory.
    """
    if values.ndim == 0 or values.dtype.kind not in "biuf":
        raise SourceError(
            f"{name} holds {values.dtype} of shape {values.shape}: a histogram is an array of real numbers of at least "
            "one axis."
        )
    check_memory(BIN_BYTES * values.size, f"a histogram of {values.size:,} bins", "take one of fewer bins")
    kind = np.float32 if max(values.shape) <= 1 << 24 else np.float64

    def read(wanted: Selection) -> NDArray[Any]:
        places = np.unravel_index(np.arange(values.size)[wanted], values.shape)
        return np.stack(places, axis=1).astype(kind)

    return Rows(math.prod(values.shape), read, np.asarray(values, np.float64).ravel(), counts=True)


def _grey(file: Path) -> NDArray[Any]:
    pixels = decode(file, header(file))
    if (pixels != pixels[0]).any():
        raise SourceError(f"{file} has colours, none of which is the weight: convert it to grey.")
    grey: NDArray[Any] = pixels[0]
    return grey


def _table(file: Path) -> NDArray[np.float64]:
    check_memory(8 * file.stat().st_size, str(file), "take one of fewer bins")
    try:
        return np.loadtxt(file, np.float64, delimiter=",", ndmin=2, comments=None)
    except (OSError, ValueError) as error:
        raise unreadable(
            file, error, "give lines with the same number of values, separated by commas"
        ) from error
