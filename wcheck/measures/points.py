"""Points that are kept in a compact store and converted to floats by block, when they are read."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from wcheck.threads import spans

BLOCK_BYTES = 1 << 24
"""Bytes of converted points that a pass over a measure holds at a time."""


class LazyPoints:
    """Points ``(n, d)`` kept in a compact store and converted to floats by block, when rows are read.

    Parameters
    ----------
    store : ndarray, shape (n, ...)
        What is kept: uint8 images, a memory-mapped file.
    convert : callable
        Maps a block of rows of the store to a float array ``(rows, d)``; a pure function of each row, so that
        the points do not depend on how they are cut into blocks.
    dim : int
        d.
    dtype : dtype
        The type of the converted points, float32 or float64.
    """

    def __init__(
        self,
        store: NDArray[Any],
        convert: Callable[[NDArray[Any]], NDArray[Any]],
        dim: int,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.store = store
        self.convert = convert
        self.shape = (len(store), dim)
        self.dtype = np.dtype(dtype)

    def __repr__(self) -> str:
        """Say in one line what they are, without their numbers."""
        return f"LazyPoints(shape={self.shape}, dtype={self.dtype})"

    def __len__(self) -> int:
        """Return n."""
        return self.shape[0]

    def part(self, rows: NDArray[np.integer]) -> LazyPoints:
        """Return the points of some rows, of the same kind and not yet converted."""
        taken = copy.copy(self)
        taken.store = self.store[rows]
        taken.shape = (len(taken.store), self.shape[1])
        return taken

    def reordered(self, columns: Sequence[int]) -> LazyPoints:
        """Return the points with their coordinates in another order, of the same kind and not yet converted."""
        changed = copy.copy(self)
        changed.convert = partial(_picked, self.convert, list(columns))
        return changed

    def __getitem__(self, rows: slice | NDArray[Any]) -> NDArray[Any]:
        """Convert the rows of a slice or an index array."""
        block = self.convert(np.asarray(self.store[rows]))
        return np.ascontiguousarray(block, self.dtype).reshape(-1, self.shape[1])

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Convert all rows, for numpy."""
        whole = np.empty(self.shape, self.dtype if dtype is None else dtype)
        for rows in row_blocks(*self.shape):
            whole[rows] = self[rows]
        return whole


def row_blocks(n: int, dim: int) -> Iterator[slice]:
    """Cut n rows of ``dim`` numbers into slices of at most about 16 MiB in float64."""
    return spans(n, max(1, BLOCK_BYTES // max(1, 8 * dim)))


def _picked(
    convert: Callable[[NDArray[Any]], NDArray[Any]], columns: list[int], block: NDArray[Any]
) -> NDArray[Any]:
    return convert(block).reshape(len(block), -1)[:, columns]
