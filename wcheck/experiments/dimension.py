"""The intrinsic dimension of a set of points: what ``wcheck dimension`` runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wcheck.errors import ParameterError
from wcheck.experiments.data import OnPoints, Points
from wcheck.experiments.neighbours import (
    Neighbours,
    maximum_likelihood,
    nearest_neighbours,
    standard_error,
    two_neighbours,
)
from wcheck.experiments.telling import dimension as telling
from wcheck.experiments.usual import Usual, fitted
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.measure import Measure

    Array = NDArray[np.float64]


FEW = 1000
"""The points up to which they are searched for copies before the default of k is set."""


@dataclass(frozen=True)
class Dimension(OnPoints[tuple[str, int | None]]):
    """Estimates of the intrinsic dimension of a source.

    Attributes
    ----------
    data : Points
        The points.
    k : tuple of int
        Neighbours of the maximum likelihood estimate, each at least 2; the default has no more than
        there are.
    """

    data: Points
    k: tuple[int, ...] = Usual((3, 5, 10, 20))

    name: ClassVar[str] = "dimension"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "n", "dim", "scale", "image_size", "embed", "duplicates", "method", "k", "value",
        "standard_error", "seconds", "status",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If k is below 2.
        """
        if min(self.k) < 2:
            raise ParameterError(
                f"k is {min(self.k)}: it takes at least 2 neighbours; give an integer from 2 on."
            )

    def tasks(self) -> Sequence[tuple[str, int | None]]:
        """Return (method, k)."""
        return [*(("mle", k) for k in self.k), ("twonn", None)]

    def run(self, task: tuple[str, int | None], report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the one row of an estimate.

        Raises
        ------
        ParameterError
            If there are too few distinct points.
        """
        method, k = task
        begun = time.perf_counter()
        measure = self.read(report)
        near = self._neighbours(report)
        found: Row = {"status": "ties"}
        if not near.tied:
            estimate = two_neighbours if k is None else maximum_likelihood
            value = estimate(near.distances[:, : k or 2])
            found = {
                "value": value,
                "standard_error": standard_error(near, k or 2, estimate),
                "status": "ok",
            }
        yield {
            **self.about(report),
            "n": len(near.distances),
            "duplicates": len(measure) - len(near.distances),
            "method": method,
            "k": k,
            "seconds": time.perf_counter() - begun,
            **found,
        }

    def sizes(self, read: Callable[[], Measure]) -> Mapping[str, Any]:
        """Return no more neighbours than distinct points have."""
        import numpy as np

        if not isinstance(self.k, Usual) or len(measure := read()) > FEW:
            return {}
        neighbours = len(np.unique(measure.dense(), axis=0)) - 1
        return fitted("k", self.k, neighbours, self.data.source, len(measure)) if neighbours > 1 else {}

    def load(self, report: Report) -> Measure:
        """Read the points, which must have no weights."""
        measure = super().load(report)
        if not measure.is_uniform:
            raise ParameterError(
                f"{measure.name} has weights: the estimate assumes points of equal weight; leave the weights out "
                "(--drop)."
            )
        return measure

    def _neighbours(self, report: Report) -> Neighbours:
        return self.kept.once(
            "neighbours", lambda: nearest_neighbours(self.read(report), max(self.k), report)
        )
