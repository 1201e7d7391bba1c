"""The costs of a dense plan's pairs: by matrix products where nearly all pairs of some rows are asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch
from wcheck.transport.cost.costs import EuclideanCosts
from wcheck.transport.cost.distances import Distances
from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.solve.problem import Problem

FEWEST_COORDINATES = 256
"""Coordinates from which on a pair of a product is much cheaper than one that is measured by itself."""
DENSE = 0.25
"""The share of the pairs of some rows from which on all of them are measured."""
ROUNDING = 2.0**-32
"""The relative error of a cost that is taken from a product; pairs too near for it are measured by themselves."""
UNITS = 2.0**-400, 2.0**400
"""Between which units no square leaves the range of float64."""


def by_products(problem: Problem, measure: MeasurePairs, room: int, device: str) -> MeasurePairs | None:
    """Return what measures pairs, off by a relative :data:`ROUNDING` at most; None where products save nothing.

    Parameters
    ----------
    problem : Problem
        Between weighted points.
    measure : callable
        Measures pairs by themselves.
    room : int
        Bytes that copies of the points may take.
    device : str
        Where products are computed.
    """
    x, y, costs = problem.x, problem.y, problem.costs
    fits = 8 * (len(x) + len(y)) * x.dim <= room and UNITS[0] < costs.unit < UNITS[1]
    if not fits or x.dim < FEWEST_COORDINATES or not isinstance(costs, EuclideanCosts):
        return None
    distances: list[Distances] = []  # made when they are first asked for
    scale = 1.0 / costs.unit**costs.p

    def measured(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
        first, last = (int(i.min()), int(i.max()) + 1) if len(i) else (0, 0)
        if len(i) <= DENSE * (last - first) * len(y):
            return measure(i, j)
        if not distances:
            distances.append(Distances(x, y, device, p=costs.p))
        with torch.no_grad():
            block = distances[0][torch.arange(first, last)].cpu().numpy()
        found: NDArray[np.float64] = block[i - first, j]
        squares = found if costs.p == 2 else found * found
        near = np.flatnonzero(squares * ROUNDING < 1.01 * distances[0].squared_error)
        found *= scale
        found[near] = measure(i[near], j[near])
        return found

    return measured
