r"""k uniformly weighted points that a batch loss would rather see than data: two local minimisers.

A generator that is trained on the W1 of batches of size k is free to return any k points. Over all N training points x
the best are those that minimise ``W1(data, uniform on c)``; over random batches X of k of them, those that minimise
``E W1(X, uniform on c)``. Neither is convex in c: what is found here is a local minimiser of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from sklearn.cluster import kmeans_plusplus

from wcheck.measures.measure import Measure
from wcheck.medians import descend
from wcheck.progress import Report, silent
from wcheck.rng import derived_seed, generator
from wcheck.transport.solve.exact import exact

Points = NDArray[np.float64]

ROUGH, TOLERANCE = 3e-3, 1e-4
"""A descent on all points ends with a plan that lowers the distance by this share or less: that of each start, and that
which continues from the best."""
PLANS = 100
"""Plans a descent at most."""
MOVES = 5
"""Steps of Weiszfeld's between two plans."""
BATCHES, STEPS = 8, 1000
"""Batches a stochastic step, and steps."""
DELAY = 50
"""Steps after which the step size has halved, about."""


@dataclass(frozen=True, slots=True, eq=False)
class Minimiser:
    """What :func:`uniform_minimiser` found: the points ``(k, d)``, and the W1 between them and all data."""

    points: Points
    value: float


def uniform_minimiser(
    points: NDArray[Any], first: NDArray[Any], *, starts: int = 20, seed: int = 0, report: Report = silent
) -> Minimiser:
    """Descend on ``W1(points, uniform on c)`` over c by turns, from a given and random starts, and keep the best end.

    The exact plan says what share of which points each centre gets, 1/k of the total; Weiszfeld's steps move each
    centre towards the geometric median of its share. Both only lower the distance. All starts descend roughly, and the
    best of them continues.

    Parameters
    ----------
    points : ndarray, shape (N, d)
        The data, N at least k.
    first : ndarray, shape (k, d)
        A start beside the random ones, such as the centres of k-medians: the end is never worse.
    starts : int
        Random starts, by scikit-learn's k-means++.
    seed : int
        The seed of the starts.
    report : Report
        Called with the label ``uniform minimiser`` and the starts done.
    """
    data, k = Measure.of(points), len(first)
    ends = [_descent(data, first.astype(np.float64), ROUGH)]
    for start in range(starts):
        report("uniform minimiser", start, starts)
        random = derived_seed(seed, "uniform minimiser", k, start) % 2**32
        centres, _ = kmeans_plusplus(points, k, random_state=random)
        ends.append(_descent(data, centres.astype(np.float64), ROUGH))
    report("uniform minimiser", starts, starts)
    return _descent(data, min(ends, key=lambda end: end.value).points, TOLERANCE)


def batch_minimiser(points: NDArray[Any], start: Points, *, seed: int = 0, report: Report = silent) -> Points:
    r"""Descend on ``E W1(X, uniform on c)`` over c, X a random batch of k of the points, by stochastic gradients.

    .. math:: \nabla_{c_j} = \frac1k E \frac{c_j - X_{\sigma(j)}}{|c_j - X_{\sigma(j)}|}, \quad \sigma \text{ optimal}

    The steps are of decreasing size, in the unit of the mean distance, and the second half of the way is averaged.

    Parameters
    ----------
    points : ndarray, shape (N, d)
        What batches are drawn from, without replacement.
    start : ndarray, shape (k, d)
        Where to start.
    seed : int
        The seed of the batches.
    report : Report
        Called with the label ``batch minimiser`` and the steps done.

    Returns
    -------
    ndarray, shape (k, d), float64
    """
    k = len(start)
    random = generator(seed, "batch minimiser", k)
    current, mean = start.astype(np.float64), np.zeros(start.shape)
    averaged = range(STEPS // 2, STEPS)
    for step in range(STEPS):
        pull, distance = np.zeros(start.shape), 0.0
        for _ in range(BATCHES):
            batch = points[random.choice(len(points), k, replace=False)].astype(np.float64)
            costs = cdist(current, batch)
            rows, columns = linear_sum_assignment(costs)
            matched = costs[rows, columns]
            away = batch[columns] - current
            pull += np.divide(away, matched[:, None], out=np.zeros_like(away), where=matched[:, None] > 0)
            distance += float(matched.mean())
        current += distance / BATCHES * pull / BATCHES / (1.0 + step / DELAY) ** 0.75
        if step in averaged:
            mean += current / len(averaged)
        if step % 16 == 0:
            report("batch minimiser", step, STEPS)
    report("batch minimiser", STEPS, STEPS)
    return mean


def _descent(data: Measure, centres: Points, tolerance: float) -> Minimiser:
    best = Minimiser(centres, np.inf)
    for _ in range(PLANS):
        found = exact(data, centres)
        if found.value >= best.value * (1.0 - tolerance):
            break
        best = Minimiser(centres, found.value)
        plan = found.plan
        # a point whose mass goes to two centres stands there twice
        centres = descend(data.block(plan.row), plan.data, plan.col.astype(np.intp), centres, MOVES)
    return best if best.value <= found.value else Minimiser(centres, found.value)
