"""The pivots of a network simplex (:mod:`tree`), compiled."""

from __future__ import annotations

import numpy as np

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import first as first_of
from wcheck.transport.arithmetic.least import least

BLOCKS, LEAST_ROWS = 8, 64
"""Blocks of rows between which potentials are computed again (of 1, 4, 8, 16, 30 the fastest for 10,000 rows), and how
many rows they have at least."""
LEFT = 1e-12
"""Mass on artificial arcs, in units of the total, that counts as rounding."""
MOST = 48
"""Arcs that are chosen before potentials are computed again where all pairs are arcs, so that looks are cheap."""
PARENT, ARC, UP = range(3)
"""What is known of a node: its parent, the arc to it (-1: artificial), and whether that leads up."""
FLOW, COST = range(2)
"""The flow and the cost of that arc."""
SUM, LEAST = range(2)
"""What a walk from an end of an arc up to a node has found: the sum of costs of alternating signs, the least flow."""
SO_FAR, ENOUGH = range(2)
"""What is known of the shortfall of the dual value."""
ENTERING, TAIL, HEAD = range(3)
"""What is known of an arc that may enter: its number, its row, and the node of its column."""


@compiled()
def pivot_on(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, columns, matrix, cost, masses, links, values, potential, order, seen, tight, short, state, work
):
    """Pivot until ``work`` nodes and arcs were looked at or no arc improves; return what is left, then 1 at least.

    Or until improving all rows' arcs would take little from the cost: ``short`` is what the rows that were looked at
    in this pass take off the dual value, each with its ``masses``, and how little of that ends it.

    Arcs are those from ``begin[i]`` to ``begin[i + 1]`` of row i, with their ``columns``, and a ``matrix`` of no rows;
    or all pairs, with their costs as a matrix, and nothing in the other two. ``state`` is the first row of the next
    block, the rows since the last pivot, and the marks of both walks.
    """
    whole = len(matrix) > 0
    n = len(matrix) if whole else len(begin) - 1
    step = max(LEAST_ROWS, (n + BLOCKS - 1) // BLOCKS)
    chosen, price = np.empty((MOST if whole else step, 3), np.int64), np.empty(matrix.shape[1])
    walks, outs = np.empty((len(links), 2)), np.empty(len(links), np.uint64)
    while work > 0:
        state[2] += 1
        find_potentials(links, values, potential, order, seen[0], state[2])
        first = state[0]
        if whole:
            count, last = _choose_of_all(matrix, potential, first, tight, price, chosen)
            looks = (last - first) * len(price)
        else:
            last = min(n, first + step)
            count, lost = _choose(begin, columns, cost, masses, potential, first, last, tight, chosen)
            short[SO_FAR] = lost if first == 0 else short[SO_FAR] + lost
            looks = begin[last] - begin[first]
        pivots, walked = _pivot(cost, links, values, n, tight, chosen[:count], walks, outs, seen[1], state)
        state[0] = last if last < n else 0
        state[1] = 0 if pivots else state[1] + last - first
        ends = not whole and last == n and short[SO_FAR] <= short[ENOUGH]
        if state[1] >= n or (ends and unplaced(links, values) <= LEFT * masses.sum()):
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
def _choose(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, columns, cost, masses, potential, first, last, tight, chosen
):
    """Choose the arc of the most negative reduced cost of each row that has one, and its nodes.

    Returns how many, and what these reduced costs take off the dual value.
    """
    n, count, lost = len(begin) - 1, 0, 0.0
    for i in range(first, last):
        lowest, own = -tight, potential[i]
        for k in range(begin[i], begin[i + 1]):
            reduced = cost[k] - own - potential[n + columns[k]]
            if reduced < lowest:
                lowest = reduced
                chosen[count, ENTERING], chosen[count, TAIL], chosen[count, HEAD] = k, i, n + columns[k]
        if lowest < -tight:
            count += 1
            lost -= masses[i] * lowest
    return count, lost


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
def _pivot(cost, links, values, n, tight, chosen, walks, outs, seen, state):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Let arcs enter, one after another, where they still improve; return how many did, and nodes walked over.

    Both ends of an arc go up by turns until one comes to where the other has been. On the way every node is told what
    its side has found by then: the sum of costs, and the least flow that the arc would take, and where.
    """
    root = np.uint64(len(links) - 1)
    pivots = walked = 0
    for one in range(len(chosen)):
        entering = chosen[one, ENTERING]
        first, second = np.uint64(chosen[one, TAIL]), np.uint64(chosen[one, HEAD])
        state[3] += 2
        up, down = state[3], state[3] + 1
        x, y, sign_x, sign_y = first, second, -1.0, -1.0
        sum_x = sum_y = 0.0
        least_x = least_y = np.inf
        out_x, out_y = first, second
        seen[x], walks[x, SUM], walks[x, LEAST], outs[x] = up, sum_x, least_x, out_x
        seen[y], walks[y, SUM], walks[y, LEAST], outs[y] = down, sum_y, least_y, out_y
        while True:
            if x != root:
                sum_x += sign_x * values[x, COST]
                sign_x = -sign_x
                flow = values[x, FLOW] if links[x, UP] else np.inf
                out_x = x if flow < least_x else out_x
                least_x = flow if flow < least_x else least_x
                x = np.uint64(links[x, PARENT])
                walked += 1
                if seen[x] == down:
                    sum_y, least_y, out_y = walks[x, SUM], walks[x, LEAST], outs[x]
                    join = x
                    break
                seen[x], walks[x, SUM], walks[x, LEAST], outs[x] = up, sum_x, least_x, out_x
            if y != root:
                sum_y += sign_y * values[y, COST]
                sign_y = -sign_y
                flow = np.inf if links[y, UP] else values[y, FLOW]
                out_y = y if flow <= least_y else out_y
                least_y = flow if flow <= least_y else least_y
                y = np.uint64(links[y, PARENT])
                walked += 1
                if seen[y] == up:
                    sum_x, least_x, out_x = walks[y, SUM], walks[y, LEAST], outs[y]
                    join = y
                    break
                seen[y], walks[y, SUM], walks[y, LEAST], outs[y] = down, sum_y, least_y, out_y
        on_first = least_x < least_y
        least_flow, out = (least_x, out_x) if on_first else (least_y, out_y)
        reduced = cost[entering] + sum_x + sum_y
        if reduced >= -tight:
            continue
        pivots += 1
        x = first
        while x != join:
            values[x, FLOW] += -least_flow if links[x, UP] else least_flow
            x = np.uint64(links[x, PARENT])
        x = second
        while x != join:
            values[x, FLOW] += least_flow if links[x, UP] else -least_flow
            x = np.uint64(links[x, PARENT])
        node, above = (first, second) if on_first else (second, first)
        through, carried, price = np.int32(entering), least_flow, cost[entering]
        while True:  # the path from the entering arc to where the tree is cut turns round
            parent, own = np.uint64(links[node, PARENT]), links[node, ARC]
            flow, own_cost = values[node, FLOW], values[node, COST]
            links[node, PARENT], links[node, ARC], links[node, UP] = above, through, node < n
            values[node, FLOW], values[node, COST] = carried, price
            if node == out:
                break
            above, node, through, carried, price = node, parent, own, flow, own_cost
    return pivots, walked


@compiled()
def unplaced(links, values):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the mass on artificial arcs."""
    mass = 0.0
    for x in range(len(links) - 1):
        if links[x, ARC] < 0:
            mass += values[x, FLOW]
    return mass


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
