"""A cost matrix, as certificates ask for it: passes over it, in exact arithmetic."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.progress import Report
from wcheck.transport.arithmetic.wide import Wide
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.foreign.mend import Ground, Mended, fill_along
from wcheck.transport.foreign.pairs import NO_PLAN, Below, Places, Proved
from wcheck.transport.foreign.plan import GivenPlan, Part
from wcheck.transport.foreign.potentials import Side
from wcheck.transport.matrix.certificate import dual_bound, plan_bound
from wcheck.transport.matrix.feasible import NoPlan, feasible_plan
from wcheck.transport.programs.sample import random_part
from wcheck.transport.programs.simplex import Basic
from wcheck.transport.solve.clock import Clock
from wcheck.transport.solve.cost import Solve
from wcheck.transport.solve.cost_problem import CostProblem
from wcheck.transport.solve.result import TransportResult, result_of_costs

ROUNDING = 2.0**-40
"""Marginals that are off by less are rounded ones, and pairs that are forbidden do not matter to them."""
SAMPLED = 1 << 21
"""Pairs on which readings of potentials are compared."""
FEWEST = 16
"""Rows of a sample, at least."""


class Matrix:
    """The costs of a matrix, in its own unit; those ``Pairs``.

    Parameters
    ----------
    cost : array, tensor or CostMatrix, shape (n, m)
        The matrix.
    a, b : array or None
        Weights.
    random : Generator
        Draws samples.

    Raises
    ------
    InfeasibleError
        If every plan uses a forbidden pair.
    """

    def __init__(self, cost: Any, a: Any, b: Any, random: np.random.Generator) -> None:
        self._problem, self._random = CostProblem.of(cost, a, b), random
        self._first = self._problem.first_plan(lambda: None)

    @property
    def weights(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The weights of rows and of columns."""
        return self._problem.program.a, self._problem.program.b

    @property
    def p(self) -> None:
        """No exponent."""
        return

    @property
    def places(self) -> Places:
        """Which rows and columns carry weight, of all."""
        return self._problem.rows, self._problem.columns, self._problem.given.shape

    @property
    def spread(self) -> float:
        """Twice the largest cost; with forbidden pairs, where potentials reach farther, that n + m times."""
        n, m = self._problem.matrix.shape
        return 2.0 * self._problem.matrix.largest * (n + m if self._problem.matrix.forbids else 1)

    def in_unit(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values."""
        return values

    def sample(self, side: Side) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Draw rows or columns, and return their costs."""
        matrix = self._problem.matrix
        n, m = matrix.shape
        if side == "v":
            some = random_part(n, max(FEWEST, SAMPLED // m), self._random)
            return some, matrix.block(some).astype(np.float64)
        some = random_part(m, max(FEWEST, SAMPLED // n), self._random)
        return some, matrix.pairs(np.tile(np.arange(n), len(some)), np.repeat(some, n)).reshape(len(some), n)

    def lower(self, side: Side, values: NDArray[np.float64]) -> Proved:
        """Return what the values prove, by one pass over the matrix; those of rows are first brought to the columns."""
        problem = self._problem
        facing = None if side == "v" else self._columns(values)
        dual = dual_bound(problem.matrix, problem.masses, Wide.of(values if facing is None else facing))
        u, v = dual.u.high, dual.v.high
        return Proved(dual.lower, u if facing is None else facing, u, v)

    def allowed(self, plan: GivenPlan) -> GivenPlan:
        """Return a plan without the mass on forbidden pairs."""
        matrix = self._problem.matrix
        if not matrix.forbids:
            return plan

        def parts() -> Iterator[Part]:
            for i, j, mass in plan.parts():
                kept = matrix.pairs(i, j) < np.inf
                yield i[kept], j[kept], mass[kept]

        total = float(sum(mass.sum() for _, _, mass in parts()))
        return replace(
            plan, parts=parts, total=total, forbidden=plan.total - total if total < plan.total else 0.0
        )

    def ground(self) -> Ground:
        """Return what plans are measured by."""
        matrix, (a, b) = self._problem.matrix, self.weights
        rounding = 2.0**-52 if matrix.is_wide else 0.0
        every = np.arange(len(a)), np.arange(len(b))
        fill = self._fill if matrix.forbids else fill_along(*every)
        return Ground(a, b, matrix.pairs, rounding, 0.0, 2.0 * matrix.largest, fill)

    def upper(self, mended: Mended) -> float:
        """Return what a mended plan proves: in exact arithmetic, if it has few pairs."""
        problem, upper = self._problem, mended.value + mended.paid
        if problem.matrix.forbids and mended.residual > ROUNDING:
            return np.inf  # what is left cannot go anywhere
        if mended.arcs is None or not len(mended.arcs[2]) or not np.isfinite(upper):
            return upper
        rows, columns, mass = mended.arcs
        if problem.masses.integers is not None:
            whole = np.rint(mass * problem.masses.integers)
            if (
                np.abs(mass * problem.masses.integers - whole).max() < 1e-6
                and whole.sum() == problem.masses.integers
            ):
                mass = whole
        wide = Wide.of(mass * problem.masses.unit(mass))
        return min(upper, plan_bound(problem.matrix, problem.masses, rows, columns, wide).upper)

    def upper_without(self, below: Below, epsilon: float | None) -> tuple[float, str]:
        """Return the upper bound of a plan that needs no solver."""
        problem, plan = self._problem, self._first
        mass = Wide.of(plan.mass * problem.masses.unit(plan.mass))
        return plan_bound(problem.matrix, problem.masses, plan.rows, plan.columns, mass).upper, NO_PLAN

    def bracket(self, lower: float, upper: float) -> Bracket:
        """Return the bracket."""
        return Bracket(lower, max(lower, upper))

    def closed(self, bracket: Bracket, tol: float, mended: Mended | None) -> bool:
        """Whether the gap is within ``tol`` times the sum of mass times ``|cost|`` of the plan."""
        return bracket.gap <= tol * (0.0 if mended is None else mended.size)

    def shown(self, value: float) -> float:
        """Return the cost."""
        return value

    def cost_shown(self, value: float) -> float:
        """Return the cost."""
        return value

    def polish(
        self, below: Below, mended: Mended | None, tol: float, seconds: float, report: Report
    ) -> TransportResult:
        """Solve from where a plan and potentials have got."""
        begun = time.monotonic()
        problem = self._problem
        plan = self._first
        if mended is not None and mended.arcs is not None and np.isfinite(mended.value):
            rows, columns, mass = mended.arcs
            plan = Basic(rows, columns, mass, plan.u, plan.v)
        solving = Solve(problem, tol, Clock(begun + seconds), 0, report)
        found, status = solving.from_answer(plan, below.u, below.v)
        work = solving.best.rounds, solving.best.arcs
        return result_of_costs(found, problem, status, work, time.monotonic() - begun)

    def _columns(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``min_i (c_ij - u_i)``, rounded down."""
        matrix = self._problem.matrix
        found = np.full(matrix.shape[1], np.inf)
        for rows in matrix.blocks():
            np.minimum(found, (matrix.block(rows) - u[rows, None]).min(axis=0), out=found)
        lost = 2.0**-52 * matrix.largest if matrix.is_wide else 0.0
        return np.nextafter(found - lost, -np.inf)

    def _fill(self, left: NDArray[np.float64], room: NDArray[np.float64]) -> Part:
        """Return allowed pairs that carry masses of rows to those of columns; nothing where there are none."""
        rows, columns = np.flatnonzero(left), np.flatnonzero(room)
        total = left.sum()
        try:
            some = self._problem.matrix.part(rows, columns)
            plan = feasible_plan(some, left[rows] / total, room[columns] / room.sum())
        except NoPlan:
            none = np.empty(0, np.int64)
            return none, none, np.empty(0)
        return rows[plan.rows], columns[plan.columns], plan.mass * (total / plan.mass.sum())
