"""Sliced distances: the exact W1 of projections to lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.estimators.estimate import Estimate, Estimator, OnHalves, halves
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.rng import generator
from wcheck.threads import spans
from wcheck.transport.bounds.certificate import Target
from wcheck.transport.bounds.projections import projected_distances, steepest_direction

AT_A_TIME = 1 << 22
"""Projected coordinates that are sorted at a time."""
STARTS = 4
"""Directions that a search for the steepest starts from, beside that between the means."""


@dataclass(frozen=True, slots=True)
class Sliced(Estimator):
    r"""The mean over random directions of the projections' W1; at most W1, whatever the directions.

    .. math:: SW_1 = E_\theta W_1(\theta_\# x, \theta_\# y) \le W_1

    Attributes
    ----------
    projections : int
        Directions, uniform on the sphere.

    References
    ----------
    Bonneel et al., Sliced and Radon Wasserstein barycenters of measures, 2015.
    """

    projections: int = 500

    name: ClassVar[str] = "sliced"
    estimand: ClassVar[Target] = "empirical"

    def __post_init__(self) -> None:
        """Check the value."""
        if self.projections < 1:
            raise ParameterError(f"projections is {self.projections}: give an integer of at least 1.")

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        directions = _directions(x.dim, self.projections, generator(seed, self.name))
        step = max(1, AT_A_TIME // (len(x) + len(y)))
        points_x, points_y = (z.dense().astype(np.float64) for z in (x, y))
        values = np.empty(self.projections)
        for some in spans(self.projections, step):
            values[some] = projected_distances(points_x, points_y, x.weights, y.weights, directions[:, some])
            report("directions", some.stop, self.projections)
        error = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else None
        return Estimate(float(values.mean()), error)


@dataclass(frozen=True, slots=True)
class MaxSliced(OnHalves):
    r"""The projection's W1 in the direction where it is greatest: found on one half, evaluated on the other.

    On the half where it is found it would be biased upwards by the search.

    References
    ----------
    Deshpande et al., Max-sliced Wasserstein distance and its use for GANs, CVPR 2019.
    """

    name: ClassVar[str] = "max-sliced"
    estimand: ClassVar[Target] = "population"

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        (x, held_x), (y, held_y) = halves(x, "source", seed, self.name), halves(y, "target", seed, self.name)
        points_x, points_y = (z.dense().astype(np.float64) for z in (x, y))
        starts = _directions(x.dim, STARTS, generator(seed, self.name)).T
        between = x.weights @ points_x - y.weights @ points_y
        if (length := float(np.linalg.norm(between))) > 0:
            starts = np.vstack([between / length, starts])
        found = []
        for number, start in enumerate(starts):
            found.append(steepest_direction(points_x, points_y, x.weights, y.weights, start))
            report("directions", number + 1, len(starts))
        direction = max(found, key=lambda pair: pair[1])[0]
        points_x, points_y = (z.dense().astype(np.float64) for z in (held_x, held_y))
        value = projected_distances(points_x, points_y, held_x.weights, held_y.weights, direction[:, None])
        return Estimate(float(value[0]))


def _directions(dim: int, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return random directions of length 1 as columns ``(d, count)``."""
    normal = random.standard_normal((dim, count))
    normal /= np.linalg.norm(normal, axis=0)
    return normal
