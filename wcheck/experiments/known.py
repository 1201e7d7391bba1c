"""Critics and estimators on pairs whose distance and optimal gradient are known: what ``wcheck known`` runs."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from wcheck import columns
from wcheck.errors import ParameterError, SolverError
from wcheck.experiments.sampling import FINE, Variant, variants
from wcheck.experiments.settings import Swept
from wcheck.experiments.telling import known as telling
from wcheck.progress import TASK, Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.estimators.critic import TrainedCritic
    from wcheck.estimators.estimate import Estimate, Estimator
    from wcheck.measures.known import Known
    from wcheck.measures.measure import Measure

LEFT_OUT = ("none", "critic", "closed-form")
"""What is not compared unless it is asked for: a critic without a constraint has no scale, the truth needs no test, and
critics are named by their constraints."""
EARLY = ("arch", "width")
"""Settings that change after others in the product."""
FIRST = ("epsilon", "arch", "width", "penalty")
SETTINGS = (
    *FIRST,
    *(
        each.name
        for each in columns.settings("critic")
        if each.name not in ("objective", "lipschitz", *FIRST)
    ),
)
"""The columns of a critic's settings; the column ``method`` says its objective and constraint."""
STATIONS, POINTS = 5, 400
"""Gradients are compared at 5 shares of the way from x to y, both ends included, at 400 points each."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A task: one method on one pair.

    Attributes
    ----------
    dim, funnels, n, seed : int
        The pair, and the points of its samples.
    method : Variant or TrainedCritic
        An estimator, or a critic.
    """

    dim: int
    funnels: int
    n: int
    seed: int
    method: Variant | TrainedCritic


