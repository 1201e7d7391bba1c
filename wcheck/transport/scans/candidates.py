r"""What is known of every row's pairs: a short list, and a floor under everything that is not on it (:mod:`floors`).

Listed pairs carry only their bound until they matter; then they are measured, once. While the lists alone show that
potentials are far from feasible, no pairs are looked for outside them. A row with too many pairs to list is crowded:
it keeps no list and is measured whole, until a lower threshold leaves few enough.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from wcheck.threads import spans
from wcheck.transport.programs.program import Program
from wcheck.transport.programs.refinement import Priced
from wcheck.transport.scans.estimates import row_ranks
from wcheck.transport.scans.floors import Floors
from wcheck.transport.scans.held_pricing import HeldPricing
from wcheck.transport.scans.listing import ColumnScanner, FirstScan, Listing, Scanner
from wcheck.transport.scans.lists import Lists
from wcheck.transport.scans.products import ProductScanner

LONGEST, LONGEST_OF_PRODUCTS = 4, 8
"""How many times as many pairs as asked for a list may have: more where it is dear to scan a row again."""
PER_ROW = 8
"""How many violating pairs of a row are added to the linear program at a time."""
LEAST_SLACK = 1e-4
"""In frame units."""
TIE = 1e-9
"""Reduced costs, in frame units, that differ by less are as good as equal: where columns are chosen among ties, and
where the restricted program's potential says up to where a row's pairs must be measured."""
RANK = 12
"""How many of a list's pairs a sample should hold for its threshold to be guessed well."""
WHOLE_PAIRS = 1 << 20
"""Pairs that are held at a time where whole rows are measured."""
Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Rows, columns and costs."""
FEW_PAIRS = 1 << 22
"""Pairs of whole rows that are scanned sooner than it is found out which columns would do."""
LEFT = 0.05
"""Lists are looked at alone until less than this share is left of what they violated potentials by."""


class Candidates:
    """The lists of all rows.

    Parameters
    ----------
    screen : Scanner
        The scanner of the pair.
    program : Program
        What measures its pairs.
    length : int
        How many pairs a list should have.
    sample : ndarray of int64
        A random sample of the columns, from which the lists' thresholds are drawn.
    arcs : ndarray of int64
        Keys ``i m + j`` of pairs that are measured already, ascending.
    costs : ndarray of float64
        The measured costs of these pairs.
    scale : float
        What :data:`LEAST_SLACK` and :data:`TIE` are multiplied by: less than 1 where most distances are tiny beside
        the largest.

    Attributes
    ----------
    taken : float
        What the listed pairs took off the dual value when they were last asked for.
    """

    def __init__(
        self,
        screen: Scanner,
        program: Program,
        length: int,
        sample: NDArray[np.int64],
        arcs: NDArray[np.int64],
        costs: NDArray[np.float64],
        scale: float = 1.0,
    ) -> None:
        n, self._m = len(program.a), len(program.b)
        self._tie, self._least_slack = TIE * scale, LEAST_SLACK * scale
        self._screen, self._program = screen, program
        self._length, self._limit = min(length, self._m), longest(screen, length, self._m)
        self._sample = sample
        self._lists = Lists((n, self._m), program.measure, program.rounding, arcs, costs)
        self._floors = Floors(n)
        self._slack = np.zeros(n)
        self._enough = self.taken = 0.0

    def begin(self, first: FirstScan) -> None:
        """Take what a first scan of all rows has listed."""
        every = np.arange(len(self._slack))
        self._slack = np.maximum(first.threshold - first.least, self._least_slack)
        self._lists.replace(every, first.listing)
        self._floors.set(every, np.where(first.listing.full, np.inf, first.threshold), first.v.copy())

    def listed(self, u: NDArray[np.float64], v: NDArray[np.float64], enough: float) -> Pairs | None:
        """Return the listed pairs that violate (u, v), if these alone show that a bracket would stay open.

        That is if they take more than ``enough`` off the dual value of (u, v), and more than a share of what they took
        off when they were first asked for since all pairs were priced. None if not.
        """
        if self._floors.empty:
            return None
        self.taken = float(np.dot(self._program.a, u - self._lists.least(np.arange(len(u)), v, u)))
        if self.taken <= max(enough, self._enough):
            return None
        self._enough = self._enough or LEFT * self.taken
        return _below(u, v, *self._lists.violating(u, v, PER_ROW))

    def price(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Priced:
        """Compute the c-transform of v over all pairs, and the pairs that violate (u, v)."""
        self._enough = 0.0
        every = np.arange(len(u))
        if self._floors.empty:
            self._slack = np.maximum(self._sampled(every, v, self._length) - u, self._least_slack)
            self._scan(every, u, v)
        limit = u + self._tie
        lowest = self._lists.least(every, v, limit)
        unsafe = np.flatnonzero(self._floors.under(v) < lowest)
        if len(unsafe):
            others = self._scan_columns(unsafe, lowest[unsafe], v)
            self._slack[others] *= 1.5
            self._scan(others, lowest[others], v)
            lowest[unsafe] = self._lists.least(unsafe, v, limit[unsafe])
        rows, columns, cost = self._lists.violating(u, v, PER_ROW)
        crowded = np.flatnonzero(np.isposinf(self._floors.thresholds))
        if len(crowded):
            lowest[crowded], *near = self._nearest(crowded, u, v)
            found = zip((rows, columns, cost), near, strict=True)
            rows, columns, cost = (np.concatenate(both) for both in found)
            self._scan(crowded, lowest[crowded], v)
        return Priced(np.minimum(lowest, self._floors.under(v)), *_below(u, v, rows, columns, cost))

    def _nearest(
        self, rows: NDArray[np.int64], u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Price whole rows: by products where the screen has them, else by measuring all.

        Returns the least ``c_ij - v_j`` of each, and the rows, columns and costs of pairs of which few of a row have
        less. Among ties, rows take different columns: if all took the same, the program would hardly grow.
        """
        if isinstance(self._screen, ProductScanner):
            return self._by_products(self._screen, rows, u, v)
        few, kept = min(PER_ROW, self._m), 1.0 - self._program.rounding - 2.0**-52
        lowest = np.empty(len(rows))
        near, cost = np.empty((len(rows), few), np.int64), np.empty((len(rows), few))
        step = max(1, WHOLE_PAIRS // self._m)
        every = np.arange(self._m)
        for some in spans(len(rows), step):
            part = rows[some]
            whole = self._program.measure(np.repeat(part, self._m), np.tile(every, len(part)))
            whole = whole.reshape(len(part), -1)
            reduced = whole - v
            lowest[some] = (whole * kept - v).min(axis=1)
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
            pricing = HeldPricing(screen.held(part), measure, none, none, np.empty(0), self._program.rounding)
            priced = pricing.price(u[part], v)
            parts.append((priced.lowest, part[priced.rows], priced.columns, priced.cost))
        lowest, *near = (np.concatenate(column) for column in zip(*parts, strict=True))
        return lowest, near[0], near[1], near[2]

    def _measure_among(
        self, part: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        return self._program.measure(part[rows], columns)

    def _sampled(self, rows: NDArray[np.int64], v: NDArray[np.float64], length: int) -> NDArray[np.float64]:
        """Guess, from the sample, the value under which some rows have about ``length`` pairs."""
        step = max(1, length * len(self._sample) // (RANK * self._m))
        sample = self._sample[::step]
        rank = max(2, round(length * len(sample) / self._m) - 1)
        threshold: NDArray[np.float64] = row_ranks(self._screen, sample, v, rows, [rank])[0]
        return threshold

    def _scan_columns(
        self, rows: NDArray[np.int64], lowest: NDArray[np.float64], v: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Raise floors of some rows to ``lowest`` by scans of few columns; return the rows where that does not pay."""
        if not isinstance(self._screen, ColumnScanner) or len(rows) * self._m <= FEW_PAIRS:
            return rows
        for some, columns, reference in self._floors.risen(rows, lowest, v):
            thresholds = self._floors.thresholds[some]
            room = self._limit - self._lists.counts(some)
            scanner = self._screen.among(columns)
            listing = scanner.scan(reference[columns], thresholds, some, limit=max(1, int(room.max())))
            kept = ~listing.full & (listing.counts <= room)
            self._lists.add(some[kept], _of_rows(listing, kept, columns))
            self._floors.set(some[kept], thresholds[kept], reference)
        return rows[self._floors.under(v)[rows] < lowest]

    def _scan(self, rows: NDArray[np.int64], lowest: NDArray[np.float64], v: NDArray[np.float64]) -> None:
        """List the rows' pairs up to their slack above ``lowest``, again.

        The least of a row with too many may be far below: it is looked for among as few pairs as a sample says, and
        then the row's pairs are listed up to less slack above that. Rows that still have too many get no list and an
        infinite floor: they are priced whole.
        """
        self._list(rows, lowest + self._slack[rows], v)
        crowded = np.isposinf(self._floors.thresholds[rows])
        rows, lowest = rows[crowded], lowest[crowded]
        if len(rows):
            self._slack[rows] /= 8.0
            self._list(rows, np.minimum(lowest + self._slack[rows], self._sampled(rows, v, self._length)), v)
            lowest = self._lists.least(rows, v, lowest)
            thresholds = self._floors.thresholds[rows]
            short = np.isposinf(thresholds) | (thresholds < lowest)
            rows, lowest = rows[short], lowest[short]
            self._slack[rows] /= 8.0
            self._list(rows, lowest + self._slack[rows], v)

    def _list(self, rows: NDArray[np.int64], threshold: NDArray[np.float64], v: NDArray[np.float64]) -> None:
        """List the rows' pairs below a threshold, again, unless there are too many."""
        if len(rows):
            listing = self._screen.scan(v, threshold, rows, limit=self._limit)
            self._lists.replace(rows, listing)
            self._floors.set(rows, np.where(listing.full, np.inf, threshold), v.copy())


def longest(screen: Scanner, length: int, m: int) -> int:
    """Return how many of m pairs a list may have that is asked to have ``length``."""
    return min((LONGEST_OF_PRODUCTS if isinstance(screen, ProductScanner) else LONGEST) * length, m)


def _below(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    cost: NDArray[np.float64],
) -> Pairs:
    """Return those of some pairs that violate (u, v)."""
    violating = cost < u[rows] + v[columns]
    return rows[violating], columns[violating], cost[violating]


def _of_rows(listing: Listing, kept: NDArray[np.bool_], columns: NDArray[np.int64]) -> Listing:
    """Return what is listed of some rows, of which none is full, with columns numbered as ``columns`` says."""
    entries = np.repeat(kept, np.where(listing.full, 0, listing.counts))
    numbered = columns[listing.columns[entries]].astype(np.int32)
    return Listing(
        listing.counts[kept], numbered, listing.bound[entries], np.zeros(int(kept.sum()), np.bool_)
    )
