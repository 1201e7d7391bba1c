r"""Column generation for the transport program: from random quarters up to the whole, until the bracket closes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from wcheck.transport.candidates import Candidates, MeasurePairs
from wcheck.transport.certificate import dual_value, plan_value
from wcheck.transport.contraction import Features
from wcheck.transport.pricing import Screen
from wcheck.transport.simplex import Basic, masses, solve_dense, solve_sparse

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


class OutOfTime(Exception):  # noqa: N818 - a signal, not an error
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
    """A transport problem between two sets of features.

    Attributes
    ----------
    x, y : Features
        n and m points in one frame.
    a, b : ndarray, float64
        Positive weights of total 1.
    measure : callable
        ``measure(rows, columns)`` returns float64 costs of pairs, in frame units.
    p : {1, 2}
        The exponent.
    device : str
        Where scans run.
    diameter : float
        An upper bound of every cost.
    rounding : float
        The relative error of measured costs.
    """

    x: Features
    y: Features
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    measure: MeasurePairs
    p: int
    device: str
    diameter: float
    rounding: float

    @property
    def matched(self) -> bool:
        """Whether the problem is an assignment: equally many points, all weights equal."""
        return len(self.a) == len(self.b) and bool(
            np.all(self.a == self.a[0]) and np.all(self.b == self.b[0])
        )

    def take(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Level:
        """Return the problem between some of the points, with their weights scaled to total 1."""
        return Level(
            self.x.take(rows),
            self.y.take(columns),
            self.a[rows] / self.a[rows].sum(),
            self.b[columns] / self.b[columns].sum(),
            lambda i, j: self.measure(rows[i], columns[j]),
            self.p,
            self.device,
            self.diameter,
            self.rounding,
        )


@dataclass(slots=True)
class Best:
    """The best bracket so far and what proves it, in frame units; valid at any moment.

    Attributes
    ----------
    lower, upper : float
        Certified, rounding paid.
    allowance : float
        How much of the gap is rounding, which no further round can close.
    u, v : ndarray
        Potentials whose dual value is ``lower``.
    rows, columns, mass : ndarray
        The plan whose cost is ``upper``; mass in the unit of ``masses(a, b)``.
    rounds, arcs, scanned : int
        Restricted programs solved, arcs of the last, and rows scanned again after the first scan.
    """

    u: NDArray[np.float64]
    v: NDArray[np.float64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: NDArray[np.float64]
    lower: float = 0.0
    upper: float = float("inf")
    allowance: float = 0.0
    rounds: int = 0
    arcs: int = 0
    scanned: int = 0

    @staticmethod
    def at_zero(n: int, m: int) -> Best:
        """Return the bracket [0, infinity]: zero potentials, no plan."""
        nothing = np.empty(0, np.int64)
        return Best(np.zeros(n), np.zeros(m), nothing, nothing, np.empty(0))

    @property
    def relative_gap(self) -> float:
        """``(upper - lower) / upper``."""
        return (self.upper - self.lower) / self.upper if self.upper > 0 else 0.0

    def closed(self, tol: float) -> bool:
        """Whether the gap is within ``tol`` of the upper bound, rounding aside."""
        return self.upper - self.lower <= tol * self.upper + self.allowance


def start(level: Level) -> Best:
    """Return the bracket that needs no solver: the zero potentials, and the backbone as plan."""
    a, b = masses(level.a, level.b)
    rows, columns, mass = _backbone(level, a, b)
    best = Best.at_zero(len(a), len(b))
    improve_upper(level, best, Basic(rows, columns, mass, best.u, best.v), level.measure(rows, columns))
    return best


def solve(
    level: Level,
    best: Best,
    tol: float,
    list_length: int,
    generator: np.random.Generator,
    clock: Clock,
    report: Callable[[Best], None],
) -> bool:
    """Close the bracket of ``level``, improving ``best`` in place.

    Returns
    -------
    bool
        Whether the gap was closed to ``tol``; if not, no pair violates the last dual beyond rounding.

    Raises
    ------
    OutOfTime
        At the clock's deadline; ``best`` holds what was reached.
    """
    n, m = len(level.a), len(level.b)
    potentials_y = _potentials_from_part(level, list_length, generator, clock)
    screen = Screen(level.x, level.y, level.p, level.device)
    sample_x, sample_y = _sample(n, SAMPLE, generator), _sample(m, SAMPLE, generator)
    v = potentials_y(screen)
    clock.check()
    u, arcs = _first_arcs(level, screen, v, sample_x, sample_y)
    clock.check()
    a, b = masses(level.a, level.b)
    keys = np.unique(np.concatenate([arcs, best.rows * m + best.columns]))
    costs = level.measure(keys // m, keys % m)
    candidates = Candidates(screen, level.measure, (n, m), list_length, sample_y)
    while True:
        clock.check()
        rows, columns = keys // m, keys % m
        basic = clock.run(lambda r=rows, s=columns, c=costs, w=(u, v): solve_sparse(a, b, r, s, c, w))  # type: ignore[misc]
        shift = float(np.median(basic.v))  # large artificial potentials would cost the screen its digits
        u, v = basic.u + shift, basic.v - shift
        best.rounds, best.arcs = best.rounds + 1, len(keys)
        improve_upper(level, best, basic, costs[np.searchsorted(keys, basic.rows * m + basic.columns)])
        clock.check()
        priced = candidates.price(u, v)
        best.scanned += priced.scanned
        improve_lower(level, best, priced.lowest, v)
        report(best)
        if best.closed(tol):
            return True
        merged, first = np.unique(np.concatenate([keys, priced.rows * m + priced.columns]), return_index=True)
        if len(merged) == len(keys):
            return False
        keys, costs = merged, np.concatenate([costs, priced.cost])[first]


def improve_lower(level: Level, best: Best, u: NDArray[np.float64], v: NDArray[np.float64]) -> None:
    """Take the dual value of feasible potentials as the lower bound, if it is better."""
    value, paid = dual_value(level.a, level.b, u, v)
    # u came from measured costs, each too large by at most a factor: c_ij itself is below u_i + max v
    paid += level.rounding * (float(np.dot(level.a, np.abs(u))) + float(np.abs(v).max()))
    if value - paid > best.lower:
        best.lower, best.u, best.v = value - paid, u, v
        best.allowance = 2.0 * paid + best.upper * (level.rounding + 1e-14)


def improve_upper(level: Level, best: Best, basic: Basic, cost: NDArray[np.float64]) -> None:
    """Take the cost of a plan as the upper bound, if it is better."""
    a, b = masses(level.a, level.b)
    value, paid = plan_value(
        basic.mass, cost, basic.rows, basic.columns, a, b, level.diameter, level.rounding
    )
    if value + paid < best.upper:
        best.upper = value + paid
        best.rows, best.columns, best.mass = basic.rows, basic.columns, basic.mass


def _potentials_from_part(
    level: Level, list_length: int, generator: np.random.Generator, clock: Clock
) -> Callable[[Screen], NDArray[np.float64]]:
    """Solve the problem between random quarters; return how its potentials extend to all columns."""
    n, m = len(level.a), len(level.b)
    size_x, size_y = (min(size, max(DENSE_SIZE, size // SHRINK)) for size in (n, m))
    rows, columns = _sample(n, size_x, generator), _sample(m, size_y, generator)
    part = level.take(rows, columns)
    if max(size_x, size_y) <= DENSE_SIZE or (size_x, size_y) == (n, m):
        screen = Screen(part.x.take(np.arange(size_x)), part.y.take(np.arange(size_y)), level.p, level.device)
        cost = screen.sample(np.arange(size_y), estimate=True).cpu().numpy().astype(np.float64)
        u = clock.run(lambda: solve_dense(*masses(part.a, part.b), cost)).u
    else:
        best = start(part)
        solve(part, best, LEVEL_TOL, list_length, generator, clock, lambda _: None)
        u = best.u

    def extend(screen: Screen) -> NDArray[np.float64]:
        v = np.empty(m)
        step = max(1, (1 << 23) // size_x)
        shift = torch.from_numpy(u.astype(np.float32))[:, None].to(level.device)
        for begin in range(0, m, step):
            which = np.arange(begin, min(begin + step, m))
            v[which] = (screen.sample(which, rows, estimate=True) - shift).amin(dim=0).cpu().numpy()
        return v

    return extend


def _first_arcs(
    level: Level,
    screen: Screen,
    v: NDArray[np.float64],
    sample_x: NDArray[np.int64],
    sample_y: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return potentials u, and the keys ``i m + j`` of pairs with small estimated reduced cost by row and by column."""
    n, m = len(level.a), len(level.b)
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


def _backbone(
    level: Level, a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return a feasible plan: the identity for an assignment, otherwise the north-west corner rule."""
    if level.matched:
        every = np.arange(len(a))
        return every, every, a.copy()
    ends_a, ends_b = np.cumsum(a), np.cumsum(b)
    cuts = np.union1d(ends_a, ends_b)
    rows = np.minimum(np.searchsorted(ends_a, cuts), len(a) - 1)
    columns = np.minimum(np.searchsorted(ends_b, cuts), len(b) - 1)
    return rows, columns, np.diff(cuts, prepend=0.0)


def _sample(n: int, size: int, generator: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(generator.choice(n, min(n, size), replace=False)).astype(np.int64)
