r"""Exact transport for a cost matrix, with a certificate for the matrix as it is given.

The matrix is a ground cost as any other of column generation (:mod:`columns`): a restricted program over few pairs, and
scans of the matrix that look for those that are missing. What comes of it is certified again in exact arithmetic
(:mod:`wcheck.transport.matrix.certificate`), and refined in sums of two doubles where float64 leaves too wide a gap.
"""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.progress import Report, interruptible, silent
from wcheck.rng import generator
from wcheck.transport.arithmetic.wide import Wide
from wcheck.transport.matrix.ground import MatrixBest
from wcheck.transport.matrix.pricing import MatrixPricing
from wcheck.transport.matrix.refinement import Certified
from wcheck.transport.matrix.ties import tied_assignment
from wcheck.transport.programs.assignment import Assignment
from wcheck.transport.programs.program import Best
from wcheck.transport.programs.simplex import Basic, masses
from wcheck.transport.programs.transport import Transport, compile_kernels
from wcheck.transport.solve.checkpoint import Checkpoint, State
from wcheck.transport.solve.clock import Clock, OutOfTime
from wcheck.transport.solve.columns import solve
from wcheck.transport.solve.cost_problem import CostProblem
from wcheck.transport.solve.exact import check_limits
from wcheck.transport.solve.first import first_arcs
from wcheck.transport.solve.level import Level
from wcheck.transport.solve.result import Status, TransportResult, result_of_costs

AMONG = 1000
"""Rows that the first arcs of a column are the least of: with 256, integers at random took twice as long."""
DENSE_PAIRS = 250_000
"""The largest number of pairs of a problem that is solved over all of them."""
FEW = 40
"""Rows and columns of a problem that is solved to have all compiled."""


def exact_cost(
    cost: Any,
    a: Any = None,
    b: Any = None,
    *,
    tol: float = 1e-6,
    time_limit: float | None = None,
    checkpoint: str | Path | None = None,
    seed: int = 0,
    report: Report = silent,
) -> TransportResult:
    r"""Compute the least cost of transport for a cost matrix, exactly and with a certificate.

    .. math:: \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} c_{ij}

    Parameters
    ----------
    cost : array, tensor or CostMatrix, shape (n, m)
        The costs, as float32, float64 or integers of any size, of either sign; ``inf`` forbids a pair. The matrix is
        not copied and can be memory-mapped: :func:`wcheck.measures.cost.read_cost` reads one from a file. Further
        memory grows as n + m.
    a, b : array, optional
        Weights, not negative, with totals within 1e-6 of 1, by which they are divided; uniform if left out.
    tol : float
        Stop when ``upper - lower`` is at most ``tol`` times the sum of mass times ``|cost|`` of the plan.
    time_limit : float, optional
        The time in seconds after which the best bracket so far is returned, with the status ``time_limit``. It begins
        after compilation.
    checkpoint : path, optional
        A file in which a long solve stores its state every few seconds, and from which it continues.
    seed : int
        The seed of the random samples from which the first potentials are computed; the answer does not depend on it.
    report : callable
        Progress, see :mod:`wcheck.progress`.

    Returns
    -------
    TransportResult
        The result, with ``absolute_cost`` and with ``p`` None; its value is the total cost, without a root. The bracket
        holds for the exact numbers of the matrix. For integers and uniform weights, both ends equal the least cost once
        the gap is smaller than the unit of total costs.

    Raises
    ------
    ParameterError
        If a parameter or the matrix is not as described.
    InfeasibleError
        If every plan uses a forbidden pair; the message names the rows and columns that prove this. Weights that admit
        a plan up to rounding, 2^-40 of the total, count as feasible.
    OutputError
        If the checkpoint belongs to other data, or cannot be read or written.

    Examples
    --------
    >>> exact_cost([[4, 1, 3], [2, 0, 5], [3, 2, 2]]).bracket.lower * 3
    5.0
    """
    begun = time.monotonic()
    check_limits(tol, time_limit)
    problem = CostProblem.of(cost, a, b)
    clock = Clock()
    if time_limit is not None:
        if not problem.is_small(DENSE_PAIRS):
            report("exact", 0.0, 1.0, "compiling")
            _compile(problem)
            begun = time.monotonic()
        clock = Clock(begun + time_limit)
    solving = Solve(problem, tol, clock, seed, report)
    early: Status | None = None
    try:
        with interruptible():
            if problem.is_small(DENSE_PAIRS):
                solving.over_all()
            else:
                solving.by_columns(checkpoint)
    except OutOfTime:
        early = "time_limit"
    except KeyboardInterrupt:
        early = "interrupted"
    found, status = solving.certified(early)
    best = solving.best
    return result_of_costs(found, problem, status, (best.rounds, best.arcs), time.monotonic() - begun)


def _compile(problem: CostProblem) -> None:
    """Have all that a time limit is not meant for compiled and loaded, by solving for a few costs of the same type."""
    compile_kernels()
    few = np.zeros((FEW, FEW), problem.given.block(slice(1)).dtype)
    few[0, 1] = np.inf if problem.matrix.forbids else 0.0
    solving = Solve(CostProblem.of(few, None, None), 0.01, Clock(), 0, silent)
    solving.by_columns(None)
    solving.certified(None)


