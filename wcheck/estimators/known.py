"""Estimates that know the truth: a yardstick for pairs that have one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wcheck.errors import ParameterError
from wcheck.estimators.claim import difference_of_means
from wcheck.estimators.estimate import Estimate, Estimator
from wcheck.measures.known import Known
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.transport.bounds.certificate import Target


@dataclass(frozen=True, slots=True)
class Oracle(Estimator):
    """The difference of means of the optimal potential: unbiased, with an error of ``n^(-1/2)`` in any dimension.

    Attributes
    ----------
    known : Known
        The truth about the pair.

    References
    ----------
    The paper, Section 5.1.
    """

    known: Known | None = None

    name: ClassVar[str] = "oracle"
    estimand: ClassVar[Target] = "population"

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        return difference_of_means(_truth(self.known, self.name).potential, x, y)


@dataclass(frozen=True, slots=True)
class ClosedForm(Estimator):
    """The W1 of the population; see :mod:`wcheck.measures.known`. The standard error is blank for a closed form."""

    known: Known | None = None

    name: ClassVar[str] = "closed-form"
    estimand: ClassVar[Target] = "population"

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        truth = _truth(self.known, self.name)
        return Estimate(truth.distance, truth.standard_error or None)


def _truth(known: Known | None, name: str) -> Known:
    if known is None:
        raise ParameterError(
            f"{name} needs a pair whose distance is known: two gaussian sources of one dimension, two funnel "
            "sources that differ in move, or a source and itself; leave it out."
        )
    return known
