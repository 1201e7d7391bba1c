"""Scans of a cost matrix in place; a ``Scanner``.

Costs are taken less the least of their row, in a unit that makes the largest about 1: the frame in which column
generation works. A scan compares in the matrix's own units, so that no row is converted or copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.measures.cost import CostMatrix
from wcheck.threads import shared, spans
from wcheck.transport.arithmetic.least import least
from wcheck.transport.scans.listing import Listing

FORBIDDEN = 2.0
"""What a forbidden pair costs in estimates, in frame units."""
LISTED = 1 << 20
"""Pairs that a thread may list at a time."""
PIECE = 1 << 20
"""Pairs that a thread looks at before the clock is looked at."""
GROUP = 16
"""Pairs that are looked at together."""

Piece = tuple[NDArray[Any], NDArray[np.int64], slice]


class MatrixScanner:
    """Scans of all pairs.

    Parameters
    ----------
    matrix : CostMatrix
        n rows and m columns.
    shift : ndarray, shape (n,), float64
        What is subtracted from each row.
    unit : float
        A power of two by which costs are divided.
    check : callable
        Called every now and then; what it raises ends a scan.
    """

    projected = False

    def __init__(
        self, matrix: CostMatrix, shift: NDArray[np.float64], unit: float, check: Callable[[], None]
    ) -> None:
        self._matrix, self.shift, self.unit, self._check = matrix, shift, unit, check

    def costs(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the costs of some pairs, in frame units; ``inf`` where one is forbidden."""
        cost: NDArray[np.float64] = (self._matrix.pairs(rows, columns) - self.shift[rows]) / self.unit
        return cost

    def over(self, rows: NDArray[np.int64], step: int, work: Callable[[Piece], Any]) -> list[Any]:
        """Run ``work`` on pieces of ``step`` rows; see :func:`over_rows`."""
        return over_rows(self._matrix, rows, work, self._check, step)

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = 1 << 40,
        estimate: bool = False,
    ) -> Listing:
        """List pairs; see ``Scanner.scan``. Bounds are costs, rounded down to float32."""
        rows = np.arange(len(self.shift)) if rows is None else rows
        room = min(limit, len(v))
        potential, shift = v * self.unit, self.shift[rows]
        limits = threshold * self.unit + shift
        largest = float(np.abs(potential).max())
        limits += 2.0**-50 * (np.abs(shift) + np.abs(limits) + largest)  # so that no rounding hides a pair
        limits = np.minimum(limits, np.finfo(np.float64).max)  # nor is one listed that is forbidden

        def find(piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
            costs, index, span = piece
            counts = np.empty(len(index), np.int64)
            end = len(index) * room + GROUP
            columns, bound = np.empty(end, np.int32), np.empty(end, np.float32)
            frame = shift[span], 1.0 / self.unit
            end = _list(costs, index, potential, limits[span], *frame, room, counts, columns, bound)
            return counts, columns[:end].copy(), bound[:end].copy()

        found = self.over(rows, max(1, min(LISTED // room, PIECE // len(v))), find)
        counts, columns, bound = (np.concatenate(part) for part in zip(*found, strict=True))
        return Listing(counts, columns, bound, counts > limit)

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return the costs of some columns in float32; see ``Scanner.sample``. Forbidden pairs are dear."""
        rows = np.arange(len(self.shift)) if rows is None else rows
        costs = np.empty((len(rows), len(columns)), np.float32)

        def take(piece: Piece) -> None:
            held, index, span = piece
            _take(held, index, columns, self.shift[rows[span]], 1.0 / self.unit, costs[span])

        self.over(rows, max(1, PIECE // len(columns)), take)
        return torch.from_numpy(costs)

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``min_i (c_ij - u_i)`` over some rows; see ``Scanner.extend``."""
        m = self._matrix.shape[1]

        v, lock = np.full(m, np.inf), Lock()

        def lower(piece: Piece) -> None:
            costs, index, span = piece
            lowest = np.full(m, np.inf)
            offset = self.shift[rows[span]] + u[span] * self.unit
            _lower(costs, index, offset, FORBIDDEN * self.unit + self.shift[rows[span]], lowest)
            with lock:
                np.minimum(v, lowest, out=v)

        self.over(rows, max(1, PIECE // m), lower)
        v /= self.unit
        return v


def over_rows(
    matrix: CostMatrix,
    rows: NDArray[np.int64],
    work: Callable[[Piece], Any],
    check: Callable[[], None],
    step: int | None = None,
) -> list[Any]:
    """Run ``work`` in threads on pieces of some rows.

    A piece is an array that is not written to, which rows of it are looked at, and which of ``rows`` these are: the
    array is the matrix itself where it is direct.
    """
    direct = matrix.direct

    def run(span: slice) -> Any:
        costs = matrix.block(rows[span]) if direct is None else direct.view()
        costs.setflags(write=False)  # one type, and so one compilation, for all
        return work((costs, np.arange(len(costs)) if direct is None else rows[span], span))

    found, step = [], step or max(1, PIECE // matrix.shape[1])
    with closing(shared(run, list(spans(len(rows), step)), torch.get_num_threads())) as pieces:
        for piece in pieces:
            found.append(piece)
            check()
    return found


def scan_blocks(matrix: CostMatrix) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Yield all rows by block, as arrays that are not written to."""
    for rows in matrix.blocks():
        block = matrix.block(rows).view()
        block.setflags(write=False)
        yield rows, block


@compiled()
def _list(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    costs, index, potential, limits, shift, factor, room, counts, columns, bound
):
    """List the pairs of each row with ``c - v`` up to its limit, where there are at most ``room``; return how many.

    Signs of a group are looked at together.
    """
    m, total = len(potential), 0
    for position in range(len(index)):
        row, limit = costs[index[position]], limits[position]
        count, end = 0, total
        for group in range(0, m - m % GROUP, GROUP):
            some = 0
            for j in range(group, group + GROUP):
                some += np.float64(row[j]) - potential[j] <= limit
            if some > 0:
                count += some
                if count <= room:
                    for j in range(group, group + GROUP):
                        columns[end] = j
                        end += np.float64(row[j]) - potential[j] <= limit
        for j in range(m - m % GROUP, m):
            if np.float64(row[j]) - potential[j] <= limit:
                count += 1
                if count <= room:
                    columns[end] = j
                    end += 1
        counts[position] = count
        if count <= room:
            for k in range(total, end):
                cost = (np.float64(row[columns[k]]) - shift[position]) * factor
                lower = np.float32(cost * (1.0 - 2.0**-22))
                bound[k] = lower if lower <= cost else np.float32(0.0)
            total = end
    return total


@compiled()
def _take(costs, index, columns, shift, factor, taken):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Take the costs of some columns, in frame units."""
    for position in range(len(index)):
        row = costs[index[position]]
        for k in range(len(columns)):
            cost = (np.float64(row[columns[k]]) - shift[position]) * factor
            taken[position, k] = min(cost, FORBIDDEN)


@compiled()
def _lower(costs, index, offset, dearest, lowest):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Lower the least ``c - u`` of every column by some rows."""
    for position in range(len(index)):
        row, own, most = costs[index[position]], offset[position], dearest[position]
        for j in range(np.uint64(len(lowest))):
            lowest[j] = least(lowest[j], least(np.float64(row[j]), most) - own)
