"""The first basis of a network simplex (:mod:`tree`) and its artificial arcs, compiled."""

from __future__ import annotations

import numpy as np

from wcheck.kernels import compiled
from wcheck.transport.programs.pivots import ARC, COST, FLOW, PARENT, UP


@compiled()
def inwards(rows, columns, n, total, arcs):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Keep the first arcs that make no cycle; return them from the leaves of their forest inwards."""
    above, kept, count = np.arange(total), np.empty(len(arcs), np.int64), 0
    degree, owned = np.zeros(total, np.int64), np.zeros(total, np.int64)
    for k in arcs:
        x, y = np.int64(rows[k]), n + np.int64(columns[k])
        degree[x] += 1  # taken back where it makes a cycle
        degree[y] += 1
        first, second = x, y
        while above[x] != x:
            above[x] = above[above[x]]
            x = above[x]
        while above[y] != y:
            above[y] = above[above[y]]
            y = above[y]
        if x == y:
            degree[first] -= 1
            degree[second] -= 1
            continue
        above[x] = y
        kept[count] = k
        count += 1
        owned[first] ^= k  # of a leaf this is its only arc
        owned[second] ^= k
    queue, end = np.empty(total, np.int64), 0
    for leaf in range(total):
        if degree[leaf] == 1:
            queue[end] = leaf
            end += 1
    head = found = 0
    while head < end:
        x = queue[head]
        head += 1
        if degree[x] != 1:
            continue
        k = owned[x]
        kept[found] = k
        found += 1
        y = n + np.int64(columns[k]) if x < n else np.int64(rows[k])
        degree[x] = 0
        degree[y] -= 1
        owned[y] ^= k
        if degree[y] == 1:
            queue[end] = y
            end += 1
    return kept[:found]


@compiled()
def crash(arcs, rows, columns, matrix, cost, v, room, n, dear, links, values):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Build the first tree: each arc in turn carries all it can, and the node that is used up hangs on the other.

    ``arcs`` are their numbers, and ``v`` potentials of columns. Where all pairs are arcs (``matrix``), what rows have
    left goes to columns with room where ``c_ij - v_j`` is least.
    """
    for one in range(len(arcs)):
        _hang(arcs[one], np.int64(rows[one]), n + np.int64(columns[one]), cost, room, n, links, values)
    for i in range(len(matrix)):
        while links[i, PARENT] < 0 and room[i] > 0.0:
            column, lowest = -1, np.inf
            for j in range(matrix.shape[1]):
                if links[n + j, PARENT] < 0 and room[n + j] > 0.0 and matrix[i, j] - v[j] < lowest:
                    column, lowest = j, matrix[i, j] - v[j]
            if column < 0:
                break
            _hang(i * matrix.shape[1] + column, i, n + column, cost, room, n, links, values)
    root = len(room)
    for x in range(root):
        if links[x, PARENT] < 0:
            links[x, PARENT], values[x, COST], values[x, FLOW] = root, dear, room[x]
            links[x, UP] = x < n
            if x >= n and room[x] <= 0.0:  # nothing leads down without flow: up, for what keeps its potential
                links[x, UP], values[x, COST], values[x, FLOW] = 1, v[x - n], 0.0


@compiled()
def make_dear(links, values, n, dear):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Change what artificial arcs cost, except for those that lead up from columns."""
    for x in range(len(links) - 1):
        if links[x, ARC] < 0 and (x < n or not links[x, UP]):
            values[x, COST] = dear


@compiled(inline="always")
def _hang(arc, i, j, cost, room, n, links, values):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let an arc carry all it can, unless one of its nodes hangs on another already."""
    if links[i, PARENT] >= 0 or links[j, PARENT] >= 0:
        return
    moved = min(room[i], room[j])
    child, above = (i, j) if room[i] <= room[j] else (j, i)
    if child >= n and moved <= 0.0:  # nothing leads down without flow
        return
    room[i] -= moved
    room[j] -= moved
    links[child, PARENT], links[child, ARC], links[child, UP] = above, arc, child < n
    values[child, FLOW], values[child, COST] = moved, cost[arc]
