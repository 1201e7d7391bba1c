"""Building a k-d tree and searching in it, compiled; see :mod:`tree`.

Node k of level l has the number ``2^l + k`` and holds the sorted points from ``m k / 2^l`` to ``m (k + 1) / 2^l``.
"""

from __future__ import annotations

import numpy as np

from wcheck.kernels import compiled
from wcheck.transport.scans.violating import counted

SURE = 1.0 - 2.0**-46
"""What computed distances are multiplied by: far more than their own rounding takes."""


@compiled()
def halved(points, depth):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return an order in which node k of level l holds the points from ``n k / 2^l`` to ``n (k + 1) / 2^l``."""
    n, dim = points.shape
    order = np.arange(n)
    for level in range(depth):
        for node in range(1 << level):
            first, last = n * node >> level, n * (node + 1) >> level
            middle = n * (2 * node + 1) >> (level + 1)
            widest, axis = -1.0, 0
            for side in range(dim):
                low = high = points[order[first], side]
                for k in range(first, last):
                    low, high = min(low, points[order[k], side]), max(high, points[order[k], side])
                if high - low > widest:
                    widest, axis = high - low, side
            left, right = first, last - 1
            while left < right:  # Hoare's selection: the least up to the middle come first
                pivot = points[order[(left + right) >> 1], axis]
                i, j = left, right
                while i <= j:
                    while points[order[i], axis] < pivot:
                        i += 1
                    while points[order[j], axis] > pivot:
                        j -= 1
                    if i <= j:
                        order[i], order[j] = order[j], order[i]
                        i, j = i + 1, j - 1
                if middle <= j:
                    right = j
                elif middle >= i:
                    left = i
                else:
                    break
    return order


@compiled()
def boxes(points, depth):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the least and greatest coordinates of every node; node k of level l has the number ``2^l + k``."""
    n, dim = points.shape
    low, high = np.full((2 << depth, dim), np.inf), np.full((2 << depth, dim), -np.inf)
    for node in range((2 << depth) - 1, 0, -1):
        for side in range(dim):
            if node >= 1 << depth:
                leaf = node - (1 << depth)
                for k in range(n * leaf >> depth, n * (leaf + 1) >> depth):
                    low[node, side] = min(low[node, side], points[k, side])
                    high[node, side] = max(high[node, side], points[k, side])
            else:
                low[node, side] = min(low[2 * node, side], low[2 * node + 1, side])
                high[node, side] = max(high[2 * node, side], high[2 * node + 1, side])
    return low, high


@compiled()
def tops(v, depth):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the largest potential in every node."""
    n = len(v)
    top = np.full(2 << depth, -np.inf)
    for node in range((2 << depth) - 1, 0, -1):
        if node >= 1 << depth:
            leaf = node - (1 << depth)
            for k in range(n * leaf >> depth, n * (leaf + 1) >> depth):
                top[node] = max(top[node], v[k])
        else:
            top[node] = max(top[2 * node], top[2 * node + 1])
    return top


@compiled()
def _bound(square, error, p):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return at most the cost of points whose computed squared distance is given."""
    distance = max(np.sqrt(square) * SURE - error, 0.0)
    return distance if p == 1 else distance * distance * SURE


@compiled()
def least(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    rows, x, limits, y, v, order, low, high, top, depth, error, p, counts, columns, values, floors
):
    """Find the least of some rows, and ``few`` in all; below a limit the others are drawn (:mod:`violating`).

    Ties are left to whoever comes first on the way down.
    """
    m, dim, few = len(y), x.shape[1], columns.shape[1]
    waiting, keys = np.empty(2 * depth + 4, np.int64), np.empty(2 * depth + 4)
    weights = np.empty(few)
    for row in rows:
        drawn = limits[row] < np.inf
        limit = limits[row] if drawn else 0.0
        worst = 0.0 if drawn else np.inf
        held, left, floor = 0, 1, limits[row]
        waiting[0], keys[0] = 1, -np.inf
        while left > 0:
            left -= 1
            node = waiting[left]
            if keys[left] - limit >= worst:
                floor = min(floor, keys[left])
                continue
            if node >= 1 << depth:
                leaf = node - (1 << depth)
                for k in range(m * leaf >> depth, m * (leaf + 1) >> depth):
                    square = 0.0
                    for side in range(dim):
                        difference = x[row, side] - y[k, side]
                        square += difference * difference
                    value, column = _bound(square, error, p) - v[k], order[k]
                    if not value - limit < worst:
                        floor = min(floor, value)
                        continue
                    if held == 0:
                        values[row, 0], columns[row, 0], held = value, column, 1
                        worst = value - limit if few == 1 else worst
                        continue
                    if value < values[row, 0]:  # the least itself is always kept
                        value, values[row, 0] = values[row, 0], value
                        column, columns[row, 0] = columns[row, 0], column
                    weight = (value - limit) * (counted(row, column) if drawn else 1.0)
                    if few == 1 or not weight < worst:
                        floor = min(floor, value)
                        worst = values[row, 0] - limit if few == 1 else worst
                        continue
                    if held == few:
                        floor = min(floor, values[row, few - 1])
                    place = min(held, few - 1)
                    while place > 1 and weights[place - 1] > weight:
                        weights[place], values[row, place] = weights[place - 1], values[row, place - 1]
                        columns[row, place] = columns[row, place - 1]
                        place -= 1
                    weights[place], values[row, place], columns[row, place] = weight, value, column
                    held = min(held + 1, few)
                    if held == few:
                        worst = weights[few - 1]
                continue
            first = second = np.inf
            for child in range(2 * node, 2 * node + 2):
                square = 0.0
                for side in range(dim):
                    apart = max(low[child, side] - x[row, side], x[row, side] - high[child, side], 0.0)
                    square += apart * apart
                second, first = first, _bound(square, error, p) - top[child]
            # second is the key of the left child, first that of the right: the lesser goes on top
            near, far = 2 * node, 2 * node + 1
            if first < second:
                near, far, first, second = far, near, second, first
            waiting[left], keys[left], waiting[left + 1], keys[left + 1] = far, first, near, second
            left += 2
        counts[row], floors[row] = held, floor


@compiled()
def below(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    start, stop, rows, x, thresholds, y, v, order, low, high, top, depth, error, p, limit, counts,
    begin, columns, bound, fill,
):  # fmt: skip
    """Count, or list, the columns of some rows below their threshold."""
    m, dim = len(y), x.shape[1]
    waiting = np.empty(depth + 2, np.int64)
    for position in range(start, stop):
        if fill and counts[position] > limit:
            continue
        row, threshold, found = rows[position], thresholds[position], 0
        waiting[0], left = 1, 1
        while left > 0:
            left -= 1
            node = waiting[left]
            square = 0.0
            for side in range(dim):
                apart = max(low[node, side] - x[row, side], x[row, side] - high[node, side], 0.0)
                square += apart * apart
            if _bound(square, error, p) - top[node] >= threshold:
                continue
            if node < 1 << depth:
                waiting[left], waiting[left + 1] = 2 * node + 1, 2 * node
                left += 2
                continue
            leaf = node - (1 << depth)
            for k in range(m * leaf >> depth, m * (leaf + 1) >> depth):
                square = 0.0
                for side in range(dim):
                    difference = x[row, side] - y[k, side]
                    square += difference * difference
                cost = _bound(square, error, p)
                if cost - v[k] < threshold:
                    if fill:
                        columns[begin[position] + found], bound[begin[position] + found] = order[k], cost
                    found += 1
        if not fill:
            counts[position] = found
