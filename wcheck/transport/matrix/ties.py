"""Assignments that ties decide: where each row can have one of its least costs, nothing is cheaper.

Integers of a small range, or ratings and counts, have so many ties that a few least pairs of every row, from a column
of its own on, hold a perfect matching. That is found by looking at a part of the matrix.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.matrix.scanner import MatrixScanner, Piece

SAMPLE, FEWEST = 64, 4
"""Rows that are looked at first, and how many least pairs they must have, in the mean, for the others to be."""
MOST = 24
"""Least pairs of a row that are listed: a column that has as many is in no list with a probability of e^-24."""


def tied_assignment(scanner: MatrixScanner) -> NDArray[np.int64] | None:
    """Return columns of the least costs of all rows, each once; None where no such are found.

    The scanner is of as many rows as columns, less the least cost of each row.
    """
    n = len(scanner.shift)
    some = np.linspace(0, n - 1, min(n, SAMPLE)).astype(np.int64)
    if len(_least_pairs(scanner, some)[1]) < FEWEST * len(some):
        return None
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    counts, columns = _least_pairs(scanner, np.arange(n))
    begin = np.concatenate([[0], np.cumsum(counts)])
    pairs = csr_array((np.ones(len(columns), np.int8), columns, begin), shape=(n, n))
    matched = maximum_bipartite_matching(pairs, perm_type="column").astype(np.int64)
    return matched if matched.min() >= 0 else None


def _least_pairs(
    scanner: MatrixScanner, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many pairs of each row are listed, and their columns."""

    def find(piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        costs, index, span = piece
        columns, counts = np.empty((len(index), MOST), np.int64), np.empty(len(index), np.int64)
        _ties(costs, index, scanner.shift[rows[span]], rows[span], counts, columns)
        return counts, columns[np.arange(MOST) < counts[:, None]]

    found = scanner.over(rows, max(1, (1 << 22) // len(scanner.shift)), find)
    counts, columns = (np.concatenate(part) for part in zip(*found, strict=True))
    return counts, columns


@compiled()
def _ties(costs, index, least, rows, counts, columns):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """List columns of each row's least cost, from one on that looks drawn at random."""
    for position in range(len(index)):
        row, m = costs[index[position]], costs.shape[1]
        first, count = (rows[position] * 2654435761) % m, 0
        for place in range(m):
            j = first + place if first + place < m else first + place - m
            if np.float64(row[j]) == least[position]:
                columns[position, count] = j
                count += 1
                if count == columns.shape[1]:
                    break
        counts[position] = count
