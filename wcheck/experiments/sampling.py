"""Estimates from many samples: what ``wcheck sample-complexity`` and ``wcheck batch`` share."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from wcheck import columns
from wcheck.errors import ParameterError, SolverError, counted
from wcheck.experiments.data import Pair, Points
from wcheck.progress import TASK, Report
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.estimators.estimate import Estimator
    from wcheck.measures.known import Known
    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import Preprocessing

TASK_PAIRS = 4_000_000
"""Pairs of points that a task deals with, about: some seconds, so that little is lost with a process."""

FINE = frozenset({"ok", "unconverged", "rounding"})
"""Statuses of rows with an estimate; ``rounding`` where float64 leaves exact brackets wider than is usual."""

OPTIONS = tuple(setting.name for setting in columns.settings("estimator"))
"""What estimators can be told by the commands, each a column; blank where it does not apply."""

ESTIMATE_COLUMNS = (
    "estimator", *OPTIONS, "estimand", "value", "standard_error", "lower", "upper", "transport_cost",
    "regularised_cost", "marginal_violation",
)  # fmt: skip
"""Columns of an estimate; ``estimand`` says of which distance it is one."""

GIVEN = ("P", "Q")
"""How two sets are called that a task finds there."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Variant:
    """An estimator by name, with the options that it takes."""

    name: str
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Batches:
    """A task: estimates by one estimator from some samples of one size.

    Attributes
    ----------
    source, target : str
        The populations.
    n : int
        Points of each sample.
    variant : Variant
        The estimator.
    first, last : int
        The repetitions ``range(first, last)``.
    """

    source: str
    target: str
    n: int
    variant: Variant
    first: int
    last: int


def variants(estimators: Sequence[str], options: Mapping[str, Sequence[Any]]) -> list[Variant]:
    """Return each estimator with the product of the options that it takes, each once.

    Raises
    ------
    ParameterError
        If there is no such estimator, or it does not allow a value.
    """
    from wcheck.estimators.registry import make, parameters

    found: dict[Estimator, Variant] = {}  # what an estimator does not read makes no other one
    for name in estimators:
        own = [key for key in options if key in parameters(name) and options[key]]
        for values in itertools.product(*(options[key] for key in own)):
            variant = Variant(name, tuple(zip(own, values, strict=True)))
            found.setdefault(make(name, **dict(variant.options)), variant)
    return list(found.values())


def settings_of(variant: Variant) -> Row:
    """Return the settings that an estimator reads, by their names, and its own name."""
    from wcheck.estimators.registry import make

    options = dict(variant.options)
    return {"estimator": variant.name, **options, **make(variant.name, **options).published()}


