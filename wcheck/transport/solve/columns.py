r"""Column generation for the transport program: from random quarters up to the whole, until the bracket closes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wcheck.memory import give_back
from wcheck.transport.programs.assignment import Assignment
from wcheck.transport.programs.exactly import Exactly
from wcheck.transport.programs.grouped import distinct
from wcheck.transport.programs.program import Best
from wcheck.transport.programs.refinement import PLAIN_TOL, Pricing, refine_with_pricing
from wcheck.transport.programs.sample import random_part
from wcheck.transport.programs.simplex import masses
from wcheck.transport.programs.transport import Transport
from wcheck.transport.scans.candidates import Candidates
from wcheck.transport.scans.listing import FirstScan, Scanner
from wcheck.transport.scans.partners import have_partners
from wcheck.transport.scans.prices import cost_scale
from wcheck.transport.scans.products import ProductGround
from wcheck.transport.solve.checkpoint import State
from wcheck.transport.solve.clock import Clock
from wcheck.transport.solve.first import SAMPLE, first_arcs
from wcheck.transport.solve.level import Level

DENSE_SIZE = 500
"""The largest number of points a side of a level that is solved over all pairs."""
SHRINK = 4
"""How much smaller each level is than the one above."""
LEVEL_TOL = 1e-2
"""Relative gap at which a smaller level is good enough to start the next."""
MANY_PAIRS = 1 << 24
"""Pairs from which on stages that are over give their memory back, which takes some milliseconds."""
ENOUGH, FIRST_GAP, LAST_GAP = 0.1, 5e-5, 0.25
"""A weighted program that takes long is solved up to this share of what missing pairs took off the last bound, at first
of such a relative gap: the last pivots take the longest, and the next round moves the optimum by more. A quarter of the
gap that is asked for will do in any case."""
STUCK = 0.9
"""A round that leaves more than this share of a gap that rounding explains is the last."""


def solve(
    level: Level,
    best: Best,
    tol: float,
    list_length: int,
    generator: np.random.Generator,
    clock: Clock,
    report: Callable[[Best], None],
    state: State | None = None,
    save: Callable[[State], None] = lambda _: None,
    exactly: Callable[[], Exactly] | None = None,
) -> None:
    """Close the bracket of ``level``, improving ``best`` in place.

    Parameters
    ----------
    level : Level
        The problem.
    best : Best
        The bracket so far.
    tol : float
        The relative gap to reach.
    list_length : int
        Pairs that pricing keeps per row.
    generator : Generator
        Draws the samples.
    clock : Clock
        The deadline, and whom to tell what is being done until there is a bracket.
    report : callable
        Called with ``best`` after each round.
    state : State, optional
        Continues from there, instead of from a smaller problem.
    save : callable
        Called after each round with the state to continue from.
    exactly : callable, optional
        Returns what the program is to 30 digits, with which the bracket is closed where float64 cannot.

    Raises
    ------
    OutOfTime
        At the clock's deadline; ``best`` holds what was reached.
    """
    m = level.shape[1]
    restricted, candidates, arcs = _restrict(level, best, list_length, generator, clock, state)
    _give_back(level)
    gap = float("inf")
    clock.say(f"solving {len(level.program.a):,} x {m:,} points")
    weighted = restricted if isinstance(restricted, Transport) else None
    if weighted:
        arcs = _better_arcs(weighted, candidates, best, arcs, clock)
        weighted.enough = ENOUGH * max(tol, FIRST_GAP) * best.lower
    while True:
        basic = clock.solve(restricted)
        best.rounds, best.arcs = best.rounds + 1, len(arcs)
        best.offer_plan(basic, restricted.costs(basic))
        clock.check()
        added, done = None, False
        if isinstance(candidates, Candidates):
            added = candidates.listed(basic.u, basic.v, tol * best.upper)
            taken = candidates.taken
        if added is None or not restricted.add(*added):
            priced = candidates.price(basic.u, basic.v)
            best.offer_potentials(priced.lowest, basic.v)
            added = priced.rows, priced.columns, priced.cost
            before, gap = gap, best.upper - best.lower
            stuck = best.explained and gap > STUCK * before
            ended = best.closed(tol) or stuck or not restricted.add(*added)
            done = best.closed(tol) or (ended and not (weighted and weighted.early))
            taken = 0.0 if ended else float(np.dot(level.program.a, basic.u - priced.lowest))
        if weighted:
            weighted.enough = max(ENOUGH * taken, LAST_GAP * tol * best.lower) if taken else 0.0
        report(best)
        if done:
            break
        arcs = distinct(arcs, added[0] * m + added[1])
        save(State(basic.u, basic.v, arcs))
    if exactly is not None and not best.closed(max(tol, PLAIN_TOL)):
        refine_with_pricing(best, exactly(), arcs, basic, candidates, tol, clock.check)
        report(best)


def _restrict(
    level: Level,
    best: Best,
    list_length: int,
    generator: np.random.Generator,
    clock: Clock,
    state: State | None,
) -> tuple[Assignment | Transport, Pricing, NDArray[np.int64]]:
    """Return the program restricted to its first arcs, what prices all pairs, and the keys ``i m + j`` of the arcs."""
    n, m = level.shape
    first: FirstScan | None = None
    if state is None:
        screen, v = _begin(level, list_length, generator, clock)
        _give_back(level)
        clock.check()
        arcs, first = first_arcs(level, screen, v, generator, list_length)
    else:
        screen = level.ground.scanner(clock.check)
        v, arcs = state.v, state.arcs
    clock.check()
    program = level.program
    arcs = distinct(arcs, best.rows * m + best.columns)
    costs = program.measure(*np.divmod(arcs, m))
    if costs.max() == np.inf:
        arcs, costs = arcs[costs < np.inf], costs[costs < np.inf]
    rows, columns = np.divmod(arcs, m)
    restricted: Assignment | Transport
    if program.is_assignment:
        restricted = Assignment(n, rows, columns, costs, v)
    else:
        restricted = Transport(*masses(program.a, program.b), rows, columns, costs, v, near=state is not None)
    sample = random_part(m, SAMPLE, generator)
    candidates = level.pricing(screen, program, list_length, sample, arcs, costs, cost_scale(costs))
    if first is not None and isinstance(candidates, Candidates):
        candidates.begin(first)
    return restricted, candidates, arcs


def _give_back(level: Level) -> None:
    """Give back what products over all coordinates of some of the points have taken: tens of megabytes."""
    if isinstance(level.ground, ProductGround) and math.prod(level.shape) >= MANY_PAIRS:
        give_back()


def _better_arcs(
    restricted: Transport, candidates: Pricing, best: Best, arcs: NDArray[np.int64], clock: Clock
) -> NDArray[np.int64]:
    """Add the arcs that violate potentials which are nearly optimal; return all."""
    while not (near := restricted.nearly()):
        clock.check()
    u, v = near
    priced = candidates.price(u, v)
    best.offer_potentials(priced.lowest, v)
    restricted.add(priced.rows, priced.columns, priced.cost)
    return distinct(arcs, priced.rows * len(v) + priced.columns)


def _begin(
    level: Level, list_length: int, generator: np.random.Generator, clock: Clock
) -> tuple[Scanner, NDArray[np.float64]]:
    """Return what scans all pairs, and first potentials of the columns: from some of the points, or 0 of partners."""
    n, m = level.shape
    size_x, size_y = (min(size, max(DENSE_SIZE, size // SHRINK)) for size in (n, m))
    rows, columns = level.ground.sample(level.program, size_x, size_y, generator)
    part = level.take(rows, columns)  # before the scanner, which uses the points up
    screen = level.ground.scanner(clock.check)
    one_to_one = level.program.is_assignment and n > DENSE_SIZE
    if one_to_one and have_partners(screen, n, m, generator.spawn(1)[0]):
        return screen, np.zeros(m)  # nearly optimal between partners
    u = _potentials_from_part(part, list_length, generator, clock)
    del part
    return screen, screen.extend(u, rows.points)


def _potentials_from_part(
    part: Level, list_length: int, generator: np.random.Generator, clock: Clock
) -> NDArray[np.float64]:
    """Solve the problem between some of the points; return the potentials of its rows."""
    if max(part.shape) <= DENSE_SIZE:
        screen = part.ground.scanner(clock.check)
        cost = screen.sample(np.arange(part.shape[1]), estimate=True).cpu().numpy().astype(np.float64)
        return part.program.solve(cost).u
    best = Best.of(part.program)
    solve(part, best, LEVEL_TOL, list_length, generator, clock, lambda _: None)
    return best.u
