"""Passes over all pairs by blocks of rows: the one loop over costs that come from matrix products."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psutil
from torch import Tensor

from wcheck.lazily import torch
from wcheck.threads import spans


class Passes:
    """A matrix over all pairs, kept where memory allows and computed again by every pass otherwise.

    Parameters
    ----------
    compute : callable
        Returns some rows of the matrix, given by a slice or their indices, as a tensor of their own.
    shape : tuple of int
        (n, m).
    product, block : int
        Entries that are computed at a time, and that a pass works on at a time; a block has at least 16 rows.
    kept : Tensor, optional
        Room for the matrix; it is filled by the first pass that goes to the end.
    """

    def __init__(
        self,
        compute: Callable[[slice | Tensor], Tensor],
        shape: tuple[int, int],
        product: int,
        block: int,
        kept: Tensor | None = None,
    ) -> None:
        self._compute, self._shape, self._product, self._block = compute, shape, product, block
        self._kept, self._is_filled = kept, False

    def __iter__(self) -> Iterator[tuple[slice, Tensor]]:
        """Yield all rows in turn: which, and their entries, which may be overwritten where none are kept."""
        if self._kept is not None and self._is_filled:
            yield from cut(self._kept, self._block)
            return
        n, m = self._shape
        for rows in spans(n, max(1, self._product // m)):
            product = self._compute(rows)
            if self._kept is not None:
                self._kept[rows] = product
            yield from cut(product, self._block, rows.start)
        self._is_filled = self._kept is not None

    def __getitem__(self, rows: Tensor) -> Tensor:
        """Return some rows, whose indices are given."""
        if self._kept is not None and self._is_filled:
            return self._kept[rows]
        return self._compute(rows)


def cut(matrix: Tensor, entries: int, first: int = 0) -> Iterator[tuple[slice, Tensor]]:
    """Yield a matrix, whose rows count from ``first``, by blocks of about ``entries`` numbers and 16 rows at least."""
    for part in spans(len(matrix), max(16, entries // matrix.shape[1])):
        yield slice(first + part.start, first + part.stop), matrix[part]


def room(shape: tuple[int, int], dtype: torch.dtype, device: str, share: float) -> Tensor | None:
    """Return an empty matrix, or None if it would take more than a share of the device's free memory."""
    fits = shape[0] * shape[1] * dtype.itemsize <= share * free_memory(device)
    return torch.empty(shape, dtype=dtype, device=device) if fits else None


def free_memory(device: str) -> int:
    """Return the bytes that are free on a device."""
    if torch.device(device).type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)
