"""Small problems, which are solved over all pairs at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.cost.costs import EuclideanCosts, float_points
from wcheck.transport.cost.whole import measured
from wcheck.transport.programs import many_to_one
from wcheck.transport.programs.dense import is_assignment
from wcheck.transport.programs.forced import is_forced
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.refinement import refine_over_all
from wcheck.transport.programs.simplex import Basic
from wcheck.transport.programs.small import assigned
from wcheck.transport.solve.problem import Problem

PAIRS = 250_000
"""The largest number of pairs of a problem that is solved over all of them ..."""
WORK = 50_000_000
"""... if measuring them takes no more differences of coordinates than this."""
MORE = 4.2
"""How many times as many pairs are solved over all of them where compiled code takes the points as they are: those of
two pictures of 32 x 32 pixels ..."""
MORE_WORK, ASSIGNED_WORK = 1_000_000_000, 2_000_000_000
"""... up to so many differences of coordinates: of any weights, and where points of equal weight are assigned."""
LARGEST = 2.0**60
"""Coordinates must be smaller, in the frame's unit, for compiled code to take them as they are."""


def is_small(problem: Problem) -> bool:
    """Whether a problem is solved over all pairs, whatever its weights and costs."""
    n, m = len(problem.x), len(problem.y)
    few = n * m <= PAIRS and n * m * problem.x.dim <= WORK
    return few or (problem.quantity == "distance" and is_forced(n, m))


def solve_small(problem: Problem, tol: float, budget: int) -> Best:
    """Solve over all pairs, in sums of two doubles where float64 does not close the bracket."""
    program = problem.program(budget)
    cost, basic = _assignment(problem) if _is_assigned(problem) else _general(problem, program)
    program = program.within(cost)
    best = Best.over_all(program, cost, basic)
    if not best.closed(tol):
        refine_over_all(best, replace(problem.exactly(budget), diameter=program.diameter), basic, tol)
    return best


def solve_at_once(problem: Problem, tol: float, budget: int) -> Best | None:
    """Solve a somewhat larger problem by compiled code, where that is faster than generating columns.

    Returns None where it is not, and where float64 does not close the bracket.
    """
    (n, m), dim = (len(problem.x), len(problem.y)), problem.x.dim
    pairs = n * m
    if pairs > MORE * PAIRS or pairs * dim > ASSIGNED_WORK or 8 * (6 * pairs + (n + m) * dim) > budget:
        return None
    program = problem.program(budget)
    if _is_assigned(problem):
        cost, basic = _assignment(problem)
    elif problem.quantity == "distance" and pairs * dim <= _most_work(problem, program):
        cost, basic = _general(problem, program)
    else:
        return None
    best = Best.over_all(program.within(cost), cost, basic)
    return best if best.closed(tol) else None


def _most_work(problem: Problem, program: Program) -> int:
    """Return how many differences of coordinates may be taken to measure all pairs of points that are not assigned."""
    if not _is_plain(problem):
        return WORK
    return ASSIGNED_WORK if many_to_one.is_whole(program.a, program.b) else MORE_WORK


def _is_assigned(problem: Problem) -> bool:
    """Whether compiled code assigns the points, which are of equal weight, to each other."""
    return is_assignment(problem.x.weights, problem.y.weights) and _is_plain(problem)


def _is_plain(problem: Problem) -> bool:
    """Whether compiled code takes the points as they are: in a range where nothing under- or overflows."""
    costs = problem.costs
    if problem.quantity != "distance" or not isinstance(costs, EuclideanCosts) or costs.frame.underflows:
        return False
    frame = costs.frame
    return bool(2.0**-100 < frame.unit < 2.0**100 and np.abs(frame.centre).max() < 0.5 * LARGEST * frame.unit)


def _assignment(problem: Problem) -> tuple[NDArray[np.float64], Basic]:
    x, y = _points(problem)
    cost, columns, v = assigned(x, y, problem.p, problem.costs.unit)
    n = len(columns)
    return cost, Basic(np.arange(n), columns, np.ones(n), np.zeros(n), v)


def _general(problem: Problem, program: Program) -> tuple[NDArray[np.float64], Basic]:
    n, m = len(program.a), len(program.b)
    if _is_plain(problem) and not is_forced(n, m):
        x, y = _points(problem)
        cost = measured(x, y, problem.p, 1.0 / problem.costs.unit)
    else:
        cost = program.measure(*np.divmod(np.arange(n * m), m)).reshape(n, m)
    return cost, program.solve(cost)


def _points(problem: Problem) -> Iterator[NDArray[Any]]:
    return (np.require(side, requirements=["C", "W"]) for side in float_points(problem.x, problem.y))
