"""Going on from somebody's answer until the bracket is closed."""

from __future__ import annotations

import time

import numpy as np

from wcheck.progress import Report, interruptible
from wcheck.transport.foreign.lower import Below
from wcheck.transport.foreign.mend import Mended
from wcheck.transport.foreign.points import Points
from wcheck.transport.programs.program import Best
from wcheck.transport.solve.checkpoint import State
from wcheck.transport.solve.columns import Clock, OutOfTime, first_arcs, solve
from wcheck.transport.solve.exact import exact, is_small
from wcheck.transport.solve.problem import Problem
from wcheck.transport.solve.result import Status, TransportResult, result_of

PER_POINT = 16
"""Pairs of a given plan that the first program takes, a point on average."""


def polish(
    problem: Problem,
    pairs: Points,
    below: Below,
    mended: Mended | None,
    tol: float,
    seconds: float,
    random: np.random.Generator,
    report: Report,
) -> TransportResult:
    """Solve a problem from where a plan and potentials have got, for some seconds at most.

    Small problems and those on the line are solved at once, by :func:`wcheck.exact`.
    """
    if is_small(problem) or problem.is_line:
        return exact(*problem.given, p=problem.p, metric=problem.metric, tol=tol)
    begun = time.monotonic()
    clock = Clock(begun + seconds)
    n, m = len(problem.x), len(problem.y)
    best = Best.of(pairs.program)
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
            level = pairs.level(clock=clock)
            screen = level.ground.scanner(clock.check)
            _, arcs = first_arcs(level, screen, below.v, random)
            state = State(below.u, below.v, np.unique(np.concatenate([arcs, *keys])))
            solve(
                pairs.level(clock=clock), best, tol, pairs.length, random, clock, tell, state,
                exactly=lambda: problem.exactly(0, clock.check),
            )  # fmt: skip
    except OutOfTime:
        early = "time_limit"
    except KeyboardInterrupt:
        early = "interrupted"
    return result_of(best, problem, tol, early, time.monotonic() - begun)
