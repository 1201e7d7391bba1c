"""The arcs that a restricted program begins with: of each row and each column those that look best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.threads import spans
from wcheck.transport.programs.sample import random_part
from wcheck.transport.scans.candidates import longest
from wcheck.transport.scans.cells import Cells
from wcheck.transport.scans.estimates import row_ranks, scattered_rows
from wcheck.transport.scans.listing import FirstScan, Scanner
from wcheck.transport.scans.prices import lists_first, prices
from wcheck.transport.solve.level import Level

SAMPLE = 1000
"""Columns, at least, from which thresholds are guessed."""
RANK = 3
"""How many of a row's first arcs the sample of columns should hold for their threshold to be guessed."""
FIRST_PER_ROW, FIRST_PER_COLUMN, FIRST_IN_CELLS = 32, 16, 8
"""Arcs that the first restricted program has per row, at most, and per column, and per column in few dimensions."""
ROWS = 1024
"""Rows whose first arcs are taken at a time."""


def first_arcs(
    level: Level,
    screen: Scanner,
    v: NDArray[np.float64],
    generator: np.random.Generator,
    length: int = FIRST_PER_ROW,
) -> tuple[NDArray[np.int64], FirstScan | None]:
    """Return the keys ``i m + j`` of pairs with small estimated reduced cost by row and by column.

    Where lists of pairs are to be kept, also the scan that found those of the rows: of about ``length`` pairs per row.
    """
    (n, m), first = level.shape, None
    share = min(1.0, 0.5 * (n + m) / n)  # a plan has n + m - 1 arcs: of many rows, few each
    per_row = round(share * FIRST_PER_ROW)
    if isinstance(screen, Cells):
        few, (u, *keys) = FIRST_IN_CELLS, screen.first_arcs(v)
    else:
        few, lists = FIRST_PER_COLUMN, level.pricing is prices and lists_first(screen)
        u, keys, first = _first_by_row(screen, n, v, per_row, length if lists else per_row, generator)
    near = scattered_rows(screen, u, m, few, level.among, generator)
    keys = [*keys, (near * m + np.arange(m)[:, None]).ravel()]
    return np.concatenate(keys), first if length > FIRST_PER_ROW else None


def _first_by_row(
    screen: Scanner, n: int, v: NDArray[np.float64], first: int, length: int, generator: np.random.Generator
) -> tuple[NDArray[np.float64], list[NDArray[np.int64]], FirstScan]:
    """Return potentials u, the keys of pairs with small estimated reduced cost by row, and the scan that found them."""
    m = len(v)
    sample_y = random_part(m, max(SAMPLE, RANK * m // FIRST_PER_ROW), generator)
    ranks = [max(1, round(per_row * len(sample_y) / m) - 1) for per_row in (first, length)]
    u, few, many = row_ranks(screen, sample_y, v, np.arange(n), [0, *ranks], estimate=True)
    listing = screen.scan(v, many, limit=longest(screen, length, m), estimate=True)
    counts = np.where(listing.full, 0, listing.counts)
    ends, keys = np.cumsum(counts), []
    for some in spans(n, ROWS):
        rows = np.repeat(np.arange(some.start, some.stop), counts[some])
        own = slice(ends[some.stop - 1] - len(rows), ends[some.stop - 1])
        columns = listing.columns[own]
        near = listing.bound[own] - v[columns] < few[rows]
        keys.append(rows[near] * m + columns[near])
    return u, keys, FirstScan(listing, v, many, u)
