r"""MinFunnels: pairs of distributions in any dimension whose W1 and optimal gradient are known.

``u(z) = min_i |z - a_i| + b_i`` is 1-Lipschitz. The centre that attains the minimum at z is the active one; on the
segment from z to it, it stays active, and u falls at the rate 1: no other term can fall faster. So a map that moves
every point towards its active centre, and never past it, is optimal: ``u(z) - u(T(z)) = |z - T(z)|`` for all z, hence
``W1 = E|Z - T(Z)|``, and the gradient of every optimal potential on the segments is ``(z - a_i) / |z - a_i|``. With one
centre u is a cone.

Source: Korotin, Kolesov and Burnaev, Kantorovich Strikes Back! Wasserstein GANs are not Optimal Transport?, NeurIPS
2022, Section 4. As there, points and centres are uniform in a cube and offsets normal; points are moved here by one
share of their way, there by a power of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from wcheck.rng import generator
from wcheck.threads import spans

Values = NDArray[np.float64]

BLOCK = 1 << 22
"""Distances from points to centres, or coordinates, that are held at a time."""
DRAWS, LEAST_DRAWS = 1 << 20, 1 << 14
"""Points of a Monte Carlo mean; fewer where they have many coordinates or there are many centres."""
COORDINATES = 1 << 27


@dataclass(frozen=True, slots=True, eq=False)
class Funnels:
    """The function ``u(z) = min_i |z - a_i| + b_i``.

    Attributes
    ----------
    centres : ndarray, shape (k, d), float64
        The a_i.
    offsets : ndarray, shape (k,), float64
        The b_i.
    """

    centres: Values
    offsets: Values

    def __call__(self, points: NDArray[np.floating]) -> Values:
        """Return u at points ``(n, d)``: values ``(n,)``."""
        active = self.active(points)
        return self._distances(points, active) + self.offsets[active]

    def active(self, points: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the number of the active centre of each point, the first of several."""
        found = np.empty(len(points), dtype=np.int64)
        lengths = np.einsum("kd,kd->k", self.centres, self.centres)
        for part in self._parts(len(points)):
            z = points[part].astype(np.float64)
            squares = np.einsum("nd,nd->n", z, z)[:, None] - 2.0 * (z @ self.centres.T) + lengths
            values = np.sqrt(np.maximum(squares, 0.0)) + self.offsets
            found[part] = values.argmin(axis=1)
        return found

    def gradient(self, points: NDArray[np.floating]) -> Values:
        """Return the gradient of u, ``(n, d)``: of length 1, and 0 at a centre, where there is none."""
        away = points - self.centres[self.active(points)]
        lengths = np.linalg.norm(away, axis=1, keepdims=True)
        unit: Values = np.divide(away, lengths, out=np.zeros_like(away), where=lengths > 0)
        return unit

    def moved(self, points: NDArray[np.floating], share: float) -> Values:
        """Return the points after a share, from 0 to 1, of their way to their active centres."""
        found = points.astype(np.float64)
        for part in self._parts(len(points)):
            found[part] += share * (self.centres[self.active(points[part])] - points[part])
        return found

    def distances(self, points: NDArray[np.floating]) -> Values:
        """Return how far each point is from its active centre."""
        return self._distances(points, self.active(points))

    def _parts(self, n: int) -> Iterator[slice]:
        return spans(n, max(1, BLOCK // max(self.centres.shape)))

    def _distances(self, points: NDArray[np.floating], active: NDArray[np.int64]) -> Values:
        found: Values = np.linalg.norm(points - self.centres[active], axis=1)
        return found


@lru_cache(maxsize=64)
def funnels(dim: int, count: int, radius: float, offset: float, pair: int) -> Funnels:
    """Return random funnels: centres uniform in the cube ``[-radius, radius]^dim``, offsets ``N(0, offset^2)``.

    Parameters
    ----------
    dim, count : int
        Coordinates, and centres.
    radius, offset : float
        See above.
    pair : int
        Their seed: the same one gives the same funnels in every run.
    """
    random = generator(pair, "funnels", dim, count)
    return Funnels(random.uniform(-radius, radius, (count, dim)), offset * random.standard_normal(count))


@lru_cache(maxsize=64)
def mean_distance(dim: int, count: int, radius: float, offset: float, pair: int) -> tuple[float, float]:
    """Return the mean distance from a uniform point of the cube to its active centre, with its standard error.

    By Monte Carlo with a seed of its own, over a million points in moderate dimensions: there is no closed form.

    Parameters
    ----------
    dim, count, radius, offset, pair
        The parameters of :func:`funnels`.
    """
    u = funnels(dim, count, radius, offset, pair)
    draws = max(LEAST_DRAWS, min(DRAWS, COORDINATES // max(dim, count)))
    random = generator(pair, "mean distance of funnels", dim, count)
    parts = [
        u.distances(random.uniform(-radius, radius, (some.stop - some.start, dim)))
        for some in spans(draws, max(1, BLOCK // max(dim, count)))
    ]
    found = np.concatenate(parts)
    return float(found.mean()), float(found.std(ddof=1)) / math.sqrt(draws)
