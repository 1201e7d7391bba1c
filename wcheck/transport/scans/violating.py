"""The pairs that violate potentials most, by row and by column, where all costs are held.

Those of a row that violate most are often neighbours of each other, as on a curve, and say the same: the potentials of
one mended, the others violate no more. So what a pair violates by counts for between half of it and all, as a draw has
it, and the row takes some of the neighbours. On lines and curves this halves the number of rounds.
"""

from __future__ import annotations

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import GROUP, least, least_price

PER_ROW = 16
"""How many violating pairs of a row are added to the linear program at a time."""
SHARE = 0.5
"""What a pair violates by counts for no less than this share."""


class Owners:
    """The most violating row of every column, of pieces of rows that come in any order.

    Parameters
    ----------
    m : int
        The number of columns.
    """

    def __init__(self, m: int) -> None:
        self._best, self._owner, self._lock = np.zeros(m), np.full(m, -1), Lock()

    def merge(self, best: NDArray[np.float64], owner: NDArray[np.int64]) -> None:
        """Take in what a piece found: the least reduced costs, and the rows they are in, -1 where there is none."""
        with self._lock:  # among ties the first row, whichever piece comes first
            better = (best < self._best) | ((best == self._best) & (owner < self._owner) & (owner >= 0))
            self._best[better], self._owner[better] = best[better], owner[better]

    def found(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows and columns of the pairs."""
        columns = np.flatnonzero(self._owner >= 0)
        return self._owner[columns], columns


@compiled()
def price_rows(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    costs, index, potential, limits, first, lowest, counts, columns, best, owner
):
    """Find each row's least ``c - v``, its pairs that are most below the limit, and each column's most violating row.

    Only groups with a violating pair are looked at again. Of ties for the least, rows take different ones, each
    beginning elsewhere: if all took the same, the program would hardly grow.
    """
    m, most = len(potential), columns.shape[1]
    whole, groups = m // GROUP, (m + GROUP - 1) // GROUP
    low_of, value = np.full(groups, np.inf), np.empty(most)
    for position in range(len(index)):
        row, limit, low = costs[index[position]], limits[position], np.inf
        for j in range(whole * GROUP, m):
            low = least(low, np.float64(row[j]) - potential[j])
        low_of[whole:] = low
        for group in range(whole):
            low_of[group] = least_price(row, potential, group * GROUP)
            low = least(low, low_of[group])
        lowest[position] = low
        if not low < limit:
            continue
        held, sure, group = 0, False, (first + position) * 7919 % groups
        for _ in range(groups):
            if low_of[group] < limit:
                for j in range(group * GROUP, min(m, group * GROUP + GROUP)):
                    price = np.float64(row[j]) - potential[j]
                    if not price < limit:
                        continue
                    below = price - limit
                    if below < best[j]:
                        best[j], owner[j] = below, first + position
                    if sure or price > low:  # the least itself is always taken
                        below *= counted(first + position, j)
                    else:
                        sure = True
                    if held == most and below >= value[most - 1]:
                        continue
                    place = min(held, most - 1)
                    while place > 0 and value[place - 1] > below:
                        value[place] = value[place - 1]
                        columns[position, place] = columns[position, place - 1]
                        place -= 1
                    value[place], columns[position, place] = below, j
                    held = min(held + 1, most)
            group = group + 1 if group + 1 < groups else 0
        counts[position] = held


@compiled(inline="always")
def counted(row, column):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the share of what a pair violates by that counts, drawn from its numbers."""
    drawn = np.uint32(row * 2654435761 + column * 2246822519)
    drawn = np.uint32((drawn ^ (drawn >> np.uint32(15))) * np.uint32(3266489917))
    drawn ^= drawn >> np.uint32(16)
    return SHARE + (1.0 - SHARE) * np.float64(drawn) * 2.0**-32
