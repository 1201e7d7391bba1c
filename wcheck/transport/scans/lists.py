"""The pairs that rows keep, with lower bounds of their costs until they are measured.

Lists change by being written once more, some rows at a time, so that there is never much more than the lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans, spans
from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.scans.listing import Listing

LEAST_ROWS, MOST_BLOCKS = 256, 64
"""Rows that are written at once, at least, and into how many such blocks lists are cut at most."""


@dataclass(slots=True)
class _Block:
    """The lists of some rows in a row: the entries of the k-th are ``begin[k]`` to ``begin[k + 1]``.

    Attributes
    ----------
    first : int
        The first row.
    begin : ndarray of int64
        Where each row's entries begin, and where the last one's end.
    columns : ndarray of int32
        The column j, or its complement ``~j`` where the pair is measured; of scans that list them so, j ascends.
    value : ndarray of float64
        A lower bound of the cost, or the measured cost.
    """

    first: int
    begin: NDArray[np.int64]
    columns: NDArray[np.int32]
    value: NDArray[np.float64]


_Piece = tuple[_Block, NDArray[np.int64], NDArray[np.int64]]
"""A block, some of its entries, and their rows."""


class Lists:
    """The lists of n rows.

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
        self._step = max(LEAST_ROWS, -(-n // MOST_BLOCKS))
        self._blocks = []
        for rows in spans(n, self._step):
            ends = np.searchsorted(arcs, m * np.arange(rows.start, rows.stop + 1))
            own = slice(int(ends[0]), int(ends[-1]))
            columns = ~(arcs[own] % m).astype(np.int32)
            self._blocks.append(_Block(rows.start, ends - ends[0], columns, costs[own].copy()))

    def least(
        self, rows: NDArray[np.int64], v: NDArray[np.float64], limit: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return ``min (c_ij - v_j)`` over the lists of some rows, but at most ``limit``; measure what that takes.

        Rows ascend.
        """
        lowest = limit.copy()
        cuts = np.searchsorted(rows, self._step * np.arange(len(self._blocks) + 1))
        pieces: list[_Piece] = [(block, rows[:0], rows[:0]) for block in self._blocks]

        def look(at: int) -> None:
            block, some = self._blocks[at], slice(cuts[at], cuts[at + 1])
            own = rows[some] - block.first, block.begin, block.columns, block.value, self._kept, v
            entries, counts = _undecided(*own, lowest[some])
            pieces[at] = block, entries, np.repeat(rows[some], counts)

        self._over(np.flatnonzero(np.diff(cuts)), look)
        self._measure_pieces(pieces)
        self._over(np.flatnonzero([len(piece[1]) for piece in pieces]), look)
        return lowest

    def violating(
        self, u: NDArray[np.float64], v: NDArray[np.float64], per_row: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return rows, columns and costs of the pairs that violate (u, v) most: of a row so many, of a column one."""
        m = len(v)
        best, owner, entry = np.zeros(m), np.full(m, -1), np.empty(m, np.int64)
        pieces = []
        for block in self._blocks:
            own = block.begin, block.columns, block.value
            entries, counts = _violators(*own, block.first, u, v, per_row, best, owner, entry)
            pieces.append((entries, np.repeat(block.first + np.arange(len(counts)), counts)))
        of_columns = np.flatnonzero(owner >= 0)
        of_columns = of_columns[np.argsort(owner[of_columns], kind="stable")]
        cuts = np.searchsorted(owner[of_columns], self._step * np.arange(len(self._blocks) + 1))
        chosen: list[_Piece] = []
        for at, (block, (entries, rows)) in enumerate(zip(self._blocks, pieces, strict=True)):
            some = of_columns[cuts[at] : cuts[at + 1]]  # the most of a row can be the most of a column
            distinct, first = np.unique(np.concatenate([entries, entry[some]]), return_index=True)
            chosen.append((block, distinct, np.concatenate([rows, owner[some]])[first]))
        self._measure_pieces(chosen)
        columns = np.concatenate([~block.columns[entries] for block, entries, _ in chosen])
        cost = np.concatenate([block.value[entries] for block, entries, _ in chosen])
        return np.concatenate([rows for _, _, rows in chosen]), columns.astype(np.int64), cost

    def replace(self, rows: NDArray[np.int64], listing: Listing) -> None:
        """Keep what a scan lists of some rows in the place of what they have."""
        self._write(rows, listing, add=False)

    def add(self, rows: NDArray[np.int64], listing: Listing) -> None:
        """Keep what a scan lists of some rows beside what they have."""
        self._write(rows, listing, add=True)

    def counts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many pairs some rows keep."""
        counts: NDArray[np.int64] = np.concatenate([np.diff(block.begin) for block in self._blocks])[rows]
        return counts

    def _write(self, rows: NDArray[np.int64], listing: Listing, *, add: bool) -> None:
        counts = np.where(listing.full, 0, listing.counts)
        ends = np.cumsum(counts)
        first, last = np.full((2, self._blocks[-1].first + len(self._blocks[-1].begin) - 1), -1)
        first[rows], last[rows] = ends - counts, ends

        def write(at: int) -> None:
            block = self._blocks[at]
            own = slice(block.first, block.first + len(block.begin) - 1)
            entries = block.begin, block.columns, block.value
            new = _written(*entries, first[own], last[own], listing.columns, listing.bound, add)
            block.begin, block.columns, block.value = new

        self._over(np.unique(rows // self._step), write)

    def _over(self, blocks: NDArray[np.int64], work: Callable[[int], None]) -> None:
        """Do some work on some blocks, by all threads where they are large."""
        entries = sum(len(self._blocks[at].columns) for at in blocks)

        def some(span: slice) -> None:
            for at in blocks[span]:
                work(at)

        over_spans(len(blocks), min(len(blocks), entries >> 14), some)

    def _measure_pieces(self, pieces: Sequence[_Piece]) -> None:
        """Measure those of some entries that are not."""
        new = []
        for block, entries, rows in pieces:
            bounded = block.columns[entries] >= 0
            new.append((block, entries[bounded], rows[bounded]))
        columns = [block.columns[entries] for block, entries, _ in new]
        cost = self._measure(
            np.concatenate([rows for _, _, rows in new]), np.concatenate(columns).astype(np.int64)
        )
        cuts = np.cumsum([len(entries) for _, entries, _ in new])[:-1]
        for (block, entries, _), own, measured in zip(new, columns, np.split(cost, cuts), strict=True):
            block.value[entries], block.columns[entries] = measured, ~own


@compiled()
def _undecided(rows, begin, columns, value, kept, v, lowest):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Lower ``lowest`` to each row's least measured ``c kept - v``; return the entries whose bound may be below that.

    And how many each row has.
    """
    counts = np.empty(len(rows), np.int64)
    for position in range(len(rows)):
        least, count = lowest[position], 0
        own = range(begin[rows[position]], begin[rows[position] + 1])
        for k in own:
            if columns[k] < 0:
                least = min(least, value[k] * kept - v[~columns[k]])
        for k in own:
            count += columns[k] >= 0 and value[k] - v[columns[k]] < least
        lowest[position], counts[position] = least, count
    entries, found = np.empty(counts.sum(), np.int64), 0
    for position in range(len(rows)):
        if counts[position]:
            for k in range(begin[rows[position]], begin[rows[position] + 1]):
                if columns[k] >= 0 and value[k] - v[columns[k]] < lowest[position]:
                    entries[found] = k
                    found += 1
    return entries, counts


@compiled()
def _violators(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, columns, value, first, u, v, per_row, best, owner, entry
):
    """Return the entries with each row's most negative ``c - u - v``, and how many; note the columns' most negative."""
    n = len(begin) - 1
    entries, counts = np.empty(n * per_row, np.int64), np.empty(n, np.int64)
    least = np.empty(per_row)
    found = 0
    for row in range(n):
        held, potential = 0, u[first + row]
        for k in range(begin[row], begin[row + 1]):
            column = max(columns[k], ~columns[k])
            reduced = value[k] - potential - v[column]
            if reduced >= 0.0:
                continue
            if reduced < best[column]:
                best[column], owner[column], entry[column] = reduced, first + row, k
            if held == per_row and reduced >= least[per_row - 1]:
                continue
            place = min(held, per_row - 1)
            while place > 0 and least[place - 1] > reduced:
                least[place], entries[found + place] = least[place - 1], entries[found + place - 1]
                place -= 1
            least[place], entries[found + place] = reduced, k
            held = min(held + 1, per_row)
        counts[row] = held
        found += held
    return entries[:found], counts


@compiled()
def _written(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, columns, value, first, last, more_columns, more_bound, add
):
    """Return a block with further entries of those rows that have a ``first``, beside their own or in their place.

    Of a pair that is measured the cost is kept, as far as columns ascend in both; what is missed, as in cells, is
    measured again.
    """
    n, size = len(first), 0
    for row in range(n):
        size += last[row] - first[row]
        size += begin[row + 1] - begin[row] if add or first[row] < 0 else 0
    new_begin, new_columns, new_value = np.empty(n + 1, np.int64), np.empty(size, np.int32), np.empty(size)
    size = 0
    for row in range(n):
        new_begin[row] = size
        k, end, other, others = begin[row], begin[row + 1], first[row], last[row]
        keep = add or other < 0
        while other < others or (keep and k < end):
            own = max(columns[k], ~columns[k]) if k < end else 0
            if k < end and (other == others or own < more_columns[other]):
                if keep:
                    new_columns[size], new_value[size] = columns[k], value[k]
                    size += 1
                k += 1
                continue
            if k < end and own == more_columns[other]:
                bound = value[k] if columns[k] < 0 else max(value[k], np.float64(more_bound[other]))
                new_columns[size], new_value[size] = columns[k], bound
                k += 1
            else:
                new_columns[size], new_value[size] = more_columns[other], more_bound[other]
            other, size = other + 1, size + 1
    new_begin[n] = size
    return new_begin, new_columns[:size], new_value[:size]
