"""Samples of points that stand for all: smaller programs, whose potentials are near those of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def random_part(n: int, size: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw ``size`` of n numbers, or all where there are no more, ascending."""
    return np.sort(generator.choice(n, min(n, size), replace=False)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of n points, and what mass they have in place of all.

    Attributes
    ----------
    points : ndarray, shape (k,), int64
        Their numbers, ascending.
    weights : ndarray, shape (k,), float64
        Positive, of total 1.
    """

    points: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        """How many points there are."""
        return len(self.points)


def drawn(weights: NDArray[np.float64], size: int, generator: np.random.Generator) -> Sample:
    """Draw ``size`` times by weight: a point stands for as much of the total as it was drawn.

    The draws are systematic, at equal steps of the cumulated weights in a random order, so of weights that are equal no
    point is drawn twice. Points drawn at random that keep their own weights would stand for the total far worse.
    """
    n = len(weights)
    if size >= n:
        return Sample(np.arange(n), weights / weights.sum())
    if np.all(weights == weights[0]):
        return Sample(random_part(n, size, generator), np.full(size, 1.0 / size))
    order = generator.permutation(n)
    ends = np.cumsum(weights[order])
    steps = (np.arange(size) + generator.random()) * (ends[-1] / size)
    points, times = np.unique(order[np.minimum(np.searchsorted(ends, steps), n - 1)], return_counts=True)
    return Sample(points.astype(np.int64), times / size)
