r"""Toys of k-medians: Lemma A.1.1 and Theorem A.1.3 of Stanczuk et al. 2021, where the optimum can be known.

For any k points, W1 between data and these points weighted by their cells is the mean distance to the nearest. So the
optimal k-medians, so weighted, are the measure on k points that is nearest to the data.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wcheck.experiments.toy import Fact, w1

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

POINTS, FEW = 300, 14
"""The points of the lemma, and those of the theorem, few enough for all their subsets."""
OTHERS = 100
"""Other measures on k points that the best one is compared with."""


def cells(x: float, seed: int) -> Iterator[Fact]:
    """Compare random points in the plane with ``x`` other ones that are weighted by their cells."""
    import numpy as np

    from wcheck.medians import nearest
    from wcheck.rng import generator

    k = round(x)
    random = generator(seed, "toys", "cells")
    points, centres = random.standard_normal((POINTS, 2)), random.uniform(-3, 3, (k, 2))
    labels, distances = nearest(points, centres)
    yield w1(float(distances.mean()), points, centres, None, np.bincount(labels, minlength=k) / POINTS)


def medians(x: float, seed: int) -> Iterator[Fact]:
    """Compare points on a line with the best ``x`` points, by dynamic programming, and with what else there is."""
    import numpy as np

    from wcheck.clustering import GeometricKMedians
    from wcheck.medians import nearest
    from wcheck.rng import generator
    from wcheck.transport.solve.exact import exact

    k = round(x)
    random = generator(seed, "toys", "medians")
    places = np.sort(random.standard_normal(FEW))
    points = places[:, None] * np.array([0.6, 0.8])  # in the plane, where the solver does not just sort
    loss, chosen = best_medians(places, k)
    labels, _ = nearest(points, points[chosen])
    yield w1(loss, points, points[chosen], None, np.bincount(labels, minlength=k) / FEW)
    every = np.array(list(itertools.combinations(range(FEW), k)))
    away = abs(places[:, None] - places)
    yield Fact("loss_enumerated", loss, float(away[:, every].min(axis=2).mean(axis=0).min()))
    found = GeometricKMedians(k, n_init=10, random_state=0).fit(points)
    yield Fact("loss_lloyd", loss, found.loss_, side="above")
    weights = np.bincount(labels, minlength=k) / FEW
    least = np.inf
    for spread in np.geomspace(1e-3, 1, OTHERS):
        near = points[chosen] + spread * random.standard_normal((k, 2))
        masses = weights * np.exp(spread * random.standard_normal(k))
        least = min(least, exact(points, near, None, masses / masses.sum()).bracket.lower)
    yield Fact("w1_others", loss, float(least), side="above")


def best_medians(places: Array, k: int) -> tuple[float, list[int]]:
    """Return the least mean distance of ascending places to k of them, and which these are.

    On the line a cell is an interval, and the median of its places serves it best: dynamic programming over the ends of
    the intervals finds the optimum in ``O(k n^2)``.
    """
    import numpy as np

    n = len(places)
    sums = np.concatenate([[0.0], np.cumsum(places)])

    def cost(first: int, stop: int) -> float:
        middle = (first + stop) // 2
        left, right = sums[middle] - sums[first], sums[stop] - sums[middle]
        return float(places[middle] * (2 * middle - first - stop) - left + right)

    # Of so many medians and of the first places: the least total distance, and the medians.
    best: dict[tuple[int, int], tuple[float, list[int]]] = {(0, 0): (0.0, [])}
    for used, stop in itertools.product(range(1, k + 1), range(1, n + 1)):
        ways = (
            (best[used - 1, first][0] + cost(first, stop), first)
            for first in range(used - 1, stop)
            if (used - 1, first) in best
        )
        total, first = min(ways, default=(np.inf, 0))
        if total < np.inf:
            best[used, stop] = total, [*best[used - 1, first][1], (first + stop) // 2]
    total, chosen = best[k, n]
    return total / n, chosen
