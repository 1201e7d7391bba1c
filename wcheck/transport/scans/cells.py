r"""A scan in few dimensions: a k-d tree rules out most pairs unseen (:mod:`tree`).

Points are compared by direct differences in float64, so all but the last digits of a bound are right.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.threads import over_spans
from wcheck.transport.programs.sample import Sample
from wcheck.transport.scans.contraction import FLAT, Features
from wcheck.transport.scans.descents import halved
from wcheck.transport.scans.listing import Listing
from wcheck.transport.scans.pricing import Screen
from wcheck.transport.scans.tree import Least, Tree

FIRST_PER_ROW, FIRST_PER_COLUMN = 16, 8
"""Arcs that the first restricted program has per row and per column, where the nearest are known."""
LEAST_SHARE = 1e-9
"""The least mass of a point of a sample, in units of the greatest."""


def scanner(
    x: Features, y: Features, p: int, device: str, check: Callable[[], None] = lambda: None
) -> Screen | Cells:
    """Return what scans a pair: cells in few dimensions, matrix products otherwise; ``check`` as in :class:`Screen`."""
    if x.width <= FLAT and device == "cpu":
        return Cells(x, y, p, check)
    return Screen(x, y, p, device, check)


def spread(
    points: NDArray[np.float64], weights: NDArray[np.float64], size: int, generator: np.random.Generator
) -> Sample:
    """Draw a stratified sample, one point at random of each of ``size`` small cells, with the mass around each.

    In few dimensions its potentials are those of the whole except for the cells' width; a simple random sample, whose
    own fluctuation is as large as the distance between two samples of one distribution, tells far less. The mass of
    every point goes to the nearest of the sample; weights that are equal stay so, as cells have equally many points.
    """
    order = halved(points, int(np.ceil(np.log2(max(1, len(points))))))
    cuts = np.linspace(0, len(points), size + 1).astype(np.int64)
    some = np.sort(order[generator.integers(cuts[:-1], cuts[1:])])
    if np.all(weights == weights[0]):
        return Sample(some, np.full(size, 1.0 / size))
    sample, every = (Tree(side, 0.0) for side in (points[some], points))
    near = sample.least(every, np.zeros(size), np.full(len(points), np.inf), 1, 1).columns[:, 0]
    mass = np.bincount(near, weights, size)
    mass = np.maximum(mass, LEAST_SHARE * mass.max())  # of copies one is nearest
    return Sample(some, mass / mass.sum())


class Cells:
    """Lower bounds on the costs of all pairs in few dimensions; a ``Scanner``.

    Parameters
    ----------
    x, y : Features
        Features of n and m points, in one frame, of at most :data:`wcheck.transport.scans.contraction.FLAT` dimensions.
    p : {1, 2}
        The cost is ``|x - y|^p``, in frame units.
    """

    def __init__(self, x: Features, y: Features, p: int, check: Callable[[], None] = lambda: None) -> None:
        self.p = p
        self._check = check
        self._x, self._y = (Tree(side.points, side.off) for side in (x, y))

    def of_rows(self, x: Features) -> Cells:
        """Return the cells of the same columns for other rows, which can scan at the same time as these."""
        other = copy.copy(self)
        other._x = Tree(x.points, x.off)
        return other

    @property
    def projected(self) -> bool:
        """No: the features are the points."""
        return False

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = 1 << 40,
        estimate: bool = False,
    ) -> Listing:
        """List pairs; see ``Scanner.scan``. Bounds and estimates are the same here."""
        del estimate
        chosen = np.arange(len(self._x.points)) if rows is None else rows
        return self._y.below(self._x, chosen, v, threshold, limit, self.p, self._check)

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return the costs of some columns, float32; see ``Scanner.sample``."""
        del estimate
        self._check()
        x = (self._x.points if rows is None else self._x.points[rows]).astype(np.float32)
        y = np.ascontiguousarray(self._y.points[columns].T.astype(np.float32))
        cost = np.empty((len(x), len(columns)), np.float32)
        over_spans(len(x), cost.size >> 14, lambda s: _costs(x[s], y, self.p, cost[s]))
        return torch.from_numpy(cost)

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the least costs; see ``Scanner.extend``."""
        some = Tree(self._x.points[rows], self._x.error)
        found = some.least(self._y, u, np.full(len(self._y.points), np.inf), 1, self.p, self._check)
        return found.values[:, 0]

    def least_of_rows(self, v: NDArray[np.float64], limit: NDArray[np.float64], few: int) -> Least:
        """Find columns of small ``c_ij - v_j`` of every row; see :meth:`Tree.least`."""
        return self._y.least(self._x, v, limit, few, self.p, self._check)

    def least_of_columns(self, u: NDArray[np.float64], limit: NDArray[np.float64], few: int) -> Least:
        """Find rows of small ``c_ij - u_i`` of every column, which are ``columns`` of what is returned."""
        return self._x.least(self._y, u, limit, few, self.p, self._check)

    def first_arcs(self, v: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return ``u = min (c - v)``, and the keys ``i m + j`` of the nearest pairs by row and by column."""
        n, m = len(self._x.points), len(self._y.points)
        by_row = self.least_of_rows(v, np.full(n, np.inf), min(FIRST_PER_ROW, m))
        u = by_row.values[:, 0].copy()
        by_column = self.least_of_columns(u, np.full(m, np.inf), min(FIRST_PER_COLUMN, n))
        (rows, columns), (others, owners) = by_column.pairs()[::-1], by_row.pairs()
        return u, np.concatenate([others * m + owners, rows * m + columns])


@compiled(fastmath={"contract"})
def _costs(x, y, p, cost):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for row in range(cost.shape[0]):
        cost[row] = 0.0
        for axis in range(len(y)):
            for column in range(cost.shape[1]):
                difference = x[row, axis] - y[axis, column]
                cost[row, column] += difference * difference
        if p == 1:
            for column in range(cost.shape[1]):
                cost[row, column] = np.sqrt(cost[row, column])
