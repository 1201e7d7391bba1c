r"""Small programs over all pairs, compiled from points to bracket: costs, assignment and certificate in one call.

The certificate is that of :mod:`certificate`: upper is the plan's measured cost; lower the c-transform of v over all
costs; the rounding of each is paid.

**Screening.** In many dimensions nearly all the work is measuring pairs of which nearly all turn out too far apart to
matter. So float32 points are first differenced in float32, 16 at a time instead of 8: with sums of at most
:data:`DEPTH` squares, added up in float64, a squared distance is off by ``gamma_(DEPTH + 4)`` at most, however close
the points are. What is below it by that much is a lower bound l of the cost. An optimal assignment for costs l, whose
own pairs are then measured in float64 and found to be l, is optimal; if they are not, they replace l, with the other
pairs that are within the error of tight, and the assignment is repaired from where it stood. The lower bound of the
certificate may use l for the rest: what holds for lower costs holds for the costs.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.rounding import U32, U64, gamma
from wcheck.transport.arithmetic.sums import compiled_sum
from wcheck.transport.cost.pairs import cost_rounding, cost_underflow
from wcheck.transport.programs.dense import assignment, c_transform, least, search

DEPTH = 64
"""Coordinates that the distances of all pairs take in at a time, so that they stay in the cache."""
LARGEST = 2.0**1000
"""Coordinates must be smaller."""
ROOM, ROOM32 = 900, 60
"""How many powers of two coordinates, and those of float32, may be larger than the unit."""
SCREENED = 256
"""Dimension from which on float32 points are screened."""
SCREEN_ROUNDING = gamma(DEPTH + 8, U32)
"""Relative error of squared distances in float32."""
SCREEN_UNDERFLOW = 2.0**-144
"""More than underflow in float32 takes from a square: from two scaled coordinates, their difference and its square."""
SLACK = 1e-14
"""Reduced cost of an assigned pair that counts as rounding, in units of its cost and price."""


class Costs(NamedTuple):
    """The costs of all pairs.

    Attributes
    ----------
    cost : ndarray, shape (n, m), float64
        ``(|x_i - y_j| / unit)^p``, off by at most the factor ``1 +- cost_rounding(d, p)`` and by ``underflow``.
    unit : float
        A power of two, such that no coordinates differ by more; NaN if there are some that are not finite or not below
        :data:`LARGEST`.
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
    unit : ndarray, shape (K,), float64
        The unit.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    unit: NDArray[np.float64]


def all_costs(x: NDArray[Any], y: NDArray[Any], p: int) -> Costs:
    """Measure all pairs of points x ``(n, d)`` and y ``(m, d)``, C-contiguous and of one dtype, by differences."""
    cost = np.empty((len(x) + 1, len(y)))
    unit, underflows = _unit(x, y)
    if not math.isnan(unit):
        _measure(x, y, p, 1.0 / unit, np.float64, 0.0, 0.0, cost)
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
    brackets = Brackets(*np.empty((3, count)))
    screened = x.dtype == np.float32 and dim >= SCREENED
    _brackets(x, y, p, screened, cost_rounding(dim, p), scaled_underflow(dim, p), *brackets)
    return brackets


def scaled_underflow(dim: int, p: int) -> float:
    """Bound what underflow may take from a cost: in the scaled coordinates, their difference and its square."""
    return 4.0 * cost_underflow(dim, p)


@compiled()
def _brackets(x, y, p, screened, rounding, underflow, lower, upper, unit):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = x.shape[1]
    spare = np.empty((n + 1, n))
    cost = spare[:n]
    for k in range(len(x)):
        unit[k], underflows = _unit(x[k], y[k])
        if np.isnan(unit[k]):
            lower[k] = upper[k] = np.nan
            continue
        factor = 1.0 / unit[k]
        if screened:
            lost = x.shape[2] * SCREEN_UNDERFLOW
            _measure(x[k], y[k], p, factor, np.float32, SCREEN_ROUNDING, lost, spare)
            columns, owner, v = assignment(cost)
            _decide(x[k], y[k], p, factor, cost, columns, owner, v)
        else:
            _measure(x[k], y[k], p, factor, np.float64, 0.0, 0.0, spare)
            columns, owner, v = assignment(cost)
        paid = underflow if underflows else 0.0
        lower[k], upper[k] = _certify(cost, columns, v, rounding, paid)


@compiled()
def _unit(x, y):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the unit, and whether squares of differences may underflow in it.

    The unit is that of differences, so that points far from the origin are as good as others. It is not so small that
    coordinates would overflow in it.
    """
    origin = np.zeros(x.shape[1])
    peak = max(_peak(x, origin), _peak(y, origin))
    if peak >= LARGEST:
        return np.nan, False
    origin[:] = x[0]
    spread = max(_peak(x, origin), _peak(y, origin))
    if spread == 0.0:
        return 1.0, False
    room = ROOM32 if x.itemsize == 4 else ROOM
    unit = math.ldexp(1.0, max(math.frexp(spread)[1] + 1, -900, math.frexp(peak)[1] - room))
    small = math.ldexp(unit, -400)
    return unit, _below(x, small) + _below(y, small) > 0


@compiled()
def _peak(points, origin):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the largest size of a coordinate from the origin, infinite if one is not finite."""
    minus_peak, wrong = 0.0, np.int64(0)
    for i in range(np.uint64(points.shape[0])):
        for t in range(np.uint64(points.shape[1])):
            size = abs(np.float64(points[i, t]) - origin[t])
            minus_peak = least(minus_peak, -size)
            wrong += np.int64(not size < np.inf)
    return -minus_peak if wrong == 0 else np.inf


