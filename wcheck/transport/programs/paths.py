"""Shortest augmenting paths over the sparse arcs of an assignment problem, compiled."""

from __future__ import annotations

import numpy as np

from wcheck.kernels import compiled


@compiled()
def search(begin, column, cost, u, v, arc, owner, work):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Assign free rows until about ``work`` rows were reached; return a row that reaches no free column, or -1."""
    n = len(arc)
    key, place = (
        np.full(n, np.inf),
        np.full(n, -1, np.int32),
    )  # distance; place in the heap, -1: none, -2: final
    heap, final = np.empty(n, np.int32), np.empty(n, np.int32)
    entry, origin = (
        np.empty(n, np.int32),
        np.empty(n, np.int32),
    )  # the tree's arc into a column, and that arc's row
    for start in range(n):
        if arc[start] >= 0:
            continue
        if work <= 0:
            return -1
        i, radius, nearest, goal = start, 0.0, np.inf, -1
        finals = size = 0
        while i >= 0:
            shift = radius - u[i]
            for k in range(begin[i], begin[i + 1]):
                j = column[k]
                distance = shift + cost[k] - v[j]
                if distance < key[j] and distance < nearest and place[j] != -2:
                    distance = max(distance, radius)
                    if distance < key[j]:
                        key[j], entry[j], origin[j] = distance, k, i
                        size = _push(heap, key, place, size, j)
                        if owner[j] < 0:
                            nearest, goal = distance, j
            if size == 0:
                break
            j = heap[0]
            if key[j] < nearest:
                size = _pop(heap, key, place, size)
            else:  # of ties the free one, or all would be looked at
                j = goal
            final[finals] = j
            finals += 1
            radius, i = key[j], owner[j]
        work -= finals
        reached = i < 0
        if reached:
            u[start] += radius
            for j in final[: finals - 1]:
                u[owner[j]] += radius - key[j]
                v[j] -= radius - key[j]
            j = final[finals - 1]
            while i != start:
                i = origin[j]
                owner[j] = i
                following = column[arc[i]] if i != start else -1
                arc[i] = entry[j]
                j = following
        for j in final[:finals]:
            key[j], place[j] = np.inf, -1
        for j in heap[:size]:
            key[j], place[j] = np.inf, -1
        if not reached:
            return start
    return -1


@compiled()
def _push(heap, key, place, size, j):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Put column j in the heap, or move it up after its key fell; return the heap's size."""
    at = place[j]
    if at < 0:
        at, size = size, size + 1
    while at > 0:
        parent = (at - 1) >> 1
        if key[heap[parent]] <= key[j]:
            break
        heap[at] = heap[parent]
        place[heap[at]] = at
        at = parent
    heap[at], place[j] = j, at
    return size


@compiled()
def _pop(heap, key, place, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take the least column from the heap, as final; return the heap's size."""
    place[heap[0]] = -2
    size -= 1
    if size > 0:
        j, at = heap[size], 0
        while 2 * at + 1 < size:
            child = 2 * at + 1
            if child + 1 < size and key[heap[child + 1]] < key[heap[child]]:
                child += 1
            if key[heap[child]] >= key[j]:
                break
            heap[at] = heap[child]
            place[heap[at]] = at
            at = child
        heap[at], place[j] = j, at
    return size
