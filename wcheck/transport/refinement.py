r"""The last digits of a transport program: plan, potentials and bracket in sums of two doubles.

A solver in float64 knows every cost only up to ``2^-53`` of the largest, and every mass up to ``2^-53`` of the total.
One far point in both sets, or a mass of ``10^-17`` that has to cross, is then enough to lose all that is left. So its
answer is taken as a start only, and made exact in numbers of 32 digits (:mod:`wide`):

1. **Potentials** are computed anew along the trees that the arcs of its plan form, then ``u_i = min_j (c_ij - v_j)``.
2. **Flow** stays only on arcs of these trees that are tight, and is computed anew from the leaves, never negative.
3. **Shortest augmenting paths** of reduced costs carry what is left, and move the potentials: the method of successive
   shortest paths (Ahuja, Magnanti and Orlin, Network Flows, 1993, section 9.7), optimal from any such start.

The bracket does not rely on any of it: the plan's marginals are summed again and their residual is paid for, and every
cost is cut by its own rounding before potentials are transformed, so that what is far cannot blur what is near.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.kernels import compiled
from wcheck.transport.program import Best
from wcheck.transport.simplex import Basic
from wcheck.transport.wide import LOST, SMALL, WIDE, Wide, wide_dot, wide_less, wide_minus, wide_sum

TIGHT = 2.0**-98
"""Reduced cost of an arc that counts as 0, in units of its cost and potentials."""
LEFT = 2.0**-100
"""Mass that counts as 0, in units of the total."""
SLICE = 10_000_000
"""Arcs that are looked at between two looks at the clock: some 0.1 s."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """The arcs of a program, by row and by column.

    Attributes
    ----------
    begin : ndarray, shape (n + 1,), int64
        Where each row's arcs begin.
    rows, columns : ndarray, shape (k,), int32
        Ascending by row, then by column.
    cost : Wide, shape (k,)
        Costs.
    begin_column, by_column : ndarray, shapes (m + 1,) and (k,)
        Where each column's arcs begin in the list of arcs by column.
    """

    begin: NDArray[np.int64]
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    cost: Wide
    begin_column: NDArray[np.int64]
    by_column: NDArray[np.int64]

    @staticmethod
    def of(shape: tuple[int, int], keys: NDArray[np.int64], cost: Wide) -> Arcs:
        """Return arcs with the ascending keys ``i m + j``."""
        n, m = shape
        rows, columns = (keys // m).astype(np.int32), (keys % m).astype(np.int32)
        return Arcs(
            np.searchsorted(rows, np.arange(n + 1)),
            rows,
            columns,
            cost,
            np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=m))]),
            np.argsort(columns, kind="stable"),
        )


@dataclass(frozen=True, slots=True)
class Refined:
    """What :func:`refine` found.

    Attributes
    ----------
    u, v : Wide, shapes (n,) and (m,)
        Potentials, ``u_i = min_j (c_ij - v_j)`` over the arcs.
    rows, columns : ndarray, shape (k,)
        The arcs that carry mass.
    mass : Wide, shape (k,)
        Theirs, in the unit of the masses that were given.
    cost : Wide, shape (k,)
        Their costs.
    """

    u: Wide
    v: Wide
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: Wide
    cost: Wide


@dataclass(frozen=True, slots=True)
class Exactly:
    """What a program is to 30 digits.

    Attributes
    ----------
    a, b : Wide, shapes (n,) and (m,)
        Masses of equal total; see :func:`wcheck.transport.wide.common_masses`.
    error : float
        The relative error of the masses.
    measure : callable
        ``measure(rows, columns)`` returns the costs of pairs in frame units.
    rounding : float
        The relative error of the costs.
    diameter : float
        An upper bound of every cost.
    """

    a: Wide
    b: Wide
    error: float
    measure: Callable[[NDArray[np.int64], NDArray[np.int64]], Wide]
    rounding: float
    diameter: float


def refine_over_all(
    best: Best, exactly: Exactly, start: Basic, check: Callable[[], None] = lambda: None
) -> None:
    """Improve the best bracket of a program over all its pairs, from what a solver found."""
    n, m = len(exactly.a.high), len(exactly.b.high)
    keys = np.arange(n * m)
    arcs = Arcs.of((n, m), keys, exactly.measure(keys // m, keys % m))
    refined = refine(arcs, exactly.a, exactly.b, start, check)
    best.take_plan(refined.rows, refined.columns, refined.mass.high, *upper_bound(exactly, refined))
    u = transform(arcs, refined.v, exactly.rounding)
    best.take_potentials(u.high, refined.v.high, *lower_bound(exactly, u, refined.v))


def refine(arcs: Arcs, a: Wide, b: Wide, start: Basic, check: Callable[[], None] = lambda: None) -> Refined:
    """Solve a transport program on given arcs from a solution that is nearly right.

    Parameters
    ----------
    arcs : Arcs
        They hold every arc of ``start``, and at least one of every row.
    a, b : Wide, shapes (n,) and (m,)
        Positive masses of equal total.
    start : Basic
        What a solver found; any plan and any finite potentials do, but cost time.
    check : callable
        Called every 0.1 s or so; what it raises ends the solve.
    """
    m = len(b.high)
    keys = arcs.rows.astype(np.int64) * m + arcs.columns
    support = np.zeros(len(keys), np.bool_)
    support[np.searchsorted(keys, start.rows * m + start.columns)] = True
    u, v = (Wide.of(potential.astype(np.float64)) for potential in (start.u, start.v))
    graph = arcs.begin, arcs.rows, arcs.columns, *arcs.cost, arcs.begin_column, arcs.by_column
    order, parent = _grow_trees(*graph, support, *u, *v)
    _transform(arcs.begin, arcs.columns, *arcs.cost, *v, 0.0, *u)
    flow = Wide.of(np.zeros(len(keys)))
    left, room = Wide(a.high.copy(), a.low.copy()), Wide(b.high.copy(), b.low.copy())
    _fill_trees(*graph, order, parent, *u, *v, *flow, *left, *room)
    least = LEFT * float(a.high.sum())
    while _augment(*graph, *u, *v, *flow, *left, *room, least, SLICE):
        check()
    used = np.flatnonzero(flow.high > 0.0)
    rows, columns = (index[used].astype(np.int64) for index in (arcs.rows, arcs.columns))
    return Refined(u, v, rows, columns, flow.take(used), arcs.cost.take(used))


def upper_bound(exactly: Exactly, refined: Refined) -> tuple[float, float]:
    """Return the cost of a plan, and what rounding and its marginals' residual may add to it."""
    total = math.fsum(exactly.a.high)
    residual = 2.0 * exactly.error
    for masses, index in ((exactly.a, refined.rows), (exactly.b, refined.columns)):
        residual += _off(masses, index, refined.mass) / total
    value, error = wide_dot((refined.mass, refined.cost))
    paid = error / total + residual * exactly.diameter + value / total * (exactly.rounding + 2.0**-50)
    small = (refined.cost.high > 0.0) & (refined.cost.high < SMALL)
    return value / total, paid + (LOST if small.any() or 0.0 < value < SMALL * total else 0.0)


