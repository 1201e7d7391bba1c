"""What the blocks of a comparison are measured by: the exact distance, with its bracket, or an estimator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wcheck.errors import not_one_of
from wcheck.progress import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.estimators.discrepancy import Kernel
    from wcheck.estimators.estimate import Estimator
    from wcheck.measures.measure import Measure

EXACT = "exact"
UNBIASED = ("energy", "mmd")
OTHERS = ("sliced", "frechet", "mind")
GAUGES = (EXACT, *UNBIASED, *OTHERS)
ROUNDING = 1e-12
"""What is left of the terms of a difference that is 0 in mathematics, as a share of them."""
IN_BATCHES = 1000
"""Points a side up to which pairs are solved together."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The distances of some pairs of blocks.

    Attributes
    ----------
    values : ndarray, shape (J,), float64
        In the unit of the points, or in the square of it for mmd.
    lower, upper : ndarray, shape (J,), float64, optional
        Certified for the exact distance of each pair; None for estimators.
    rounding : float
        What rounding can make of a value of 0.
    status : str
        The status of the worst of them.
    """

    values: NDArray[np.float64]
    lower: NDArray[np.float64] | None = None
    upper: NDArray[np.float64] | None = None
    rounding: float = 0.0
    status: str = "ok"

    @property
    def unresolved(self) -> float:
        """How far off the mean can be by the widths of the brackets, and by rounding."""
        if self.lower is None or self.upper is None:
            return self.rounding
        return self.rounding + float((self.upper - self.lower).mean())


class Gauge(ABC):
    """A distance between blocks; it may keep what it has found of a block for the next one that it is compared with."""

    @abstractmethod
    def __call__(self, x: Sequence[Measure], y: Sequence[Measure], report: Report) -> Measured:
        """Measure the pairs (x_j, y_j)."""

    @abstractmethod
    def named(self) -> str:
        """Say what the mean over blocks of n points is a mean of."""


def gauge(name: str, p: int, reference: Sequence[Measure], seed: int) -> Gauge:
    """Return what measures blocks, by its name in :data:`GAUGES`.

    Parameters
    ----------
    p : int
        The order of the exact distance.
    reference : sequence of Measure
        The blocks of the reference that alone decide the bandwidth of mmd, which is the same for all candidates.
    seed : int
        The seed of estimators that draw, such as the directions of sliced; all pairs are measured by the same draw.
    """
    check(name)
    if name == EXACT:
        return _Exact(p)
    if name in UNBIASED:
        from wcheck.estimators.discrepancy import Kernel

        return _Unbiased(name, Kernel.of(name, reference[0], reference[-1]))
    from wcheck.estimators.registry import make

    return _Estimated(make(name), seed)


def check(name: str) -> None:
    """Raise a ParameterError unless blocks can be measured by an estimator of this name."""
    if name not in GAUGES:
        raise not_one_of("estimator of a comparison", name, GAUGES)


@dataclass(frozen=True, slots=True)
class _Exact(Gauge):
    p: int

    def __call__(self, x: Sequence[Measure], y: Sequence[Measure], report: Report) -> Measured:
        import numpy as np

        from wcheck.transport.solve.batch import exact_batch
        from wcheck.transport.solve.exact import exact

        if len(x[0]) <= IN_BATCHES:
            found = exact_batch(list(x), list(y), p=self.p)
            status = "ok" if found.optimal else "rounding"
            return Measured(found.value, found.lower, found.upper, status=status)
        results = [exact(one, other, p=self.p, report=report) for one, other in zip(x, y, strict=True)]
        lower, upper = (
            np.array([getattr(result.bracket, side) for result in results]) for side in ("lower", "upper")
        )
        poor: list[str] = [result.status for result in results if result.status != "optimal"]
        return Measured(
            np.array([result.value for result in results]), lower, upper, status=(poor or ["ok"])[0]
        )

    def named(self) -> str:
        return f"mean W{self.p} between n points of each"


@dataclass(frozen=True, slots=True)
class _Unbiased(Gauge):
    name: str
    kernel: Kernel
    _within: dict[Measure, float] = field(default_factory=dict)

    def __call__(self, x: Sequence[Measure], y: Sequence[Measure], report: Report) -> Measured:
        import numpy as np

        from wcheck.estimators.discrepancy import between

        inside = np.array([self._of(one) + self._of(other) for one, other in zip(x, y, strict=True)])
        across = np.array([between(one, other, self.kernel) for one, other in zip(x, y, strict=True)])
        return Measured(inside - 2.0 * across, rounding=ROUNDING * float(abs(across).max()))

    def _of(self, block: Measure) -> float:
        from wcheck.estimators.discrepancy import within

        if block not in self._within:
            self._within[block] = within(block, self.kernel)
        return self._within[block]

    def named(self) -> str:
        return {"energy": "half the energy distance", "mmd": "squared MMD"}[self.name]


@dataclass(frozen=True, slots=True)
class _Estimated(Gauge):
    estimator: Estimator
    seed: int

    def __call__(self, x: Sequence[Measure], y: Sequence[Measure], report: Report) -> Measured:
        import numpy as np

        found = [self.estimator(one, other, seed=self.seed) for one, other in zip(x, y, strict=True)]
        poor = [estimate.status for estimate in found if estimate.status != "ok"]
        values = np.array([estimate.value for estimate in found])
        return Measured(values, rounding=ROUNDING * float(abs(values).max()), status=(poor or ["ok"])[0])

    def named(self) -> str:
        return f"mean {self.estimator.name} between n points of each"
