"""The pairs that rows keep, in ascending order of their columns, with lower bounds of their costs until measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans
from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.scans.listing import Listing


class Lists:
    """The lists of n rows: the entries of row i are ``start[i]`` to ``stop[i]``.

    Parameters
    ----------
    shape : tuple of int
        n and m.
    measure : callable
        ``measure(rows, columns)`` returns float64 costs of pairs.
    rounding : float
        The relative error of measured costs, by which they are cut where the least is looked for.
    arcs : ndarray of int64
        Keys ``i m + j`` of pairs that are measured already, ascending.
    costs : ndarray of float64
        The measured costs of these pairs.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        measure: MeasurePairs,
        rounding: float,
        arcs: NDArray[np.int64],
        costs: NDArray[np.float64],
    ) -> None:
        n, m = shape
        self._measure, self._kept = measure, 1.0 - rounding - 2.0**-52
        ends = np.searchsorted(arcs, m * np.arange(n + 1))
        self._start, self._stop = ends[:-1].copy(), ends[1:].copy()
        self._columns, self._cost = (arcs % m).astype(np.int32), costs
        self._bound = np.full(len(arcs), -np.inf, np.float32)

    def least(
        self, rows: NDArray[np.int64], v: NDArray[np.float64], limit: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return ``min (c_ij - v_j)`` over the lists of some rows, but at most ``limit``; measure what that takes."""
        lists = rows, self._start, self._stop, self._columns, self._bound, self._cost, self._kept, v
        lowest, counts = limit.copy(), np.empty(len(rows), np.int64)
        parts = len(self._columns) >> 14
        over_spans(len(rows), parts, lambda s: _undecided(s.start, s.stop, *lists, lowest, counts))
        ends = np.cumsum(counts)
        entries = np.empty(int(ends[-1]), np.int64)
        over_spans(
            len(rows),
            parts,
            lambda s: _take_undecided(s.start, s.stop, *lists, lowest, ends - counts, entries),
        )
        self._measure_entries(entries, np.repeat(rows, counts))
        over_spans(len(rows), parts, lambda s: _undecided(s.start, s.stop, *lists, lowest, counts))
        return lowest

    def violating(
        self, u: NDArray[np.float64], v: NDArray[np.float64], per_row: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return rows, columns and costs of the pairs that violate (u, v) most: of a row so many, of a column one."""
        lists = self._start, self._stop, self._columns, self._bound, self._cost
        chosen, rows = _violators(*lists, u, v, per_row)
        chosen, first = np.unique(chosen, return_index=True)  # the most of a row can be the most of a column
        rows = rows[first]
        self._measure_entries(chosen, rows)
        return rows, self._columns[chosen].astype(np.int64), self._cost[chosen]

    def replace(self, rows: NDArray[np.int64], listing: Listing) -> None:
        """Keep what a scan lists of some rows in the place of what they have."""
        counts = np.where(listing.full, 0, listing.counts)
        ends = np.cumsum(counts)
        cost = np.full(len(listing.columns), np.nan)
        _recall(
            rows, self._start, self._stop, self._columns, self._cost, ends - counts, listing.columns, cost
        )
        self._compact(rows)
        ends += len(self._columns)
        self._start[rows], self._stop[rows] = ends - counts, ends
        self._columns = np.concatenate([self._columns, listing.columns])
        self._bound = np.concatenate([self._bound, listing.bound])
        self._cost = np.concatenate([self._cost, cost])

    def add(self, rows: NDArray[np.int64], listing: Listing) -> None:
        """Keep what a scan lists of some rows beside what they have."""
        ends = np.cumsum(np.where(listing.full, 0, listing.counts))
        first, last = np.zeros((2, len(self._start)), np.int64)
        first[rows[1:]], last[rows] = ends[:-1], ends
        size = int((self._stop - self._start).sum() + len(listing.columns))
        columns, bound, cost = np.empty(size, np.int32), np.empty(size, np.float32), np.empty(size)
        own = self._start, self._stop, self._columns, self._bound, self._cost
        size = _merge(*own, first, last, listing.columns, listing.bound, columns, bound, cost)
        self._columns, self._bound, self._cost = columns[:size], bound[:size], cost[:size]

    def counts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many pairs some rows keep."""
        counts: NDArray[np.int64] = self._stop[rows] - self._start[rows]
        return counts

    def _compact(self, rows: NDArray[np.int64]) -> None:
        """Drop the lists of ``rows``, and close the gaps."""
        self._start[rows] = self._stop[rows] = 0
        if (self._stop - self._start).sum() == len(self._columns):
            return
        order = np.argsort(self._start, kind="stable")
        size = _close_gaps(order, self._start, self._stop, self._columns, self._bound, self._cost)
        self._columns, self._bound, self._cost = self._columns[:size], self._bound[:size], self._cost[:size]

    def _measure_entries(self, entries: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        new = np.isnan(self._cost[entries])
        entries, rows = entries[new], rows[new]
        self._cost[entries] = self._measure(rows, self._columns[entries].astype(np.int64))


@compiled()
def _close_gaps(order, start, stop, columns, bound, cost):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Move entries down, those of rows in the order in which they begin; return how many there are."""
    size = 0
    for row in order:
        first = start[row]
        start[row] = size
        for k in range(first, stop[row]):
            columns[size], bound[size], cost[size] = columns[k], bound[k], cost[k]
            size += 1
        stop[row] = size
    return size


@compiled()
def _recall(rows, start, stop, columns, cost, begin, new_columns, new_cost):  # type: ignore[no-untyped-def]  # pragma: no cover
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
def _undecided(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
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
def _take_undecided(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    first, last, rows, start, stop, columns, bound, cost, kept, v, lowest, begin, entries
):
    """List the entries that :func:`_undecided` counts."""
    for position in range(first, last):
        row, found = rows[position], begin[position]
        for k in range(start[row], stop[row]):
            if np.isnan(cost[k]) and bound[k] - v[columns[k]] < lowest[position]:
                entries[found] = k
                found += 1


@compiled()
def _violators(start, stop, columns, bound, cost, u, v, per_row):  # type: ignore[no-untyped-def]  # pragma: no cover
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


@compiled()
def _merge(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    start, stop, columns, bound, cost, first, last, more_columns, more_bound, new_columns, new_bound, new_cost
):
    """Write the rows' entries and more of them one after another, each column once; move ``start`` and ``stop``."""
    size = 0
    for row in range(len(start)):
        k, end, other, others = start[row], stop[row], first[row], last[row]
        start[row] = size
        while k < end or other < others:
            if other == others or (k < end and columns[k] < more_columns[other]):
                new_columns[size], new_bound[size], new_cost[size] = columns[k], bound[k], cost[k]
                k += 1
            elif k < end and columns[k] == more_columns[other]:
                new_columns[size], new_cost[size] = columns[k], cost[k]
                new_bound[size] = max(bound[k], more_bound[other])
                k, other = k + 1, other + 1
            else:
                new_columns[size], new_bound[size] = more_columns[other], more_bound[other]
                new_cost[size] = np.nan
                other += 1
            size += 1
        stop[row] = size
    return size
