"""Costs seen from the other side."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.cost.costs import Costs, EuclideanCosts, Some, Streamed
from wcheck.transport.cost.pairs import MeasurePairs


def turned(costs: Costs) -> Costs:
    """Return the costs seen from the other side."""
    if isinstance(costs, EuclideanCosts):
        return costs  # of which features of the points are all that a scan takes
    return Turned(cast("Streamed", costs))


class Turned(Streamed):
    """Costs whose rows are the columns of others."""

    def __init__(self, costs: Streamed) -> None:
        self._costs = costs
        self.p, self.unit, self.largest, self.precision = costs.p, costs.unit, costs.largest, costs.precision
        self.shape = costs.shape[1], costs.shape[0]

    def measurer(self, room: int) -> MeasurePairs:
        """Return what measures chosen pairs; see ``Costs.measurer``."""
        measure = self._costs.measurer(room)
        return lambda i, j: measure(j, i)

    def bounds(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return lower bounds; see ``Streamed.bounds``."""
        return np.ascontiguousarray(self._costs.bounds(columns, rows).T)

    def guesses(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return guesses; see ``Streamed.guesses``."""
        return np.ascontiguousarray(self._costs.guesses(columns, rows).T)

    def part(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Streamed:
        """Return the costs between some of the points; see ``Streamed.part``."""
        return Turned(self._costs.part(columns, rows))
