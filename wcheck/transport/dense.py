r"""Small programs over all pairs, compiled from points to bracket: costs, assignment and certificate in one call.

Between n and n points of equal weight an optimal plan is an assignment. It is found over the dense cost matrix:

1. Columns start at their least cost; an **auction without eps** lets rows bid, two bids each (the augmenting row
   reduction of Jonker and Volgenant 1987): a free row takes the column cheapest at the prices v, whoever had it, and
   lowers ``v_j`` to where its second choice is as good. The arcs taken stay tight.
2. **Shortest augmenting paths** by Dijkstra's algorithm without a heap from every row still free, as there.

A row is read from end to end at every step of both, which vector instructions do at once for 4 or 8 columns; so
neither eps-scaling nor sparse arcs pay below some thousand points (:mod:`assignment` is for those above).

The certificate is that of :mod:`certificate`: upper is the plan's measured cost; lower the c-transform of v over all
measured costs; the rounding of each is paid.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from wcheck.transport.cost import U64, cost_rounding, cost_underflow
from wcheck.transport.simplex import Basic
from wcheck.transport.sums import compiled_sum

BIDS = 2
"""Bids per row in the auction."""
DEPTH = 64
"""Coordinates that the distances of all pairs take in at a time, so that they stay in the cache."""
LARGEST = 2.0**1000
"""Coordinates must be smaller."""


class Costs(NamedTuple):
    """The costs of all pairs.

    Attributes
    ----------
    cost : ndarray, shape (n, m), float64
        ``(|x_i - y_j| / unit)^p``, off by at most the factor ``1 +- cost_rounding(d, p)`` and by ``underflow``.
    unit : float
        A power of two, at most four times the largest coordinate; NaN if there are coordinates that are not finite or
        not below :data:`LARGEST`.
    underflow : float
        An absolute error, where squares may fall below the range of float64.
    """

    cost: NDArray[np.float64]
    unit: float
    underflow: float


class Brackets(NamedTuple):
    """Certified brackets of some programs, each in its own unit; NaN as in :class:`Costs`.

    Attributes
    ----------
    lower, upper : ndarray, shape (K,), float64
        Of the least cost, in ``unit^p``.
    unit, diameter : ndarray, shape (K,), float64
        The unit, and an upper bound of every cost in ``unit^p``.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    unit: NDArray[np.float64]
    diameter: NDArray[np.float64]


def assign(cost: NDArray[np.float64]) -> Basic:
    """Return a least-cost assignment, of unit masses, and optimal potentials.

    Parameters
    ----------
    cost : ndarray, shape (n, n), float64
        Finite.
    """
    n = len(cost)
    columns, v = _assign(np.ascontiguousarray(cost))
    return Basic(np.arange(n), columns, np.ones(n), _transform(cost, v), v)


def all_costs(x: NDArray[Any], y: NDArray[Any], p: int) -> Costs:
    """Measure all pairs of points x ``(n, d)`` and y ``(m, d)``, C-contiguous and of one dtype, by differences."""
    cost = np.empty((len(x) + 1, len(y)))
    unit, underflows = _unit(x, y)
    if not math.isnan(unit):
        _measure(x, y, p, 1.0 / unit, cost)
    return Costs(cost[:-1], unit, scaled_underflow(x.shape[1], p) if underflows else 0.0)


def assignment_brackets(x: NDArray[Any], y: NDArray[Any], p: int) -> Brackets:
    """Bracket the least cost between points of equal weight, for K programs one after another.

    Parameters
    ----------
    x, y : ndarray, shape (K, n, d), float32 or float64
        C-contiguous, writeable, of one dtype. The interpreter's lock is not held while they are worked on.
    p : {1, 2}
        The exponent.
    """
    count, _, dim = x.shape
    brackets = Brackets(*np.empty((4, count)))
    _brackets(x, y, p, cost_rounding(dim, p), scaled_underflow(dim, p), *brackets)
    return brackets


def scaled_underflow(dim: int, p: int) -> float:
    """Bound what underflow may take from a cost: in the scaled coordinates, their difference and its square."""
    return 4.0 * cost_underflow(dim, p)


def _type_least(_, a, b):  # type: ignore[no-untyped-def]  # pragma: no cover - while compiling
    def generate(_, builder, __, arguments):  # type: ignore[no-untyped-def]
        a, b = arguments
        flags = "nnan", "nsz"
        return builder.select(builder.fcmp_ordered("<", b, a, flags=flags), b, a, flags=flags)

    return types.float64(types.float64, types.float64), generate