def lower_bound(exactly: Exactly, u: Wide, v: Wide) -> tuple[float, float]:
    """Return the dual value of potentials, and a bound of its rounding; see :func:`transform`."""
    total = math.fsum(exactly.a.high)
    value, error = wide_dot((exactly.a, u), (exactly.b, v))
    own = 4.0 * WIDE * float(np.dot(exactly.a.high / total, np.abs(u.high)))
    most = float(np.abs(u.high).max() + np.abs(v.high).max())
    return value / total, error / total + own + 2.0 * exactly.error * most + abs(
        value / total
    ) * 2.0**-50 + LOST


def transform(arcs: Arcs, v: Wide, rounding: float) -> Wide:
    """Return ``u_i = min_j (c_ij - v_j)`` over the arcs, costs cut by their rounding: feasible but for u's own."""
    n = len(arcs.begin) - 1
    u = Wide(np.empty(n), np.empty(n))
    _transform(arcs.begin, arcs.columns, *arcs.cost, *v, rounding, *u)
    return u


def _off(masses: Wide, index: NDArray[np.int64], mass: Wide) -> float:
    """Return by how much, in all, the sums of a plan's mass at some index differ from the masses there."""
    order = np.argsort(index, kind="stable")
    ends = np.cumsum(np.bincount(index, minlength=len(masses.high))).tolist()
    high, low = mass.high[order].tolist(), mass.low[order].tolist()
    wanted, begin, off = zip((-masses.high).tolist(), (-masses.low).tolist(), strict=True), 0, 0.0
    for own, end in zip(wanted, ends, strict=True):
        off += abs(math.fsum([*own, *high[begin:end], *low[begin:end]]))
        begin = end
    return off * (1.0 + 1e-9)


