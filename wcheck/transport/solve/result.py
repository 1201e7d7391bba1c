"""What an exact solve returns: the bracket in the points' unit, the plan and the potentials of all points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING
from typing import Literal

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.columns.html import shown
from wcheck.columns.rounding import between, rounded
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.matrix.refinement import Certified
from wcheck.transport.programs.program import Best
from wcheck.transport.solve.cost_problem import CostProblem
from wcheck.transport.solve.problem import Problem

Status = Literal["optimal", "rounding", "time_limit", "interrupted", "stalled"]

QUANTITIES = {
    "partial": "minimal cost of moving part of the mass",
    "unmatched": "minimal cost of moving and of leaving mass",
    "cost": "least cost",
}
"""What a result is called that is not a distance."""


@dataclass(frozen=True, slots=True, eq=False)
class TransportResult:
    """The result of :func:`wcheck.exact`.

    Attributes
    ----------
    bracket : Bracket
        The bracket of the distance, in the unit of the points; certified, rounding included.
    plan : scipy.sparse.coo_array, shape (n, m), float64
        The plan whose cost is the upper bound. For a distance, its entries sum to 1.
    potentials : tuple of ndarray, shapes (n,) and (m,), float64
        (u, v) with ``u_i + v_j <= d(x_i, y_j)^p`` up to rounding, whose dual value is the lower bound.
    p : int or None
        The exponent; None for a cost matrix.
    status : {"optimal", "rounding", "time_limit", "interrupted", "stalled"}
        ``optimal``: this bracket is as narrow as ``tol`` asks, ``upper - lower <= tol * upper``. ``rounding``: it is
        wider, but rounding explains the gap, and float64 cannot narrow it. ``time_limit``, ``interrupted`` (by Ctrl-C):
        the best bracket so far. ``stalled``: no pair violates the dual constraints by more than the rounding of the
        linear program, and the gap is wider than rounding explains.
    allowance : float
        The part of the bracket's gap that rounding explains, in the unit of the points.
    rounds, arcs : int
        The number of restricted linear programs that were solved, and the number of arcs of the last one; 0 and n m if
        the dense program was solved, and 0 and the arcs of the plan on a line.
    seconds : float
        Wall time.
    absolute_cost : float or None
        For a cost matrix, the sum of mass times ``|cost|`` over the plan, relative to which the status is decided; None
        for points.
    metric : str
        The name of the ground metric d; blank for a cost matrix.
    quantity : {"distance", "partial", "unmatched", "cost"}
        The quantity that is bracketed: the distance; the least cost of moving the mass ``partial``; the least cost of
        moving mass or leaving it at ``penalty_unmatched``; or the least cost for a cost matrix. The second and the
        third are sums of mass times ``d^p`` without a root, for masses as they were given, and the plan contains only
        the mass that is moved. If A and B are the masses of the two sides, the lower bound is ``sum a_i u_i + sum b_j
        v_j - (A - partial) max u`` where ``v <= 0``, and ``sum a_i u_i + sum b_j v_j`` where u and v are at most
        ``penalty_unmatched``.

    Examples
    --------
    >>> import wcheck
    >>> result = wcheck.exact([[0.0], [1.0]], [[2.0], [3.0]])
    >>> result.status, result.value, result.plan.shape
    ('optimal', 2.0, (2, 2))
    """

    bracket: Bracket
    plan: scipy.sparse.coo_array
    potentials: tuple[NDArray[np.float64], NDArray[np.float64]]
    p: int | None
    status: Status
    allowance: float
    rounds: int
    arcs: int
    seconds: float
    absolute_cost: float | None = None
    metric: str = "euclidean"
    quantity: str = "distance"

    def __repr__(self) -> str:
        """Say what ``str`` says: no matrix, in a line."""
        return f"TransportResult({self})"

    def __str__(self) -> str:
        """Name the value, its bracket and its status: a line."""
        what = QUANTITIES.get(self.quantity, f"Wasserstein-{self.p} distance")
        ground = "" if self.metric in ("", "euclidean") else f" by {self.metric}"
        bracket = between(self.bracket.lower, self.bracket.upper)
        return f"{what}{ground} {rounded(self.value)}, certified {bracket} ({self.status})"

    def _repr_html_(self) -> str:
        """Show the bracket and what became of the solve in a notebook; the plan and the potentials by their sizes."""
        n, m = self.plan.shape
        row = {
            "value": self.value,
            "lower": self.bracket.lower,
            "upper": self.bracket.upper,
            "relative_gap": self.relative_gap,
            "status": self.status,
            "metric": self.metric or None,
            "plan": f"{n:,} x {m:,}, of which {self.plan.nnz:,} pairs carry mass",
            "seconds": self.seconds,
        }
        what = QUANTITIES.get(self.quantity, f"empirical Wasserstein-{self.p} distance")
        return shown(what[0].upper() + what[1:], row)

    @property
    def value(self) -> float:
        """The quantity: the upper bound, which is attained by an actual plan."""
        return self.bracket.upper

    @property
    def relative_gap(self) -> float:
        """The bracket's gap divided by its upper bound; for a cost matrix, divided by :attr:`absolute_cost` instead."""
        if self.absolute_cost is None:
            return self.bracket.relative_gap
        gap = self.bracket.gap
        return 0.0 if gap <= 0.0 else gap / self.absolute_cost if self.absolute_cost > 0.0 else math.inf


