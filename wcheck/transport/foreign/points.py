"""All pairs of two measures, as certificates ask for them: at once where they are few, by one scan where not."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wcheck.progress import Report, interruptible
from wcheck.threads import spans
from wcheck.transport.bounds.certificate import Bracket, distance_bounds
from wcheck.transport.cost.costs import EuclideanCosts
from wcheck.transport.cost.direct import WORK, by_parts, float_copies
from wcheck.transport.foreign.entropic import entropic_upper
from wcheck.transport.foreign.mend import Ground, Mended, fill_along
from wcheck.transport.foreign.pairs import NO_PLAN, Below, Places, Proved
from wcheck.transport.foreign.plan import GivenPlan
from wcheck.transport.foreign.potentials import Side
from wcheck.transport.foreign.products import ROUNDING, by_products
from wcheck.transport.programs.program import Best
from wcheck.transport.programs.sample import random_part
from wcheck.transport.scans.estimates import SAMPLE_ENTRIES
from wcheck.transport.scans.prices import cost_scale, prices
from wcheck.transport.solve.budget import Shares, shares
from wcheck.transport.solve.checkpoint import State
from wcheck.transport.solve.clock import Clock, OutOfTime
from wcheck.transport.solve.columns import solve
from wcheck.transport.solve.exact import exact
from wcheck.transport.solve.first import SAMPLE, first_arcs
from wcheck.transport.solve.level import Level
from wcheck.transport.solve.problem import Problem
from wcheck.transport.solve.result import Status, TransportResult, result_of
from wcheck.transport.solve.small import is_small

SAMPLED = 1 << 21
"""Pairs on which readings of potentials are compared ..."""
SAMPLED_WORK = 1 << 30
"""... if measuring them takes no more differences of coordinates than this."""
FEWEST = 16
"""Rows of a sample, at least."""
PER_POINT = 16
"""Pairs of a given plan that a solve begins with, a point on average."""


class Points:
    """The pairs of a problem.

    Parameters
    ----------
    problem : Problem
        Between weighted points.
    device : str
        Where scans run.
    budget : int
        Bytes that copies and lists may take.
    random : Generator
        Draws samples, which decide how much work is done.

    Attributes
    ----------
    program : Program
        The program between the points.
    length : int
        How many pairs lists of rows may hold.
    """

    def __init__(self, problem: Problem, device: str, budget: int, random: np.random.Generator) -> None:
        self._problem, self._device, self._random = problem, device, random
        held = problem.costs.held
        self._share = (
            Shares(0, budget, True, True)
            if is_small(problem)
            else shares(problem.x, problem.y, budget, held, here=device == "cpu")
        )
        self.length, room = self._share.length, self._share.room
        self._room = room - float_copies(problem.x, problem.y)
        program = problem.program(room)
        self.program = replace(program, measure=by_parts(program.measure, max(1, WORK // problem.x.dim)))
        self._cost: NDArray[np.float64] | None = None
        if is_small(problem):
            n, m = len(problem.x), len(problem.y)
            self._cost = program.measure(*np.divmod(np.arange(n * m), m)).reshape(n, m)
            self.program = self.program.within(self._cost)

    @property
    def weights(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The weights of both sides."""
        return self.program.a, self.program.b

    @property
    def p(self) -> int:
        """The exponent."""
        return self._problem.p

    @property
    def spread(self) -> float:
        """Twice the largest cost, in frame units."""
        return 2.0 * self.program.diameter

    def in_unit(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return potentials in frame units."""
        for _ in range(self.p):
            values = values / self._problem.costs.unit
        return values

    def bracket(self, lower: float, upper: float) -> Bracket:
        """Return the bracket of the distance, in the points' unit."""
        low, high = distance_bounds(max(lower, 0.0), upper, self._problem.costs.unit, self.p)
        return Bracket(float(low), float(high))

    def shown(self, value: float) -> float:
        """Return a cost as a distance, in the points' unit; not rounded outward."""
        return float(np.sign(value) * abs(value) ** (1.0 / self.p)) * self._problem.costs.unit

    def cost_shown(self, value: float) -> float:
        """Return a cost in the points' unit to the p-th power."""
        return value * self._problem.costs.unit**self.p

    def ground(self) -> Ground:
        """Return what plans are measured by."""
        program = self.program
        measure, rounding = program.measure, program.rounding
        products = (
            None if self._cost is not None else by_products(self._problem, measure, self._room, self._device)
        )
        if products is not None:
            measure, rounding = products, max(rounding, ROUNDING)
        return Ground(
            program.a,
            program.b,
            measure,
            rounding,
            program.underflow,
            program.diameter,
            fill_along(_along(self._problem, "x"), _along(self._problem, "y")),
        )

    def sample(self, side: Side) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Draw points of the side that faces ``side``, and return the costs from each of them to all of ``side``."""
        n, m = len(self.program.a), len(self.program.b)
        facing, own = (n, m) if side == "v" else (m, n)
        most = min(SAMPLED, SAMPLED_WORK // self._problem.x.dim)
        some = random_part(facing, max(FEWEST, most // own), self._random)
        if self._cost is not None:
            return some, self._cost[some] if side == "v" else self._cost[:, some].T
        first, second = np.repeat(some, own), np.tile(np.arange(own), len(some))
        cost = self.program.measure(first, second) if side == "v" else self.program.measure(second, first)
        return some, cost.reshape(len(some), own)

    def lower(self, side: Side, values: NDArray[np.float64]) -> Proved:
        """Return what the values prove, by one pass over all pairs."""
        program, cost = self.program, self._cost
        if side == "u":
            program = replace(program, a=program.b, b=program.a)
            cost = None if cost is None else cost.T
        found = self._scanned(side, values) if cost is None else program.transform(cost, values)
        none = np.empty(0, np.int64)
        best = Best(program, found, values, none, none, np.empty(0))
        best.lower = -np.inf
        best.offer_potentials(found, values)
        return Proved(best.lower, found, *((found, values) if side == "v" else (values, found)))

    @property
    def places(self) -> Places:
        """Which points carry weight, of all."""
        problem = self._problem
        return problem.rows, problem.columns, (len(problem.given[0]), len(problem.given[1]))

    def allowed(self, plan: GivenPlan) -> GivenPlan:
        """Return the plan: mass may go anywhere."""
        return plan

    def upper(self, mended: Mended) -> float:
        """Return what a mended plan proves, in frame units."""
        return mended.value + mended.paid

    def upper_without(self, below: Below, epsilon: float | None) -> tuple[float, str]:
        """Return the upper bound of the entropic plan of potentials, or of a plan that needs no solver."""
        problem = self._problem
        if epsilon is None or not isinstance(problem.costs, EuclideanCosts):
            return Best.of(self.program).upper, NO_PLAN
        upper = entropic_upper(problem, below, epsilon, self._device)
        for _ in range(self.p):
            upper = float(np.nextafter(upper / problem.costs.unit, np.inf))
        return upper, "the entropic plan of the potentials, rounded to the marginals"

    def closed(self, bracket: Bracket, tol: float, mended: Mended | None) -> bool:
        """Whether the gap is within ``tol`` of the upper bound."""
        return bracket.relative_gap <= tol

    def polish(
        self, below: Below, mended: Mended | None, tol: float, seconds: float, report: Report
    ) -> TransportResult:
        """Solve from where a plan and potentials have got; small problems and the line at once."""
        problem = self._problem
        if is_small(problem) or problem.is_line:
            return exact(*problem.given, p=problem.p, metric=problem.metric, tol=tol)
        begun = time.monotonic()
        clock = Clock(begun + seconds)
        n, m = len(problem.x), len(problem.y)
        best = Best.of(self.program)
        keys = [best.rows * m + best.columns]
        best.take_potentials(below.u, below.v, below.lower, 0.0)
        if mended is not None and mended.arcs is not None:
            rows, columns, mass = mended.arcs
            best.take_plan(rows, columns, mass, mended.value, mended.paid)
            chosen = np.argsort(-mass, kind="stable")[: PER_POINT * (n + m)]
            keys.append(rows[chosen] * m + columns[chosen])
        early: Status | None = None

        def tell(found: Best) -> None:
            report("certify", 0.0, 0.0, str(found.distance(problem.costs.unit)))

        try:
            with interruptible():
                level = self.level(clock=clock)
                arcs, _ = first_arcs(level, level.ground.scanner(clock.check), below.v, self._random)
                state = State(below.u, below.v, np.unique(np.concatenate([arcs, *keys])))
                solve(
                    self.level(clock=clock), best, tol, self.length, self._random, clock, tell, state,
                    exactly=lambda: problem.exactly(0, clock.check),
                )  # fmt: skip
        except OutOfTime:
            early = "time_limit"
        except KeyboardInterrupt:
            early = "interrupted"
        return result_of(best, problem, tol, early, time.monotonic() - begun)

    def level(self, side: Side = "v", clock: Clock | None = None) -> Level:
        """Return the level of the whole problem, seen from the side that faces ``side``."""
        problem, program, measure = self._problem, self.program, self.program.measure
        if side == "u":
            problem = problem.turned()
            program = replace(program, a=program.b, b=program.a, measure=lambda i, j: measure(j, i))
        check = (clock or Clock()).check
        return Level(program, problem.ground(self._random, self._device, None, check, self._share))

    def _scanned(self, side: Side, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the c-transform by a scan that lists the pairs which may decide it."""
        level = self.level(side)
        (n, m), program = level.shape, level.program
        screen = level.ground.scanner(lambda: None)
        sample = random_part(m, SAMPLE, self._random)
        near, potential = np.empty(n, np.int64), values[sample].astype(np.float32)
        for some in spans(n, max(1, SAMPLE_ENTRIES // len(sample))):
            rows = np.arange(some.start, some.stop)
            near[some] = sample[(screen.sample(sample, rows).cpu().numpy() - potential).argmin(axis=1)]
        keys = np.arange(n) * m + near
        cost = program.measure(np.arange(n), near)
        lists = prices(screen, program, self.length, sample, keys, cost, cost_scale(cost))
        return lists.price(cost - values[near], values).lowest


def _along(problem: Problem, name: str) -> NDArray[np.int64]:
    """Return the order of a side's points along the coordinate in which both sides together spread most."""
    parts = [problem.x.block(slice(0, 1000)), problem.y.block(slice(0, 1000))]
    coordinate = int(np.concatenate(parts).astype(np.float64).var(axis=0).argmax())
    measure = problem.x if name == "x" else problem.y
    return np.argsort(np.concatenate([block[:, coordinate] for _, block in measure.blocks()]), kind="stable")
