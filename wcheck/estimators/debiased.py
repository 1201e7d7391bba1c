"""The plug-in less what it says of two samples of the same distribution: a heuristic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wcheck.estimators.estimate import Estimate, OnHalves, halves
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.transport.bounds.certificate import Target
from wcheck.transport.solve.exact import exact
from wcheck.transport.solve.result import uninterrupted


@dataclass(frozen=True, slots=True)
class Debiased(OnHalves):
    r"""A heuristic: the plug-in less half of its null values, on disjoint halves of equal size.

    .. math:: W_1(x, y) - \tfrac12 (W_1(x, x') + W_1(y, y'))

    It may be negative, and bounds nothing: the bias of the plug-in between different distributions is not that
    between equal ones.
    """

    name: ClassVar[str] = "debiased"
    estimand: ClassVar[Target] = "population"

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        size = min(len(x), len(y)) // 2
        (x, other_x), (y, other_y) = (
            halves(x, "source", seed, self.name),
            halves(y, "target", seed, self.name),
        )
        x, other_x, y, other_y = (_first(z, size) for z in (x, other_x, y, other_y))
        between, left, right = (
            uninterrupted(exact(p, q, seed=seed, report=report)).value
            for p, q in ((x, y), (x, other_x), (y, other_y))
        )
        return Estimate(between - 0.5 * (left + right), about={"null": 0.5 * (left + right)})


def _first(z: Measure, size: int) -> Measure:
    return z if len(z) == size else z.take(np.arange(size))
