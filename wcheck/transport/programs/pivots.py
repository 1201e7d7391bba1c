"""The pivots of a network simplex (:mod:`tree`), compiled."""

from __future__ import annotations

import numpy as np

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import first as first_of
from wcheck.transport.arithmetic.least import least

BLOCKS, LEAST_ROWS = 16, 64
"""Blocks of rows between which potentials are computed again (of 8, 12, 16 and 24 the fastest for 10,000 rows), and how
many rows they have at least."""
LEFT = 1e-12
"""Mass on artificial arcs, in units of the total, that counts as rounding."""
MINOR = 0.5
"""Arcs do not enter that take less from the cost than this share of what is left undone, divided among all nodes."""
MOST = 48
"""Arcs that are chosen before potentials are computed again where all pairs are arcs, so that looks are cheap."""
PARENT, MARK, ARC, UP = range(4)
"""What is known of a node: its parent, who has come by last, the arc to its parent (-1: artificial), and whether that
leads up."""
FLOW, COST = range(2)
"""The flow and the cost of that arc."""
SO_FAR, ENOUGH = range(2)
"""What is known of the shortfall of the dual value."""
ENTERING, TAIL, HEAD = range(3)
"""What is known of an arc that may enter: its number, its row, and the node of its column."""
ROW, SINCE, PLAIN, NAME, LISTED = range(5)
"""The first row of the next block, the rows since the last pivot, whether reduced costs alone decide, the last name for
:data:`MARK`, and how many nodes the order has."""
NAMES = (1 << 31) - (1 << 26)
"""Names after which marks are wiped out and counted from 0 again: there is room for those of a block of rows."""


