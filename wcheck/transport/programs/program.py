"""A transport program between weighted points, and the best bracket of its value so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.bounds.certificate import Bracket, distance_bounds, dual_value, plan_value
from wcheck.transport.bounds.corner import north_west
from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.programs import dense, forced, many_to_one
from wcheck.transport.programs.sample import Sample
from wcheck.transport.programs.simplex import Basic, masses


@dataclass(frozen=True, slots=True)
class Program:
    """``min sum c_ij pi_ij`` over the couplings pi of a and b, in frame units.

    Attributes
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive weights of total 1.
    measure : callable
        ``measure(rows, columns)`` returns the float64 costs of pairs.
    p : {1, 2}
        The cost is ``|x_i - y_j|^p``.
    diameter : float
        An upper bound of every cost.
    rounding, underflow : float
        The relative and the absolute error of measured costs.
    zero_is_exact : bool
        Whether a measured 0 is a true 0, without the absolute error.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    measure: MeasurePairs
    p: int
    diameter: float
    rounding: float
    underflow: float
    zero_is_exact: bool = False

    @property
    def is_assignment(self) -> bool:
        """Whether there are equally many points and all weights are equal."""
        return dense.is_assignment(self.a, self.b)

    def take(self, rows: Sample, columns: Sample, own: MeasurePairs | None = None) -> Program:
        """Return the program between samples of the points.

        Parameters
        ----------
        own : callable, optional
            Measures the pairs of these points by their numbers among them, where that is not done by all.
        """
        measure, x, y = self.measure, rows.points, columns.points
        return replace(
            self, a=rows.weights, b=columns.weights, measure=own or (lambda i, j: measure(x[i], y[j]))
        )

    def within(self, cost: NDArray[np.float64]) -> Program:
        """Return the program with the largest of all its costs, which are given, as the bound of each."""
        largest = float(cost.max()) * (1.0 + 2.0 * self.rounding + 2.0**-50) + self.underflow
        return replace(self, diameter=min(self.diameter, largest))

    def transform(self, cost: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``min_j (c_ij - v_j)`` over costs of shape (n, m), each cut by its rounding.

        So the rounding of costs that are too large to matter does not.
        """
        lowest: NDArray[np.float64] = dense.c_transform(
            np.ascontiguousarray(cost), v, 1.0 - self.rounding - 2.0**-52
        )
        return lowest

    def solve(self, cost: NDArray[np.float64]) -> Basic:
        """Solve over all pairs, whose costs of shape (n, m) are given; see :func:`dense.solve`."""
        if forced.is_forced(*cost.shape):
            return forced.solve(self.a, self.b, cost)
        if many_to_one.is_whole(self.a, self.b):
            return many_to_one.solve(cost)
        return dense.solve(self.a, self.b, cost)

    def backbone(self) -> Basic:
        """Return a feasible plan that needs no solver: the identity, or the north-west corner rule."""
        a, b = masses(self.a, self.b)
        if self.is_assignment:
            every = np.arange(len(a))
            return Basic(every, every, a, np.zeros(len(a)), np.zeros(len(b)))
        return Basic(*north_west(a, b), np.zeros(len(a)), np.zeros(len(b)))


@dataclass(slots=True)
class Best:
    """The best bracket so far and what proves it, in frame units; valid at any moment.

    Attributes
    ----------
    lower, upper : float
        Certified, rounding paid. A distance is never below 0.
    paid : float
        How much of ``upper`` is rounding, and mass by which the plan's marginals are off.
    allowance : float
        How much of the gap between ``lower`` and ``upper`` rounding explains, which no further round can close.
    u, v : ndarray, shapes (n,) and (m,)
        Feasible potentials whose dual value is ``lower``.
    rows, columns, mass : ndarray, shape (k,)
        The plan whose cost is ``upper``; mass in the unit of ``masses(a, b)``.
    rounds, arcs : int
        Restricted programs solved, and arcs of the last.
    """

    program: Program
    u: NDArray[np.float64]
    v: NDArray[np.float64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: NDArray[np.float64]
    lower: float = 0.0
    upper: float = float("inf")
    paid: float = 0.0
    allowance: float = 0.0
    rounds: int = 0
    arcs: int = 0

    @staticmethod
    def over_all(program: Program, cost: NDArray[np.float64], basic: Basic) -> Best:
        """Return the bracket that a solver's answer proves, where the costs (n, m) of all pairs are known."""
        none = (
            np.zeros(len(program.a)),
            np.zeros(len(program.b)),
        )  # what proves 0, if its potentials prove nothing better
        best = Best(program, *none, basic.rows, basic.columns, basic.mass, arcs=cost.size)
        best.offer_plan(basic, cost[basic.rows, basic.columns])
        best.offer_potentials(program.transform(cost, basic.v), basic.v)
        return best

    @staticmethod
    def of(program: Program) -> Best:
        """Return the bracket that needs no solver: zero potentials, and the backbone as plan."""
        plan = program.backbone()
        best = Best(program, plan.u, plan.v, plan.rows, plan.columns, plan.mass)
        best.offer_plan(plan, program.measure(plan.rows, plan.columns))
        return best

    def distance(self, unit: float) -> Bracket:
        """Return the bracket of the distance, the p-th root, in the points' unit, of which the frame's is ``unit``."""
        lower, upper = distance_bounds(self.lower, self.upper, unit, self.program.p)
        return Bracket(float(lower), float(upper))

    @property
    def relative_gap(self) -> float:
        """``(upper - lower) / upper`` of the distance, and 0 where both are 0."""
        return self.distance(1.0).relative_gap

    def closed(self, tol: float) -> bool:
        """Whether the gap of the distance is within ``tol`` of its upper bound."""
        return self.relative_gap <= tol

    @property
    def explained(self) -> bool:
        """Whether rounding explains the gap."""
        return self.upper - self.lower <= self.allowance

    def offer_plan(self, plan: Basic, cost: NDArray[np.float64]) -> None:
        """Take the cost of a plan, whose arcs cost ``cost``, as the upper bound if it is better."""
        program = self.program
        value, paid = plan_value(
            plan.mass,
            cost,
            plan.rows,
            plan.columns,
            *masses(program.a, program.b),
            program.diameter,
            program.rounding,
        )
        paid += program.underflow * (_share(plan.mass, cost > 0.0) if program.zero_is_exact else 1.0)
        self.take_plan(plan.rows, plan.columns, plan.mass, value, paid)

    def offer_potentials(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> None:
        """Take the dual value of feasible potentials as the lower bound if it is better.

        ``u`` is ``min_j (c_ij - v_j)``, computed from costs that are cut by their rounding; see
        :meth:`Program.transform`.
        """
        program = self.program
        own = 2.0**-52 * float(np.dot(program.a, np.abs(u)))
        value, paid = dual_value(program.a, program.b, u, v, own)
        self.take_potentials(u, v, value, paid + program.underflow)

    def take_plan(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        mass: NDArray[np.float64],
        value: float,
        paid: float,
    ) -> None:
        """Take ``value + paid`` as the upper bound if it is better; ``paid`` is for rounding."""
        if value + paid < self.upper:
            self.upper, self.paid = value + paid, paid
            self.rows, self.columns, self.mass = rows, columns, mass

    def take_potentials(
        self, u: NDArray[np.float64], v: NDArray[np.float64], value: float, paid: float
    ) -> None:
        """Take ``value - paid`` as the lower bound if it is better; ``paid`` is for rounding."""
        self.allowance = 16.0 * (paid + self.paid) + (self.program.rounding + 1e-14) * self.upper
        if value - paid > self.lower:
            self.lower, self.u, self.v = value - paid, u, v


def _share(mass: NDArray[np.float64], where: NDArray[np.bool_]) -> float:
    """Return which share of the mass is somewhere, rounded up; 0 if none is."""
    return float(mass[where].sum() / mass.sum() * (1.0 + 1e-9))