@compiled()
def _grow_trees(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, rows, columns, cost, cost_low, begin_column, by_column, support, u, u_low, v, v_low
):
    """Span the support by trees whose arcs are tight; return rows i and columns n + j in order, and arcs to parents."""
    n, m = len(u), len(v)
    order, parent = np.empty(n + m, np.int64), np.full(n + m, -1)
    seen = np.zeros(n + m, np.bool_)
    head = end = 0
    for root in range(n + m):
        if seen[root]:
            continue
        seen[root] = True
        order[end] = root
        end += 1
        while head < end:
            node = order[head]
            head += 1
            is_row = node < n
            first = begin[node] if is_row else begin_column[node - n]
            last = begin[node + 1] if is_row else begin_column[node - n + 1]
            for k in range(first, last):
                arc = k if is_row else by_column[k]
                i, j = rows[arc], columns[arc]
                other = n + j if is_row else np.int64(i)
                if not support[arc] or seen[other]:
                    continue
                if is_row:
                    v[j], v_low[j] = wide_minus((cost[arc], cost_low[arc]), (u[i], u_low[i]))
                else:
                    u[i], u_low[i] = wide_minus((cost[arc], cost_low[arc]), (v[j], v_low[j]))
                seen[other], parent[other] = True, arc
                order[end] = other
                end += 1
    return order, parent


@compiled()
def _transform(begin, columns, cost, cost_low, v, v_low, rounding, u, u_low):  # type: ignore[no-untyped-def]  # pragma: no cover
    for i in range(len(u)):
        least = (np.inf, 0.0)
        for k in range(begin[i], begin[i + 1]):
            j = columns[k]
            lost = LOST if rounding > 0.0 and 0.0 < cost[k] < SMALL else 0.0
            cut = wide_sum((cost[k], cost_low[k]), (-rounding * cost[k] - lost, 0.0))
            price = wide_minus(cut, (v[j], v_low[j]))
            if wide_less(price, least):
                least = price
        u[i], u_low[i] = least


@compiled()
def _fill_trees(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, rows, columns, cost, cost_low, begin_column, by_column, order, parent, u, u_low, v, v_low,
    flow, flow_low, left, left_low, room, room_low,
):  # fmt: skip
    """Let tight arcs of the trees carry what the leaves have, and so on towards the roots."""
    for position in range(len(order) - 1, -1, -1):
        arc = parent[order[position]]
        if arc < 0:
            continue
        i, j = rows[arc], columns[arc]
        reduced = wide_minus(wide_minus((cost[arc], cost_low[arc]), (u[i], u_low[i])), (v[j], v_low[j]))
        if reduced[0] > TIGHT * (abs(cost[arc]) + abs(u[i]) + abs(v[j])):
            continue
        moved = (left[i], left_low[i])
        if wide_less((room[j], room_low[j]), moved):
            moved = (room[j], room_low[j])
        if moved[0] > 0.0:
            flow[arc], flow_low[arc] = moved
            left[i], left_low[i] = wide_minus((left[i], left_low[i]), moved)
            room[j], room_low[j] = wide_minus((room[j], room_low[j]), moved)


