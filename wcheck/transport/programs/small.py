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

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import least
from wcheck.transport.arithmetic.rounding import U32, U64, gamma
from wcheck.transport.arithmetic.sums import compiled_sum
from wcheck.transport.cost.pairs import cost_rounding
from wcheck.transport.cost.whole import DEPTH, measure_all, scaled_underflow, unit_of
from wcheck.transport.programs.dense import assignment, c_transform, search

SCREENED = 256
"""Dimension from which on float32 points are screened."""
SCREEN_ROUNDING = gamma(DEPTH + 8, U32)
"""Relative error of squared distances in float32."""
SCREEN_UNDERFLOW = 2.0**-144
"""More than underflow in float32 takes from a square: from two scaled coordinates, their difference and its square."""
SLACK = 1e-14
"""Reduced cost of an assigned pair that counts as rounding, in units of its cost and price."""


class Brackets(NamedTuple):
    """Certified brackets of some programs, each in its own unit; NaN as in :class:`wcheck.transport.cost.whole.Costs`.

    Attributes
    ----------
    lower, upper : ndarray, shape (K,), float64
        Bounds of the least cost, in ``unit^p``.
    unit : ndarray, shape (K,), float64
        The unit.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    unit: NDArray[np.float64]


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
    _brackets(x, y, p, _is_screened(x), cost_rounding(dim, p), scaled_underflow(dim, p), *brackets)
    return brackets


class Assigned(NamedTuple):
    """A least-cost assignment of points of equal weight.

    Attributes
    ----------
    cost : ndarray, shape (n, n), float64
        ``(|x_i - y_j| / unit)^p`` for assigned pairs, within ``cost_rounding(d, p)``; of others that, or less.
    columns : ndarray, shape (n,), int64
        The column of each row.
    v : ndarray, shape (n,), float64
        The columns' potentials.
    """

    cost: NDArray[np.float64]
    columns: NDArray[np.int64]
    v: NDArray[np.float64]


def assigned(x: NDArray[Any], y: NDArray[Any], p: int, unit: float) -> Assigned:
    """Assign points ``(n, d)``, C-contiguous, writeable, of one dtype, in a unit that is a power of two.

    No coordinate may be above ``2^60`` units, and no square of a difference may underflow in them.
    """
    spare = np.empty((len(x) + 1, len(x)))
    return Assigned(spare[:-1], *_assigned(x, y, p, _is_screened(x), 1.0 / unit, spare))


def _is_screened(x: NDArray[Any]) -> bool:
    return x.dtype == np.float32 and x.shape[-1] >= SCREENED


@compiled()
def _brackets(x, y, p, screened, rounding, underflow, lower, upper, unit):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = x.shape[1]
    spare = np.empty((n + 1, n))
    for k in range(len(x)):
        unit[k], underflows = unit_of(x[k], y[k])
        if np.isnan(unit[k]):
            lower[k] = upper[k] = np.nan
            continue
        columns, v = _assigned(x[k], y[k], p, screened, 1.0 / unit[k], spare)
        paid = underflow if underflows else 0.0
        lower[k], upper[k] = _certify(spare[:n], columns, v, rounding, paid)


@compiled()
def _assigned(x, y, p, screened, factor, spare):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Write the costs, or lower bounds of those that are not assigned; return the columns and their potentials."""
    cost = spare[: len(x)]
    if screened:
        lost = x.shape[1] * SCREEN_UNDERFLOW
        measure_all(x, y, p, factor, np.float32, SCREEN_ROUNDING, lost, spare)
        columns, owner, v = assignment(cost)
        _decide(x, y, p, factor, cost, columns, owner, v)
    else:
        measure_all(x, y, p, factor, np.float64, 0.0, 0.0, spare)
        columns, owner, v = assignment(cost)
    return columns, v


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
