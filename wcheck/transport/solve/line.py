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

**The bracket** does not need the potentials. The plan that is written down is monotone, whatever the masses are rounded
to, and so optimal between the marginals that it has: its cost is their distance, and the cost between the marginals
that it should have differs from that by at most the diameter times what they are off. Nothing cancels, so both bounds
keep all digits, however far apart the points are.

**Rounding.** A difference of two points is exact as a sum of two doubles; costs, masses and potentials are such sums,
of 32 digits. For distances up to 2, a cost is off by 16 u^2, ``u = 2^-53``, a sum of potentials, at most 16, by
96 u^2; a step takes three of each at most: :data:`STEP_ERROR`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import shared
from wcheck.transport.arithmetic.sums import accurate_sum, two_square, two_sum
from wcheck.transport.arithmetic.wide import (
    LOST,
    SMALL,
    WIDE,
    Wide,
    wide_less,
    wide_minus,
    wide_product,
    wide_sum,
)
from wcheck.transport.programs.exactly import Exactly
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.simplex import Basic, masses
from wcheck.transport.scans.euclidean import Euclidean

STEP_ERROR = 2.0**-96
"""How far computed potentials may be from their conditions on one step of the staircase, per diameter^p."""


def solve_line(program: Program, exactly: Exactly, x: NDArray[Any], y: NDArray[Any], unit: float) -> Best:
    """Solve the transport program between points on the line, and certify the answer.

    Parameters
    ----------
    program : Program
        Between the points.
    exactly : Exactly
        The same to 30 digits.
    x, y : ndarray, shapes (n,) and (m,), float32 or float64
        The points, in any order.
    unit : float
        The frame's unit, by which differences are divided.

    Returns
    -------
    Best
        An optimal plan of at most n + m - 1 arcs and optimal potentials; the gap is rounding alone.
    """
    stairs = staircase(exactly.a, exactly.b, x, y, unit, program.p)
    basic = stairs.basic
    best = Best(program, basic.u, basic.v, basic.rows, basic.columns, basic.mass, arcs=len(basic.mass))
    total = accurate_sum(exactly.a.high)
    value = stairs.cost / total
    small = stairs.small or 0.0 < stairs.cost < SMALL * total  # the quotient may be 0, or have lost digits
    own = value * (len(basic.mass) * WIDE + 2.0**-50) + (LOST if small else 0.0)
    residual = stairs.off / total + 2.0 * exactly.error
    tiny = stairs.off > 0.0 and residual < SMALL and exactly.diameter > 0.0
    paid = own + residual * exactly.diameter + (LOST if tiny else 0.0)
    best.take_plan(basic.rows, basic.columns, basic.mass, value, paid)
    best.take_potentials(basic.u, basic.v, value, paid)
    return best


def offer_line(best: Best, ground: Euclidean) -> None:
    """Improve a bracket by what sorting finds for points that lie on a line in many dimensions; see :mod:`flat`.

    The plan is measured as it is. The potentials are those of the projected points, whose distances are at most as
    large.
    """
    program, (x, y) = best.program, (side.points[:, 0] for side in (ground.x, ground.y))
    a, b = (Wide.of(side) for side in masses(program.a, program.b))
    basic = staircase(a, b, x, y, 1.0, program.p).basic
    best.arcs = len(basic.mass)
    best.offer_plan(basic, program.measure(basic.rows, basic.columns))
    off, reach = ground.x.off + ground.y.off, float(np.ptp(np.concatenate([x, y])))
    off *= 1.0 if program.p == 1 else 2.0 * reach + off
    rounding = 2.0**-50 * float(np.abs(basic.u).max() + np.abs(basic.v).max())
    best.offer_potentials(basic.u - off - rounding, basic.v)


class Stairs(NamedTuple):
    """What :func:`staircase` found.

    Attributes
    ----------
    basic : Basic
        The plan, and potentials in frame units, feasible up to ``2 (n + m)`` times :data:`STEP_ERROR` and to one
        rounding of each to float64.
    cost : float
        The plan's, in frame units.
    off : float
        By how much, in all, its marginals may differ from the masses that were given.
    small : bool
        Whether some costs have lost digits to underflow.
    """

    basic: Basic
    cost: float
    off: float
    small: bool