@compiled()
def pivot_on(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, columns, matrix, cost, masses, links, values, potential, order, tight, short, state, work
):
    """Pivot until ``work`` nodes and arcs were looked at or no arc improves; return what is left, then 1 at least.

    Or until improving all arcs would take little from the cost: ``short`` is what those of rows that were looked at in
    this pass take, and how little of that ends it. Arcs that take a trifle of that do not enter, either. Where the end
    is waited for, it must be one by reduced costs alone, too: an arc of next to no load takes nothing that can be told
    from rounding, and yet a column on such an arc can have a potential that is of no use to heavy rows.

    Arcs are those from ``begin[i]`` to ``begin[i + 1]`` of row i, with their ``columns``, and a ``matrix`` of no rows;
    or all pairs, with their costs as a matrix, and nothing in the other two. ``order`` has twice room for all nodes,
    and at first the columns and the root.
    """
    whole = len(matrix) > 0
    n = len(matrix) if whole else len(begin) - 1
    step = max(LEAST_ROWS, (n + BLOCKS - 1) // BLOCKS)
    chosen, price = np.empty((MOST if whole else step, 3), np.int64), np.empty(matrix.shape[1])
    rounding, loads = LEFT * masses.sum(), np.ones_like(masses) if state[PLAIN] else masses
    minor = MINOR * short[ENOUGH] / len(links) if unplaced(links, values) <= rounding else 0.0
    while work > 0:
        if state[NAME] > NAMES:
            links[:, MARK], state[NAME] = 0, 0
        find_potentials(links, values, potential, order, n, state)
        first = state[ROW]
        if whole:
            count, last = _choose_of_all(matrix, loads, links, values, potential, first, tight, price, chosen)
            looks = (last - first) * len(price)
        else:
            last = min(n, first + step)
            count, lost = _choose(
                begin, columns, cost, loads, links, values, potential, first, last, tight, minor, chosen
            )
            short[SO_FAR] = lost if first == 0 else short[SO_FAR] + lost
            looks = begin[last] - begin[first]
        pivots, walked = _pivot(cost, links, values, n, tight, chosen[:count], state)
        state[ROW] = last if last < n else 0
        state[SINCE] = 0 if pivots else state[SINCE] + last - first
        ends = short[ENOUGH] > 0.0 and last == n and short[SO_FAR] <= short[ENOUGH]
        if state[SINCE] >= n and state[PLAIN] == 0 and minor == 0.0:
            loads, state[PLAIN], state[SINCE] = np.ones_like(masses), 1, 0
        elif state[SINCE] >= n or (ends and unplaced(links, values) <= rounding):
            return max(1, work)
        work -= state[LISTED] + looks + walked
    return work


@compiled()
def find_potentials(links, values, potential, order, n, state):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Compute potentials of columns, and of the rows between them, from the tree, those of parents first.

    Such becomes the order of these nodes. They are looked at in that of the last time, in which most still come after
    their parents. A row on which no column hangs has no place in it.
    """
    state[NAME] += 1
    name, root, before, after = np.int32(state[NAME]), len(links) - 1, order[0], order[1]
    potential[root], links[root, MARK], after[0] = 0.0, name, root
    end, top = 1, root
    for position in range(state[LISTED]):
        x = before[position]
        if x < n:
            continue
        begun = top
        while (
            links[x, MARK] != name
        ):  # what waits for its parent lies at the end of the list, which is not reached sooner
            after[top] = x
            top -= 1
            links[x, MARK] = name
            x = links[x, PARENT]
        while top < begun:
            top += 1
            x = after[top]
            potential[x] = potential_of(x, links, values, potential)
            after[end] = x
            end += 1
    before[:end], state[LISTED] = after[:end], end


@compiled(inline="always")
def potential_of(x, links, values, potential):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the potential of a node from that of its parent."""
    return values[x, COST] - potential[links[x, PARENT]]


@compiled()
def _choose(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, columns, cost, loads, links, values, potential, first, last, tight, minor, chosen
):
    """Choose the arc of each row that may take most from the cost, if that is more than ``minor``, and its nodes.

    An arc carries at most the lesser mass of its nodes, which are the ``loads``, so it takes at most that times its
    reduced cost. Returns how many are chosen, and what the best arcs of all these rows take.
    """
    n, count, lost = len(begin) - 1, 0, 0.0
    v, b = potential[n:], loads[n:]
    for i in range(first, last):
        lowest, own, a = 0.0, potential_of(i, links, values, potential) - tight, loads[i]
        start, end = np.uint64(begin[i]), np.uint64(begin[i + 1])
        for k in range(start, end):
            lowest = least(lowest, cost[k] - own - v[np.uint64(columns[k])])
        if -a * lowest <= minor:
            lost -= a * lowest
            continue
        lowest = 0.0
        for k in range(start, end):
            j = np.uint64(columns[k])
            lowest = least(lowest, least(a, b[j]) * (cost[k] - own - v[j]))
        lost -= lowest
        if -lowest <= minor:
            continue
        for k in range(start, end):
            j = np.uint64(columns[k])
            if least(a, b[j]) * (cost[k] - own - v[j]) == lowest:
                chosen[count, ENTERING], chosen[count, TAIL], chosen[count, HEAD] = k, i, n + j
                break
        count += 1
    return count, lost


@compiled()
def _choose_of_all(matrix, loads, links, values, potential, first, tight, price, chosen):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Do the same where all pairs are arcs, up to as many as there is room for.

    Returns how many, and the row up to which was looked.
    """
    (n, m), count = matrix.shape, 0
    v, b = potential[n : n + m], loads[n : n + m]
    for i in range(first, n):
        lowest, a, own = 0.0, loads[i], potential_of(i, links, values, potential) - tight
        for j in range(np.uint64(m)):
            price[j] = least(a, b[j]) * (matrix[i, j] - own - v[j])
            lowest = least(lowest, price[j])
        if lowest < 0.0:
            column = m
            for j in range(np.uint64(m)):
                column = first_of(column, np.int64(j) if price[j] == lowest else m)
            chosen[count, ENTERING], chosen[count, TAIL], chosen[count, HEAD] = i * m + column, i, n + column
            count += 1
            if count == len(chosen):
                return count, i + 1
    return count, n


@compiled()
def _pivot(cost, links, values, n, tight, chosen, state):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Let arcs enter, one after another, where they still improve; return how many did, and nodes walked over.

    Both ends of an arc go up by turns until one comes to where the other has been. Both paths to there are then walked
    again, for the sum of their costs, and for the arc that would be the first without flow.
    """
    root = np.uint64(len(links) - 1)
    pivots = walked = 0
    for one in range(len(chosen)):
        entering = chosen[one, ENTERING]
        first, second = np.uint64(chosen[one, TAIL]), np.uint64(chosen[one, HEAD])
        state[NAME] += 2
        up, down = np.int32(state[NAME] - 1), np.int32(state[NAME])
        links[first, MARK], links[second, MARK] = up, down
        x, y = first, second
        while True:
            walked += 2
            if x != root:
                x = np.uint64(links[x, PARENT])
                if links[x, MARK] == down:
                    join = x
                    break
                links[x, MARK] = up
            if y != root:
                y = np.uint64(links[y, PARENT])
                if links[y, MARK] == up:
                    join = y
                    break
                links[y, MARK] = down
        sum_x, sum_y, least_x, least_y, out_x, out_y = 0.0, 0.0, np.inf, np.inf, first, second
        x, sign = first, -1.0
        while x != join:
            sum_x += sign * values[x, COST]
            sign = -sign
            flow = values[x, FLOW] if links[x, UP] else np.inf
            out_x = x if flow < least_x else out_x
            least_x = flow if flow < least_x else least_x
            x = np.uint64(links[x, PARENT])
        y, sign = second, -1.0
        while y != join:
            sum_y += sign * values[y, COST]
            sign = -sign
            flow = np.inf if links[y, UP] else values[y, FLOW]
            out_y = y if flow <= least_y else out_y
            least_y = flow if flow <= least_y else least_y
            y = np.uint64(links[y, PARENT])
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
def settled(links, masses, order, n, state):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the flow, computed again from the leaves, so that no rounding has added up; ``masses`` is used up.

    Right after :func:`find_potentials`, whose marks are on all nodes that its order has.
    """
    flow = np.empty(len(masses))
    for x in range(n):
        if links[x, MARK] != state[NAME]:
            _send(x, links, masses, flow)
    for position in range(state[LISTED] - 1, 0, -1):
        _send(order[0, position], links, masses, flow)
    return flow


@compiled(inline="always")
def _send(x, links, masses, flow):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let a node send its parent all that it has, or get what it lacks."""
    flow[x] = max(0.0, masses[x])
    if links[x, PARENT] < len(masses):
        masses[links[x, PARENT]] -= masses[x]


@compiled()
def lowered(begin, columns, cost, masses, u, v):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Lower potentials of columns, as far as arcs want it whose columns have less mass than their rows.

    Where the end was not waited for, some arcs still violate potentials; this takes least off the dual value.
    """
    n = len(begin) - 1
    for i in range(n):
        for k in range(begin[i], begin[i + 1]):
            if masses[n + columns[k]] < masses[i]:
                v[columns[k]] = min(v[columns[k]], cost[k] - u[i])
