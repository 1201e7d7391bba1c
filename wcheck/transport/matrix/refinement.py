"""The last digits of a matrix's program: refinements in sums of two doubles, priced by exact passes over the matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.cost import CostMatrix
from wcheck.transport.arithmetic.wide import Wide
from wcheck.transport.matrix.certificate import Dual, Masses, Primal, dual_bound, plan_bound
from wcheck.transport.matrix.ground import MatrixGround
from wcheck.transport.programs.exactly import Arcs
from wcheck.transport.programs.refinement import refine
from wcheck.transport.programs.simplex import Basic

ALL_PAIRS = 250_000
"""The largest number of pairs all of which a refinement begins with ..."""
NEAR = 32
"""... and how many of each row it begins with where there are more."""
TIE = 1e-9
"""Reduced costs, in frame units, up to which a pair is near."""
ROUNDS = 100
"""Refinements after which no more are tried."""


@dataclass(slots=True)
class Certified:
    """The best that is proved of a cost matrix so far.

    Attributes
    ----------
    matrix : CostMatrix
        The costs.
    masses : Masses
        The weights.
    primal : Primal
        The plan with the least upper bound.
    dual : Dual
        The potentials with the largest lower bound.
    """

    matrix: CostMatrix
    masses: Masses
    primal: Primal
    dual: Dual

    @staticmethod
    def of(
        matrix: CostMatrix, masses: Masses, plan: Basic, v: Wide, check: Callable[[], None] = lambda: None
    ) -> Certified:
        """Certify a plan, whose mass is in any unit, and potentials of the columns."""
        mass = Wide.of(plan.mass * masses.unit(plan.mass))
        primal = plan_bound(matrix, masses, plan.rows, plan.columns, mass)
        return Certified(matrix, masses, primal, dual_bound(matrix, masses, v, check))

    @property
    def gap(self) -> float:
        """``upper - lower``, not below 0."""
        return max(0.0, self.primal.upper - self.dual.lower)

    @property
    def allowance(self) -> float:
        """How much of the gap rounding explains."""
        return 4.0 * (self.primal.paid + self.dual.paid)

    def closed(self, tol: float) -> bool:
        """Whether the gap is within ``tol`` times the sum of mass times ``|cost|`` of the plan."""
        return self.gap <= tol * self.primal.absolute

    def refine(self, tol: float, check: Callable[[], None] = lambda: None) -> None:
        """Improve both until the gap is within ``tol`` or no pair is missing."""
        matrix, masses = self.matrix, self.masses
        n, m = matrix.shape
        keys = np.union1d(self._near(check), self.primal.rows * m + self.primal.columns)
        start = Basic(
            self.primal.rows, self.primal.columns, self.primal.mass, self.dual.u.high, self.dual.v.high
        )
        for _ in range(ROUNDS):
            rows, columns = keys // m, keys % m
            cost = Wide(matrix.pairs(rows, columns), matrix.rest_of_pairs(rows, columns))
            arcs = Arcs.of((n, m), keys, cost)
            refined = refine(arcs, masses.a, masses.b, start, masses.error > 0.0, check)
            primal = plan_bound(matrix, masses, refined.rows, refined.columns, refined.mass)
            dual = dual_bound(matrix, masses, refined.v, check)
            self.primal = primal if primal.upper < self.primal.upper else self.primal
            self.dual = dual if dual.lower > self.dual.lower else self.dual
            more = np.union1d(keys, np.arange(n) * m + dual.nearest)
            if self.closed(tol) or len(more) == len(keys):
                return
            keys = more
            start = Basic(refined.rows, refined.columns, refined.mass.high, refined.u.high, refined.v.high)

    def _near(self, check: Callable[[], None]) -> NDArray[np.int64]:
        """Return the keys of allowed pairs to begin with: all, or those whose reduced cost is nearly 0."""
        n, m = self.matrix.shape
        if n * m <= ALL_PAIRS:
            keys = np.arange(n * m)
            return keys[self.matrix.pairs(keys // m, keys % m) < np.inf]
        ground = MatrixGround.of(self.matrix)
        u, v = (self.dual.u.high - ground.shift) / ground.unit, self.dual.v.high / ground.unit
        listing = ground.scanner(check).scan(v, u + TIE, limit=NEAR)
        counts = np.where(listing.full, 0, listing.counts)
        keys = np.repeat(np.arange(n), counts) * m + listing.columns
        return np.union1d(keys, np.arange(n) * m + self.dual.nearest)
