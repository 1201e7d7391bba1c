r"""A floor under every pair that no list has.

When row i is scanned with potentials r (its reference), it lists the pairs with ``c_ij - r_j < s_i``. For any later
potentials v, a pair that is not on the list has

    c_ij - v_j  >=  s_i - max_j (v_j - r_j),

so while that floor stays above the row's minimum, the list alone decides ``min_j (c_ij - v_j)`` and the row needs no
new scan. Often a few potentials rise by more than all others. Let S be their columns, and t the most that another
rises. With the reference ``v_j - t`` on S, and r elsewhere, the floor is ``s_i - t``, if only the pairs of S are
scanned again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


class Floors:
    """The floors of n rows, at first under nothing.

    Attributes
    ----------
    thresholds : ndarray, shape (n,), float64
        s: infinite for rows without a list, of which everything is still to be looked at.
    """

    def __init__(self, n: int) -> None:
        self.thresholds = np.full(n, -np.inf)
        self._generation = np.zeros(n, np.int64)
        self._references: list[NDArray[np.float64]] = []

    @property
    def empty(self) -> bool:
        """Whether no row has been scanned."""
        return not self._references

    def under(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return at most ``c_ij - v_j`` of all pairs that are not listed, rounded down."""
        rises = np.array([(v - reference).max() for reference in self._references])
        moved = rises[self._generation]
        floor: NDArray[np.float64] = self.thresholds - moved - 2.0**-51 * np.abs(moved)
        return floor

    def set(
        self, rows: NDArray[np.int64], thresholds: NDArray[np.float64], reference: NDArray[np.float64]
    ) -> None:
        """Note a scan of some rows."""
        self.thresholds[rows] = thresholds
        self._generation[rows] = len(self._references)
        used, self._generation = np.unique(self._generation, return_inverse=True)
        every = [*self._references, reference]
        self._references = [every[generation] for generation in used]

    def risen(
        self, rows: NDArray[np.int64], lowest: NDArray[np.float64], v: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
        """Find columns of which a scan raises the floors of most of some rows to ``lowest``.

        As many columns as make the number of pairs least that are scanned: these columns of the rows whose floors then
        suffice, and all columns of the other rows.

        Yields rows, columns (ascending) and the reference with which the columns are to be scanned.
        """
        m = len(v)
        groups = [
            (self._references[generation], np.flatnonzero(self._generation[rows] == generation))
            for generation in np.unique(self._generation[rows])
        ]
        for reference, some in groups:
            rise = v - reference
            order = np.argsort(-rise)
            room = self.thresholds[rows[some]] - lowest[some]
            short = np.searchsorted(np.sort(room), rise[order])
            few = int(np.argmin(np.arange(m) * (len(some) - short) + short * m))
            level = rise[order[few]]
            enough = some[room >= level]
            if few and len(enough):
                columns = np.sort(order[:few])
                raised = reference.copy()
                raised[columns] = v[columns] - level
                yield rows[enough], columns, raised
