"""Mini-batches: what a training loop sees of the distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, counted
from wcheck.estimators.estimate import Estimate, Estimator
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.rng import generator
from wcheck.transport.bounds.certificate import Target
from wcheck.transport.solve.batch import exact_batch


@dataclass(frozen=True, slots=True)
class Batch(Estimator):
    r"""The mean over K pairs of mini-batches of their exact W1.

    .. math:: \frac1K \sum_k W_1(p_{n,k}, q_{n,k}) \ge W_1 \text{ in expectation}

    A batch of a uniform measure holds each point at most once; of another, its points are drawn by weight.

    Attributes
    ----------
    batch_size : int
        n, at most the number of points of either measure.
    batches : int
        K.

    References
    ----------
    The paper, Algorithm 3.
    """

    batch_size: int = 64
    batches: int = 100

    name: ClassVar[str] = "batch"
    estimand: ClassVar[Target] = "empirical"

    def __post_init__(self) -> None:
        """Check the values.

        Raises
        ------
        ParameterError
            If one is below 1.
        """
        for name, value in (("batch_size", self.batch_size), ("batches", self.batches)):
            if value < 1:
                raise ParameterError(f"{name} is {value}: give an integer of at least 1.")

    def check_size(self, n: int, name: str) -> None:
        """Raise a ParameterError if n points are fewer than a batch."""
        if n < self.batch_size:
            raise ParameterError(
                f"batch_size is {self.batch_size}, but {name} has {counted(n, 'point')}: give at most {n}."
            )

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        pairs = [self._draw(x, y, generator(seed, "batch", number)) for number in range(self.batches)]
        found = exact_batch(*zip(*pairs, strict=True), report=report)
        values = found.value
        error = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else None
        return Estimate(float(values.mean()), error, status="ok" if found.optimal else "rounding")

    def _draw(self, x: Measure, y: Measure, random: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
        drawn = []
        for z in (x, y):
            rows = random.choice(
                len(z), self.batch_size, replace=not z.is_uniform, p=None if z.is_uniform else z.weights
            )
            drawn.append(z.block(rows))
        return drawn[0], drawn[1]