@dataclass(frozen=True)
class KnownTruth(Swept[Trial]):
    """Every constraint of critics and every estimator beside the truth (Korotin et al. 2022).

    A pair is two sources ``funnel``, of which one is moved; see :mod:`wcheck.measures.funnels`. Every seed is a pair
    with its own centres, and all methods of a seed see the same two samples, which are drawn independently: a coupled
    sample would hand the plan to the plug-in. Options in tuples are multiplied out, and an empty tuple stands for
    what a method was published with.

    Attributes
    ----------
    dim, funnels : tuple of int
        Dimensions, and centres; one centre is a cone.
    move : float
        The share of their way that the points of the target are moved, above 0 and at most 1.
    n : tuple of int
        Points of each sample.
    estimator : tuple of str
        Estimators. If neither these nor the settings ``lipschitz`` are given, all methods there are but
        :data:`LEFT_OUT` are compared.
    settings : mapping
        Those of critics; see :class:`wcheck.critics.recipe.Recipe`. The estimator sinkhorn takes ``epsilon`` too.
    steps : tuple of int
        Optimiser steps of critics.
    seed : tuple of int
        The seeds of everything, the pair included.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    dim: tuple[int, ...] = (2, 16)
    funnels: tuple[int, ...] = (4,)
    move: float = 0.5
    n: tuple[int, ...] = (1000,)
    estimator: tuple[str, ...] = ()
    steps: tuple[int, ...] = (2000,)
    seed: tuple[int, ...] = (0, 1, 2)

    name: ClassVar[str] = "known"
    group: ClassVar[str] = "critic"
    columns: ClassVar[tuple[str, ...]] = (
        "dim", "funnels", "move", "n", "seed", "source", "target", "kind", "method", *SETTINGS, "steps", "estimand",
        "estimate", "standard_error", "truth", "truth_error", "ratio", "value_held_out", "held_out_error",
        "held_out_ratio", "grad_max", "normalised_ratio", "cosine", "gradient_l2", "marginal_violation",
        "seconds", "status",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = FINE
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is trained."""
        from wcheck.estimators.registry import make

        least = {"dim": 1, "funnels": 1, "n": 1, "steps": 1, "seed": 0}
        for option, low in least.items():
            for value in getattr(self, option):
                if value < low:
                    raise ParameterError(f"{option} is {value}: give an integer of at least {low}.")
        if not 0 < self.move <= 1:
            raise ParameterError(f"move is {self.move}: give a share of the way, above 0 and at most 1.")
        for task in self.tasks():
            if isinstance(task.method, Variant):
                make(task.method.name, **dict(task.method.options)).check_size(task.n, "a sample")

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, with the methods by their names."""
        options = super().config(report)
        critics, estimators = self._methods()
        return options | {"lipschitz": critics, "estimator": estimators}

    def tasks(self) -> Sequence[Trial]:
        """Return the tasks: each method on each pair."""
        methods: list[Variant | TrainedCritic] = [*self._critics()]
        methods += variants(self._methods()[1], {"epsilon": self.settings.get("epsilon", ())})
        found: list[Trial] = []
        for pair in itertools.product(self.dim, self.funnels, self.n, self.seed):
            found += [Trial(*pair, method) for method in methods]
        return found

    def run(self, task: Trial, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the row of one method on one pair."""
        stage = self._stage(task)
        row: Row = {
            "dim": task.dim,
            "funnels": task.funnels,
            "move": self.move,
            "n": task.n,
            "seed": task.seed,
            "source": stage.x.name,
            "target": stage.y.name,
            "truth": stage.truth.distance,
            "truth_error": stage.truth.standard_error,
        }
        yield row | _judged(task.method, stage, task.seed, report)

    def _methods(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        from wcheck.critics.constraints import CONSTRAINTS
        from wcheck.critics.recipe import FORMERLY_LIPSCHITZ
        from wcheck.estimators.registry import ESTIMATORS

        lipschitz = self.settings.get("lipschitz", ())
        if lipschitz or self.settings.get("objective") or self.estimator:
            return lipschitz, self.estimator
        critics, estimators = (
            tuple(name for name in names if name not in LEFT_OUT)
            for names in ((*CONSTRAINTS, *FORMERLY_LIPSCHITZ), ESTIMATORS)
        )
        return critics, estimators

    def _critics(self) -> list[TrainedCritic]:
        from wcheck.estimators.critic import TrainedCritic

        published = (None,) if self.settings.get("objective") else ()
        grid = self.grid(early=EARLY) | {"lipschitz": self._methods()[0] or published, "steps": self.steps}
        names = ["lipschitz", *(name for name in grid if name != "lipschitz")]
        found = [
            TrainedCritic.of(**dict(zip(names, values, strict=True)))
            for values in itertools.product(*(grid[name] for name in names))
        ]
        return list(dict.fromkeys(found))

    def _stage(self, task: Trial) -> _Stage:
        key = (task.dim, task.funnels, task.n, task.seed)
        # One pair after the other.
        return self.kept.once("stage", lambda: _stage(task, self.move), of=key)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What all methods share: two samples, two more that no method sees, and where gradients are compared."""

    x: Measure
    y: Measure
    held_x: Measure
    held_y: Measure
    on_rays: Measure
    truth: Known
    gradient: NDArray[np.float64]


def _stage(task: Trial, move: float) -> _Stage:
    import numpy as np

    from wcheck.measures.known import known
    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import Preprocessing, load

    preprocessing = Preprocessing(data_seed=task.seed)

    def drawn(share: float, n: int, role: str) -> Measure:
        text = f"funnel:dim={task.dim},n={n},funnels={task.funnels},move={share:g},pair={task.seed}"
        return load(text, role=role, preprocessing=preprocessing)

    x, y = drawn(0.0, task.n, "source"), drawn(move, task.n, "target")
    truth = known(x.name, y.name)
    if truth is None:
        raise ParameterError(f"{x.name} and {y.name} are not a pair whose distance is known.")
    shares = [move * station / (STATIONS - 1) for station in range(STATIONS)]
    on_rays = np.concatenate([drawn(share, POINTS, "on rays").dense() for share in shares])
    gradient = truth.potential.gradient(Measure.of(on_rays))
    determined = np.linalg.norm(gradient, axis=1) > 0  # not at a centre itself
    return _Stage(
        x,
        y,
        drawn(0.0, task.n, "held-out source"),
        drawn(move, task.n, "held-out target"),
        Measure.of(on_rays[determined]),
        truth,
        gradient[determined],
    )


def _judged(method: Variant | TrainedCritic, stage: _Stage, seed: int, report: Report) -> Row:
    from wcheck.estimators.critic import TrainedCritic
    from wcheck.estimators.registry import make

    if isinstance(method, TrainedCritic):
        estimator: Estimator = method
        row: Row = {"kind": "critic", "method": method.recipe.title}
        row |= {name: value for name, value in method.published().items() if name in (*SETTINGS, "steps")}
    else:
        options = dict(method.options)
        estimator = make(method.name, known=stage.truth, **options)
        row = {"kind": "estimator", "method": method.name, **options}
    row |= {"estimand": estimator.estimand}
    begun = time.perf_counter()
    try:
        found = estimator(stage.x, stage.y, seed=seed, report=_of_task(report))
    except SolverError:
        return row | {"status": "failed", "seconds": time.perf_counter() - begun}
    numbers: dict[str, float | None] = {
        "estimate": found.value,
        "standard_error": found.standard_error,
        "ratio": found.value / stage.truth.distance,
        "marginal_violation": found.about.get("marginal_violation"),
    }
    row |= {"seconds": time.perf_counter() - begun, "status": found.status}
    if found.potential is not None:
        gradient = found.potential.gradient(stage.on_rays)
        numbers |= _compared(gradient, stage.gradient)
        if isinstance(method, TrainedCritic):
            numbers |= _of_critic(found, gradient, stage)
            if not math.isfinite(numbers["grad_max"] or 0.0):
                row["status"] = "diverged"
    return row | {
        column: number if number is not None and math.isfinite(number) else None
        for column, number in numbers.items()
    }


def _of_task(report: Report) -> Report:
    """Return a report to which the steps of a critic are how much of the task is done."""
    return lambda label, *numbers: report(TASK if label == "train" else label, *numbers)


def _of_critic(found: Estimate, gradient: NDArray[np.float64], stage: _Stage) -> dict[str, float | None]:
    """Return what is asked of critics alone: their claim at points that they have not seen, and their slope."""
    import numpy as np

    from wcheck.critics.critic import Critic
    from wcheck.estimators.critic import claimed

    held_out = claimed(cast("Critic", found.potential), stage.held_x, stage.held_y)
    steepest = float(np.linalg.norm(gradient, axis=1).max())
    truth = stage.truth.distance
    return {
        "value_held_out": held_out.value,
        "held_out_error": held_out.standard_error,
        "held_out_ratio": held_out.value / truth,
        "grad_max": steepest,
        "normalised_ratio": found.value / steepest / truth if steepest > 0 else None,
    }


def _compared(found: NDArray[np.float64], true: NDArray[np.float64]) -> dict[str, float | None]:
    """Return the cosine and the squared distance of two vector fields, in L2 of where they are compared.

    ``E<grad f, grad u> / sqrt(E|grad f|^2 E|grad u|^2)`` and ``E|grad f - grad u|^2`` (Korotin et al. 2022, Section
    5). The first does not depend on the scale of f; where f is flat there is none.
    """
    import numpy as np

    inner = float(np.einsum("nd,nd->", found, true))
    lengths = math.sqrt(float(np.square(found).sum()) * float(np.square(true).sum()))
    return {
        "cosine": inner / lengths if lengths > 0 else None,
        "gradient_l2": float(np.square(found - true).sum(axis=1).mean()),
    }
