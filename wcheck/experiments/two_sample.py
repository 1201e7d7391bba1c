"""One distribution or two: the permutation test behind ``wcheck two-sample``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wcheck.experiments.data import OnPair, Pair
from wcheck.experiments.telling import two_sample as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure


@dataclass(frozen=True)
class TwoSample(OnPair[str]):
    """The test whether two samples are of one distribution; statistics in a tuple are taken one after the other.

    Attributes
    ----------
    data : Pair
        The sources of two independent samples.
    statistic : tuple of str
        See :func:`wcheck.estimators.permutation.permutation_test`.
    permutations : int
        At least 1.
    seed : int
        The seed of the permutations.
    """

    data: Pair
    statistic: tuple[str, ...] = ("energy",)
    permutations: int = 199
    seed: int = 0

    name: ClassVar[str] = "two-sample"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "n", "m", "dim", "scale", "target_scale", "image_size", "embed", "dtype", "statistic",
        "value", "p_value", "permutations", "seconds", "status", "seed",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If a value is not allowed.
        """
        from wcheck.estimators.permutation import check

        for name in self.statistic:
            check(name, self.permutations)

    def load(self, report: Report) -> tuple[Measure, Measure]:
        """Read both samples, which must be independent."""
        from wcheck.measures.overlap import check_independent

        pair = super().load(report)
        check_independent(*pair, "the test", self.data.preprocessing)
        return pair

    def tasks(self) -> Sequence[str]:
        """Return the statistics."""
        return self.statistic

    def run(self, task: str, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the row of one statistic."""
        from wcheck.estimators.permutation import permutation_test

        begun = time.perf_counter()
        pair = self.read(report)
        found = permutation_test([pair], task, permutations=self.permutations, seed=self.seed, report=report)
        yield {
            **self.about(report),
            "statistic": task,
            "value": found.value,
            "p_value": found.p_value,
            "permutations": self.permutations,
            "seconds": time.perf_counter() - begun,
            "status": "ok",
            "seed": self.seed,
        }