def staircase(a: Wide, b: Wide, x: NDArray[Any], y: NDArray[Any], unit: float, p: int) -> Stairs:
    """Return an optimal plan and feasible optimal potentials between points on the line.

    Parameters
    ----------
    a, b : Wide, shapes (n,) and (m,)
        Masses of equal total, not negative. Points without mass get potentials, too.
    x, y : ndarray, shapes (n,) and (m,), float32 or float64
        The points, in any order.
    unit : float
        The frame's unit, by which differences are divided.
    p : {1, 2}
        The cost is ``|x_i - y_j|^p``.
    """
    left, right = shared(_sorted, ((x, a), (y, b)), 2)
    n, m = len(x), len(y)
    rows, columns, mass = np.empty(n + m, np.int64), np.empty(n + m, np.int64), np.empty(n + m)
    u, v = np.empty(n), np.empty(m)
    arcs, cost, off, small = _walk(left, right, 1.0 / unit, p, rows, columns, mass, u, v)
    return Stairs(Basic(rows[:arcs], columns[:arcs], mass[:arcs], u, v), cost, off, small)


class _Side(NamedTuple):
    """Points in ascending order, their masses as sums of two doubles, and their former places."""

    at: NDArray[np.float64]
    mass: NDArray[np.float64]
    mass_low: NDArray[np.float64]
    order: NDArray[np.int64]


def _sorted(side: tuple[NDArray[Any], Wide]) -> _Side:
    points, mass = side
    order = np.argsort(points)
    return _Side(points[order].astype(np.float64, copy=False), *mass.take(order), order)


@compiled()
def _walk(x, y, factor, p, rows, columns, mass, u, v):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Walk down the staircase, writing arcs and potentials; return the arcs, their cost, and the rest of ``Stairs``."""
    n, m = len(u), len(v)
    i = j = arcs = 0
    left, room = (x.mass[0], x.mass_low[0]), (y.mass[0], y.mass_low[0])
    total, off, small = (0.0, 0.0), 0.0, False
    at_u = (0.0, 0.0)
    at_v = _cost(x, 0, y, 0, factor, p)
    while True:
        u[x.order[i]], v[y.order[j]] = at_u[0], at_v[0]
        moved = left if wide_less(left, room) else room
        if moved[0] > 0.0:
            rows[arcs], columns[arcs], mass[arcs] = x.order[i], y.order[j], moved[0]
            arcs += 1
            cost = _cost(x, i, y, j, factor, p)
            small |= cost[0] < SMALL and x.at[i] != y.at[j]
            total = wide_sum(total, wide_product(moved, cost))
            rounded = left[1] != 0.0 or room[1] != 0.0  # plain doubles are subtracted exactly
            left, room = wide_minus(left, moved), wide_minus(room, moved)
            off += WIDE * (left[0] + room[0]) if rounded else 0.0
        if i == n - 1 and j == m - 1:
            return arcs, total[0], off + left[0] + room[0], small
        if j == m - 1 or (left[0] == 0.0 and room[0] > 0.0 and i < n - 1):
            off += left[0]
            i += 1
            left = (x.mass[i], x.mass_low[i])
            at_u = wide_minus(_cost(x, i, y, j, factor, p), at_v)
        elif i == n - 1 or left[0] > 0.0:
            off += room[0]
            j += 1
            room = (y.mass[j], y.mass_low[j])
            at_v = wide_minus(_cost(x, i, y, j, factor, p), at_u)
        else:
            after = _cost(x, i + 1, y, j + 1, factor, p)
            most = wide_minus(_cost(x, i + 1, y, j, factor, p), at_v)
            least = wide_minus(after, wide_minus(_cost(x, i, y, j + 1, factor, p), at_u))
            at_u = most if most[0] < 0.0 else least if least[0] > 0.0 else (0.0, 0.0)
            at_v = wide_minus(after, at_u)
            i, j = i + 1, j + 1
            left, room = (x.mass[i], x.mass_low[i]), (y.mass[j], y.mass_low[j])


@compiled(inline="always")
def _cost(x, i, y, j, factor, p):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``(|x_i - y_j| factor)^p``."""
    difference, rest = two_sum(x.at[i], -y.at[j])
    difference, rest = difference * factor, rest * factor
    if p == 2:
        square, error = two_square(difference)
        return two_sum(square, error + 2.0 * difference * rest)
    return (difference, rest) if difference >= 0.0 else (-difference, -rest)
