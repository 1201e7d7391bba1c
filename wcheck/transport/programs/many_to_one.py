r"""Transport over all pairs between points of equal weight, some number k of them to each of the other side, compiled.

Each row sends its mass where ``c_ij - v_j`` is least, so whatever the prices v are, the flow is optimal for some column
masses, and what is missing is that they become those asked for. As in the assignments of Jonker and Volgenant:

1. **First prices** come from the same problem with a third of the rows, and at last from an assignment
   (:mod:`dense`).
2. **An auction of columns.** A column that gets too much knows of each of its rows by how much the second choice is
   dearer. It lets those go that lose least, and lowers ``v_j`` to where they leave by themselves.
3. **Shortest augmenting paths** (Ahuja, Magnanti and Orlin, Network Flows, 1993, section 9.7) carry what is still too
   much to where there is too little: from column to column, by whichever row of the first loses least in going over to
   the second. These least losses are kept for every pair of columns until the rows of the first change, so a path
   costs looks at pairs of columns and not at rows.

Masses are whole, so no row is ever divided. Where rows are, paths cut them into ever smaller parts, and a network
simplex is faster.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import first, least
from wcheck.transport.programs.dense import assignment, c_transform
from wcheck.transport.programs.simplex import Basic

SWEEPS = 2
"""How often the auction may look at every pair, on average."""
SHRINK = 3
"""How many times fewer rows first prices come from."""
AFTER, BEFORE = range(2)
"""The links of a row: the rows after and before it among those of its column."""


def is_whole(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Whether all weights of a side are equal, and one side has a whole number of points for each of the other."""
    n, m = len(a), len(b)
    return max(n, m) % min(n, m) == 0 and bool(np.all(a == a[0]) and np.all(b == b[0]))


def solve(cost: NDArray[np.float64]) -> Basic:
    """Solve the transport program over all pairs between points of equal weight.

    Parameters
    ----------
    cost : ndarray, shape (n, m), float64
        Finite; the larger of n and m is a multiple of the lesser.

    Returns
    -------
    Basic
        With mass in the unit of ``masses(a, b)``: every point of the more numerous side has 1.
    """
    n, m = cost.shape
    turned: NDArray[np.float64] = np.ascontiguousarray(cost if n >= m else cost.T)
    chosen, v = _assigned(turned)
    every, mass = np.arange(len(chosen)), np.ones(len(chosen))
    u = c_transform(turned, v)
    return Basic(every, chosen, mass, u, v) if n >= m else Basic(chosen, every, mass, v, u)


