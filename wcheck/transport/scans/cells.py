r"""A scan in few dimensions: spatial cells rule out most pairs unseen.

Both sets are cut into boxes of at most 32 points by halving along the widest side, as in a k-d tree. For a group of
rows in box A with thresholds at most T, and a cell of columns in box B with potentials at most W, every pair has
``c_ij - v_j >= dist(A, B) - W``, so where that is at least T the cell is skipped. What remains is compared point by
point, by direct differences in float64 of the float32 features: nothing cancels, and the only error left is that of
the features themselves.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans, spans
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.estimates import least_estimates
from wcheck.transport.scans.listing import Listing
from wcheck.transport.scans.pricing import Screen, is_spread

MAX_WIDTH = 3
"""Above this, boxes rule out too little."""
CELL = 32
"""Points of a cell, at most."""
TURN = 1024
"""Groups of rows that are scanned between two looks at the clock."""


def scanner(
    x: Features, y: Features, p: int, device: str, check: Callable[[], None] = lambda: None
) -> Screen | Cells:
    """Return what scans a pair: cells in few dimensions, matrix products otherwise; ``check`` as in :class:`Screen`.

    For p = 2 cells know one error for all points, which is too large for most where a few are far.
    """
    even = p == 1 or not is_spread(x, y)
    if x.width <= MAX_WIDTH and device == "cpu" and even:
        return Cells(x, y, p, check)
    return Screen(x, y, p, device, check)


def spread(points: NDArray[np.float32], size: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw a stratified sample: one point at random of each of ``size`` small cells, ascending.

    In few dimensions its potentials are those of the whole but for the cells' width; a simple random sample, whose
    own fluctuation is as large as the distance between two samples of one distribution, tells far less.
    """
    order, _ = _cells(points.astype(np.float64), max(1, len(points) // size))
    cuts = np.linspace(0, len(points), size + 1).astype(np.int64)
    return np.sort(order[generator.integers(cuts[:-1], cuts[1:])])


class Cells:
    """Lower bounds on the costs of all pairs in few dimensions; a ``Scanner``.

    Parameters
    ----------
    x, y : Features
        Features of n and m points, in one frame, of at most 4 dimensions.
    p : {1, 2}
        The cost is ``|x - y|^p``, in frame units.
    """

    def __init__(self, x: Features, y: Features, p: int, check: Callable[[], None] = lambda: None) -> None:
        self.p = p
        self._check = check
        self._y, self._error_y = y.values.astype(np.float64), y.error
        self._order_y, self._start_y = _cells(self._y, CELL)
        self._boxes_y = _boxes(self._y[self._order_y], self._start_y)
        self._sorted_y = np.ascontiguousarray(self._y[self._order_y].T)
        self._face(x)

    def of_rows(self, x: Features) -> Cells:
        """Return the cells of the same columns for other rows, which can scan at the same time as these."""
        other = copy.copy(self)
        other._face(x)
        return other

    def _face(self, x: Features) -> None:
        self._x, self._error_x = x.values.astype(np.float64), x.error
        order, _ = _cells(self._x, CELL)
        self._rank = np.empty(len(order), np.int64)
        self._rank[order] = np.arange(len(order))

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
        chosen = np.arange(len(self._x)) if rows is None else rows
        order = np.argsort(self._rank[chosen], kind="stable")
        points = np.ascontiguousarray(self._x[chosen[order]])
        start = np.append(np.arange(0, len(order), CELL), len(order))
        # p = 2: features off by e bound the root of the cost, |F - G| >= |x - y| - e
        level = (threshold + (self._error_x[chosen] if self.p == 1 else 0.0))[order]
        column_level = (v + (self._error_y if self.p == 1 else 0.0))[self._order_y]
        error = self._error_x.max() + self._error_y.max()
        work = (
            points,
            level,
            start,
            *_boxes(points, start),
            self._sorted_y,
            column_level,
            self._start_y,
            *self._boxes_y,
            self.p,
            error,
        )
        groups = len(start) - 1
        counts = np.zeros(len(order), np.int64)
        nothing = np.empty(0, np.int32), np.empty(0)
        self._in_turns(groups, (*work, limit, counts, counts, *nothing, False))
        full = counts > limit
        kept = np.where(full, 0, counts)
        begin = np.cumsum(kept) - kept
        columns, cost = np.empty(int(kept.sum()), np.int32), np.empty(int(kept.sum()))
        self._in_turns(groups, (*work, limit, counts, begin, columns, cost, True))
        owner = np.repeat(order, kept)
        back = np.argsort(owner, kind="stable")
        rows_of, columns_of = chosen[owner[back]], self._order_y[columns[back]]
        bound = cost[back]
        if self.p == 1:
            bound = np.sqrt(bound) - self._error_x[rows_of] - self._error_y[columns_of]
        else:
            bound = np.square(np.maximum(np.sqrt(bound) - error, 0.0))
        inverse = np.empty_like(order)
        inverse[order] = np.arange(len(order))
        return Listing(
            counts[inverse],
            columns_of.astype(np.int32),
            np.nextafter(bound.astype(np.float32), np.float32(-np.inf)),
            full[inverse],
        )

    def _in_turns(self, groups: int, work: tuple[Any, ...]) -> None:
        def scan(span: slice) -> None:
            _scan(turn.start + span.start, turn.start + span.stop, *work)

        for turn in spans(groups, TURN):
            self._check()
            over_spans(turn.stop - turn.start, groups, scan)

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return the costs of some columns, float32; see ``Scanner.sample``."""
        del estimate
        self._check()
        x, y = self._x if rows is None else self._x[rows], self._y[columns].T.astype(np.float32)
        cost = np.empty((len(x), len(columns)), np.float32)
        over_spans(len(x), cost.size >> 14, lambda s: _costs(x[s].astype(np.float32), y, self.p, cost[s]))
        return torch.from_numpy(cost)

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return least estimates; see ``Scanner.extend``."""
        return least_estimates(self, u, rows, len(self._y))


@compiled()
def _cells(points, size):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return an order of the points in which each cell is a run, and where the runs start and end."""
    n, dim = points.shape
    order, key = np.arange(n), np.empty(n)
    firsts, lasts = np.zeros(n + 1, np.int64), np.full(n + 1, n)  # a stack of runs; the foremost is on top
    start = np.zeros(n + 1, np.int64)
    depth, cells = 1, 0
    while depth > 0:
        depth -= 1
        first, last = firsts[depth], lasts[depth]
        if last - first <= size:
            cells += 1
            start[cells] = last
            continue
        widest, widest_axis = -1.0, 0
        for axis in range(dim):
            low = high = points[order[first], axis]
            for k in range(first, last):
                low, high = min(low, points[order[k], axis]), max(high, points[order[k], axis])
            if high - low > widest:
                widest, widest_axis = high - low, axis
        for k in range(first, last):
            key[k] = points[order[k], widest_axis]
        order[first:last] = order[first:last][np.argsort(key[first:last], kind="mergesort")]
        middle = first + (last - first) // 2
        firsts[depth], lasts[depth] = middle, last
        firsts[depth + 1], lasts[depth + 1] = first, middle
        depth += 2
    return order, start[: cells + 1]


def _boxes(
    points: NDArray[np.float64], start: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and greatest coordinates of each run of points."""
    return np.minimum.reduceat(points, start[:-1]), np.maximum.reduceat(points, start[:-1])


@compiled()
def _scan(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    first, last, x, t, start_x, low_x, high_x, y, v, start_y, low_y, high_y, p, error, limit, counts, begin,
    columns, cost, fill,
):  # fmt: skip
    """Count, or list, the pairs of some groups of rows that may be below their threshold."""
    cells, dim = len(start_y) - 1, x.shape[1]
    most = np.empty(cells)
    for cell in range(cells):
        most[cell] = v[start_y[cell] : start_y[cell + 1]].max()
    near = np.empty(cells, np.int64)
    square, excess = np.empty(CELL), np.empty(CELL)
    for group in range(first, last):
        highest = t[start_x[group] : start_x[group + 1]].max()
        found = 0
        for cell in range(cells):
            reach = highest + most[cell]
            apart = 0.0
            for axis in range(dim):
                between = max(
                    low_y[cell, axis] - high_x[group, axis], low_x[group, axis] - high_y[cell, axis]
                )
                if between > 0.0:
                    apart += between * between
            reach = max(reach, 0.0) if p == 1 else np.sqrt(max(reach, 0.0)) + error
            if apart * (1.0 - 1e-12) < reach * reach:
                near[found] = cell
                found += 1
        for row in range(start_x[group], start_x[group + 1]):
            if fill and counts[row] > limit:
                continue
            count = 0
            for k in range(found):
                low = start_y[near[k]]
                size = start_y[near[k] + 1] - low
                for column in range(size):
                    reach = max(t[row] + v[low + column], 0.0)
                    excess[column] = -reach * reach if p == 1 else -reach
                    square[column] = 0.0
                if p == 2:
                    for column in range(size):
                        reach = np.sqrt(-excess[column]) + error
                        excess[column] = -reach * reach
                for axis in range(dim):
                    for column in range(size):
                        difference = x[row, axis] - y[axis, low + column]
                        square[column] += difference * difference
                some = np.int64(0)
                for column in range(size):
                    square[column] *= 1.0 - 1e-12
                    some += np.int64(square[column] + excess[column] < 0.0)
                if fill and some > 0:
                    for column in range(size):
                        if square[column] + excess[column] < 0.0:
                            columns[begin[row] + count] = low + column
                            cost[begin[row] + count] = square[column]
                            count += 1
                else:
                    count += int(some)
            if not fill:
                counts[row] = count


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
