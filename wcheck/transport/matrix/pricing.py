"""Pricing by a scan of the whole matrix, which is there: as fast as lists of candidates would be, and without them."""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import least
from wcheck.transport.matrix.scanner import MatrixScanner, Piece
from wcheck.transport.programs.refinement import Priced

PER_ROW = 16
"""How many violating pairs of a row are added to the linear program at a time."""
GROUP = 64
"""Pairs whose least is found together."""
PIECE = 1 << 22
"""Pairs that a thread looks at before the clock is looked at."""


class MatrixPricing:
    """Prices all pairs in one pass.

    Parameters
    ----------
    scanner : MatrixScanner
        The scanner of the matrix, in whose frame potentials and costs are.
    """

    def __init__(self, scanner: MatrixScanner, *_: Any) -> None:
        self._scanner = scanner

    def price(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Priced:
        """Return the least ``c_ij - v_j`` of every row and pairs that violate (u, v)."""
        scanner = self._scanner
        shift, unit = scanner.shift, scanner.unit
        potential, limit = v * unit, u * unit + shift
        lowest = np.empty(len(u))

        every_best, every_owner, lock = np.zeros(len(v)), np.full(len(v), -1), Lock()

        def find(piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            costs, index, span = piece
            columns, best = np.empty((len(index), PER_ROW), np.int64), np.zeros(len(v))
            counts, owner = np.zeros(len(index), np.int64), np.full(len(v), -1)
            _price(
                costs, index, potential, limit[span], span.start, lowest[span], counts, columns, best, owner
            )
            with lock:  # among ties the first row, whichever piece comes first
                better = (best < every_best) | ((best == every_best) & (owner < every_owner) & (owner >= 0))
                every_best[better], every_owner[better] = best[better], owner[better]
            rows = np.repeat(np.arange(span.start, span.stop), counts)
            return rows, columns[np.arange(PER_ROW) < counts[:, None]]

        found = scanner.over(np.arange(len(u)), max(1, PIECE // len(v)), find)
        every = np.flatnonzero(every_owner >= 0)
        rows = np.concatenate([*(part[0] for part in found), every_owner[every]])
        columns = np.concatenate([*(part[1] for part in found), every])
        return Priced((lowest - shift) / unit, rows, columns, scanner.costs(rows, columns))


@compiled()
def _price(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    costs, index, potential, limits, first, lowest, counts, columns, best, owner
):
    """Find each row's least ``c - v``, its pairs that are most below the limit, and each column's most violating row.

    Only groups with a violating pair are looked at again. Among ties, rows take different columns, each beginning
    elsewhere: if all took the same, the program would hardly grow.
    """
    m = len(potential)
    groups = (m + GROUP - 1) // GROUP
    low_of, value = np.empty(groups), np.empty(PER_ROW)
    for position in range(len(index)):
        row, limit, low = costs[index[position]], limits[position], np.inf
        for group in range(groups):
            own = np.inf
            for j in range(group * GROUP, min(m, group * GROUP + GROUP)):
                own = least(own, np.float64(row[j]) - potential[j])
            low_of[group] = own
            low = least(low, own)
        lowest[position] = low
        if not low < limit:
            continue
        held, group = 0, (first + position) * 7919 % groups
        for _ in range(groups):
            if low_of[group] < limit:
                for j in range(group * GROUP, min(m, group * GROUP + GROUP)):
                    price = np.float64(row[j]) - potential[j]
                    if not price < limit:
                        continue
                    if price - limit < best[j]:
                        best[j], owner[j] = price - limit, first + position
                    if held == PER_ROW and price >= value[PER_ROW - 1]:
                        continue
                    place = min(held, PER_ROW - 1)
                    while place > 0 and value[place - 1] > price:
                        value[place] = value[place - 1]
                        columns[position, place] = columns[position, place - 1]
                        place -= 1
                    value[place], columns[position, place] = price, j
                    held = min(held + 1, PER_ROW)
            group = group + 1 if group + 1 < groups else 0
        counts[position] = held
