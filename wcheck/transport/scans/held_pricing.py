r"""Pricing where lower bounds of all costs are held: one look at all of them a round, and few pairs measured.

1. The pairs whose bounds violate (u, v) most are measured, and what is held of them is raised to that.
2. The least measured ``c_ij - v_j`` of a row leaves few pairs in doubt, whose bounds are below it: they are measured,
   too.

Of both, pairs that violate (u, v) are returned: where bounds are off by more than pairs violate, as near the optimum,
the first alone are none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.threads import over_spans
from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.programs.refinement import Priced
from wcheck.transport.scans.held import Held
from wcheck.transport.scans.violating import Owners, price_rows

PER_ROW = 8
"""How many violating pairs of a row are measured, and added to the linear program, at a time."""


class HeldPricing:
    """Prices all pairs.

    Parameters
    ----------
    scanner : Held
        The bounds, which are raised as pairs are measured.
    measure : callable
        ``measure(rows, columns)`` returns float64 costs of pairs.
    rows, columns, cost : ndarray, shape (k,)
        Pairs that are measured already.
    rounding : float
        The relative error of measured costs, by which they are cut where the least is looked for.
    """

    def __init__(
        self,
        scanner: Held,
        measure: MeasurePairs,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        cost: NDArray[np.float64],
        rounding: float,
    ) -> None:
        self._scanner, self._measure, self._kept = scanner, measure, 1.0 - rounding - 2.0**-52
        scanner.costs.raise_to(rows, columns, cost * self._kept)

    def price(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Priced:
        """Compute the c-transform of v over all pairs, and the pairs that violate (u, v).

        Of rows without any, the least bound is returned, which is at least u.
        """
        m = len(v)
        least, rows, columns = self._violating(u, v)
        cost = self._measured(rows, columns)
        least[rows] = np.inf
        np.minimum.at(least, rows, cost * self._kept - v[columns])
        doubt = self._scanner.scan(v, least)
        others = np.repeat(np.arange(len(u)), doubt.counts)
        keys = np.setdiff1d(others * m + doubt.columns, rows * m + columns, assume_unique=True)
        others, near = keys // m, keys % m
        doubtful = self._measured(others, near)
        np.minimum.at(least, others, doubtful * self._kept - v[near])
        below = np.flatnonzero(doubtful < u[others] + v[near])  # of ties, which can be many, few are
        below = below[_fewest(others[below], (doubtful - v[near])[below])]
        violating = cost < u[rows] + v[columns]
        return Priced(
            least,
            np.concatenate([rows[violating], others[below]]),
            np.concatenate([columns[violating], near[below]]),
            np.concatenate([cost[violating], doubtful[below]]),
        )

    def _violating(
        self, u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the least ``bound - v`` of every row, and the pairs whose bounds violate most."""
        scanner, n, m = self._scanner, len(u), len(v)
        limit, potential = scanner.own(u, v, slice(None))
        lowest, owners = np.empty(n), Owners(m)
        counts, columns = np.zeros(n, np.int64), np.empty((n, PER_ROW), np.int64)
        bounds, index = scanner.costs.bounds, np.arange(n)

        def find(span: slice) -> None:
            best, owner = np.zeros(m), np.full(m, -1)
            own = index[span], potential, limit[span], span.start, lowest[span], counts[span], columns[span]
            price_rows(bounds, *own, best, owner)
            owners.merge(best, owner)

        over_spans(n, bounds.size >> 16, find)
        by_row = np.arange(PER_ROW) < counts[:, None]
        every, of_column = owners.found()
        keys = np.unique(
            np.concatenate([np.repeat(index, counts) * m + columns[by_row], every * m + of_column])
        )
        alpha = scanner.costs.alpha
        size = np.abs(lowest) + np.abs(alpha) + float(np.abs(v).max() + np.abs(scanner.costs.beta).max())
        return lowest + alpha - 2.0**-50 * size, keys // m, keys % m

    def _measured(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        cost = self._measure(rows, columns)
        self._scanner.costs.raise_to(rows, columns, cost * self._kept)
        return cost


def _fewest(rows: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the places of the :data:`PER_ROW` least values of each row; rows are ascending."""
    order = np.lexsort((values, rows))
    few: NDArray[np.int64] = order[np.arange(len(rows)) - np.searchsorted(rows, rows) < PER_ROW]
    return few