def batches(source: str, target: str, n: int, variant: Variant, reps: int) -> list[Batches]:
    """Cut repetitions into tasks."""
    from wcheck.estimators.registry import kind_of

    step = 1 if kind_of(variant.name).long else max(1, TASK_PAIRS // n**2)
    return [
        Batches(source, target, n, variant, first, min(first + step, reps)) for first in range(0, reps, step)
    ]


def estimates(
    task: Batches, populations: Populations, known: Known | None, seed: int, device: str, report: Report
) -> Iterator[Row]:
    """Yield the estimate of each repetition; its sample depends on the seed, the size and the repetition alone.

    Estimators that can compute elsewhere than on the processor do so on ``device``.
    """
    from wcheck.estimators.registry import make
    from wcheck.rng import derived_seed

    options = dict(task.variant.options)
    estimator = make(task.variant.name, known=known, device=device, **options)
    reps = task.last - task.first

    def told(label: str, done: float, total: float, note: str = "") -> None:
        if label == "train":  # the only estimator that is long has a task of its own
            report(TASK, done, total, note)
        else:
            report(label, done, total, note)

    for rep in range(task.first, task.last):
        if reps > 1:
            report(TASK, rep - task.first, reps)
        x, y = populations.pair(task.source, task.target, task.n, rep)
        begun = time.perf_counter()
        row: Row = {
            "estimator": task.variant.name,
            **options,
            **estimator.published(),
            "estimand": estimator.estimand,
            "dim": x.dim,
            "n": task.n,
            "rep": rep,
            "seed": seed,
        }
        try:
            found = estimator(x, y, seed=derived_seed(seed, "estimate", task.n, rep), report=told)
        except SolverError:
            yield row | {"status": "failed", "seconds": time.perf_counter() - begun}
            continue
        about = {key: value for key, value in found.about.items() if key in ESTIMATE_COLUMNS}
        value = found.value if math.isfinite(found.value) else None
        row |= {"value": value, "standard_error": found.standard_error, "status": found.status, **about}
        if found.bracket is not None:
            row |= {"lower": found.bracket.lower, "upper": found.bracket.upper}
        yield row | {"seconds": time.perf_counter() - begun}


class Populations:
    """Where samples come from: synthetic distributions, drawn again, or finite data, from which subsets are drawn.

    Two samples of one data set are disjoint.

    Parameters
    ----------
    preprocessing : Preprocessing
        What is done to finite data.
    seed : int
        The seed of all draws.
    """

    def __init__(self, preprocessing: Preprocessing, seed: int) -> None:
        self._preprocessing, self._seed = preprocessing, seed
        self._data: dict[tuple[str, str], tuple[Measure, Measure]] = {}

    @staticmethod
    def of(x: Measure, y: Measure, seed: int) -> Populations:
        """Return the populations of two sets that are there, called :data:`GIVEN`."""
        from wcheck.measures.sources import UNCHANGED

        populations = Populations(UNCHANGED, seed)
        populations._data[GIVEN] = x, y
        return populations

    def pair(self, source: str, target: str, n: int, rep: int) -> tuple[Measure, Measure]:
        """Return the samples of a repetition, n points each.

        Raises
        ------
        ParameterError
            If there are fewer points.
        SourceError
            As :func:`wcheck.measures.sources.load`.
        """
        from wcheck.measures.sources import load
        from wcheck.rng import generator

        if is_synthetic(source) and is_synthetic(target):
            preprocessing = replace(self._preprocessing, data_seed=self._seed)
            x, y = (
                load(sized(text, n), role=f"{role} {rep}", preprocessing=preprocessing)
                for text, role in ((source, "source"), (target, "target"))
            )
            return x, y
        whole = self.with_room(source, target, n)
        if source == target:
            rows = generator(self._seed, "samples", n, rep).choice(len(whole[0]), 2 * n, replace=False)
            return whole[0].take(_sorted(rows[:n])), whole[0].take(_sorted(rows[n:]))
        parts = []
        for role, measure in zip(("source", "target"), whole, strict=True):
            drawn = generator(self._seed, "samples", role, n, rep).choice(len(measure), n, replace=False)
            parts.append(measure.take(_sorted(drawn)))
        return parts[0], parts[1]

    def with_room(self, source: str, target: str, n: int) -> tuple[Measure, Measure]:
        """Return all points of finite data, of which samples of n points are drawn.

        Raises
        ------
        ParameterError
            If there are fewer points, or they have weights.
        """
        whole = self.whole(source, target)
        if source == target:
            check_size(whole[0], 2 * n, f"two disjoint samples of {n} each")
        else:
            for measure in whole:
                check_size(measure, n, f"samples of {n}")
        return whole

    def whole(self, source: str, target: str) -> tuple[Measure, Measure]:
        """Return all points of finite data, read once; of one source twice the same."""
        from wcheck.measures.overlap import check_independent

        if (source, target) not in self._data:
            if source == target:
                measure = Points(source, preprocessing=self._preprocessing).load()
                self._data[source, target] = measure, measure
            else:
                pair = Pair(source, target, preprocessing=self._preprocessing).load()
                check_independent(*pair, "sample complexity", self._preprocessing)
                self._data[source, target] = pair
        return self._data[source, target]


def check_size(measure: Measure, needed: int, what: str) -> None:
    """Refuse a set from which samples cannot be drawn.

    Raises
    ------
    ParameterError
        If it has fewer points than they need, or weights.
    """
    if len(measure) < needed:
        raise ParameterError(
            f"{measure.name} has {counted(len(measure), 'point')}, but {what} need {needed}: draw fewer (--n), or "
            "give more data."
        )
    if not measure.is_uniform:
        raise ParameterError(
            f"{measure.name} has weights: samples are drawn from points of equal weight; leave the weights out "
            "(--drop)."
        )


def is_synthetic(text: str) -> bool:
    """Whether a source is a synthetic distribution without a number of points: it is drawn again for each sample."""
    from wcheck.measures.synthetic import FAMILIES

    name, _, parameters = text.partition(":")
    return name in FAMILIES and not any(part.strip().startswith("n=") for part in parameters.split(","))


def sized(text: str, n: int) -> str:
    """Return a synthetic source's text with its number of points."""
    return f"{text}{',' if ':' in text else ':'}n={n}"


def unique(values: Sequence[Item]) -> tuple[Item, ...]:
    """Return each value once, in order."""
    return tuple(dict.fromkeys(values))


def _sorted(rows: Any) -> Any:
    import numpy as np

    return np.sort(rows)
