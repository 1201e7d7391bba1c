"""Estimates from mini-batches beside the exact distance of the whole sets: what ``wcheck batch`` runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from wcheck.device import check_device
from wcheck.errors import CostFunctionError, ParameterError
from wcheck.experiments.data import OnPair, Pair
from wcheck.experiments.metrics import EUCLIDEAN, check_metrics, code_of, unit_of
from wcheck.experiments.sampling import (
    ESTIMATE_COLUMNS,
    FINE,
    GIVEN,
    Batches,
    Populations,
    batches,
    check_size,
    estimates,
    settings_of,
    variants,
)
from wcheck.experiments.settings import Swept
from wcheck.experiments.telling import batch as telling
from wcheck.experiments.usual import Usual, fitted
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.transport.bounds.certificate import Bracket


@dataclass(frozen=True)
class BatchEstimates(OnPair[Batches], Swept[Batches]):
    """What an estimator says of mini-batches of two sets (the paper, Algorithm 3), beside their exact distance.

    Options in tuples, and settings, are multiplied out; one that an estimator does not take multiplies nothing.

    Attributes
    ----------
    data : Pair
        The two sets.
    batch_size : tuple of int
        Points of each batch; 64 by default, or half of the points if there are fewer.
    reps : int
        Pairs of batches, drawn without replacement within a batch.
    estimator : tuple of str
        Names in :data:`wcheck.estimators.registry.ESTIMATORS`, but ``batch``: every row here is one of a batch.
    metric : tuple of str
        Ground metrics by their names, of the estimates and of the exact distance; estimators other than ``exact`` are
        of the Euclidean one.
    settings : mapping
        Those of estimators.
    seed : int
        The seed of all draws; all estimators see the same batches.
    device : str
        Where the exact distance is solved, ``exact`` scans its pairs and ``sinkhorn`` is computed.
    exact : tuple
        Metrics, orders, lower and upper ends of the exact distance's brackets, where they are known already.
    """

    data: Pair = field(default_factory=Pair)
    batch_size: tuple[int, ...] = Usual((64,))
    reps: int = 100
    estimator: tuple[str, ...] = ("exact",)
    metric: tuple[str, ...] = (EUCLIDEAN,)
    seed: int = 0
    device: str = "cpu"
    exact: tuple[tuple[str, int, float, float], ...] = ()

    name: ClassVar[str] = "batch"
    groups: ClassVar[tuple[str, ...]] = ("estimator",)
    columns: ClassVar[tuple[str, ...]] = (
        "source", "target", "scale", "target_scale", "image_size", "embed", "dim", "batch_size", "rep",
        "metric", "unit", *(column for column in ESTIMATE_COLUMNS if column not in ("batch_size", "batches")),
        "exact", "exact_lower", "exact_upper", "bias", "seconds", "status", "seed",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = FINE
    neutral: ClassVar[frozenset[str]] = OnPair.neutral | {"exact"}
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If a value is not allowed.
        """
        for option, value in [("batch_size", size) for size in self.batch_size] + [("reps", self.reps)]:
            if value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        if "batch" in self.estimator:
            raise ParameterError(
                "estimator is 'batch': every row of wcheck batch is already about a batch; take exact."
            )
        check_device(self.device)
        self._check_metrics()
        self.tasks()

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and the content hashes of what was read and of metrics of the user's."""
        return super().config(report) | code_of(self.metric, self.data.preprocessing.folder)

    def prepared(self, report: Report) -> BatchEstimates:
        """Return the same with the exact distance: it is solved once, and not by every process."""
        known = []
        for metric, order in dict.fromkeys(map(_distance, self.tasks())):
            with suppress(CostFunctionError):  # every task with this metric will say so
                bracket = self._exact(metric, order, report)
                known.append((metric, order, bracket.lower, bracket.upper))
        return replace(super().prepared(report), exact=tuple(known))

    def sizes(self, read: Callable[[], tuple[Measure, Measure]]) -> Mapping[str, Any]:
        """Return batches of half of the points, where there are fewer than usual: they are to differ."""
        if not isinstance(self.batch_size, Usual):
            return {}
        fewest = min(read(), key=len)
        if len(fewest) >= max(self.batch_size):
            return {}
        return fitted("batch_size", self.batch_size, max(1, len(fewest) // 2), fewest.name, len(fewest))

    def load(self, report: Report) -> tuple[Measure, Measure]:
        """Read both sets, from which batches of every size can be drawn."""
        pair = super().load(report)
        for measure in pair:
            check_size(measure, max(self.batch_size), f"samples of {max(self.batch_size)}")
        return pair

    def tasks(self) -> Sequence[Batches]:
        """Return the tasks: by batch size, estimator and metric, with some repetitions each."""
        return [
            task
            for size in self.batch_size
            for variant in variants(self.estimator, {"metric": self.metric, **self.multiplied()})
            for task in batches(*GIVEN, size, variant, self.reps)
        ]

    def chosen(self, task: Batches) -> Row:
        """Return the settings that a task's estimator reads."""
        return {**settings_of(task.variant), "batch_size": task.n}

    def run(self, task: Batches, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the rows of one task."""
        from wcheck.measures.known import known

        x, y = self.read(report)
        metric, order = _distance(task)
        exact = self._exact(metric, order, report)
        about: Row = {
            **self.about(report),
            "metric": metric,
            "unit": unit_of(metric),
            "exact": exact.upper,
            "exact_lower": exact.lower,
            "exact_upper": exact.upper,
        }
        truth = known(x.name, y.name, moved=self.data.preprocessing.moves_vectors)
        populations = Populations.of(x, y, self.seed)
        for row in estimates(task, populations, truth, self.seed, self.device, report):
            size = row.pop("n")
            value = cast("float | None", row.get("value"))
            yield about | row | {"batch_size": size, "bias": None if value is None else value - exact.upper}

    def _check_metrics(self) -> None:
        from wcheck.estimators.registry import parameters

        check_metrics(self.metric)
        other = next((metric for metric in self.metric if metric != EUCLIDEAN), None)
        for name in self.estimator:
            if other is not None and "metric" not in parameters(name):
                raise ParameterError(
                    f"metric is {other!r}, but {name} estimates the Euclidean distance only: take "
                    "--estimator exact, or leave --metric out."
                )

    def _exact(self, metric: str, order: int, report: Report) -> Bracket:
        from wcheck.experiments.reference import reference
        from wcheck.transport.bounds.certificate import Bracket
        from wcheck.transport.cost.metric import metric_of

        # Imports a function of the user's, for the estimator too: workers are in folders of their own.
        ground = metric_of(metric, self.data.preprocessing.folder)
        for *known, lower, upper in self.exact:
            if known == [metric, order]:
                return Bracket(lower, upper)
        return self.kept.once(
            f"bracket {order} {metric}",
            lambda: reference(*self.read(report), p=order, metric=ground, device=self.device, report=report),
        )


def _distance(task: Batches) -> tuple[str, int]:
    """Return the ground metric and the order of the distance that a task estimates."""
    from wcheck.estimators.registry import make

    options = dict(task.variant.options)
    return options.get("metric", EUCLIDEAN), make(task.variant.name, **options).order
