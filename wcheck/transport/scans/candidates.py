r"""What is known of every row's pairs: a short list, and a floor under everything that is not on it.

When row i is scanned with potentials r (its reference), it keeps the pairs with ``bound_ij - r_j < s_i``. For any later
potentials v, a pair that is not on the list has

    c_ij - v_j  >=  s_i - max_j (v_j - r_j),

so while that floor stays above the row's minimum, the list alone decides ``u_i = min_j (c_ij - v_j)`` and the row
needs no new scan. Listed pairs carry only their bound until they matter; then they are measured, once. A row with too
many pairs to list is crowded: it keeps no list and is measured whole, until a lower threshold leaves few enough.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from wcheck.threads import over_spans, spans
from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.programs.refinement import Priced
from wcheck.transport.scans.estimates import row_ranks
from wcheck.transport.scans.held_pricing import HeldPricing
from wcheck.transport.scans.listing import Scanner
from wcheck.transport.scans.lists import recall, take_undecided, undecided, violators
from wcheck.transport.scans.products import ProductScanner

PER_ROW = 8
"""How many violating pairs of a row are added to the linear program at a time."""

ATTEMPTS = 3
"""How often a row is scanned before it is given up as crowded."""
LEAST_SLACK = 1e-4
"""In frame units."""
TIE = 1e-9
"""Reduced costs, in frame units, that differ by less are as good as equal: where columns are chosen among ties, and
where the restricted program's potential says up to where a row's pairs must be measured."""
RANK = 12
"""How many of a list's pairs a sample should hold for its threshold to be guessed well."""
WHOLE_PAIRS = 1 << 22
"""Pairs that are held at a time where whole rows are measured."""


