"""The costs of all pairs of two small sets, by differences, compiled."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.least import least
from wcheck.transport.cost.pairs import cost_underflow

DEPTH = 64
"""Coordinates that the distances of all pairs take in at a time, so that they stay in the cache."""
LARGEST = 2.0**1000
"""Coordinates must be smaller."""
ROOM, ROOM32 = 900, 60
"""How many powers of two coordinates, and those of float32, may be larger than the unit."""


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


def all_costs(x: NDArray[Any], y: NDArray[Any], p: int) -> Costs:
    """Measure all pairs of points x ``(n, d)`` and y ``(m, d)``, C-contiguous and of one dtype, by differences."""
    cost = np.empty((len(x) + 1, len(y)))
    unit, underflows = unit_of(x, y)
    if not math.isnan(unit):
        measure_all(x, y, p, 1.0 / unit, np.float64, 0.0, 0.0, cost)
    return Costs(cost[:-1], unit, scaled_underflow(x.shape[1], p) if underflows else 0.0)


def measured(x: NDArray[Any], y: NDArray[Any], p: int, factor: float) -> NDArray[np.float64]:
    """Return the costs ``(|x_i - y_j| factor)^p`` of all pairs, measured by differences.

    Threads share the rows where there is much to do.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d) and (m, d), float32 or float64, C-contiguous
        The points.
    p : {1, 2}
        The exponent.
    factor : float
        A power of two, in which no square over- or underflows.

    Returns
    -------
    ndarray, shape (n, m), float64
        Off by at most the factor ``1 +- cost_rounding(d, p)``.
    """
    n, m = len(x), len(y)
    cost = np.empty((n + n % 2, m))

    def measure(pairs: slice) -> None:
        rows = slice(2 * pairs.start, 2 * pairs.stop)
        measure_all(x[rows], y, p, factor, np.float64, 0.0, 0.0, cost[rows])

    over_spans(len(cost) // 2, n * m * x.shape[1] >> 26, measure)
    return cost[:n]


def scaled_underflow(dim: int, p: int) -> float:
    """Bound what underflow may take from a cost: in the scaled coordinates, their difference and its square."""
    return 4.0 * cost_underflow(dim, p)


@compiled()
def unit_of(x, y):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
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
    return unit, count_below(x, small) + count_below(y, small) > 0


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
def count_below(points, small):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Count the coordinates that are smaller, except for zeros; of float32, none is taken to be so small."""
    if points.itemsize == 4:  # of which none is so small
        return np.int64(0)
    some = np.int64(0)
    for i in range(np.uint64(points.shape[0])):
        for t in range(np.uint64(points.shape[1])):
            size = np.float64(abs(points[i, t]))
            some += np.int64(size < small) & np.int64(size > 0.0)
    return some


@compiled(fastmath={"contract", "nsz"})
def measure_all(x, y, p, factor, kind, rounding, lost, cost):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Write ``(|x_i - y_j| factor)^p``, computed in ``kind``, less its rounding.

    Where n is odd, ``cost`` has a row to spare.
    """
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