@compiled()
def _augment(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, rows, columns, cost, cost_low, begin_column, by_column, u, u_low, v, v_low,
    flow, flow_low, left, left_low, room, room_low, least, work,
):  # fmt: skip
    """Carry what is left along shortest paths; return whether there is more to do."""
    n, m = len(u), len(v)
    key, key_low, entry, final = np.empty(m), np.empty(m), np.empty(m, np.int64), np.empty(m, np.bool_)
    reach, reach_low, back, reached = np.empty(n), np.empty(n), np.empty(n, np.int64), np.empty(n, np.bool_)
    waiting, finals = np.empty(n, np.int64), np.empty(m, np.int64)
    for source in range(n):
        while left[source] > least:
            if work <= 0:
                return True
            key[:], key_low[:], final[:], reached[:] = np.inf, 0.0, False, False
            reached[source], reach[source], reach_low[source] = True, 0.0, 0.0
            waiting[0], looked, found, count, target = source, 0, 1, 0, -1
            while True:
                while looked < found:
                    i = waiting[looked]
                    looked += 1
                    shift = wide_minus((reach[i], reach_low[i]), (u[i], u_low[i]))
                    work -= begin[i + 1] - begin[i]
                    for k in range(begin[i], begin[i + 1]):
                        j = columns[k]
                        if final[j]:
                            continue
                        through = wide_sum(wide_minus((cost[k], cost_low[k]), (v[j], v_low[j])), shift)
                        if wide_less(through, (reach[i], reach_low[i])):
                            through = (reach[i], reach_low[i])
                        if wide_less(through, (key[j], key_low[j])):
                            key[j], key_low[j] = through
                            entry[j] = k
                nearest, radius = -1, (np.inf, 0.0)
                work -= m
                for j in range(m):
                    if not final[j] and wide_less((key[j], key_low[j]), radius):
                        nearest, radius = j, (key[j], key_low[j])
                if nearest < 0:
                    return False  # no column is left that has room and can be reached
                final[nearest] = True
                finals[count] = nearest
                count += 1
                if room[nearest] > least:
                    target = nearest
                    break
                work -= begin_column[nearest + 1] - begin_column[nearest]
                for k in range(begin_column[nearest], begin_column[nearest + 1]):
                    arc = by_column[k]
                    i = rows[arc]
                    if flow[arc] > 0.0 and not reached[i]:
                        reached[i], back[i] = True, arc
                        reach[i], reach_low[i] = radius
                        waiting[found] = i
                        found += 1
            for position in range(found):
                i = waiting[position]
                moved = wide_minus(radius, (reach[i], reach_low[i]))
                u[i], u_low[i] = wide_sum((u[i], u_low[i]), moved)
            for j in finals[:count]:
                moved = wide_minus(radius, (key[j], key_low[j]))
                v[j], v_low[j] = wide_minus((v[j], v_low[j]), moved)
            amount = (left[source], left_low[source])
            if wide_less((room[target], room_low[target]), amount):
                amount = (room[target], room_low[target])
            i = rows[entry[target]]
            while i != source:
                if wide_less((flow[back[i]], flow_low[back[i]]), amount):
                    amount = (flow[back[i]], flow_low[back[i]])
                i = rows[entry[columns[back[i]]]]
            left[source], left_low[source] = wide_minus((left[source], left_low[source]), amount)
            room[target], room_low[target] = wide_minus((room[target], room_low[target]), amount)
            arc = entry[target]
            while True:
                flow[arc], flow_low[arc] = wide_sum((flow[arc], flow_low[arc]), amount)
                i = rows[arc]
                if i == source:
                    break
                arc = back[i]
                flow[arc], flow_low[arc] = wide_minus((flow[arc], flow_low[arc]), amount)
                arc = entry[columns[arc]]
    return False