class Candidates:
    """The lists of all rows.

    Parameters
    ----------
    screen : Scanner
        The scanner of the pair.
    measure : callable
        ``measure(rows, columns)`` returns float64 costs of pairs.
    shape : tuple of int
        n and m.
    length : int
        How many pairs a list should have.
    sample : ndarray of int64
        A random sample of the columns, from which the lists' thresholds are drawn.
    arcs : ndarray of int64
        Keys ``i m + j`` of pairs that are measured already, ascending.
    costs : ndarray of float64
        The measured costs of these pairs.
    rounding : float
        The relative error of measured costs, by which they are cut where the least is looked for.
    scale : float
        What :data:`LEAST_SLACK` and :data:`TIE` are multiplied by: less than 1 where most distances are tiny beside
        the largest.
    """

    def __init__(
        self,
        screen: Scanner,
        measure: MeasurePairs,
        shape: tuple[int, int],
        length: int,
        sample: NDArray[np.int64],
        arcs: NDArray[np.int64],
        costs: NDArray[np.float64],
        rounding: float,
        scale: float = 1.0,
    ) -> None:
        n, self._m = shape
        self._tie, self._least_slack = TIE * scale, LEAST_SLACK * scale
        self._kept = 1.0 - rounding - 2.0**-52
        self._screen, self._measure = screen, measure
        self._length, self._limit = min(length, self._m), min(8 * length, self._m)
        self._sample = sample
        ends = np.searchsorted(arcs, self._m * np.arange(n + 1))
        self._start, self._stop = ends[:-1], ends[1:]
        self._columns = (arcs % self._m).astype(np.int32)
        self._bound = np.full(len(arcs), -np.inf, np.float32)
        self._cost = costs
        self._slack = np.zeros(n)
        self._floor = np.full(n, -np.inf)
        self._generation = np.zeros(n, np.int64)
        self._references: list[NDArray[np.float64]] = []

    def price(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Priced:
        """Compute the c-transform of v over all pairs, and the pairs that violate (u, v)."""
        everything = np.arange(len(self._start))
        if not self._references:
            self._slack = np.maximum(self._first_thresholds(v) - u, self._least_slack)
            self._scan(everything, u, v)
        lowest = self._resolve(everything, u, v)
        unsafe = np.flatnonzero(self._floor - self._moved(v) < lowest)
        if len(unsafe):
            self._slack[unsafe] *= 1.5
            self._scan(unsafe, lowest[unsafe], v)
            lowest[unsafe] = self._resolve(unsafe, u, v)
        chosen, rows = violators(
            self._start, self._stop, self._columns, self._bound, self._cost, u, v, PER_ROW
        )
        columns = self._columns[chosen].astype(np.int64)
        self._measure_entries(chosen, rows)
        cost = self._cost[chosen]
        crowded = np.flatnonzero(np.isposinf(self._floor))
        if len(crowded):
            lowest[crowded], *near = self._nearest(crowded, u, v)
            found = zip((rows, columns, cost), near, strict=True)
            rows, columns, cost = (np.concatenate(both) for both in found)
            self._scan(crowded, lowest[crowded], v)
        violating = cost < u[rows] + v[columns]
        moved = self._moved(v)
        lowest = np.minimum(lowest, self._floor - moved - 2.0**-51 * np.abs(moved))
        return Priced(lowest, rows[violating], columns[violating], cost[violating])

    def _nearest(
        self, rows: NDArray[np.int64], u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Price whole rows: by products where the screen has them, else by measuring all.

        Returns the least ``c_ij - v_j`` of each, and the rows, columns and costs of pairs of which few of a row have
        less. Among ties, rows take different columns: if all took the same, the program would hardly grow.
        """
        if isinstance(self._screen, ProductScanner):
            return self._by_products(self._screen, rows, u, v)
        few = min(PER_ROW, self._m)
        lowest = np.empty(len(rows))
        near, cost = np.empty((len(rows), few), np.int64), np.empty((len(rows), few))
        step = max(1, WHOLE_PAIRS // self._m)
        every = np.arange(self._m)
        for some in spans(len(rows), step):
            part = rows[some]
            whole = self._measure(np.repeat(part, self._m), np.tile(every, len(part))).reshape(len(part), -1)
            reduced = whole - v
            lowest[some] = (whole * self._kept - v).min(axis=1)
            reduced += self._tie / 1009 * ((7919 * part[:, None] + 104729 * every) % 1009)
            best = np.argpartition(reduced, few - 1, axis=1)[:, :few]
            near[some] = best
            cost[some] = np.take_along_axis(whole, best, axis=1)
        return lowest, np.repeat(rows, few), near.ravel(), cost.ravel()

    def _by_products(
        self, screen: ProductScanner, rows: NDArray[np.int64], u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Price whole rows by bounds that are held for some of them at a time."""
        parts = []
        none = np.empty(0, np.int64)
        for some in spans(len(rows), max(1, WHOLE_PAIRS // self._m)):
            part = rows[some]
            measure = partial(self._measure_among, part)
            pricing = HeldPricing(
                screen.held(part), measure, none, none, np.empty(0), 1.0 - 2.0**-52 - self._kept
            )
            priced = pricing.price(u[part], v)
            parts.append((priced.lowest, part[priced.rows], priced.columns, priced.cost))
        lowest, *near = (np.concatenate(column) for column in zip(*parts, strict=True))
        return lowest, near[0], near[1], near[2]

    def _measure_among(
        self, part: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        return self._measure(part[rows], columns)

    def _first_thresholds(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Guess, from the sample, the value under which each row has about ``length`` pairs."""
        step = max(1, self._length * len(self._sample) // (RANK * self._m))
        sample = self._sample[::step]
        rank = max(2, round(self._length * len(sample) / self._m) - 1)
        return row_ranks(self._screen, sample, v, len(self._start), rank)[1]

    def _moved(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return, for each row, by how much a potential rose at most since the row was scanned."""
        moved: NDArray[np.float64] = np.array([(v - reference).max() for reference in self._references])
        return moved[self._generation]

    def _scan(self, rows: NDArray[np.int64], lowest: NDArray[np.float64], v: NDArray[np.float64]) -> None:
        """List the rows' pairs up to their slack above ``lowest``, again.

        Rows with too many try again with less slack. Those that still have too many get no list and an infinite
        floor: they are priced whole.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                crowded = np.isposinf(self._floor[rows])
                rows, lowest = rows[crowded], lowest[crowded]
                self._slack[rows] /= 8.0
            if len(rows):
                self._list(rows, lowest + self._slack[rows], v)

    def _list(self, rows: NDArray[np.int64], threshold: NDArray[np.float64], v: NDArray[np.float64]) -> None:
        """List the rows' pairs below a threshold, again, unless there are too many."""
        listing = self._screen.scan(v, threshold, rows, limit=self._limit)
        counts = np.where(listing.full, 0, listing.counts)
        ends = np.cumsum(counts)
        cost = np.full(len(listing.columns), np.nan)
        recall(rows, self._start, self._stop, self._columns, self._cost, ends - counts, listing.columns, cost)
        self._compact(rows)
        ends += len(self._columns)
        self._start[rows], self._stop[rows] = ends - counts, ends
        self._columns = np.concatenate([self._columns, listing.columns])
        self._bound = np.concatenate([self._bound, listing.bound])
        self._cost = np.concatenate([self._cost, cost])
        self._floor[rows] = np.where(listing.full, np.inf, threshold)
        self._generation[rows] = len(self._references)
        self._references.append(v.copy())

    def _compact(self, rows: NDArray[np.int64]) -> None:
        """Drop the lists of ``rows``, and close the gaps."""
        self._start[rows] = self._stop[rows] = 0
        sizes = self._stop - self._start
        if sizes.sum() == len(self._columns):
            return
        ends = np.cumsum(sizes)
        keep = np.repeat(self._start - (ends - sizes), sizes) + np.arange(ends[-1])
        self._columns, self._bound, self._cost = self._columns[keep], self._bound[keep], self._cost[keep]
        self._start, self._stop = ends - sizes, ends

    def _resolve(
        self, rows: NDArray[np.int64], u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return ``min (c_ij - v_j)`` over the lists of some rows, but at most u; measure what that takes."""
        lists = (rows, self._start, self._stop, self._columns, self._bound, self._cost, self._kept, v)
        lowest, counts = u[rows] + self._tie, np.empty(len(rows), np.int64)
        parts = len(self._columns) >> 14
        over_spans(len(rows), parts, lambda s: undecided(s.start, s.stop, *lists, lowest, counts))
        ends = np.cumsum(counts)
        entries = np.empty(int(ends[-1]), np.int64)
        over_spans(
            len(rows),
            parts,
            lambda s: take_undecided(s.start, s.stop, *lists, lowest, ends - counts, entries),
        )
        self._measure_entries(entries, np.repeat(rows, counts))
        over_spans(len(rows), parts, lambda s: undecided(s.start, s.stop, *lists, lowest, counts))
        return lowest

    def _measure_entries(self, entries: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        new = np.isnan(self._cost[entries])
        entries, rows = entries[new], rows[new]
        self._cost[entries] = self._measure(rows, self._columns[entries].astype(np.int64))
