r"""Pricing in few dimensions: the pairs that matter are found again in each round, by searches that begin at u.

Nothing is kept from round to round. Where ``c_ij - v_j < u_i`` holds for no column, a search ends after the few nodes
that reach below ``u_i``; lists of every row's neighbours, which would save it, are many times longer to write and read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.programs.program import Program
from wcheck.transport.programs.refinement import Priced
from wcheck.transport.scans.candidates import TIE
from wcheck.transport.scans.cells import Cells

PER_ROW, PER_COLUMN = 8, 2
"""How many violating pairs of a row, and of a column, are added to the linear program at a time."""


class Nearest:
    """Prices all pairs by searches; arguments as those of :class:`Candidates`, except for what only lists need."""

    def __init__(self, cells: Cells, program: Program, scale: float = 1.0) -> None:
        self._cells, self._measure = cells, program.measure
        self._kept, self._tie = 1.0 - program.rounding - 2.0**-52, TIE * scale

    def price(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Priced:
        """Compute the c-transform of v over all pairs, and the pairs that violate (u, v)."""
        n, m = len(u), len(v)
        found = self._cells.least_of_rows(v, u + self._tie, min(PER_ROW, m))
        rows, columns = found.pairs()
        cost = self._measure(rows, columns)
        lowest = found.floor
        np.minimum.at(lowest, rows, cost * self._kept - v[columns])
        violating = cost < u[rows] + v[columns]
        parts = [(rows[violating], columns[violating], cost[violating])]
        if violating.any():
            columns, rows = self._cells.least_of_columns(u, v, min(PER_COLUMN, n)).pairs()
            cost = self._measure(rows, columns)
            violating = cost < u[rows] + v[columns]
            parts.append((rows[violating], columns[violating], cost[violating]))
        return Priced(lowest, *map(np.concatenate, zip(*parts, strict=True)))
