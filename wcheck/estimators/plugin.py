"""The plug-in: the exact distance between the two samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from wcheck.estimators.estimate import Estimate, Estimator
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.transport.bounds.certificate import Target
from wcheck.transport.cost.exponent import exponent
from wcheck.transport.cost.metric import Metric
from wcheck.transport.solve.exact import exact
from wcheck.transport.solve.result import uninterrupted


@dataclass(frozen=True, slots=True)
class Exact(Estimator):
    """The empirical distance, certified.

    As an estimate of the population's it is biased upwards: between samples of one distribution in d intrinsic
    dimensions by about ``n^(-1/d)`` for d > 2, ``sqrt(log n / n)`` for d = 2 and ``n^(-1/2)`` for d = 1.

    Attributes
    ----------
    p : {1, 2}
        The order of the distance.
    tol : float
        Relative gap of the bracket.
    device : str
        Where pairs are scanned.
    metric : str, callable or Metric
        The ground metric, as for :func:`wcheck.exact`.
    """

    p: int = 1
    tol: float = 1e-6
    device: str = "cpu"
    metric: str | Callable[..., Any] | Metric = "euclidean"

    name: ClassVar[str] = "exact"
    estimand: ClassVar[Target] = "empirical"

    def __post_init__(self) -> None:
        """Check the order."""
        exponent(self.p)

    @property
    def order(self) -> int:
        """The order of the distance."""
        return self.p

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`."""
        result = exact(
            x,
            y,
            p=self.p,
            metric=self.metric,
            tol=self.tol,
            device=self.device,
            seed=seed,
            report=report,
        )
        uninterrupted(result)
        status = "ok" if result.status == "optimal" else result.status
        return Estimate(result.value, bracket=result.bracket, status=status)
