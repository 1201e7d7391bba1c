r"""A k-d tree in few dimensions: which columns have the least ``c_ij - v_j``, found without looking at most of them.

Points are halved along the widest side of their box until few are left. A node knows its box and the largest potential
in it, W, so for every column in it ``c_ij - v_j >= dist(x_i, box) - W`` (its square for p = 2). A search goes down to
where this is least first and leaves out what is above the best few that it has found. Distances are direct differences
in float64, of coordinates that are off by at most e: nothing cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans, spans
from wcheck.transport.scans.listing import Listing

LEAF = 8
"""Points of a leaf, at most."""
TURN = 1 << 15
"""Points that are searched for between two looks at the clock."""
SURE = 1.0 - 2.0**-46
"""What computed distances are multiplied by: far more than their own rounding takes."""

LISTED = tuple(field.name for field in fields(Listing))


@dataclass(frozen=True, slots=True)
class Least:
    """The columns of least ``bound_ij - v_j`` of each row, the least first.

    Attributes
    ----------
    counts : ndarray, shape (n,), int64
        How many were found below the row's limit, at most as many as were asked for.
    columns : ndarray, shape (n, few), int32
        The columns; what is beyond a row's count is undefined.
    values : ndarray, shape (n, few), float64
        ``bound_ij - v_j``, where a bound is at most the true cost.
    floor : ndarray, shape (n,), float64
        ``c_ij - v_j`` is at least this for all other columns.
    """

    counts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float64]
    floor: NDArray[np.float64]

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows and columns of all pairs, row by row."""
        taken = np.arange(self.columns.shape[1]) < self.counts[:, None]
        return np.repeat(np.arange(len(self.counts)), self.counts), self.columns[taken].astype(np.int64)


class Tree:
    """A k-d tree of points.

    Parameters
    ----------
    points : ndarray, shape (m, d), float64
        The points, in frame units.
    error : float
        How far any of them is from its true place, at most.
    """

    def __init__(self, points: NDArray[np.float64], error: float) -> None:
        self.points, self.error = points, error
        self._depth = max(0, int(np.ceil(np.log2(max(1, len(points)) / LEAF))))
        self.order = halved(points, self._depth)
        self._sorted = np.ascontiguousarray(points[self.order])
        self._boxes = _boxes(self._sorted, self._depth)

    def least(
        self,
        x: Tree,
        v: NDArray[np.float64],
        limit: NDArray[np.float64],
        few: int,
        p: int,
        check: Callable[[], None] = lambda: None,
    ) -> Least:
        """Find the few points of this tree, the columns, of least ``c_ij - v_j`` below each row's limit.

        Parameters
        ----------
        x : Tree
            The n rows.
        v : ndarray, shape (m,)
            Potentials of the columns.
        limit : ndarray, shape (n,)
            Of the rows; may be infinite.
        few : int
            How many columns a row should have, at most.
        p : {1, 2}
            The cost is ``|x - y|^p``.
        check : callable
            Called now and then; what it raises ends the search.
        """
        n = len(x.points)
        found = Least(np.empty(n, np.int64), np.empty((n, few), np.int32), np.empty((n, few)), np.empty(n))
        tree, out = self._with(x, v, p), (found.counts, found.columns, found.values, found.floor)
        for turn in spans(n, TURN):
            check()
            rows = x.order[turn]

            def search(span: slice, rows: NDArray[np.int64] = rows) -> None:
                _search(rows[span], x.points, limit, *tree, *out)

            over_spans(len(rows), len(rows) >> 8, search)
        return found

    def below(
        self,
        x: Tree,
        rows: NDArray[np.int64],
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        limit: int,
        p: int,
        check: Callable[[], None] = lambda: None,
    ) -> Listing:
        """List the columns of some rows with ``bound_ij - v_j`` below a threshold; see ``Scanner.scan``."""
        tree = self._with(x, v, p)
        parts = []
        for turn in spans(len(rows), TURN):
            check()
            counts = np.empty(len(rows[turn]), np.int64)
            work = rows[turn], x.points, threshold[turn], *tree, limit, counts
            columns, bound = np.empty(0, np.int32), np.empty(0, np.float32)
            for fill in (False, True):
                kept = np.where(counts > limit, 0, counts) if fill else np.zeros_like(counts)
                if fill:
                    columns, bound = (
                        np.empty(int(kept.sum()), np.int32),
                        np.empty(int(kept.sum()), np.float32),
                    )
                places = np.cumsum(kept) - kept, columns, bound, fill

                def search(span: slice, work: Any = (*work, *places)) -> None:
                    _below(span.start, span.stop, *work)

                over_spans(len(counts), len(counts) >> 8, search)
            down = np.nextafter(bound, np.float32(-np.inf))
            parts.append(Listing(counts, columns, down, counts > limit))
        return Listing(*(np.concatenate([getattr(part, name) for part in parts]) for name in LISTED))

    def _with(self, x: Tree, v: NDArray[np.float64], p: int) -> tuple[Any, ...]:
        """Return what the compiled searches know of the columns."""
        v = v[self.order]
        return (
            self._sorted,
            v,
            self.order,
            *self._boxes,
            _tops(v, self._depth),
            self._depth,
            x.error + self.error,
            p,
        )