def _type_first(_, a, b):  # type: ignore[no-untyped-def]  # pragma: no cover - while compiling
    def generate(_, builder, __, arguments):  # type: ignore[no-untyped-def]
        a, b = arguments
        return builder.select(builder.icmp_signed("<", b, a), b, a)

    return types.int64(types.int64, types.int64), generate


_least: Any = intrinsic(_type_least)
"""The lesser of two floats, of which neither is NaN: unlike ``min``, LLVM knows to reduce an array by it in vectors."""
_first: Any = intrinsic(_type_first)
"""The lesser of two integers, likewise."""


@numba.njit(nogil=True, cache=True)
def _brackets(x, y, p, rounding, underflow, lower, upper, unit, diameter):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = x.shape[1]
    spare = np.empty((n + 1, n))
    cost = spare[:n]
    for k in range(len(x)):
        unit[k], underflows = _unit(x[k], y[k])
        if np.isnan(unit[k]):
            lower[k] = upper[k] = diameter[k] = np.nan
            continue
        _measure(x[k], y[k], p, 1.0 / unit[k], spare)
        columns, v = _assign(cost)
        lower[k], upper[k], diameter[k] = _certify(
            cost, columns, v, rounding, underflow if underflows else 0.0
        )


@numba.njit(nogil=True, cache=True)
def _unit(x, y):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the unit, and whether squares of differences may underflow in it."""
    peak = max(_peak(x), _peak(y))
    if peak >= LARGEST:
        return np.nan, False
    unit = math.ldexp(1.0, max(math.frexp(peak)[1] + 1, -900)) if peak > 0.0 else 1.0
    small = math.ldexp(unit, -400)
    return unit, _below(x, small) + _below(y, small) > 0


@numba.njit(nogil=True, cache=True)
def _peak(points):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the largest size of a coordinate, infinite if one is not finite."""
    minus_peak, wrong = 0.0, np.int64(0)
    for i in range(np.uint64(points.shape[0])):
        for t in range(np.uint64(points.shape[1])):
            size = np.float64(abs(points[i, t]))
            minus_peak = _least(minus_peak, -size)
            wrong += np.int64(not size < np.inf)
    return -minus_peak if wrong == 0 else np.inf


@numba.njit(nogil=True, cache=True)
def _below(points, small):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Count the coordinates that are smaller, but for zeros."""
    some = np.int64(0)
    for i in range(np.uint64(points.shape[0])):
        for t in range(np.uint64(points.shape[1])):
            size = np.float64(abs(points[i, t]))
            some += np.int64(size < small) & np.int64(size > 0.0)
    return some


@numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz"})
def _measure(x, y, p, factor, cost):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Write ``(|x_i - y_j| factor)^p``; ``cost`` has a row to spare."""
    n, m, dim = x.shape[0], np.uint64(y.shape[0]), x.shape[1]
    left, right = (
        np.zeros((2, DEPTH)),
        np.zeros((DEPTH, m)),
    )  # some coordinates of two rows, and of all columns
    for i in range(n + 1):
        for j in range(m):
            cost[i, j] = 0.0
    for begin in range(0, dim, DEPTH):
        size = min(DEPTH, dim - begin)
        padded = (size + 3) // 4 * 4
        for j in range(m):
            for t in range(padded):
                right[t, j] = np.float64(y[j, begin + t]) * factor if t < size else 0.0
        for i in range(0, n, 2):
            for r in range(2):
                for t in range(size):
                    left[r, t] = np.float64(x[min(i + r, n - 1), begin + t]) * factor
                for t in range(size, padded):
                    left[r, t] = 0.0
            for t in range(0, padded, 4):
                a0, a1, a2, a3 = left[0, t], left[0, t + 1], left[0, t + 2], left[0, t + 3]
                b0, b1, b2, b3 = left[1, t], left[1, t + 1], left[1, t + 2], left[1, t + 3]
                for j in range(m):
                    y0, y1, y2, y3 = right[t, j], right[t + 1, j], right[t + 2, j], right[t + 3, j]
                    cost[i, j] += ((a0 - y0) ** 2 + (a1 - y1) ** 2) + ((a2 - y2) ** 2 + (a3 - y3) ** 2)
                    cost[i + 1, j] += ((b0 - y0) ** 2 + (b1 - y1) ** 2) + ((b2 - y2) ** 2 + (b3 - y3) ** 2)
    if p == 1:
        for i in range(n):
            for j in range(m):
                cost[i, j] = np.sqrt(cost[i, j])


