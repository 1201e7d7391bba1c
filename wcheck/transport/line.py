r"""Exact transport on the line, by sorting: 10^7 points in seconds, for any cost that is convex in x - y.

**Plan.** With both sides sorted, the north-west corner rule, which fills the pairs from the least points upwards, is
optimal (Hoffman 1963): its pairs form a staircase.

**Potentials** follow the staircase, ``u_i + v_j = c_ij`` on it: after a step down ``u_{i+1} = c_{i+1,j} - v_j``,
after one to the right ``v_{j+1} = c_{i,j+1} - u_i``. After a diagonal one, where a row and a column end together, there
is a choice: the smallest ``|u_{i+1}|`` is taken that keeps the two pairs beside the step feasible.

**They are feasible for every pair.** Let ``r = c - u - v``; sorted and convex, c and with it r is a Monge array:
``r_ij + r_{i+1,j+1} <= r_{i,j+1} + r_{i+1,j}``. So ``r_{i+1,j} - r_ij`` does not increase with j. Take (s, t) below the
staircase. The staircase, its diagonal steps led through (i+1, j), goes from row s-1 to row s in some column t* > t,
where ``r_{s,t*} - r_{s-1,t*} >= 0``, for the first of these pairs is on the staircase. So ``r_st >= r_{s-1,t}``, and on
upwards till the staircase is met in column t, where r is not negative. Above the staircase it is the same by symmetry.
If the conditions on and beside the staircase hold up to e only, every pair is feasible up to ``2 (n + m) e``.

**Rounding.** Points are taken relative to the frame's centre without rounding, as sums of two doubles, and so are costs
and potentials, to about 32 digits. For distances up to 2, a difference of points is off by 6 u^2, ``u = 2^-53``, a
cost by 48 u^2, a sum of potentials, at most 16, by 96 u^2; a step takes three of each at most: :data:`STEP_ERROR`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from wcheck.transport.cost import Frame
from wcheck.transport.program import Best, Program
from wcheck.transport.simplex import Basic, masses
from wcheck.transport.sums import two_square, two_sum

STEP_ERROR = 2.0**-96
"""How far computed potentials may be from their conditions on one step of the staircase, per diameter^p."""


def solve_line(program: Program, x: NDArray[Any], y: NDArray[Any], frame: Frame) -> Best:
    """Solve the transport program between points on the line, and certify the answer.

    Parameters
    ----------
    program : Program
        Between the points.
    x, y : ndarray, shapes (n,) and (m,), float32 or float64
        The points, in any order.
    frame : Frame
        Of the points.

    Returns
    -------
    Best
        An optimal plan of at most n + m - 1 arcs and optimal potentials; the gap is rounding alone.
    """
    basic = staircase(*masses(program.a, program.b), x, y, frame, program.p)
    slack = 2.0 * (len(x) + len(y)) * STEP_ERROR * (frame.diameter / frame.unit) ** program.p
    best = Best(program, basic.u, basic.v, basic.rows, basic.columns, basic.mass, arcs=len(basic.mass))
    best.offer_plan(basic, program.measure(basic.rows, basic.columns))
    best.offer_potentials(basic.u - slack, basic.v)
    return best


def staircase(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    x: NDArray[Any],
    y: NDArray[Any],
    frame: Frame,
    p: int,
) -> Basic:
    """Return an optimal plan and feasible optimal potentials between points on the line.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Masses of equal total, not negative. Points without mass get potentials, too.
    x, y : ndarray, shapes (n,) and (m,), float32 or float64
        The points, in any order.
    frame : Frame
        Of the points.
    p : {1, 2}
        The cost is ``|x_i - y_j|^p``.

    Returns
    -------
    Basic
        The potentials, in the frame's unit, are feasible up to ``2 (n + m)`` times :data:`STEP_ERROR` and to one
        rounding of each to float64.
    """
    centre = float(frame.centre[0])
    with ThreadPoolExecutor(2) as pool:
        left, right = pool.map(lambda points, mass: _sorted(points, mass, centre, frame.unit), (x, y), (a, b))
    n, m = len(x), len(y)
    rows, columns, mass = np.empty(n + m, np.int64), np.empty(n + m, np.int64), np.empty(n + m)
    u, v = np.empty(n), np.empty(m)
    arcs = _walk(left, right, p, rows, columns, mass, u, v)
    return Basic(rows[:arcs], columns[:arcs], mass[:arcs], u, v)


class _Side(NamedTuple):
    """Points in ascending order, as unrounded sums ``high + low`` in the frame, their masses and former places."""

    high: NDArray[np.float64]
    low: NDArray[np.float64]
    mass: NDArray[np.float64]
    order: NDArray[np.int64]


def _sorted(points: NDArray[Any], mass: NDArray[np.float64], centre: float, unit: float) -> _Side:
    order = np.argsort(points)
    high = points[order].astype(np.float64, copy=False)
    low = np.empty_like(high)
    _shift(high, low, centre, 1.0 / unit)
    return _Side(high, low, mass[order], order)


@numba.njit(nogil=True, cache=True)
def _shift(high, low, centre, factor):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for k in range(len(high)):
        shifted, rest = two_sum(high[k], -centre)
        high[k], low[k] = shifted * factor, rest * factor


@numba.njit(nogil=True, cache=True)
def _walk(x, y, p, rows, columns, mass, u, v):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Walk down the staircase, writing arcs and potentials; return the number of arcs."""
    n, m = len(u), len(v)
    i = j = arcs = 0
    left, room = x.mass[0], y.mass[0]
    at_u = (0.0, 0.0)
    at_v = _cost(x, 0, y, 0, p)
    while True:
        u[x.order[i]], v[y.order[j]] = at_u[0], at_v[0]
        moved = min(left, room)
        if moved > 0.0:
            rows[arcs], columns[arcs], mass[arcs] = x.order[i], y.order[j], moved
            arcs += 1
        left, room = left - moved, room - moved
        if i == n - 1 and j == m - 1:
            return arcs
        if j == m - 1 or (left == 0.0 and room > 0.0 and i < n - 1):
            i += 1
            left = x.mass[i]
            at_u = _minus(_cost(x, i, y, j, p), at_v)
        elif i == n - 1 or left > 0.0:
            j += 1
            room = y.mass[j]
            at_v = _minus(_cost(x, i, y, j, p), at_u)
        else:
            after = _cost(x, i + 1, y, j + 1, p)
            most = _minus(_cost(x, i + 1, y, j, p), at_v)
            least = _minus(after, _minus(_cost(x, i, y, j + 1, p), at_u))
            at_u = most if most[0] < 0.0 else least if least[0] > 0.0 else (0.0, 0.0)
            at_v = _minus(after, at_u)
            i, j = i + 1, j + 1
            left, room = x.mass[i], y.mass[j]


@numba.njit(nogil=True, cache=True, inline="always")
def _cost(x, i, y, j, p):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``|x_i - y_j|^p`` as a sum of two doubles."""
    difference, rest = two_sum(x.high[i], -y.high[j])
    difference, rest = two_sum(difference, rest + (x.low[i] - y.low[j]))
    if p == 2:
        square, error = two_square(difference)
        return two_sum(square, error + 2.0 * difference * rest)
    return (difference, rest) if difference >= 0.0 else (-difference, -rest)


@numba.njit(nogil=True, cache=True, inline="always")
def _minus(c, w):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``c - w`` of sums of two doubles."""
    difference, rest = two_sum(c[0], -w[0])
    return two_sum(difference, rest + (c[1] - w[1]))
