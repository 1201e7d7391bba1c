r"""Estimates of W2: the Fréchet distance of means and covariances, and MIND, of projections; with what they prove."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wcheck.errors import ParameterError
from wcheck.estimators.estimate import Estimate, Estimator
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.rng import generator
from wcheck.transport.bounds import quadratic
from wcheck.transport.bounds.certificate import Target
from wcheck.transport.bounds.slices import bases, certified, squared_distances


@dataclass(frozen=True, slots=True)
class OfSecondOrder(Estimator):
    """An estimator of the Wasserstein-2 distance."""

    @property
    def order(self) -> int:
        """The order of the Wasserstein distance that it estimates."""
        return 2

    def published(self) -> Mapping[str, object]:
        """Return the order of the distance, which rows say."""
        return {"p": self.order}


@dataclass(frozen=True, slots=True)
class Frechet(OfSecondOrder):
    r"""The Fréchet distance: W2 between the Gaussians of the same means and covariances.

    .. math:: F^2 = |m_x - m_y|^2 + \operatorname{tr}(C_x + C_y - 2 (C_x^{1/2} C_y C_x^{1/2})^{1/2}) \le W_2^2

    The covariances are those of the measures, divided by n: only so it is a lower bound of the empirical W2. Divided by
    n - 1, as is common, they can exceed it (for the squares of y = 3 x, 12 points in the plane: 6.35 against 5.87).
    What is proved is ``lower``, by potentials that are quadratic, of the points as they are: of embedded points it is
    a bound of W2 between these, and of nothing else.

    References
    ----------
    Gelbrich, On a formula for the L2 Wasserstein metric between measures on Euclidean and Hilbert spaces, 1990; Heusel
    et al., GANs trained by a two time-scale update rule converge to a local Nash equilibrium, 2017.
    """

    name: ClassVar[str] = "frechet"
    estimand: ClassVar[Target] = "empirical"

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        points_x, points_y = (z.dense().astype(np.float64) for z in (x, y))
        value, lower = quadratic.frechet(points_x, points_y, x.weights, y.weights)
        return Estimate(value, about={"lower": lower})


@dataclass(frozen=True, slots=True)
class Mind(OfSecondOrder):
    r"""The root of 3 d times the mean of the squared W2 of projections.

    .. math:: \sqrt{3 d \, E_\theta W_2^2(\theta_\# x, \theta_\# y)}

    An estimate and no bound. ``d E W_2^2(theta)`` over *all* directions is at most ``W_2^2``; over finitely many at
    random it need not be. What is proved is ``lower``: the mean over the directions that were drawn, divided by the
    largest eigenvalue of the mean of ``theta theta^T``. They are drawn as orthonormal bases, for which that is 1/d.

    Attributes
    ----------
    projections : int
        Directions.

    References
    ----------
    arXiv 2605.06797.
    """

    projections: int = 500

    name: ClassVar[str] = "mind"
    estimand: ClassVar[Target] = "empirical"

    def __post_init__(self) -> None:
        """Check the value."""
        if self.projections < 1:
            raise ParameterError(f"projections is {self.projections}: give an integer of at least 1.")

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        points_x, points_y = (z.dense().astype(np.float64) for z in (x, y))
        centre = 0.5 * (x.weights @ points_x + y.weights @ points_y)
        points_x, points_y = points_x - centre, points_y - centre
        largest = float(max(np.abs(points_x).max(), np.abs(points_y).max()))
        unit = 2.0 ** math.frexp(largest)[1] if largest > 0.0 else 1.0  # whose squares do not overflow
        points_x, points_y = points_x / unit, points_y / unit
        directions = bases(x.dim, self.projections, generator(seed, self.name))
        size = sum(float(np.sqrt((z**2).sum(axis=1).max())) for z in (points_x, points_y))
        found, rounding = [], 0.0
        for number, basis in enumerate(directions):
            squares, off = squared_distances(points_x @ basis.T, points_y @ basis.T, x.weights, y.weights)
            found.append(squares)
            rounding = max(rounding, off)
            report("directions", number + 1, len(directions))
        squares = np.concatenate(found)
        value = math.sqrt(3.0 * x.dim * float(squares.mean()))
        error = None
        if len(squares) > 1 and value > 0.0:
            error = 3.0 * x.dim * float(squares.std(ddof=1)) / math.sqrt(len(squares)) / (2.0 * value) * unit
        lower = certified(squares, rounding, directions, size * (1.0 + 1e-9))
        return Estimate(value * unit, error, about={"lower": lower * unit})
