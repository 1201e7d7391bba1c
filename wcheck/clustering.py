r"""Geometric k-medians: the k centres of least mean Euclidean distance to the data.

.. math:: \min_{c_1, \dots, c_k} \sum_i w_i \min_j |x_i - c_j|

For *any* k points, W1 between the data and these points weighted by their cells is the mean distance to the nearest
(Canas and Rosasco 2012), so the optimal centres are the measure on k points that is nearest to the data in W1 (Stanczuk
et al. 2021, Theorem A.1.3). To find them is NP-hard: what is found here is a local optimum near a k-means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from wcheck.errors import ParameterError
from wcheck.medians import Told, nearest, refine
from wcheck.progress import Report, silent

Array = NDArray[Any]


class GeometricKMedians(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Geometric k-medians clustering, a scikit-learn estimator.

    Lloyd's iteration with one step of Weiszfeld's algorithm for each centre (Vardi and Zhang 2000 where a centre is at
    a data point), started from scikit-learn's k-means. It clusters the rows as a measure: their order does not matter,
    and a row of weight 2 is the same as two rows.

    Parameters
    ----------
    n_clusters : int
        The number of centres k, at most the number of rows. If there are fewer distinct points, each is a centre, and
        some are repeated.
    n_init : int
        The number of random starts, of which the best is kept.
    max_iter : int
        The largest number of steps per start.
    tol : float
        A start ends when, in every cell, the mean distance to the centre is provably within this share of the smallest
        possible one.
    random_state : int, RandomState or None
        The seed of the k-means.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (k, d)
        The centres, in the dtype of the data.
    cluster_weights_ : ndarray, shape (k,), float64
        The share of the total weight in each cell; 0 for a centre that repeats another.
    labels_ : ndarray, shape (n,), int
        The nearest centre of each row.
    loss_ : float
        The mean distance to the nearest centre, from direct differences in float64: W1 between the data and the centres
        weighted by ``cluster_weights_``.
    kmeans_centers_, kmeans_loss_ : ndarray, shape (k, d), and float
        The k-means centres with which the best start began, and their loss.
    n_iter_, residual_, converged_ : int, float, bool
        The number of steps; an upper bound of the share of the mean distance that another centre could save in a cell,
        for the worst cell; and whether it is at most ``tol``.

    Examples
    --------
    >>> GeometricKMedians(1, random_state=0).fit([[0.0], [0.0], [9.0]]).cluster_centers_
    array([[0.]])
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        n_init: int = 1,
        max_iter: int = 300,
        tol: float = 1e-6,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, *, report: Report = silent) -> Self:
        """Find the centres.

        Parameters
        ----------
        X : array, shape (n, d)
            One row per point; float32 is kept, and other types are converted to float64.
        y : ignored
        sample_weight : array, shape (n,), optional
            The weights, not negative; 1 if left out.
        report : Report
            Called with the label ``k-medians`` and the number of finished starts.

        Raises
        ------
        ParameterError
            If a parameter is not as described, or no weight is positive.
        ValueError
            If the rows are not finite numbers.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], order="C")
        self._check(len(X))
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if not weights.sum() > 0:
            raise ParameterError("all of sample_weight is 0: give some row a positive weight.")
        weights = weights / weights.sum()
        points, masses = distinct(X, weights)
        random = check_random_state(self.random_state)
        starts = (
            self._start(points, masses, random.randint(2**31), partial(self._told, report, start))
            for start in range(self.n_init)
        )
        best = min(starts, key=lambda start: start.loss)
        self.cluster_centers_ = best.centres
        self.labels_, distances = nearest(X, best.centres)
        self.cluster_weights_ = np.bincount(self.labels_, weights, minlength=self.n_clusters)
        self.loss_ = float(weights @ distances)
        self.kmeans_centers_, self.kmeans_loss_ = best.kmeans_centres, best.kmeans_loss
        self.n_iter_, self.residual_ = best.steps, best.residual
        self.converged_ = best.residual <= self.tol
        return self

    def predict(self, X: Any) -> NDArray[np.intp]:
        """Return the nearest centre of each row."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], order="C", reset=False)
        return nearest(X, self.cluster_centers_)[0]

    def _check(self, n: int) -> None:
        for name in ("n_clusters", "n_init", "max_iter"):
            if getattr(self, name) < 1:
                raise ParameterError(f"{name} is {getattr(self, name)}: give an integer of at least 1.")
        if not self.tol >= 0:
            raise ParameterError(f"tol is {self.tol}: give a number of at least 0.")
        if self.n_clusters > n:
            raise ParameterError(
                f"n_clusters is {self.n_clusters}, but there are n_samples={n}: give at most {n}."
            )

    def _told(self, report: Report, start: int, least: float, largest: float) -> None:
        if 0 < self.tol < largest:
            left = math.log(max(least, self.tol) / self.tol) / math.log(largest / self.tol)
            report("k-medians", start + 1.0 - left, self.n_init)

    def _start(self, points: Array, weights: NDArray[np.float64], seed: int, told: Told) -> _Start:
        if self.n_clusters >= len(points):
            centres = points[np.arange(self.n_clusters) % len(points)]
            return _Start(centres, 0.0, centres, 0.0, 0, 0.0)
        kmeans = KMeans(self.n_clusters, n_init=1, random_state=seed).fit(points, sample_weight=weights)
        start = np.ascontiguousarray(kmeans.cluster_centers_)
        refined = refine(points, weights, start, tol=self.tol, max_iter=self.max_iter, told=told)
        before, after = (float(weights @ nearest(points, centres)[1]) for centres in (start, refined.centres))
        return _Start(refined.centres, after, start, before, refined.steps, refined.residual)


@dataclass(frozen=True, slots=True)
class _Start:
    """Where one start ended."""

    centres: Array
    loss: float
    kmeans_centres: Array
    kmeans_loss: float
    steps: int
    residual: float


def distinct(points: Array, weights: NDArray[np.float64]) -> tuple[Array, NDArray[np.float64]]:
    """Return the points of positive weight, equal ones as one, in an order that does not depend on theirs."""
    points, weights = points[weights > 0] + points.dtype.type(0), weights[weights > 0]  # -0 is 0
    rows = points.view(np.dtype((np.void, points.shape[1] * points.itemsize))).ravel()
    _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    return points[first], np.bincount(inverse.ravel(), weights).astype(np.float64)
