"""Trees of tight arcs and shortest augmenting paths, compiled, in sums of two doubles; see :mod:`refinement`.

A graph is handed on as ``begin, rows, columns, cost, cost_low, begin_column, by_column``, the fields of
:class:`wcheck.transport.programs.exactly.Arcs`; nodes are rows i and columns n + j.
"""

from __future__ import annotations

import numpy as np

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.wide import LOST, SMALL, wide_less, wide_minus, wide_sum

TIGHT = 2.0**-98
"""Reduced cost of an arc that counts as 0, in units of its cost and potentials."""


@compiled()
def grow_trees(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
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
def transform(begin, columns, cost, cost_low, v, v_low, rounding, u, u_low):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set ``u_i = min_j (c_ij - v_j)`` over the arcs, costs cut by their rounding."""
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
def fill_trees(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
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
def augment(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
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


@compiled()
def settle(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, rows, columns, cost, cost_low, begin_column, by_column, u, u_low, v, v_low, flow
):
    """Shift potentials to where they are small: all by their median, then parts that flow connects, as arcs allow.

    A part far from all others may have any of a wide range; the larger potentials are, the more of their digits cancel.
    """
    n, m = len(u), len(v)
    median = np.median(v)
    for i in range(n):
        u[i], u_low[i] = wide_sum((u[i], u_low[i]), (median, 0.0))
    for j in range(m):
        v[j], v_low[j] = wide_sum((v[j], v_low[j]), (-median, 0.0))
    seen, inside, queue = np.zeros(n + m, np.bool_), np.zeros(n + m, np.bool_), np.empty(n + m, np.int64)
    for root in range(n, n + m):
        if seen[root]:
            continue
        queue[0], head, end = root, 0, 1
        seen[root] = inside[root] = True
        while head < end:
            node = queue[head]
            head += 1
            is_row = node < n
            first = begin[node] if is_row else begin_column[node - n]
            last = begin[node + 1] if is_row else begin_column[node - n + 1]
            for k in range(first, last):
                arc = k if is_row else by_column[k]
                other = n + columns[arc] if is_row else np.int64(rows[arc])
                if flow[arc] > 0.0 and not seen[other]:
                    seen[other] = inside[other] = True
                    queue[end] = other
                    end += 1
        least, most = (-np.inf, 0.0), (np.inf, 0.0)
        for node in queue[:end]:
            is_row = node < n
            first = begin[node] if is_row else begin_column[node - n]
            last = begin[node + 1] if is_row else begin_column[node - n + 1]
            for k in range(first, last):
                arc = k if is_row else by_column[k]
                i, j = rows[arc], columns[arc]
                if inside[n + j if is_row else np.int64(i)]:
                    continue
                reduced = wide_minus((cost[arc], cost_low[arc]), (u[i], u_low[i]))
                reduced = wide_minus(reduced, (v[j], v_low[j]))
                if reduced[0] < 0.0:
                    reduced = (0.0, 0.0)
                if is_row and wide_less(least, (-reduced[0], -reduced[1])):
                    least = (-reduced[0], -reduced[1])
                if not is_row and wide_less(reduced, most):
                    most = reduced
        shift = (-v[root - n], -v_low[root - n])
        if wide_less(shift, least):
            shift = least
        elif wide_less(most, shift):
            shift = most
        for node in queue[:end]:
            inside[node] = False
            if node < n:
                u[node], u_low[node] = wide_minus((u[node], u_low[node]), shift)
            else:
                v[node - n], v_low[node - n] = wide_sum((v[node - n], v_low[node - n]), shift)