@numba.njit(nogil=True, cache=True)
def _assign(cost):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the column of each row, and the columns' potentials."""
    n = np.uint64(len(cost))
    v, columns, owner = np.full(n, np.inf), np.full(n, -1), np.full(n, -1)
    for i in range(n):
        for j in range(n):
            v[j] = _least(v[j], cost[i, j])
    _auction(cost, v, columns, owner)
    _search(cost, v, columns, owner)
    return columns, v


@numba.njit(nogil=True, cache=True)
def _auction(cost, v, columns, owner):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let free rows bid in turn."""
    n, end = np.uint64(len(v)), len(v)
    price, queue = np.empty(n), np.arange(end)
    first, waiting = 0, end
    for _ in range(BIDS * end):
        if waiting == 0:
            break
        i = queue[first]
        first = first + 1 if first + 1 < end else 0
        waiting -= 1
        lowest = second = np.inf
        for j in range(n):
            price[j] = cost[i, j] - v[j]
            lowest = _least(lowest, price[j])
        chosen = end
        for j in range(n):
            chosen = _first(chosen, np.int64(j) if price[j] == lowest else end)
        price[chosen] = np.inf
        for j in range(n):
            second = _least(second, price[j])
        other = owner[chosen]
        if other >= 0:
            if second <= lowest:  # a tie, which only a search resolves
                continue
            columns[other] = -1
            last = first + waiting
            queue[last if last < end else last - end] = other
            waiting += 1
        if second < np.inf:
            v[chosen] -= second - lowest
        columns[i], owner[chosen] = chosen, i


@numba.njit(nogil=True, cache=True)
def _search(cost, v, columns, owner):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Assign every free row along a shortest path of reduced costs, and move potentials by the distances."""
    n, end = np.uint64(len(v)), len(v)
    distance, price, origin = np.empty(n), np.empty(n), np.empty(n, np.int64)
    final, reach = np.empty(n, np.int64), np.empty(n)  # columns at a final distance, which is their reach
    for start in range(end):
        if columns[start] >= 0:
            continue
        lowest = np.inf
        for j in range(n):
            distance[j], price[j] = np.inf, v[j]
            lowest = _least(lowest, cost[start, j] - v[j])
        i, shift, radius, finals = start, -lowest, 0.0, 0
        while True:
            lowest = np.inf
            for j in range(n):
                through = cost[i, j] - price[j] + shift
                origin[j] = i if through < distance[j] else origin[j]
                distance[j] = _least(distance[j], through)
                lowest = _least(lowest, distance[j])
            nearest = 2 * end
            for j in range(n):  # a free one if there are several
                rank = np.int64(j) if owner[j] < 0 else np.int64(j) + end
                nearest = _first(nearest, rank if distance[j] == lowest else 2 * end)
            radius = max(radius, lowest)
            if nearest < end:
                break
            nearest -= end
            final[finals], reach[finals] = nearest, radius
            finals += 1
            i = owner[nearest]
            shift = radius - (cost[i, nearest] - v[nearest])
            distance[nearest], price[nearest] = np.inf, -np.inf  # no path is shorter, and none is looked for
        for k in range(finals):
            v[final[k]] -= radius - reach[k]
        while True:
            i = origin[nearest]
            owner[nearest] = i
            columns[i], nearest = nearest, columns[i]
            if i == start:
                break


@numba.njit(nogil=True, cache=True)
def _transform(cost, v):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``u_i = min_j (c_ij - v_j)``."""
    u, m = np.empty(len(cost)), np.uint64(len(v))
    for i in range(np.uint64(len(cost))):
        lowest = np.inf
        for j in range(m):
            lowest = _least(lowest, cost[i, j] - v[j])
        u[i] = lowest
    return u


@numba.njit(nogil=True, cache=True)
def _certify(cost, columns, v, rounding, underflow):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return lower and upper bound, by the formulas of ``Best`` for weights 1/n, and a bound of every cost."""
    n = len(v)
    u = _transform(cost, v)
    taken, minus_largest = np.empty(n), 0.0
    for i in range(np.uint64(n)):
        taken[i] = cost[i, columns[i]]
        for j in range(np.uint64(n)):
            minus_largest = _least(minus_largest, -cost[i, j])
    value = compiled_sum(taken) / n
    upper = value + (value * (rounding + 6.0 * U64) + underflow)
    size_u, size_v = compiled_sum(np.abs(u)) / n, compiled_sum(np.abs(v)) / n
    paid = 8.0 * U64 * (size_u + size_v) + 1.01 * (rounding + 2.0 * U64) * (size_u + np.abs(v).max())
    lower = (compiled_sum(u) + compiled_sum(v)) / n - (paid + underflow)
    return max(lower, 0.0), upper, -minus_largest * (1.0 + 2.0 * rounding + 8.0 * U64) + underflow
