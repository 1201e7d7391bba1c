"""Passes over the lists of pairs that rows keep, compiled: row i's are ``start[i]`` to ``stop[i]``."""

from __future__ import annotations

import numpy as np

from wcheck.kernels import compiled


@compiled()
def recall(rows, start, stop, columns, cost, begin, new_columns, new_cost):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Copy measured costs from the rows' old lists to their new ones, as far as columns ascend in both.

    They do in a ``Screen``'s; what is missed, as in cells, is measured again.
    """
    for position in range(len(rows)):
        old, last = start[rows[position]], stop[rows[position]]
        end = begin[position + 1] if position + 1 < len(rows) else len(new_columns)
        for k in range(begin[position], end):
            while old < last and columns[old] < new_columns[k]:
                old += 1
            if old < last and columns[old] == new_columns[k]:
                new_cost[k] = cost[old]


@compiled()
def undecided(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    first, last, rows, start, stop, columns, bound, cost, kept, v, lowest, counts
):
    """Lower ``lowest`` to each row's least measured ``c kept - v``; count entries whose bound may be below that."""
    for position in range(first, last):
        row = rows[position]
        least, count = lowest[position], 0
        for k in range(start[row], stop[row]):
            if not np.isnan(cost[k]):
                least = min(least, cost[k] * kept - v[columns[k]])
        for k in range(start[row], stop[row]):
            count += np.isnan(cost[k]) and bound[k] - v[columns[k]] < least
        lowest[position], counts[position] = least, count


@compiled()
def take_undecided(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    first, last, rows, start, stop, columns, bound, cost, kept, v, lowest, begin, entries
):
    """List the entries that :func:`undecided` counts."""
    for position in range(first, last):
        row, found = rows[position], begin[position]
        for k in range(start[row], stop[row]):
            if np.isnan(cost[k]) and bound[k] - v[columns[k]] < lowest[position]:
                entries[found] = k
                found += 1


@compiled()
def violators(start, stop, columns, bound, cost, u, v, per_row):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the entries with the most negative ``c - u - v``: ``per_row`` of each row, one of each column."""
    n, m = len(start), len(v)
    entries = np.empty(n * per_row + m, np.int64)
    owners = np.empty(n * per_row + m, np.int64)
    column_value = np.zeros(m)
    column_entry = np.full(m, -1)
    column_owner = np.empty(m, np.int64)
    value = np.empty(per_row)
    found = 0
    for row in range(n):
        held = 0
        for k in range(start[row], stop[row]):
            column = columns[k]
            reduced = (bound[k] if np.isnan(cost[k]) else cost[k]) - u[row] - v[column]
            if reduced >= 0.0:
                continue
            if reduced < column_value[column]:
                column_value[column], column_entry[column], column_owner[column] = reduced, k, row
            if held == per_row and reduced >= value[per_row - 1]:
                continue
            place = min(held, per_row - 1)
            while place > 0 and value[place - 1] > reduced:
                value[place], entries[found + place] = value[place - 1], entries[found + place - 1]
                place -= 1
            value[place], entries[found + place] = reduced, k
            held = min(held + 1, per_row)
        owners[found : found + held] = row
        found += held
    for column in range(m):
        if column_entry[column] >= 0:
            entries[found], owners[found] = column_entry[column], column_owner[column]
            found += 1
    return entries[:found], owners[:found]
