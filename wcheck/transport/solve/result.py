"""What an exact solve returns: the bracket in the points' unit, the plan and the potentials of all points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.transport.arithmetic.wide import Wide
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.cost.costs import Costs
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.matrix.refinement import Certified
from wcheck.transport.programs.program import Best
from wcheck.transport.solve.cost_problem import CostProblem
from wcheck.transport.solve.line import staircase
from wcheck.transport.solve.problem import Problem

Status = Literal["optimal", "rounding", "time_limit", "interrupted", "stalled"]


@dataclass(frozen=True, slots=True, eq=False)
class TransportResult:
    """What :func:`wcheck.exact` found.

    Attributes
    ----------
    bracket : Bracket
        The bracket of the distance, in the points' unit; certified, rounding included.
    plan : scipy.sparse.coo_array, shape (n, m), float64
        The coupling whose cost is the upper bound; its entries sum to 1.
    potentials : tuple of ndarray, shapes (n,) and (m,), float64
        (u, v) with ``u_i + v_j <= d(x_i, y_j)^p`` up to rounding, whose dual value is the lower bound.
    p : int or None
        The exponent; None for a cost matrix.
    metric : str or None
        The ground metric, by its name; None for a cost matrix.
    status : {"optimal", "rounding", "time_limit", "interrupted", "stalled"}
        ``optimal``: the bracket as it stands here is as narrow as was asked, ``upper - lower <= tol * upper``, and
        nothing else. ``rounding``: it is not, but rounding explains the gap, and float64 cannot go on.
        ``time_limit``, ``interrupted`` (by Ctrl-C): the best bracket so far. ``stalled``: no pair violates the dual
        beyond the linear program's own rounding, and the gap is wider than rounding explains.
    allowance : float
        How much of the bracket's gap rounding explains, in the points' unit.
    rounds, arcs : int
        Restricted programs solved, and the arcs of the last; 0 and n m where the dense program was solved,
        0 and the plan's arcs on the line.
    seconds : float
        Wall time.
    absolute_cost : float or None
        The sum of mass times ``|cost|`` over the plan of a cost matrix, by which its status is judged; None for points.
    """

    bracket: Bracket
    plan: scipy.sparse.coo_array
    potentials: tuple[NDArray[np.float64], NDArray[np.float64]]
    p: int | None
    metric: str | None
    status: Status
    allowance: float
    rounds: int
    arcs: int
    seconds: float
    absolute_cost: float | None = None

    @property
    def value(self) -> float:
        """The distance: the upper bound, which is the cost of an actual plan (its p-th root)."""
        return self.bracket.upper

    @property
    def relative_gap(self) -> float:
        """The bracket's gap over its upper bound; for a cost matrix over :attr:`absolute_cost`."""
        if self.absolute_cost is None:
            return self.bracket.relative_gap
        gap = self.bracket.gap
        return 0.0 if gap <= 0.0 else gap / self.absolute_cost if self.absolute_cost > 0.0 else math.inf


def result_of(
    best: Best, problem: Problem, tol: float, early: Status | None, seconds: float
) -> TransportResult:
    """Return what a bracket of the program says of the distance; ``early`` is why the solve ended early, if it did."""
    bracket = best.distance(problem.costs.unit)
    allowance = _allowance(best, bracket, problem)
    return TransportResult(
        bracket,
        _plan(best, problem),
        _potentials(best, problem),
        problem.p,
        problem.metric.name,
        _status(bracket, tol, allowance, early),
        allowance,
        best.rounds,
        best.arcs,
        seconds,
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
        None,
        status,
        found.allowance,
        *work,
        seconds,
        primal.absolute,
    )


def _allowance(best: Best, bracket: Bracket, problem: Problem) -> float:
    """Return how much of the bracket's gap rounding explains, from what it explains of the p-th power's."""
    unit, upper = problem.costs.unit, best.distance(1.0).upper
    least = max(best.upper - best.allowance, 0.0)
    explained = (upper - (math.sqrt(least) if problem.p == 2 else least)) * unit
    return explained + 4.0 * math.ulp(bracket.upper)


def _status(bracket: Bracket, tol: float, allowance: float, early: Status | None) -> Status:
    """Return what the bracket, as it is shown, deserves."""
    if bracket.relative_gap <= tol:
        return "optimal"
    return early or ("rounding" if bracket.gap <= allowance else "stalled")


def _plan(best: Best, problem: Problem) -> scipy.sparse.coo_array:
    places = problem.rows[best.rows], problem.columns[best.columns]
    shape = tuple(map(len, problem.given))
    return scipy.sparse.coo_array((best.mass / best.mass.sum(), places), shape=shape)


def _potentials(best: Best, problem: Problem) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return potentials of all points, in cost units; points without weight get theirs by c-transform."""
    (source, target), rows, columns = problem.given, problem.rows, problem.columns
    u, v = np.full(len(source), np.inf), np.full(len(target), np.inf)
    u[rows], v[columns] = best.u, best.v
    unit, p = problem.costs.unit, problem.p
    missing = len(rows) + len(columns) < len(source) + len(target)
    if problem.is_line and missing:
        frame = joint_frame(source, target)
        x, y = (measure.dense()[:, 0] for measure in (source, target))
        basic = staircase(Wide.of(source.weights), Wide.of(target.weights), x, y, frame, p).basic
        return basic.u * frame.unit**p, basic.v * frame.unit**p
    u, v = u * unit if p == 1 else u * unit * unit, v * unit if p == 1 else v * unit * unit
    if missing:
        _extend(u, v, problem.metric.costs(source, target, p, 0))
    return u, v


def _extend(u: NDArray[np.float64], v: NDArray[np.float64], costs: Costs) -> None:
    """Put c-transforms in the place of potentials that are infinite."""
    measure, unit = costs.measurer(1 << 40), costs.unit**costs.p
    for row in np.flatnonzero(np.isinf(u)):
        known = np.flatnonzero(np.isfinite(v))
        u[row] = (measure(np.full(len(known), row), known) * unit - v[known]).min()
    known = np.flatnonzero(np.isfinite(u))
    for column in np.flatnonzero(np.isinf(v)):
        v[column] = (measure(known, np.full(len(known), column)) * unit - u[known]).min()
