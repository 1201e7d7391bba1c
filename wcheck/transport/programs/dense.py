r"""The transport program over a dense cost matrix: assignments by what follows, others by :mod:`whole`.

Least-cost assignments, for up to some thousand rows; compiled, on one thread:

1. Columns start at their least cost; an **auction without eps** lets rows bid, two bids each (the augmenting row
   reduction of Jonker and Volgenant 1987): a free row takes the column cheapest at the prices v, whoever had it, and
   lowers ``v_j`` to where its second choice is as good. The arcs taken stay tight.
2. **Shortest augmenting paths** by Dijkstra's algorithm without a heap from every row still free, as there.

A row is read from end to end at every step of both, which vector instructions do at once for 4 or 8 columns; so
neither eps-scaling nor sparse arcs pay below some thousand rows (:mod:`assignment` is for those above).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import first, least
from wcheck.transport.programs import whole
from wcheck.transport.programs.simplex import Basic, masses

BIDS = 2
"""Bids per row in the auction."""


def solve(a: NDArray[np.float64], b: NDArray[np.float64], cost: NDArray[np.float64]) -> Basic:
    """Solve the transport program over all pairs.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive weights of total 1.
    cost : ndarray, shape (n, m), float64
        Finite.

    Returns
    -------
    Basic
        With mass in the unit of ``masses(a, b)``.

    Raises
    ------
    SolverError
        If the network simplex does not report an optimum.
    """
    if not is_assignment(a, b):
        return whole.solve(*masses(a, b), cost)
    n = len(cost)
    columns, _, v = assignment(np.ascontiguousarray(cost))
    return Basic(np.arange(n), columns, np.ones(n), c_transform(cost, v), v)


def is_assignment(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Whether there are equally many points and all weights are equal."""
    return len(a) == len(b) and bool(np.all(a == a[0]) and np.all(b == b[0]))


@compiled()
def assignment(cost):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the column of each row, the row of each column, and the columns' potentials."""
    n = np.uint64(len(cost))
    v, columns, owner = np.full(n, np.inf), np.full(n, -1), np.full(n, -1)
    for i in range(n):
        for j in range(n):
            v[j] = least(v[j], cost[i, j])
    _auction(cost, v, columns, owner)
    search(cost, v, columns, owner)
    return columns, owner, v


@compiled()
def _auction(cost, v, columns, owner):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let free rows bid in turn."""
    n, end = np.uint64(len(v)), len(v)
    price, queue = np.empty(n), np.arange(end)
    head, waiting = 0, end
    for _ in range(BIDS * end):
        if waiting == 0:
            break
        i = queue[head]
        head = head + 1 if head + 1 < end else 0
        waiting -= 1
        lowest = second = np.inf
        for j in range(n):
            price[j] = cost[i, j] - v[j]
            lowest = least(lowest, price[j])
        chosen = end
        for j in range(n):
            chosen = first(chosen, np.int64(j) if price[j] == lowest else end)
        price[chosen] = np.inf
        for j in range(n):
            second = least(second, price[j])
        other = owner[chosen]
        if other >= 0:
            if second <= lowest:  # a tie, which only a search resolves
                continue
            columns[other] = -1
            last = head + waiting
            queue[last if last < end else last - end] = other
            waiting += 1
        if second < np.inf:
            v[chosen] -= second - lowest
        columns[i], owner[chosen] = chosen, i


@compiled()
def search(cost, v, columns, owner):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Assign every free row along a shortest path of reduced costs, and move potentials by the distances."""
    n, end = np.uint64(len(v)), len(v)
    distance, price, origin = np.empty(n), np.empty(n), np.empty(n, np.int64)
    final, reach = np.empty(n, np.int64), np.empty(n)  # columns at a final distance, which is their reach
    for start in range(end):
        if columns[start] >= 0:
            continue
        lowest = np.inf
        for j in range(n):
            distance[j], price[j] = np.inf, v[j]
            lowest = least(lowest, cost[start, j] - v[j])
        i, shift, radius, finals = start, -lowest, 0.0, 0
        while True:
            lowest = np.inf
            for j in range(n):
                through = cost[i, j] - price[j] + shift
                origin[j] = i if through < distance[j] else origin[j]
                distance[j] = least(distance[j], through)
                lowest = least(lowest, distance[j])
            nearest = 2 * end
            for j in range(n):  # a free one if there are several
                rank = np.int64(j) if owner[j] < 0 else np.int64(j) + end
                nearest = first(nearest, rank if distance[j] == lowest else 2 * end)
            radius = max(radius, lowest)
            if nearest < end:
                break
            nearest -= end
            final[finals], reach[finals] = nearest, radius
            finals += 1
            i = owner[nearest]
            shift = radius - (cost[i, nearest] - v[nearest])
            distance[nearest], price[nearest] = np.inf, -np.inf  # no path is shorter, and none is looked for
        for k in range(finals):
            v[final[k]] -= radius - reach[k]
        while True:
            i = origin[nearest]
            owner[nearest] = i
            columns[i], nearest = nearest, columns[i]
            if i == start:
                break


@compiled()
def c_transform(cost, v, kept=1.0):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``u_i = min_j (kept c_ij - v_j)``."""
    u, m = np.empty(len(cost)), np.uint64(len(v))
    for i in range(np.uint64(len(cost))):
        lowest = np.inf
        for j in range(m):
            lowest = least(lowest, cost[i, j] * kept - v[j])
        u[i] = lowest
    return u