@compiled()
def halved(points, depth):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return an order in which node k of level l holds the points from ``n k / 2^l`` to ``n (k + 1) / 2^l``."""
    n, dim = points.shape
    order = np.arange(n)
    for level in range(depth):
        for node in range(1 << level):
            first, last = n * node >> level, n * (node + 1) >> level
            middle = n * (2 * node + 1) >> (level + 1)
            widest, axis = -1.0, 0
            for side in range(dim):
                low = high = points[order[first], side]
                for k in range(first, last):
                    low, high = min(low, points[order[k], side]), max(high, points[order[k], side])
                if high - low > widest:
                    widest, axis = high - low, side
            left, right = first, last - 1
            while left < right:  # Hoare's selection: the least up to the middle come first
                pivot = points[order[(left + right) >> 1], axis]
                i, j = left, right
                while i <= j:
                    while points[order[i], axis] < pivot:
                        i += 1
                    while points[order[j], axis] > pivot:
                        j -= 1
                    if i <= j:
                        order[i], order[j] = order[j], order[i]
                        i, j = i + 1, j - 1
                if middle <= j:
                    right = j
                elif middle >= i:
                    left = i
                else:
                    break
    return order


@compiled()
def _boxes(points, depth):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the least and greatest coordinates of every node; node k of level l has the number ``2^l + k``."""
    n, dim = points.shape
    low, high = np.full((2 << depth, dim), np.inf), np.full((2 << depth, dim), -np.inf)
    for node in range((2 << depth) - 1, 0, -1):
        for side in range(dim):
            if node >= 1 << depth:
                leaf = node - (1 << depth)
                for k in range(n * leaf >> depth, n * (leaf + 1) >> depth):
                    low[node, side] = min(low[node, side], points[k, side])
                    high[node, side] = max(high[node, side], points[k, side])
            else:
                low[node, side] = min(low[2 * node, side], low[2 * node + 1, side])
                high[node, side] = max(high[2 * node, side], high[2 * node + 1, side])
    return low, high


@compiled()
def _tops(v, depth):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the largest potential in every node."""
    n = len(v)
    top = np.full(2 << depth, -np.inf)
    for node in range((2 << depth) - 1, 0, -1):
        if node >= 1 << depth:
            leaf = node - (1 << depth)
            for k in range(n * leaf >> depth, n * (leaf + 1) >> depth):
                top[node] = max(top[node], v[k])
        else:
            top[node] = max(top[2 * node], top[2 * node + 1])
    return top


@compiled()
def _bound(square, error, p):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return at most the cost of points whose computed squared distance is given."""
    distance = max(np.sqrt(square) * SURE - error, 0.0)
    return distance if p == 1 else distance * distance * SURE


@compiled()
def _search(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    rows, x, limits, y, v, order, low, high, top, depth, error, p, counts, columns, values, floors
):
    """Find the least of some rows; ties are left to whoever comes first on the way down."""
    m, dim, few = len(y), x.shape[1], columns.shape[1]
    waiting, keys = np.empty(2 * depth + 4, np.int64), np.empty(2 * depth + 4)
    for row in rows:
        limit, held, depth_of = limits[row], 0, 1
        waiting[0], keys[0] = 1, -np.inf
        while depth_of > 0:
            depth_of -= 1
            node = waiting[depth_of]
            if keys[depth_of] >= limit:
                continue
            if node >= 1 << depth:
                leaf = node - (1 << depth)
                for k in range(m * leaf >> depth, m * (leaf + 1) >> depth):
                    square = 0.0
                    for side in range(dim):
                        difference = x[row, side] - y[k, side]
                        square += difference * difference
                    value = _bound(square, error, p) - v[k]
                    if not value < limit:
                        continue
                    place = min(held, few - 1)
                    while place > 0 and values[row, place - 1] > value:
                        values[row, place] = values[row, place - 1]
                        columns[row, place] = columns[row, place - 1]
                        place -= 1
                    values[row, place], columns[row, place] = value, order[k]
                    held = min(held + 1, few)
                    if held == few:
                        limit = values[row, few - 1]
                continue
            first = second = np.inf
            for child in range(2 * node, 2 * node + 2):
                square = 0.0
                for side in range(dim):
                    apart = max(low[child, side] - x[row, side], x[row, side] - high[child, side], 0.0)
                    square += apart * apart
                second, first = first, _bound(square, error, p) - top[child]
            # second is the key of the left child, first that of the right: the lesser goes on top
            near, far = 2 * node, 2 * node + 1
            if first < second:
                near, far, first, second = far, near, second, first
            if first < limit:
                waiting[depth_of], keys[depth_of] = far, first
                depth_of += 1
            if second < limit:
                waiting[depth_of], keys[depth_of] = near, second
                depth_of += 1
        counts[row], floors[row] = held, limit


@compiled()
def _below(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    start, stop, rows, x, thresholds, y, v, order, low, high, top, depth, error, p, limit, counts,
    begin, columns, bound, fill,
):  # fmt: skip
    """Count, or list, the columns of some rows below their threshold."""
    m, dim = len(y), x.shape[1]
    waiting = np.empty(depth + 2, np.int64)
    for position in range(start, stop):
        if fill and counts[position] > limit:
            continue
        row, threshold, found = rows[position], thresholds[position], 0
        waiting[0], left = 1, 1
        while left > 0:
            left -= 1
            node = waiting[left]
            square = 0.0
            for side in range(dim):
                apart = max(low[node, side] - x[row, side], x[row, side] - high[node, side], 0.0)
                square += apart * apart
            if _bound(square, error, p) - top[node] >= threshold:
                continue
            if node < 1 << depth:
                waiting[left], waiting[left + 1] = 2 * node + 1, 2 * node
                left += 2
                continue
            leaf = node - (1 << depth)
            for k in range(m * leaf >> depth, m * (leaf + 1) >> depth):
                square = 0.0
                for side in range(dim):
                    difference = x[row, side] - y[k, side]
                    square += difference * difference
                cost = _bound(square, error, p)
                if cost - v[k] < threshold:
                    if fill:
                        columns[begin[position] + found], bound[begin[position] + found] = order[k], cost
                    found += 1
        if not fill:
            counts[position] = found
