"""Pricing by a scan of the whole matrix, which is there: as fast as lists of candidates would be, and without them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.matrix.scanner import MatrixScanner, Piece
from wcheck.transport.programs.refinement import Priced
from wcheck.transport.scans.violating import PER_ROW, Owners, price_rows

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
        lowest, owners = np.empty(len(u)), Owners(len(v))

        def find(piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            costs, index, span = piece
            columns = np.empty((len(index), PER_ROW), np.int64)
            best, owner, counts = np.zeros(len(v)), np.full(len(v), -1), np.zeros(len(index), np.int64)
            price_rows(
                costs, index, potential, limit[span], span.start, lowest[span], counts, columns, best, owner
            )
            owners.merge(best, owner)
            rows = np.repeat(np.arange(span.start, span.stop), counts)
            return rows, columns[np.arange(PER_ROW) < counts[:, None]]

        found = scanner.over(np.arange(len(u)), max(1, PIECE // len(v)), find)
        found.append(owners.found())
        rows, columns = (np.concatenate(part) for part in zip(*found, strict=True))
        return Priced((lowest - shift) / unit, rows, columns, scanner.costs(rows, columns))
