"""The pivots of a network simplex (:mod:`tree`), compiled."""

from __future__ import annotations

import numpy as np

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import first as first_of
from wcheck.transport.arithmetic.least import least

BLOCKS, LEAST_ROWS = 8, 64
"""Blocks of rows between which potentials are computed again (of 1, 4, 8, 16, 30 the fastest for 10,000 rows), and how
many rows they have at least."""
MOST = 48
"""Arcs that are chosen before potentials are computed again where all pairs are arcs, so that looks are cheap."""
PARENT, ARC, UP = range(3)
"""What is known of a node: its parent, the arc to it (-1: artificial), and whether that leads up."""
FLOW, COST = range(2)
"""The flow and the cost of that arc."""
ENTERING, TAIL, HEAD = range(3)
"""What is known of an arc that may enter: its number, its row, and the node of its column."""


@compiled()
def pivot_on(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, columns, matrix, cost, links, values, potential, order, seen, tight, state, work
):
    """Pivot until ``work`` nodes and arcs were looked at or no arc improves; return what is left, then 1 at least.

    Arcs are those from ``begin[i]`` to ``begin[i + 1]`` of row i, with their ``columns``, and a ``matrix`` of no rows;
    or all pairs, with their costs as a matrix, and nothing in the other two. ``state`` is the first row of the next
    block, the rows since the last pivot, and the marks of both walks.
    """
    whole = len(matrix) > 0
    n = len(matrix) if whole else len(begin) - 1
    step = max(LEAST_ROWS, (n + BLOCKS - 1) // BLOCKS)
    chosen, price = np.empty((MOST if whole else step, 3), np.int64), np.empty(matrix.shape[1])
    while work > 0:
        state[2] += 1
        find_potentials(links, values, potential, order, seen[0], state[2])
        first = state[0]
        if whole:
            count, last = _choose_of_all(matrix, potential, first, tight, price, chosen)
            looks = (last - first) * len(price)
        else:
            last = min(n, first + step)
            count = _choose(begin, columns, cost, potential, first, last, tight, chosen)
            looks = begin[last] - begin[first]
        pivots, walked = _pivot(cost, links, values, n, tight, chosen[:count], seen[1], state)
        state[0] = last if last < n else 0
        state[1] = 0 if pivots else state[1] + last - first
        if state[1] >= n:
            return max(1, work)
        work -= len(links) + looks + walked
    return work


@compiled()
def find_potentials(links, values, potential, order, seen, mark):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Compute potentials from the tree, those of parents first; ``order`` becomes that of nodes."""
    root = len(links) - 1
    potential[root], seen[root], order[0] = 0.0, mark, root
    end, top = 1, root
    for node in range(root):
        x = np.int32(node)
        begun = top
        while (
            seen[x] != mark
        ):  # what waits for its parent lies at the end of the list, which is not reached sooner
            order[top] = x
            top -= 1
            seen[x] = mark
            x = links[x, PARENT]
        while top < begun:
            top += 1
            x = order[top]
            potential[x] = values[x, COST] - potential[links[x, PARENT]]
            order[end] = x
            end += 1


@compiled()
def _choose(begin, columns, cost, potential, first, last, tight, chosen):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Choose the arc of the most negative reduced cost of each row that has one, and its nodes; return how many."""
    n, count = len(begin) - 1, 0
    for i in range(first, last):
        lowest, own = -tight, potential[i]
        for k in range(begin[i], begin[i + 1]):
            reduced = cost[k] - own - potential[n + columns[k]]
            if reduced < lowest:
                lowest = reduced
                chosen[count, ENTERING], chosen[count, TAIL], chosen[count, HEAD] = k, i, n + columns[k]
        count += lowest < -tight
    return count


@compiled()
def _choose_of_all(matrix, potential, first, tight, price, chosen):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Do the same where all pairs are arcs, up to as many as there is room for.

    Returns how many, and the row up to which was looked.
    """
    (n, m), count = matrix.shape, 0
    v = potential[n : n + m]
    for i in range(first, n):
        lowest = np.inf
        for j in range(np.uint64(m)):
            price[j] = matrix[i, j] - v[j]
            lowest = least(lowest, price[j])
        if lowest - potential[i] < -tight:
            column = m
            for j in range(np.uint64(m)):
                column = first_of(column, np.int64(j) if price[j] == lowest else m)
            chosen[count, ENTERING], chosen[count, TAIL], chosen[count, HEAD] = i * m + column, i, n + column
            count += 1
            if count == len(chosen):
                return count, i + 1
    return count, n


@compiled()
def _pivot(cost, links, values, n, tight, chosen, seen, state):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Let arcs enter, one after another, where they still improve; return how many did, and nodes walked over."""
    root = len(links) - 1
    pivots = walked = 0
    for one in range(len(chosen)):
        entering, first, second = chosen[one, ENTERING], chosen[one, TAIL], chosen[one, HEAD]
        state[3] += 1
        join = _join(links, first, second, root, seen, state[3])
        reduced, sign = cost[entering], -1.0
        limit, out, on_first = np.inf, first, True
        x = first
        while x != join:
            reduced += sign * values[x, COST]
            sign = -sign
            if links[x, UP] and values[x, FLOW] < limit:
                limit, out = values[x, FLOW], x
            x = links[x, PARENT]
            walked += 1
        x, sign = second, -1.0
        while x != join:
            reduced += sign * values[x, COST]
            sign = -sign
            if not links[x, UP] and values[x, FLOW] <= limit:
                limit, out, on_first = values[x, FLOW], x, False
            x = links[x, PARENT]
            walked += 1
        if reduced >= -tight:
            continue
        pivots += 1
        x = first
        while x != join:
            values[x, FLOW] += -limit if links[x, UP] else limit
            x = links[x, PARENT]
        x = second
        while x != join:
            values[x, FLOW] += limit if links[x, UP] else -limit
            x = links[x, PARENT]
        node, above = (first, second) if on_first else (second, first)
        through, carried, price = np.int32(entering), limit, cost[entering]
        while True:  # the path from the entering arc to where the tree is cut turns round
            up, own, flow, own_cost = (
                links[node, PARENT],
                links[node, ARC],
                values[node, FLOW],
                values[node, COST],
            )
            links[node, PARENT], links[node, ARC], links[node, UP] = above, through, node < n
            values[node, FLOW], values[node, COST] = carried, price
            if node == out:
                break
            above, node, through, carried, price = node, up, own, flow, own_cost
    return pivots, walked


@compiled(inline="always")
def _join(links, x, y, root, seen, mark):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the first node that the ways of two nodes to the root have in common, going up both by turns."""
    seen[x] = seen[y] = mark
    while True:
        if x != root:
            x = links[x, PARENT]
            if seen[x] == mark:
                return x
            seen[x] = mark
        if y != root:
            y = links[y, PARENT]
            if seen[y] == mark:
                return y
            seen[y] = mark


@compiled()
def settled(links, masses, order):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the flow, computed again from the leaves, so that no rounding has added up; ``masses`` is used up."""
    flow = np.empty(len(masses))
    for position in range(len(order) - 1, 0, -1):
        x = order[position]
        flow[x] = max(0.0, masses[x])
        if links[x, PARENT] < len(masses):
            masses[links[x, PARENT]] -= masses[x]
    return flow
