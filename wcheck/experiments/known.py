"""Critics and estimators on pairs whose distance and optimal gradient are known: what ``wcheck known`` runs."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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

    from wcheck.critics.critic import Critic
    from wcheck.critics.recipe import Recipe
    from wcheck.measures.known import Known
    from wcheck.measures.measure import Measure

LEFT_OUT = ("none", "closed-form")
"""What is not compared unless it is asked for: a critic without a constraint has no scale, the truth needs no test."""
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
    method : Variant or Recipe
        An estimator, or a critic with its steps.
    steps : int, optional
        The number of a critic's optimiser steps.
    """

    dim: int
    funnels: int
    n: int
    seed: int
    method: Variant | Recipe
    steps: int | None = None


@dataclass(frozen=True)
class KnownTruth(Swept[Trial]):
    """Every Lipschitz mechanism and every estimator beside the truth (Korotin et al. 2022).

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
        critics = self._critics()
        estimators = variants(self._methods()[1], {"epsilon": self.settings.get("epsilon", ())})
        found: list[Trial] = []
        for pair in itertools.product(self.dim, self.funnels, self.n, self.seed):
            found += [Trial(*pair, replace(recipe, seed=pair[-1]), steps) for recipe, steps in critics]
            found += [Trial(*pair, variant) for variant in estimators]
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
        if isinstance(task.method, Variant):
            yield row | _estimated(task.method, stage, task.seed, report)
        else:
            yield row | _trained(task.method, cast("int", task.steps), stage, report)

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

    def _critics(self) -> list[tuple[Recipe, int]]:
        from wcheck.critics.recipe import Recipe

        published = (None,) if self.settings.get("objective") else ()
        grid = self.grid(early=EARLY) | {"lipschitz": self._methods()[0] or published}
        names = ["lipschitz", *(name for name in grid if name != "lipschitz")]
        found = [
            (Recipe.of(**dict(zip(names, values, strict=True))), steps)
            for values in itertools.product(*(grid[name] for name in names))
            for steps in self.steps
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
    gradient = truth.gradient(on_rays)
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


def _estimated(variant: Variant, stage: _Stage, seed: int, report: Report) -> Row:
    from wcheck.estimators.extension import LpExtension
    from wcheck.estimators.registry import make

    options = dict(variant.options)
    estimator = make(variant.name, known=stage.truth, **options)
    row: Row = {"kind": "estimator", "method": variant.name, **options, "estimand": estimator.estimand}
    begun = time.perf_counter()
    function = None
    try:
        if isinstance(estimator, LpExtension):
            found, function = estimator.found(stage.x, stage.y, seed=seed, report=report)
        else:
            found = estimator(stage.x, stage.y, seed=seed, report=report)
    except SolverError:
        return row | {"status": "failed", "seconds": time.perf_counter() - begun}
    row |= {
        "estimate": found.value,
        "standard_error": found.standard_error,
        "ratio": found.value / stage.truth.distance,
        "marginal_violation": found.about.get("marginal_violation"),
        "seconds": time.perf_counter() - begun,
        "status": found.status,
    }
    if function is not None:
        row |= _compared(function.gradient(stage.on_rays), stage.gradient)
    elif variant.name == "oracle":
        row |= _compared(stage.truth.gradient(stage.on_rays.dense()), stage.gradient)
    return row


def _trained(recipe: Recipe, steps: int, stage: _Stage, report: Report) -> Row:
    import numpy as np
    import torch

    from wcheck.critics.training import Training
    from wcheck.learning.samplers import FrozenPoints

    row: Row = {"kind": "critic", "method": recipe.title, "estimand": "empirical", "steps": steps}
    row |= {name: value for name, value in recipe.settings().items() if name in SETTINGS}
    training = Training(recipe, FrozenPoints(stage.x), FrozenPoints(stage.y))
    training.advance(steps, lambda: report(TASK, training.step, steps))
    critic, truth = training.critic, stage.truth.distance
    estimate, _ = _claimed(critic, stage.x, stage.y)
    held_out, held_out_error = _claimed(critic, stage.held_x, stage.held_y)
    points = torch.from_numpy(stage.on_rays.dense().astype(np.float32))
    gradients = critic.gradients(points).double().numpy()
    steepest = float(np.linalg.norm(gradients, axis=1).max())
    found: dict[str, float | None] = {
        "estimate": estimate,
        "ratio": estimate / truth,
        "value_held_out": held_out,
        "held_out_error": held_out_error,
        "held_out_ratio": held_out / truth,
        "grad_max": steepest,
        "normalised_ratio": estimate / steepest / truth if steepest > 0 else None,
        **_compared(gradients, stage.gradient),
    }
    diverged = not math.isfinite(estimate) or not math.isfinite(steepest)
    finite = {
        column: number if number is not None and math.isfinite(number) else None
        for column, number in found.items()
    }
    return row | finite | {"seconds": training.seconds, "status": "diverged" if diverged else "ok"}


def _claimed(critic: Critic, x: Measure, y: Measure) -> tuple[float, float | None]:
    """Return what the critic says of two samples, with its standard error where it is a difference of means.

    It is what its training ascends on: for a c-transform the dual value over the samples, for all others
    ``mean D(x) - mean D(y)``.
    """
    import numpy as np
    import torch

    from wcheck.critics.transforms import CTransform
    from wcheck.estimators.extension import difference_of_means

    objective = critic.recipe.objective
    first, second = (torch.from_numpy(z.dense().astype(np.float32)) for z in (x, y))
    if isinstance(objective, CTransform):
        with torch.no_grad():
            return float(objective.value(critic.network, first, second)), None
    f, g = (critic(points).double().numpy() for points in (first, second))
    if not (np.isfinite(f).all() and np.isfinite(g).all()):
        return math.nan, None
    found = difference_of_means(f, x.weights, g, y.weights)
    return found.value, found.standard_error


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
