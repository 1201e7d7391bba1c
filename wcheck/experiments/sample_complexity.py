"""How an estimate falls or rises with the number of points: the experiment behind ``wcheck sample-complexity``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from wcheck.device import check_device
from wcheck.errors import ParameterError
from wcheck.experiments.data import Pair, described, unchanged
from wcheck.experiments.sampling import (
    ESTIMATE_COLUMNS,
    FINE,
    Batches,
    Populations,
    batches,
    estimates,
    is_synthetic,
    settings_of,
    sized,
    variants,
)
from wcheck.experiments.settings import Grid, Swept
from wcheck.experiments.telling import sample_complexity as telling
from wcheck.experiments.usual import Usual, fitted
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.known import Known
    from wcheck.measures.sources import Preprocessing

SINKHORN_N, SINKHORN_REPS = 1_000, 20
"""Above this many points sinkhorn is repeated at most 20 times: a repetition takes tens of seconds."""


@dataclass(frozen=True)
class SampleComplexity(Swept[Batches]):
    """Estimates from pairs of samples of growing size (the paper, Sections 5.2 and 6.1; Figures 8, 9, 13).

    By default both samples are of one distribution, so that the population's distance is 0 and the mean estimate is
    nothing but bias. Options in tuples, and settings, are multiplied out; one that an estimator does not take
    multiplies nothing.

    Attributes
    ----------
    preprocessing : Preprocessing
        What is done to finite data.
    dim : tuple of int
        Dimensions of standard normal distributions, where no source is given.
    source, target : str, optional
        A source instead: a synthetic one without n is drawn again for each sample, and of finite data disjoint random
        subsets are drawn. The target is the source again if left out.
    n : tuple of int
        Points a sample; the default has as many as finite data have room for.
    reps : int
        Pairs of samples; for sinkhorn above :data:`SINKHORN_N` points at most :data:`SINKHORN_REPS`.
    estimator : tuple of str
        Names in :data:`wcheck.estimators.registry.ESTIMATORS`.
    settings : mapping
        Those of estimators; epsilon is 100 by default.
    seed : int
        The seed of all draws; all estimators see the same samples.
    device : str
        Where ``exact`` scans its pairs and ``sinkhorn`` is computed.
    """

    preprocessing: Preprocessing = field(default_factory=unchanged)
    dim: tuple[int, ...] = (20,)
    source: str | None = None
    target: str | None = None
    n: tuple[int, ...] = Usual((10, 25, 50, 75, 1_000, 10_000))
    reps: int = 300
    estimator: tuple[str, ...] = ("exact", "sinkhorn")
    seed: int = 0
    device: str = "cpu"

    name: ClassVar[str] = "sample-complexity"
    groups: ClassVar[tuple[str, ...]] = ("estimator",)
    published: ClassVar[Grid] = MappingProxyType({"epsilon": (100.0,)})
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "scale", "target_scale", "image_size", "embed", "dim", "n", "rep",
        *ESTIMATE_COLUMNS, "truth", "truth_error", "seconds", "status", "seed",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = FINE
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If a value is not allowed.
        """
        positive = [("dim", value) for value in self.dim] + [("n", value) for value in self.n]
        for option, value in [*positive, ("reps", self.reps)]:
            if value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        if self.target is not None and self.source is None:
            raise ParameterError("Q belongs to P: give both, or P alone.")
        for source, target in self._pairs():
            if is_synthetic(source) != is_synthetic(target):
                raise ParameterError(
                    f"{source} and {target} are data and a distribution: give both without n, or both with n."
                )
        check_device(self.device)
        self.tasks()

    def fitting(self, report: Report) -> SampleComplexity:
        """Return the same with samples for which finite data have room."""
        if self.source is None or is_synthetic(self.source) or not isinstance(self.n, Usual):
            return self
        (pair,) = self._pairs()
        populations = self._populations()
        fewest = min(populations.whole(*pair), key=len)
        room = len(fewest) // 2 if pair[0] == pair[1] else len(fewest)
        found = replace(self, **fitted("n", self.n, room, fewest.name, len(fewest)))
        found.kept.once("populations", lambda: populations)
        return found

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and of finite data the content hash."""
        options = super().config(report)
        for source, target in self._pairs():
            if not is_synthetic(source):
                whole = dict(
                    zip(("source", "target"), self._populations().whole(source, target), strict=True)
                )
                options["measures"] = self.kept.once("measures", partial(described, whole))
        return options

    def prepared(self, report: Report) -> SampleComplexity:
        """Return the same for a process that may be in another folder, once finite data have room for the samples."""
        for source, target in self._pairs():
            if not is_synthetic(source):
                self._populations().with_room(source, target, max(self.n))
        return replace(self, preprocessing=self.preprocessing.anchored())

    def tasks(self) -> Sequence[Batches]:
        """Return the tasks: by pair of sources, size and estimator, with some repetitions each."""
        chosen = variants(self.estimator, self.multiplied())
        return [
            task
            for source, target in self._pairs()
            for n in self.n
            for variant in chosen
            for task in batches(source, target, n, variant, self._reps(variant.name, n))
        ]

    def is_known(self) -> bool:
        """Whether the distance between the distributions is known; it is read from their texts alone."""
        return self._known(self.tasks()[0]) is not None

    def chosen(self, task: Batches) -> Row:
        """Return the settings that a task's estimator reads."""
        return settings_of(task.variant)

    def run(self, task: Batches, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the rows of one task."""
        known = self._known(task)
        about: Row = {"embed": self.preprocessing.embed}
        if not is_synthetic(task.source):
            pair = Pair(task.source, task.target, preprocessing=self.preprocessing)
            about = pair.about(self._populations().whole(task.source, task.target))
        about = {column: value for column, value in about.items() if column in self.columns} | {
            "source": task.source,
            "target": task.target,
            "truth": known.distance if known else None,
            "truth_error": known.standard_error if known else None,
        }
        for row in estimates(task, self._populations(), known, self.seed, self.device, report):
            of_w1 = row.get("p") in (None, 1) or (known is not None and known.distance == 0.0)
            yield about | ({} if of_w1 else {"truth": None, "truth_error": None}) | row

    def _pairs(self) -> list[tuple[str, str]]:
        if self.source is not None:
            return [(self.source, self.target or self.source)]
        return [(f"gaussian:dim={dim}", f"gaussian:dim={dim}") for dim in self.dim]

    def _reps(self, estimator: str, n: int) -> int:
        return min(self.reps, SINKHORN_REPS) if estimator == "sinkhorn" and n > SINKHORN_N else self.reps

    def _populations(self) -> Populations:
        return self.kept.once("populations", lambda: Populations(self.preprocessing, self.seed))

    def _known(self, task: Batches) -> Known | None:
        from wcheck.measures.known import known

        both = (sized(text, task.n) if is_synthetic(text) else text for text in (task.source, task.target))
        return known(*both, moved=self.preprocessing.moves_vectors)