def result_of(
    best: Best, problem: Problem, tol: float, early: Status | None, seconds: float
) -> TransportResult:
    """Return what a bracket of the program says of the distance; ``early`` is why the solve ended early, if it did."""
    bracket = problem.bracket(best)
    allowance = problem.explained(best) + 4.0 * math.ulp(bracket.upper)
    return TransportResult(
        bracket,
        problem.plan(best),
        problem.potentials(best),
        problem.p,
        _status(bracket, tol, allowance, early),
        allowance,
        best.rounds,
        best.arcs,
        seconds,
        metric=problem.metric.name,
        quantity=problem.quantity,
    )


def result_of_costs(
    found: Certified, problem: CostProblem, status: Status, work: tuple[int, int], seconds: float
) -> TransportResult:
    """Return what is certified of a cost matrix; ``work`` is how many restricted programs, and arcs of the last."""
    primal, dual = found.primal, found.dual
    places = problem.rows[primal.rows], problem.columns[primal.columns]
    plan = scipy.sparse.coo_array((primal.mass / primal.mass.sum(), places), shape=problem.given.shape)
    return TransportResult(
        Bracket(dual.lower, max(dual.lower, primal.upper)),
        plan,
        problem.potentials(dual.u.high, dual.v.high),
        None,
        status,
        found.allowance,
        *work,
        seconds,
        primal.absolute,
        metric="",
        quantity="cost",
    )


def _status(bracket: Bracket, tol: float, allowance: float, early: Status | None) -> Status:
    """Return what the bracket, as it is shown, deserves."""
    if bracket.relative_gap <= tol:
        return "optimal"
    return early or ("rounding" if bracket.gap <= allowance else "stalled")


def uninterrupted(result: TransportResult) -> TransportResult:
    """Return a result of which all is wanted: a Ctrl-C that ended its solve ends what the solve was a part of too.

    Raises
    ------
    KeyboardInterrupt
        If the solve was interrupted.
    """
    if result.status == "interrupted":
        raise KeyboardInterrupt
    return result


def in_words(
    lower: NDArray[np.float64], upper: NDArray[np.float64], status: NDArray[np.str_], p: int | None
) -> str:
    """Name the range of many values, the widest bracket and how many are optimal: a line."""
    what = "least costs" if p is None else f"Wasserstein-{p} distances"
    if not len(upper):
        return f"0 {what}"
    gap = rounded(float((upper - lower).max()), 2, ROUND_CEILING)
    values = f"{rounded(float(upper.min()))} to {rounded(float(upper.max()))}"
    return f"{len(upper):,} {what} of {values}, in brackets at most {gap} wide; {(status == 'optimal').sum():,} optimal"
