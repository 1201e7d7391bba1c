r"""Distances between mean embeddings: energy distance and maximum mean discrepancies.

All are scaled so that ``|phi(x) - phi(y)| <= |x - y|`` or so that the same follows from the triangle inequality: none
exceeds W1, and they share its unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from wcheck.critics.statistics import KERNELS
from wcheck.errors import not_one_of
from wcheck.estimators.estimate import Estimate, Estimator, positive
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.transport.bounds.certificate import Target
from wcheck.transport.cost.distances import Distances

PROBE = 1000
"""Points of each measure that the median distance is taken over."""


@dataclass(frozen=True, slots=True)
class Energy(Estimator):
    r"""Half of Székely and Rizzo's energy distance: the limit of :class:`Sinkhorn` for large epsilon.

    .. math:: E|X - Y| - \tfrac12 E|X - X'| - \tfrac12 E|Y - Y'| \le W_1

    with X, X' drawn independently from the one measure and Y, Y' from the other, equal ones included.

    References
    ----------
    Székely and Rizzo, Energy statistics, 2013; Sejdinovic et al., Equivalence of distance-based and RKHS-based
    statistics, 2013.
    """

    name: ClassVar[str] = "energy"
    estimand: ClassVar[Target] = "empirical"

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        value = -_contrast(x, y, lambda distances: distances, report)
        return Estimate(max(value, 0.0))


@dataclass(frozen=True, slots=True)
class MMD(Estimator):
    r"""The maximum mean discrepancy of a named kernel of bandwidth s, scaled to be 1-Lipschitz.

    .. math:: \sqrt{E k(X, X') + E k(Y, Y') - 2 E k(X, Y)} \le W_1

    ``gaussian``: :math:`k = s^2 e^{-|x - y|^2 / 2 s^2}`; ``imq``: :math:`k = s^2 / \sqrt{1 + |x - y|^2 / s^2}`.

    Attributes
    ----------
    kernel : {"gaussian", "imq"}
        Which.
    bandwidth : float, optional
        s; if left out, the median distance between the two measures, or where most points coincide that of those that
        do not.

    References
    ----------
    Gretton et al., A kernel two-sample test, 2012.
    """

    kernel: str = "gaussian"
    bandwidth: float | None = None

    name: ClassVar[str] = "mmd"
    estimand: ClassVar[Target] = "empirical"

    def __post_init__(self) -> None:
        """Check the values."""
        if self.kernel not in KERNELS:
            raise not_one_of("kernel", self.kernel, KERNELS)
        if self.bandwidth is not None:
            positive("bandwidth", self.bandwidth)

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        bandwidth = self.bandwidth or median_distance(x, y)
        kernel = KERNELS[self.kernel]
        squared = 2.0 * _contrast(x, y, lambda distances: kernel(distances / bandwidth), report)
        value = bandwidth * math.sqrt(max(squared, 0.0)) if bandwidth > 0 else 0.0
        return Estimate(value, about={"bandwidth": bandwidth})


def _contrast(x: Measure, y: Measure, of: Callable[[Tensor], Tensor], report: Report) -> float:
    """Return ``E h(X, X') / 2 + E h(Y, Y') / 2 - E h(X, Y)`` for a function h of the distance."""
    total = 0.0
    for done, (left, right, factor) in enumerate(((x, x, 0.5), (y, y, 0.5), (x, y, -1.0))):
        a, b = (torch.from_numpy(z.weights) for z in (left, right))
        same = left is right
        means = []
        for rows, block in Distances(left, right):
            if same:
                block[torch.arange(len(block)), torch.arange(rows.start, rows.stop)] = 0.0
            means.append(of(block) @ b)
        total += factor * math.fsum((a * torch.cat(means)).tolist())
        report("kernels", done + 1, 3)
    return total


def median_distance(x: Measure, y: Measure) -> float:
    """Return the median distance between two measures; where most points coincide that of those that do not."""
    some_x, some_y = (
        z.take(np.unique(np.linspace(0, len(z) - 1, min(len(z), PROBE)).astype(np.int64))) for z in (x, y)
    )
    measured = Distances(some_x, some_y)
    distances = torch.cat([block.flatten() for _, block in measured])
    coincident = 2.0 * math.sqrt(measured.squared_error)  # equal points may be measured to be so far apart
    if (median := float(distances.median())) > coincident:
        return median
    if bool((apart := distances > coincident).any()):
        return float(distances[apart].median())
    largest = max(float(block.max()) for _, block in Distances(x, y))
    return largest if largest > coincident else 0.0
