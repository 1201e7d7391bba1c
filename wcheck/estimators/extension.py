r"""A 1-Lipschitz function without training: the exact potentials of one half, evaluated on the other.

With optimal potentials (u, v) of a half A, ``f(z) = min_j (|z - y_j| - v_j)`` and ``f(z) = max_i (u_i - |z - x_i|)``
are 1-Lipschitz on the whole space, whatever rounding u and v carry, and so is their mean. On A itself the first two
attain its W1. On points that f does not depend on, ``E f(X) - E f(Y)`` is at most the population's W1: an estimate that
errs downwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.estimators.claim import difference_of_means
from wcheck.estimators.estimate import Estimate, OnHalves, halves
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.bounds.certificate import Target
from wcheck.transport.cost.distances import Distances
from wcheck.transport.solve.exact import exact
from wcheck.transport.solve.result import uninterrupted

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Extension:
    """A function on the whole space, given by its values on finitely many points.

    Attributes
    ----------
    points : Measure
        Where it is given.
    values : ndarray, shape (k,), float64
        There.
    lowest : bool
        Whether it is ``max_i (values_i - |z - p_i|)``, the lowest 1-Lipschitz extension, or the highest,
        ``min_i (values_i + |z - p_i|)``.
    """

    points: Measure
    values: Values
    lowest: bool

    def __call__(self, z: Measure) -> Values:
        """Return the values ``(n,)`` at the points of z, each off by at most :func:`evaluation_error`."""
        return self._active(z)[0]

    def gradient(self, z: Measure) -> Values:
        """Return the gradients ``(n, d)``: of length 1, and 0 at a point where the function is given."""
        away = z.dense().astype(np.float64) - self.points.block(self._active(z)[1])
        lengths = np.linalg.norm(away, axis=1, keepdims=True)
        unit: Values = np.divide(away, lengths, out=np.zeros_like(away), where=lengths > 0)
        return -unit if self.lowest else unit

    def _active(self, z: Measure) -> tuple[Values, NDArray[np.int64]]:
        """Return the values, and which given point each of them comes from, found by products, then measured."""
        values = torch.from_numpy(self.values)
        found, active = [], []
        for rows, block in Distances(z, self.points):
            index = ((values - block).argmax(1) if self.lowest else (values + block).argmin(1)).numpy()
            away = z.block(rows).astype(np.float64) - self.points.block(index)
            lengths = np.linalg.norm(away, axis=1)
            found.append(self.values[index] + (-lengths if self.lowest else lengths))
            active.append(index)
        return np.concatenate(found), np.concatenate(active)


@dataclass(frozen=True, slots=True)
class Halfway:
    """The mean of two extensions."""

    first: Extension
    second: Extension

    def __call__(self, z: Measure) -> Values:
        """Return the values ``(n,)``."""
        return 0.5 * (self.first(z) + self.second(z))

    def gradient(self, z: Measure) -> Values:
        """Return the gradients ``(n, d)``, of length 1 at most."""
        return 0.5 * (self.first.gradient(z) + self.second.gradient(z))


def extensions(
    x: Measure, y: Measure, *, seed: int = 0, report: Report = silent
) -> dict[str, Extension | Halfway]:
    """Solve for the W1 between two measures and return the three functions ``highest``, ``lowest``, ``mean``."""
    u, v = uninterrupted(exact(x, y, seed=seed, report=report)).potentials
    highest, lowest = Extension(y, -v, lowest=False), Extension(x, u, lowest=True)
    return {"highest": highest, "lowest": lowest, "mean": Halfway(highest, lowest)}


def evaluation_error(dim: int, diameter: float) -> float:
    """Bound the error of a computed value of an :class:`Extension` where no two points are farther apart than that.

    It is that of a distance, which is worst between near-duplicates; see :mod:`wcheck.transport.cost.distances`.
    """
    return 2.1 * math.sqrt(gamma(dim + 6, U64) + 3.0 * U64) * diameter


@dataclass(frozen=True, slots=True)
class LpExtension(OnHalves):
    """The difference of means, over held-out halves, of a 1-Lipschitz function that is optimal on the other halves.

    Attributes
    ----------
    extension : {"mean", "highest", "lowest"}
        Which of the functions above.
    """

    extension: str = "mean"

    name: ClassVar[str] = "lp-extension"
    estimand: ClassVar[Target] = "population"

    def __post_init__(self) -> None:
        """Check the value."""
        if self.extension not in ("mean", "highest", "lowest"):
            raise ParameterError(f"extension is {self.extension!r}: choose one of mean, highest, lowest.")

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        (x, held_x), (y, held_y) = halves(x, "source", seed, self.name), halves(y, "target", seed, self.name)
        function = extensions(x, y, seed=seed, report=report)[self.extension]
        return difference_of_means(function, held_x, held_y)
