r"""The last digits of a transport program: plan, potentials and bracket in sums of two doubles.

A solver in float64 knows every cost only up to ``2^-53`` of the largest, and every mass up to ``2^-53`` of the total.
One far point in both sets, or a mass of ``10^-17`` that has to cross, is then enough to lose all that is left. So its
answer is taken as a start only, and made exact in numbers of 32 digits (:mod:`wide`):

1. **Potentials** are computed again along the trees that the arcs of its plan form, then ``u_i = min_j (c_ij - v_j)``.
2. **Flow** stays only on arcs of these trees that are tight, and is computed again from the leaves, never negative.
3. **Shortest augmenting paths** of reduced costs carry what is left, and move the potentials: the method of successive
   shortest paths (Ahuja, Magnanti and Orlin, Network Flows, 1993, section 9.7), optimal from any such start.

The bracket does not rely on any of it: the plan's marginals are summed again and their residual is paid for, and every
cost is cut by its own rounding before potentials are transformed, so that what is far cannot blur what is near.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wcheck.threads import spans
from wcheck.transport.arithmetic.wide import Wide
from wcheck.transport.programs import augmentation
from wcheck.transport.programs.exactly import Arcs, Exactly, Refined, transform
from wcheck.transport.programs.program import Best
from wcheck.transport.programs.simplex import Basic

LEFT = 2.0**-106
"""Mass that counts as 0 where masses are rounded, in units of the total."""
PLAIN_TOL = 1e-11
"""A relative gap that is good enough for float64."""
PATIENCE, STUCK = 4, 0.9
"""Rounds, each of which leaves more than this share of the gap, after which a solve starts again, or ends."""
LARGEST_PASS = 50_000_000
"""Pairs of whole rows that are measured again in a round."""
PAIRS = 1 << 20
"""Pairs that are held at a time."""
SLICE = 10_000_000
"""Arcs that are looked at between two looks at the clock: some 0.1 s."""


def refine_over_all(
    best: Best, exactly: Exactly, start: Basic, tol: float, check: Callable[[], None] = lambda: None
) -> None:
    """Improve the best bracket of a program over all its pairs, from what a solver found; if need be from nothing."""
    n, m = len(exactly.a.high), len(exactly.b.high)
    keys = np.arange(n * m)
    cost = exactly.measure(keys // m, keys % m)
    allowed = np.isfinite(cost.high)
    arcs = Arcs.of((n, m), keys[allowed], cost.take(allowed))
    for begin in (start, _nothing(n, m)):
        refined = refine(arcs, exactly.a, exactly.b, begin, exactly.error > 0.0, check)
        exactly.offer_plan(best, refined)
        u = transform(arcs, refined.v, exactly.rounding)
        exactly.offer_potentials(best, u, refined.v)
        if best.closed(max(tol, PLAIN_TOL)):
            return


def _nothing(n: int, m: int) -> Basic:
    """Return no plan and potentials of 0, whose digits nothing has spoilt."""
    none = np.empty(0, np.int64)
    return Basic(none, none, np.empty(0), np.zeros(n), np.zeros(m))


@dataclass(frozen=True, slots=True)
class Priced:
    """What pricing found.

    Attributes
    ----------
    lowest : ndarray, shape (n,), float64
        ``min_j (c_ij - v_j)`` over all columns, measured costs cut by their rounding; off by its own rounding only.
    rows, columns, cost : ndarray, shape (k,)
        Pairs with ``c_ij < u_i + v_j``: the most violating of each row, and the most violating of each column.
    """

    lowest: NDArray[np.float64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    cost: NDArray[np.float64]


class Pricing(Protocol):
    """What looks for violated pairs in float64, as :class:`wcheck.transport.scans.candidates.Candidates` does."""

    def price(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Priced:
        """Return the least ``c_ij - v_j`` of every row and pairs that violate (u, v)."""


def refine_with_pricing(
    best: Best,
    exactly: Exactly,
    keys: NDArray[np.int64],
    start: Basic,
    pricing: Pricing,
    tol: float,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Improve the best bracket of a program of which only some arcs are known, adding those that are missing.

    Parameters
    ----------
    best : Best
        The bracket so far, improved in place.
    exactly : Exactly
        The program.
    keys : ndarray of int64
        The arcs ``i m + j``, ascending; they hold those of ``start``.
    start : Basic
        What a solver found on these arcs.
    pricing : Pricing
        The pricing of all pairs, in float64.
    tol : float
        The relative gap to reach.
    check : callable
        Called every now and then; what it raises ends the solve.
    """
    m = len(exactly.b.high)
    share = exactly.a.high / math.fsum(exactly.a.high)
    gap, stuck, again = math.inf, 0, False
    while not best.closed(tol):
        arcs = Arcs.of((len(share), m), keys, exactly.measure(keys // m, keys % m))
        refined = refine(arcs, exactly.a, exactly.b, start, exactly.error > 0.0, check)
        exactly.offer_plan(best, refined)
        # Potentials are rounded up for pricing, so that what it finds is below what the true ones have.
        raised = np.where(refined.v.low > 0.0, np.nextafter(refined.v.high, np.inf), refined.v.high)
        priced = pricing.price(refined.u.high, raised)
        u = Wide.of(priced.lowest - 2.0**-52 * np.abs(priced.lowest))
        lost = share * np.maximum(refined.u.high - u.high, 0.0)
        order = np.argsort(lost)
        few = order[np.cumsum(lost[order]) > tol * best.upper / 8.0][::-1][: max(1, LARGEST_PASS // m)]
        nearest = _transform_whole(exactly, refined.v, few, u, check)
        exactly.offer_potentials(best, u, refined.v)
        before, gap = gap, best.upper - best.lower
        stuck = 0 if gap < STUCK * before else stuck + 1
        known = len(keys)
        keys = np.union1d(keys, np.concatenate([priced.rows * m + priced.columns, few * m + nearest]))
        start = Basic(refined.rows, refined.columns, refined.mass.high, refined.u.high, refined.v.high)
        if len(keys) == known or stuck == PATIENCE:
            if again:
                return
            start, stuck, again = _nothing(len(share), m), 0, True


def _transform_whole(
    exactly: Exactly, v: Wide, rows: NDArray[np.int64], u: Wide, check: Callable[[], None]
) -> NDArray[np.int64]:
    """Set u of some rows to ``min_j (c_ij - v_j)`` over all columns, in place; return where it is reached."""
    m = len(v.high)
    nearest = np.empty(len(rows), np.int64)
    step = max(1, PAIRS // m)
    for part in spans(len(rows), step):
        check()
        some = rows[part]
        keys = np.arange(len(some) * m)
        cost = exactly.measure(some[keys // m], keys % m)
        arcs = Arcs.of((len(some), m), keys, cost)
        u.high[some], u.low[some] = transform(arcs, v, exactly.rounding)
        nearest[part] = (cost.high.reshape(-1, m) - v.high).argmin(axis=1)
    return nearest


def refine(
    arcs: Arcs, a: Wide, b: Wide, start: Basic, rounded: bool, check: Callable[[], None] = lambda: None
) -> Refined:
    """Solve a transport program on given arcs from a solution that is nearly right.

    Parameters
    ----------
    arcs : Arcs
        They hold every arc of ``start``, and at least one of every row.
    a, b : Wide, shapes (n,) and (m,)
        Positive masses of equal total.
    start : Basic
        What a solver found; any plan and any finite potentials do, but cost time.
    rounded : bool
        Whether the masses are: then what is left of less than :data:`LEFT` is their rounding, and stays where it is.
    check : callable
        Called every 0.1 s or so; what it raises ends the solve.
    """
    m = len(b.high)
    keys = arcs.rows.astype(np.int64) * m + arcs.columns
    support = np.zeros(len(keys), np.bool_)
    support[np.searchsorted(keys, start.rows * m + start.columns)] = True
    u, v = (Wide.of(potential.astype(np.float64)) for potential in (start.u, start.v))
    graph = arcs.begin, arcs.rows, arcs.columns, *arcs.cost, arcs.begin_column, arcs.by_column
    order, parent = augmentation.grow_trees(*graph, support, *u, *v)
    augmentation.transform(arcs.begin, arcs.columns, *arcs.cost, *v, 0.0, *u)
    flow = Wide.of(np.zeros(len(keys)))
    left, room = Wide(a.high.copy(), a.low.copy()), Wide(b.high.copy(), b.low.copy())
    augmentation.fill_trees(*graph, order, parent, *u, *v, *flow, *left, *room)
    least = LEFT * float(a.high.sum()) if rounded else 0.0
    while augmentation.augment(*graph, *u, *v, *flow, *left, *room, least, SLICE):
        check()
    augmentation.settle(*graph, *u, *v, flow.high)
    used = np.flatnonzero(flow.high > 0.0)
    rows, columns = (index[used].astype(np.int64) for index in (arcs.rows, arcs.columns))
    return Refined(u, v, rows, columns, flow.take(used), arcs.cost.take(used))
