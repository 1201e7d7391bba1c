r"""Energy distance and squared maximum mean discrepancy as U-statistics: unbiased, and therefore negative at times.

For a kernel k, with X, X' drawn independently from the one distribution and Y, Y' from the other,

.. math:: E k(X, X') + E k(Y, Y') - 2 E k(X, Y)

is 0 only for equal distributions if k is characteristic, as both kernels here are. The V-statistics of
:mod:`wcheck.estimators.kernels` count every point against itself too, which biases them upwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from wcheck.critics.statistics import KERNELS
from wcheck.errors import ParameterError, not_one_of
from wcheck.estimators.kernels import median_distance
from wcheck.measures.measure import Measure
from wcheck.transport.cost.distances import Distances

DISCREPANCIES = ("energy", "mmd")


@dataclass(frozen=True, slots=True)
class Kernel:
    """A function of the distance of two points.

    Attributes
    ----------
    name : {"energy", "mmd"}
        ``energy``: half the distance, negated, which makes half of Székely and Rizzo's energy distance, in the unit of
        the points. ``mmd``: the Gaussian kernel ``s^2 exp(-r^2 / 2 s^2)``, which makes the square of
        :class:`wcheck.estimators.kernels.MMD`, in the square of that unit.
    bandwidth : float
        s; without meaning for the energy distance.
    """

    name: str
    bandwidth: float = 1.0

    @staticmethod
    def of(name: str, x: Measure, y: Measure) -> Kernel:
        """Return a kernel by its name; the bandwidth is the median distance between two measures.

        Raises
        ------
        ParameterError
            If there is no such kernel, or all points coincide.
        """
        if name not in DISCREPANCIES:
            raise not_one_of("kernel", name, DISCREPANCIES)
        bandwidth = 1.0 if name == "energy" else median_distance(x, y)
        if bandwidth == 0.0:
            names = " and ".join(dict.fromkeys((x.name, y.name)))
            raise ParameterError(f"all points of {names} coincide, so mmd has no bandwidth: choose energy.")
        return Kernel(name, bandwidth)

    def __call__(self, distances: Tensor) -> Tensor:
        """Return the kernel by the distance."""
        if self.name == "energy":
            return -0.5 * distances
        gaussian: Callable[[Tensor], Tensor] = KERNELS["gaussian"]
        return self.bandwidth**2 * gaussian(distances / self.bandwidth)


def within(z: Measure, kernel: Kernel, device: str = "cpu") -> float:
    """Return the mean of a kernel over all pairs of different points of one sample, of which there are at least 2."""
    total = []
    for rows, block in Distances(z, z, device):
        values = kernel(block)
        values[torch.arange(len(block)), torch.arange(rows.start, rows.stop)] = 0.0
        total += values.sum(1).tolist()
    return math.fsum(total) / (len(z) * (len(z) - 1))


def between(x: Measure, y: Measure, kernel: Kernel, device: str = "cpu") -> float:
    """Return the mean of a kernel over all pairs of a point of the one sample and a point of the other."""
    total: list[float] = []
    for _, block in Distances(x, y, device):
        total += kernel(block).sum(1).tolist()
    return math.fsum(total) / (len(x) * len(y))


def discrepancy(x: Measure, y: Measure, kernel: Kernel) -> float:
    """Return the U-statistic of two samples, each of at least 2 points, all counted alike."""
    return within(x, kernel) + within(y, kernel) - 2.0 * between(x, y, kernel)
