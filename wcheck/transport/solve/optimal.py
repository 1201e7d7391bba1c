"""An optimal plan of a small problem with its potentials, in the points' own unit: what gradients are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.measure import Measure
from wcheck.transport.cost.pairs import cost_rounding
from wcheck.transport.cost.whole import all_costs
from wcheck.transport.programs import dense
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.simplex import Basic
from wcheck.transport.solve.batch_problems import LARGEST_PAIRS
from wcheck.transport.solve.exact import exact

TOL = 1e-9
"""The relative gap of the bracket that a plan and its potentials must close."""
LARGEST_DIM = 4096
"""The largest dimension in which all pairs are measured one by one."""

LARGEST = 2.0**1000
"""The p-th power of the unit of differences must be smaller."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An optimal plan and optimal potentials.

    Attributes
    ----------
    rows, columns : ndarray, shape (k,), int64
        The pairs that carry mass.
    mass : ndarray, shape (k,), float64
        Positive; sums to 1.
    u, v : ndarray, shapes (n,) and (m,), float64
        ``u_i + v_j <= |x_i - y_j|^p``, with equality where there is mass, up to rounding; at all points.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: NDArray[np.float64]
    u: NDArray[np.float64]
    v: NDArray[np.float64]


def optimal_plan(x: Measure, y: Measure, p: int) -> Plan:
    """Solve one transport problem, over all pairs where they are few.

    Plan and potentials are compared with each other: where float64 leaves a gap of more than :data:`TOL` between them,
    :func:`wcheck.exact` solves it again with more digits.

    Parameters
    ----------
    x, y : Measure
        n and m points of one dimension.
    p : {1, 2}
        The exponent.

    Raises
    ------
    ParameterError
        If coordinates are too large to square.
    """
    points_x, points_y = x.dense(), y.dense()
    if len(x) * len(y) <= LARGEST_PAIRS and x.dim <= LARGEST_DIM:
        dtype = np.result_type(points_x, points_y)
        left, right = (np.array(z, dtype, order="C") for z in (points_x, points_y))
        cost, unit, underflow = all_costs(left, right, p)
        fits = unit < LARGEST ** (1.0 / p)  # not if it is NaN
        solved = _over_all(x, y, cost, p, underflow) if fits else None
        if solved is not None:
            return replace(solved, u=solved.u * unit**p, v=solved.v * unit**p)
    result = exact(x, y, p=p, tol=TOL)
    u, v = result.potentials
    plan = result.plan
    return Plan(plan.row.astype(np.int64), plan.col.astype(np.int64), plan.data, u, v)


def _over_all(x: Measure, y: Measure, cost: NDArray[np.float64], p: int, underflow: float) -> Plan | None:
    """Return the plan in units of the costs, or None where its potentials do not prove it optimal."""
    rows, columns = (np.flatnonzero(z.weights) for z in (x, y))
    some: NDArray[np.float64] = np.ascontiguousarray(cost[np.ix_(rows, columns)])
    a, b = x.weights[rows], y.weights[columns]
    program = Program(a, b, lambda i, j: some[i, j], p, math.inf, cost_rounding(x.dim, p), underflow).within(
        some
    )
    basic: Basic = program.solve(some)
    if not Best.over_all(program, some, basic).closed(TOL):
        return None
    v = np.full(len(y), np.inf)
    v[columns] = basic.v
    u = dense.c_transform(np.ascontiguousarray(cost[:, columns]), basic.v)
    missing = np.flatnonzero(np.isinf(v))
    v[missing] = (cost[np.ix_(rows, missing)] - u[rows, None]).min(axis=0)
    return Plan(rows[basic.rows], columns[basic.columns], basic.mass / basic.mass.sum(), u, v)
