r"""The intrinsic dimension of a set of points, from the distances to nearest neighbours.

With ``T_j(x)`` the distance from x to its j-th neighbour:

* ``mle``: ``1/d = mean over x of sum_{j<k} ln(T_k(x) / T_j(x)) / (k - 1)``: Levina and Bickel's maximum likelihood
  (2004) averaged as MacKay and Ghahramani (2005) do, over inverses.
* ``twonn``: of ``mu = T_2 / T_1`` the distribution function is ``1 - mu^-d``; the slope through the origin of
  ``-ln(1 - F)`` over ``ln mu``, the largest tenth left out (Facco et al. 2017).

Duplicates are removed first: at distance 0 neither is defined. Both take the distances for those of a density; where
more than :data:`TIED` of the points have their first two neighbours at one and the same distance, they lie on a lattice
or were rounded, and there is no estimate (status ``ties``).

**Bias**: the density is taken for constant as far as the k-th neighbour, which in many dimensions is far away. Both
say too little there, the more so the larger k and the fewer the points: of 2,000 standard normal points in 20
dimensions, 16.9 (twonn) and 15.3 (mle, k = 20).

**Standard errors** are those of the randomness of the draws, not of this bias: see :func:`standard_error`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError, counted
from wcheck.progress import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.measure import Measure

    Array = NDArray[np.float64]

QUERIES = 1000
"""Points whose neighbours are sought at a time."""
KEPT = 0.9
"""Share of the points that the line of twonn goes through."""
TIED = 0.05
"""Share of the points from which on equal first two distances are more than chance. With fewer, rounding to a lattice
moved estimates by at most 5 % (uniform points in 1 to 20 dimensions)."""
SPLITS = 20
"""Random splits into halves that a standard error is of."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest neighbours of n distinct points.

    Attributes
    ----------
    distances : ndarray, shape (n, K), float64
        Ascending.
    indices : ndarray, shape (n, K), int
        Which points they are.
    rounding : float
        Distances that differ by less may be equal in mathematics.
    """

    distances: Array
    indices: NDArray[np.intp]
    rounding: float

    @property
    def tied(self) -> bool:
        """Whether the first two distances are equal, or the first is 0, at more than :data:`TIED` of the points."""
        first, second = self.distances[:, 0], self.distances[:, 1]
        equal = (second - first <= self.rounding) | (first <= self.rounding)
        return bool(equal.mean() > TIED)

    def within(self, half: NDArray[np.bool_], k: int) -> Array:
        """Return the first k distances of the points in a half to others in it, ``(n', k)``."""
        import numpy as np

        reach = _reach(k)
        kept = half[self.indices[half, :reach]]
        distances = np.sort(np.where(kept, self.distances[half, :reach], np.inf), axis=1)[:, :k]
        enough: Array = distances[np.isfinite(distances[:, -1])]
        return enough


def nearest_neighbours(measure: Measure, k: int, report: Report) -> Neighbours:
    """Return the neighbours of each distinct point: k, and as many more as a half of the points needs to have k.

    They are found by scikit-learn, in the points' own precision, and measured again by direct differences.

    Raises
    ------
    ParameterError
        If there are no more than k distinct points.
    """
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    from wcheck.transport.cost.pairs import pair_costs

    points = measure.dense()
    rows = points.view(np.dtype((np.void, points.dtype.itemsize * points.shape[1]))).ravel()
    points = points[np.sort(np.unique(rows, return_index=True)[1])]
    if len(points) <= k:
        raise ParameterError(
            f"{measure.name} has {counted(len(points), 'distinct point')}: {k} neighbours need more; "
            "give more points or a smaller k."
        )
    count = min(_reach(k), len(points) - 1)
    search = NearestNeighbors(n_neighbors=count + 1).fit(points)
    distances, indices = np.empty((len(points), count)), np.empty((len(points), count), np.intp)
    for start in range(0, len(points), QUERIES):
        own = np.arange(start, min(start + QUERIES, len(points)))
        report("neighbours", start, len(points))
        found = search.kneighbors(points[own], return_distance=False)
        measured = pair_costs(points, points, np.repeat(own, count + 1), found.ravel()).reshape(found.shape)
        # The point itself is its nearest, unless rounding hides it behind one almost as near.
        measured[found == own[:, None]] = -1.0
        order = np.argsort(measured, axis=1)[:, 1:]
        distances[own] = np.take_along_axis(measured, order, axis=1)
        indices[own] = np.take_along_axis(found, order, axis=1)
    report("neighbours", len(points), len(points))
    largest = float(np.abs(points).max())
    rounding = 4.0 * float(np.finfo(points.dtype).eps) * largest * math.sqrt(points.shape[1])
    return Neighbours(distances, indices, rounding)


def _reach(k: int) -> int:
    """Return of how many neighbours at least k are in a random half: all but about 1 in 10,000 times."""
    return math.ceil(2 * k + 6 * math.sqrt(k) + 6)


def maximum_likelihood(distances: Array) -> float:
    """Return the estimate from ascending neighbour distances ``(n, k)``."""
    import numpy as np

    return 1.0 / float(np.log(distances[:, -1:] / distances[:, :-1]).mean())


def two_neighbours(distances: Array) -> float:
    """Return the estimate from the first two of ascending neighbour distances ``(n, k)``."""
    import numpy as np

    logs = np.sort(np.log(distances[:, 1] / distances[:, 0]))
    kept = max(1, int(KEPT * len(logs)))
    heights = -np.log1p(-np.arange(1, kept + 1) / len(logs))
    return float(logs[:kept] @ heights / (logs[:kept] @ logs[:kept]))


def standard_error(near: Neighbours, k: int, estimate: Callable[[Array], float]) -> float | None:
    r"""Return the standard error of an estimate from k neighbours; None where half of the points are too few.

    Points' terms depend on each other through common neighbours, so their spread over the root of n is too small. But
    estimates from two halves of independent draws are independent, each of twice the variance: with the estimates
    ``a, b`` of halves and that of the whole, D, ``D^2 E[(ln a - ln b)^2] / 4`` is the variance of D, averaged here
    over :data:`SPLITS` random splits, always the same. Logarithms, because halves have a larger bias and a spread in
    proportion to what they say. Bootstrapped points would be their own nearest neighbours.
    """
    import numpy as np

    from wcheck.rng import generator

    count = len(near.distances)
    if count // 2 <= k:
        return None
    squares = []
    for number in range(SPLITS):
        half = generator(0, "halves", number).permutation(count) < count // 2
        first, second = (estimate(near.within(part, k)) for part in (half, ~half))
        squares.append(math.log(first / second) ** 2)
    return estimate(near.distances[:, :k]) * math.sqrt(float(np.mean(squares))) / 2.0