@dataclass(slots=True)
class Solve:
    """A solve as it continues; its best is valid at any moment."""

    problem: CostProblem
    tol: float
    clock: Clock
    seed: int
    report: Report
    best: MatrixBest = field(init=False)

    def __post_init__(self) -> None:
        """Begin with a plan that needs no solver."""
        problem = self.problem
        self.best = MatrixBest.begun(problem.program, problem.ground, problem.first_plan(self.clock.check))

    def over_all(self) -> None:
        """Solve over all pairs that are allowed."""
        program, best = self.problem.program, self.best
        n, m = self.problem.matrix.shape
        rows, columns = np.divmod(np.arange(n * m), m)
        cost = program.measure(rows, columns)
        best.arcs = n * m
        if self.problem.matrix.forbids:
            arcs = np.flatnonzero(cost < np.inf)
            basic = self.clock.solve(self._restricted(rows[arcs], columns[arcs], cost[arcs]))
        else:
            basic = program.solve(cost.reshape(n, m))
        best.offer_plan(basic, cost[basic.rows * m + basic.columns])
        best.u, best.v = basic.u, basic.v

    def by_columns(self, checkpoint: str | Path | None, state: State | None = None) -> None:
        """Solve by column generation, from a state if there is one."""
        problem, tol = self.problem, self.tol
        first_gap: list[float] = []

        def tell(best: Best) -> None:
            gap = max(best.relative_gap, 1e-300)
            first_gap.append(gap)
            done = (
                1.0 if gap <= tol else math.log(first_gap[0] / gap) / math.log(first_gap[0] / max(tol, 1e-15))
            )
            self.report("exact", min(1.0, max(0.0, done)), 1.0, f"gap {gap:.1e}")

        self.report("exact", 0.0, 1.0, "looking at the matrix")
        if problem.program.is_assignment and self._tied():
            return
        file = None if checkpoint is None else self._open(checkpoint)
        solve(
            Level(problem.program, problem.ground, MatrixPricing, AMONG),
            self.best,
            tol,
            0,
            generator(self.seed, "exact"),
            replace(self.clock, say=lambda what: self.report("exact", 0.0, 1.0, what)),
            tell,
            (file.state if file else None) or state,
            file.save if file else lambda _: None,
        )
        self.report("exact", 1.0, 1.0)

    def _tied(self) -> bool:
        """Whether the least costs of all rows are an optimal plan, which is then the best."""
        columns = tied_assignment(self.problem.ground.scanner(self.clock.check))
        if columns is None:
            return False
        n, best = len(columns), self.best
        plan = Basic(np.arange(n), columns, np.ones(n), np.zeros(n), np.zeros(n))
        best.offer_plan(plan, self.problem.program.measure(plan.rows, plan.columns))
        best.arcs = max(best.arcs, n)
        return best.closed(self.tol)

    def from_answer(
        self, plan: Basic, u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[Certified, Status]:
        """Continue from someone's plan and potentials, in the unit of the matrix; return what comes of it.

        Parameters
        ----------
        plan : Basic
            On allowed pairs; its mass is in any unit.
        u, v : ndarray, shapes (n,) and (m,)
            Potentials of rows and columns.
        """
        problem, clock, first = self.problem, self.clock, self.best
        total = float(masses(problem.program.a, problem.program.b)[0].sum())
        early: Status | None = None
        try:
            with interruptible():
                if problem.is_small(DENSE_PAIRS):
                    self.over_all()
                    return self.certified(None)
                scaled = replace(plan, mass=plan.mass * (total / math.fsum(plan.mass)))
                self.best = MatrixBest.begun(problem.program, problem.ground, scaled)
                ground, m = problem.ground, problem.matrix.shape[1]
                u, v = (u - ground.shift) / ground.unit, v / ground.unit
                level = Level(problem.program, ground, MatrixPricing, AMONG)
                near, _ = first_arcs(level, ground.scanner(clock.check), v, generator(self.seed, "exact"))
                arcs = np.concatenate([near, first.rows * m + first.columns, plan.rows * m + plan.columns])
                self.by_columns(None, State(u, v, np.unique(arcs)))
        except OutOfTime:
            early = "time_limit"
        except KeyboardInterrupt:
            early = "interrupted"
        return self.certified(early)

    def certified(self, early: Status | None) -> tuple[Certified, Status]:
        """Certify the best so far, refine it if there is time and need, and say how it ended."""
        best, problem = self.best, self.problem
        plan = Basic(best.rows, best.columns, best.mass, best.u, best.v)
        found = Certified.of(problem.matrix, problem.masses, plan, Wide.of(best.v * problem.ground.unit))
        if early is None and not found.closed(self.tol):
            try:
                with interruptible():
                    found.refine(self.tol, self.clock.check)
            except OutOfTime:
                early = "time_limit"
            except KeyboardInterrupt:
                early = "interrupted"
        if found.closed(self.tol):
            return found, "optimal"
        return found, early or ("rounding" if found.gap <= found.allowance else "stalled")

    def _restricted(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], cost: NDArray[np.float64]
    ) -> Assignment | Transport:
        program = self.problem.program
        if program.is_assignment:
            return Assignment(len(program.a), rows, columns, cost)
        return Transport(*masses(program.a, program.b), rows, columns, cost, np.zeros(len(program.b)))

    def _open(self, path: str | Path) -> Checkpoint:
        problem, sha = self.problem, hashlib.sha256(self.problem.matrix.digest().encode())
        for mass in (problem.program.a, problem.program.b):
            sha.update(mass.tobytes())
        return Checkpoint(Path(path), sha.hexdigest(), problem.matrix.shape, 1.0)