@compiled()
def _below(points, small):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Count the coordinates that are smaller, but for zeros."""
    if points.itemsize == 4:  # of which none is so small
        return np.int64(0)
    some = np.int64(0)
    for i in range(np.uint64(points.shape[0])):
        for t in range(np.uint64(points.shape[1])):
            size = np.float64(abs(points[i, t]))
            some += np.int64(size < small) & np.int64(size > 0.0)
    return some


@compiled(fastmath={"contract", "nsz"})
def _measure(x, y, p, factor, kind, rounding, lost, cost):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Write ``(|x_i - y_j| factor)^p``, computed in ``kind``, less its rounding; ``cost`` has a row to spare."""
    n, m, dim = x.shape[0], np.uint64(y.shape[0]), np.uint64(x.shape[1])
    depth, width = np.uint64(DEPTH), np.uint64((len(y) + 7) // 8 * 8)  # columns to fill vectors
    left, right, part = np.zeros((2, depth), kind), np.zeros((depth, width), kind), np.empty((2, width), kind)
    cost[:] = 0.0
    for begin in range(np.uint64(0), dim, depth):
        size = min(depth, dim - begin)
        padded = np.int64(size + np.uint64(3)) // 4 * 4
        left[:, size:], right[size:] = kind(0.0), kind(0.0)
        for j in range(m):
            for t in range(size):
                right[t, j] = kind(np.float64(y[j, begin + t]) * factor)
        for i in range(0, n, 2):
            for r in range(2):
                row = min(i + r, n - 1)
                for t in range(size):
                    left[r, t] = kind(np.float64(x[row, begin + t]) * factor)
            part[:] = kind(0.0)
            for t in range(0, padded, 4):
                a0, a1, a2, a3 = left[0, t], left[0, t + 1], left[0, t + 2], left[0, t + 3]
                b0, b1, b2, b3 = left[1, t], left[1, t + 1], left[1, t + 2], left[1, t + 3]
                for j in range(width):
                    y0, y1, y2, y3 = right[t, j], right[t + 1, j], right[t + 2, j], right[t + 3, j]
                    d0, d1, d2, d3 = a0 - y0, a1 - y1, a2 - y2, a3 - y3
                    e0, e1, e2, e3 = b0 - y0, b1 - y1, b2 - y2, b3 - y3
                    part[0, j] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3)
                    part[1, j] += (e0 * e0 + e1 * e1) + (e2 * e2 + e3 * e3)
            for j in range(m):
                cost[i, j] += part[0, j]
                cost[i + 1, j] += part[1, j]
    for i in range(n):
        for j in range(m):
            square = cost[i, j] * (1.0 - rounding) - lost
            cost[i, j] = square if square > 0.0 else 0.0
    if p == 1:
        for i in range(n):
            for j in range(m):
                cost[i, j] = np.sqrt(cost[i, j])


@compiled()
def _decide(x, y, p, factor, cost, columns, owner, v):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Replace screened costs by measured ones, and repair the assignment, until it uses measured ones alone."""
    n = len(v)
    known = np.zeros((n, n), np.bool_)
    while True:
        u, fresh = c_transform(cost, v), 0
        for i in range(n):
            for j in range(n):
                if not known[i, j]:
                    near = cost[i, j] - v[j] - u[i] <= 2.0 * SCREEN_ROUNDING * cost[i, j]
                    if near or columns[i] == j:
                        square = _square(x, i, y, j, factor)
                        cost[i, j] = square if p == 2 else np.sqrt(square)
                        known[i, j] = True
                        fresh += 1
        if fresh == 0:
            return
        u = c_transform(cost, v)
        for i in range(n):
            j = columns[i]
            if cost[i, j] - v[j] - u[i] > SLACK * (cost[i, j] + abs(v[j])):
                columns[i] = owner[j] = -1
        search(cost, v, columns, owner)


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _square(x, i, y, j, factor):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``|x_i - y_j|^2 factor^2``, in float64."""
    total = 0.0
    for t in range(np.uint64(x.shape[1])):
        difference = (np.float64(x[i, t]) - np.float64(y[j, t])) * factor
        total += difference * difference
    return total


@compiled()
def _certify(cost, columns, v, rounding, underflow):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return lower and upper bound, by the formulas of ``Best`` for weights 1/n.

    Costs are cut by their rounding before they are transformed. That pays for it where v is large and the costs that
    matter are small, as between nearly equal sets.
    """
    n = len(v)
    u = np.empty(n)
    taken, kept = np.empty(n), 1.0 - rounding
    for i in range(np.uint64(n)):
        taken[i] = cost[i, columns[i]]
        lowest = np.inf
        for j in range(np.uint64(n)):
            lowest = least(lowest, cost[i, j] * kept - v[j])
        u[i] = lowest
    value = compiled_sum(taken) / n
    upper = value + (value * (rounding + 6.0 * U64) + underflow)
    size_u, size_v = compiled_sum(np.abs(u)) / n, compiled_sum(np.abs(v)) / n
    paid = 8.0 * U64 * (size_u + size_v) + 4.0 * U64 * (size_u + np.abs(v).max())
    lower = (compiled_sum(u) + compiled_sum(v)) / n - (paid + underflow)
    return max(lower, 0.0), upper
