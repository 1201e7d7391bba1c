r"""Column generation for the transport program: from random quarters up to the whole, until the bracket closes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.candidates import Candidates
from wcheck.transport.cells import scanner
from wcheck.transport.checkpoint import State
from wcheck.transport.contraction import Features
from wcheck.transport.pricing import Scanner
from wcheck.transport.program import Best, Program
from wcheck.transport.simplex import masses, solve_dense, solve_sparse

DENSE_SIZE = 500
"""Levels of at most so many points a side are solved over all pairs."""
SHRINK = 4
"""How much smaller each level is than the one above."""
SAMPLE = 1000
"""Columns (or rows) from which thresholds are guessed."""
FIRST_PER_ROW, FIRST_PER_COLUMN = 16, 8
"""Arcs that the first restricted program has per row and per column."""
LEVEL_TOL = 1e-2
"""Relative gap at which a smaller level is good enough to start the next."""

T = TypeVar("T")


class OutOfTime(Exception):
    """The time limit was reached."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline, checked between steps and while the linear program runs."""

    deadline: float = float("inf")

    def check(self) -> None:
        """Raise :class:`OutOfTime` after the deadline."""
        if time.monotonic() > self.deadline:
            raise OutOfTime

    def run(self, work: Callable[[], T]) -> T:
        """Run ``work``, which must release the interpreter, in a thread, so that signals and the deadline are kept."""
        outcome: list[T | BaseException] = []

        def target() -> None:
            try:
                outcome.append(work())
            except BaseException as error:
                outcome.append(error)

        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(
                0.1
                if self.deadline == float("inf")
                else max(0.001, min(0.1, self.deadline - time.monotonic()))
            )
            if thread.is_alive():
                self.check()
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]


@dataclass(frozen=True, slots=True)
class Level:
    """A transport program with what its scans need.

    Attributes
    ----------
    program : Program
        Between n and m points.
    x, y : Features
        Of the same points, in one frame.
    device : str
        Where scans run.
    elsewhere : callable, optional
        Makes of the scanner one that scans on other machines; parts of the level are scanned here all the same.
    """

    program: Program
    x: Features
    y: Features
    device: str
    elsewhere: Callable[[Scanner], Scanner] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of points (n, m)."""
        return len(self.program.a), len(self.program.b)

    def take(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Level:
        """Return the level between some of the points."""
        return Level(self.program.take(rows, columns), self.x.take(rows), self.y.take(columns), self.device)

    def screen(self) -> Scanner:
        """Return what scans the level."""
        local = scanner(self.x, self.y, self.program.p, self.device)
        return self.elsewhere(local) if self.elsewhere else local


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
) -> bool:
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
        The deadline.
    report : callable
        Called with ``best`` after each round.
    state : State, optional
        Goes on from there, instead of from a smaller problem.
    save : callable
        Called after each round with the state to go on from.

    Returns
    -------
    bool
        Whether the gap was closed to ``tol``; if not, no pair violates the last dual beyond rounding.

    Raises
    ------
    OutOfTime
        At the clock's deadline; ``best`` holds what was reached.
    """
    n, m = level.shape
    if state is None:
        extend = _potentials_from_part(level, list_length, generator, clock)
        screen = level.screen()
        v = extend(screen)
        clock.check()
        u, arcs = _first_arcs(level, screen, v, generator)
    else:
        screen = level.screen()
        u, v, arcs = state.u, state.v, state.arcs
    clock.check()
    program = level.program
    a, b = masses(program.a, program.b)
    keys = np.unique(np.concatenate([arcs, best.rows * m + best.columns]))
    costs = program.measure(keys // m, keys % m)
    candidates = Candidates(screen, program.measure, (n, m), list_length, _sample(m, SAMPLE, generator))
    while True:
        clock.check()
        rows, columns = keys // m, keys % m
        basic = clock.run(lambda r=rows, s=columns, c=costs, w=(u, v): solve_sparse(a, b, r, s, c, w))  # type: ignore[misc]
        shift = float(np.median(basic.v))  # large artificial potentials would cost the screen its digits
        u, v = basic.u + shift, basic.v - shift
        best.rounds, best.arcs = best.rounds + 1, len(keys)
        best.offer_plan(basic, costs[np.searchsorted(keys, basic.rows * m + basic.columns)])
        clock.check()
        priced = candidates.price(u, v)
        best.scanned += priced.scanned
        best.offer_potentials(priced.lowest, v)
        report(best)
        if best.closed(tol):
            return True
        merged, first = np.unique(np.concatenate([keys, priced.rows * m + priced.columns]), return_index=True)
        if len(merged) == len(keys):
            return False
        keys, costs = merged, np.concatenate([costs, priced.cost])[first]
        save(State(u, v, keys))


def _potentials_from_part(
    level: Level, list_length: int, generator: np.random.Generator, clock: Clock
) -> Callable[[Scanner], NDArray[np.float64]]:
    """Solve the problem between random quarters; return how its potentials extend to all columns."""
    n, m = level.shape
    size_x, size_y = (min(size, max(DENSE_SIZE, size // SHRINK)) for size in (n, m))
    rows, columns = _sample(n, size_x, generator), _sample(m, size_y, generator)
    part = level.take(rows, columns)
    if max(size_x, size_y) <= DENSE_SIZE or (size_x, size_y) == (n, m):
        screen = part.screen()
        cost = screen.sample(np.arange(size_y), estimate=True).cpu().numpy().astype(np.float64)
        u = clock.run(lambda: solve_dense(*masses(part.program.a, part.program.b), cost)).u
    else:
        best = Best.of(part.program)
        solve(part, best, LEVEL_TOL, list_length, generator, clock, lambda _: None)
        u = best.u

    return lambda screen: screen.extend(u, rows)


def _first_arcs(
    level: Level,
    screen: Scanner,
    v: NDArray[np.float64],
    generator: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return potentials u, and the keys ``i m + j`` of pairs with small estimated reduced cost by row and by column."""
    n, m = level.shape
    sample_x, sample_y = _sample(n, SAMPLE, generator), _sample(m, SAMPLE, generator)
    reduced = screen.sample(sample_y, estimate=True).cpu().numpy() - v[sample_y].astype(np.float32)
    rank = min(len(sample_y) - 1, max(1, round(FIRST_PER_ROW * len(sample_y) / m)))
    ranked = np.partition(reduced, [0, rank], axis=1).astype(np.float64)
    u, threshold = ranked[:, 0], ranked[:, rank]
    listing = screen.scan(v, threshold, limit=min(m, 16 * FIRST_PER_ROW), estimate=True)
    counts = np.where(listing.full, 0, listing.counts)
    by_row = np.repeat(np.arange(n), counts) * m + listing.columns
    nearest = min(FIRST_PER_COLUMN, len(sample_x))
    by_column = []
    step = max(1, (1 << 23) // len(sample_x))
    for begin in range(0, m, step):
        which = np.arange(begin, min(begin + step, m))
        costs = screen.sample(which, sample_x, estimate=True).cpu().numpy() - u[sample_x, None].astype(
            np.float32
        )
        best = np.argpartition(costs, nearest - 1, axis=0)[:nearest]
        by_column.append((sample_x[best] * m + which).ravel())
    return u, np.concatenate([by_row, *by_column])


def _sample(n: int, size: int, generator: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(generator.choice(n, min(n, size), replace=False)).astype(np.int64)
