"""The intrinsic dimension of a set of points: what ``wcheck dimension`` runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from wcheck.errors import ParameterError
from wcheck.experiments.base import Experiment
from wcheck.experiments.neighbours import (
    Neighbours,
    maximum_likelihood,
    nearest_neighbours,
    standard_error,
    two_neighbours,
)
from wcheck.experiments.sampling import describe
from wcheck.experiments.telling import dimension as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import Preprocessing

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dimension(Experiment[tuple[str, int | None]]):
    """Estimates of the intrinsic dimension of a source.

    Attributes
    ----------
    source : str
        The points.
    preprocessing : Preprocessing
        What is done to them.
    k : tuple of int
        Neighbours of the maximum likelihood estimate, each at least 2.
    """

    source: str
    preprocessing: Preprocessing
    k: tuple[int, ...] = (3, 5, 10, 20)

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

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and the content hash of the points."""
        options = super().config(report)
        return options | {"data": describe(self._measure(report))}

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
        from wcheck.measures.scaling import scale_of

        method, k = task
        begun = time.perf_counter()
        measure = self._measure(report)
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
            "source": measure.name,
            "n": len(near.distances),
            "dim": measure.dim,
            "scale": scale_of(measure),
            "image_size": self.preprocessing.image_size,
            "embed": self.preprocessing.embed,
            "duplicates": len(measure) - len(near.distances),
            "method": method,
            "k": k,
            "seconds": time.perf_counter() - begun,
            **found,
        }

    def _measure(self, report: Report) -> Measure:
        from wcheck.measures.sources import load

        if "measure" not in self.__dict__:  # read once; an attribute, but not of the configuration
            measure = load(self.source, preprocessing=self.preprocessing, report=report)
            if not measure.is_uniform:
                raise ParameterError(
                    f"{measure.name} has weights: a dimension is of points drawn alike; leave them out (--drop)."
                )
            self.__dict__["measure"] = measure
        return cast("Measure", self.__dict__["measure"])

    def _neighbours(self, report: Report) -> Neighbours:
        if "neighbours" not in self.__dict__:
            self.__dict__["neighbours"] = nearest_neighbours(self._measure(report), max(self.k), report)
        return cast("Neighbours", self.__dict__["neighbours"])