def _assigned(cost: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the column of each row, and the potentials of the columns, for as many rows or more."""
    n, m = cost.shape
    if n == m:
        columns, _, v = assignment(cost)
        return columns, v
    v = np.zeros(m)
    if m > 1:
        each = max(1, n // m // SHRINK)
        some: NDArray[np.float64] = np.ascontiguousarray(cost[:: n // (each * m)][: each * m])
        v = _assigned(some)[1]
    excess, column = np.full(m, -(n // m)), np.full(n, -1, np.int32)
    rows = column, np.full((2, n), -1, np.int32), np.full(m, -1, np.int32)
    _begin(cost, v, excess, *rows)
    _auction(cost, v, excess, *rows, SWEEPS * n * m)
    _paths(cost, v, excess, *rows)
    return column.astype(np.int64), v


@compiled()
def _begin(cost, v, excess, column, links, heads):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let every row go to its nearest column."""
    m = np.uint64(len(v))
    for i in range(len(cost)):
        lowest, nearest = np.inf, np.int64(m)
        for j in range(m):
            lowest = least(lowest, cost[i, j] - v[j])
        for j in range(m):
            nearest = first(nearest, np.int64(j) if cost[i, j] - v[j] == lowest else np.int64(m))
        _move(i, nearest, column, links, heads)
        excess[nearest] += 1


@compiled()
def _move(i, j, column, links, heads):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Take a row out of the list of its column, if it has one, and put it at the head of another's."""
    if column[i] >= 0:
        before, after = links[BEFORE, i], links[AFTER, i]
        if before >= 0:
            links[AFTER, before] = after
        else:
            heads[column[i]] = after
        if after >= 0:
            links[BEFORE, after] = before
    column[i] = j
    links[AFTER, i], links[BEFORE, i] = heads[j], -1
    if heads[j] >= 0:
        links[BEFORE, heads[j]] = i
    heads[j] = i


@compiled()
def _auction(cost, v, excess, column, links, heads, work):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let columns that have too much send rows to their second choices, by at most ``work`` looks at pairs."""
    m, end = np.uint64(len(v)), len(v)
    waiting, queue = np.zeros(end, np.bool_), np.empty(end, np.int64)
    price = np.empty(end)
    own, second, margin = np.empty(len(cost), np.int32), np.empty(len(cost), np.int64), np.empty(len(cost))
    head, count = 0, 0
    for j in range(end):
        if excess[j] > 0:
            queue[count], waiting[j] = j, True
            count += 1
    while count > 0 and work > 0 and end > 1:
        j = queue[head]
        head = head + 1 if head + 1 < end else 0
        count -= 1
        waiting[j] = False
        found, i = 0, heads[j]
        while i >= 0:
            lowest, chosen = np.inf, end
            for k in range(m):
                price[k] = cost[i, k] - v[k]
            here = price[j]
            price[j] = np.inf
            for k in range(m):
                lowest = least(lowest, price[k])
            for k in range(m):
                chosen = first(chosen, np.int64(k) if price[k] == lowest else end)
            own[found], second[found], margin[found] = i, chosen, lowest - here
            found += 1
            i = links[AFTER, i]
        work -= found * end
        down = 0.0
        for k in np.argsort(margin[:found]):
            down = max(down, margin[k])
            if excess[j] == 0:
                break
            to = second[k]
            _move(own[k], to, column, links, heads)
            excess[j] -= 1
            excess[to] += 1
            if excess[to] > 0 and not waiting[to]:
                last = head + count
                queue[last if last < end else last - end] = to
                waiting[to] = True
                count += 1
        v[j] -= down


@compiled()
def _paths(cost, v, excess, column, links, heads):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Carry what columns have too much along shortest paths."""
    m, end = np.uint64(len(v)), len(v)
    loss, by, known = np.empty((end, end)), np.empty((end, end), np.int32), np.zeros(end, np.bool_)
    distance, price, origin = np.empty(end), np.empty(end), np.empty(end, np.int64)
    final, reach = np.empty(end, np.int64), np.empty(end)
    for start in range(end):
        while excess[start] > 0:
            for k in range(m):
                distance[k], price[k] = np.inf, v[k]
            j, radius, finals = start, 0.0, 0
            final[0], reach[0] = start, 0.0
            finals = 1
            price[start] = -np.inf
            while True:
                if not known[j]:
                    _losses(cost, links, heads[j], j, loss[j], by[j])
                    known[j] = True
                lowest, shift = np.inf, radius + v[j]
                for k in range(m):
                    through = loss[j, k] - price[k] + shift
                    origin[k] = j if through < distance[k] else origin[k]
                    distance[k] = least(distance[k], through)
                    lowest = least(lowest, distance[k])
                nearest = 2 * end
                for k in range(m):  # one that has too little if there are several
                    rank = np.int64(k) if excess[k] < 0 else np.int64(k) + end
                    nearest = first(nearest, rank if distance[k] == lowest else 2 * end)
                radius = max(radius, lowest)
                if nearest < end:
                    break
                j = nearest - end
                final[finals], reach[finals] = j, radius
                finals += 1
                distance[j], price[j] = np.inf, -np.inf
            for k in range(finals):
                v[final[k]] -= radius - reach[k]
            k = nearest
            while k != start:
                j = origin[k]
                _move(by[j, k], k, column, links, heads)
                known[j] = known[k] = False
                k = j
            excess[start] -= 1
            excess[nearest] += 1


@compiled()
def _losses(cost, links, i, j, loss, by):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Find what the rows of a column lose at least in going to each of the others, and which row that is."""
    loss[:] = np.inf
    while i >= 0:
        here = cost[i, j]
        for k in range(np.uint64(len(loss))):
            lost = cost[i, k] - here
            by[k] = i if lost < loss[k] else by[k]
            loss[k] = least(loss[k], lost)
        i = links[AFTER, i]
    loss[j] = np.inf
