"""Critics and estimators on pairs whose distance and optimal gradient are known: what ``wcheck known`` runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wcheck.columns import former
from wcheck.errors import ParameterError
from wcheck.experiments.sampling import FINE, Variant, settings_of, variants
from wcheck.experiments.settings import Swept
from wcheck.experiments.telling import known as telling
from wcheck.experiments.trials import SETTINGS, Scene, Trial, judged
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.estimators.critic import TrainedCritic

LEFT_OUT = ("none", "critic", "closed-form", "frechet", "mind")
"""What is not compared unless it is asked for: a critic without a constraint has no scale, the truth needs no test, and
critics are named by their constraints."""
EARLY = ("arch", "width", "layers", "norm")
"""Settings that change after others in the product."""


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
    groups: ClassVar[tuple[str, ...]] = ("critic",)
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
                estimator = make(task.method.name, **dict(task.method.options))
                estimator.check_size(task.n, "a sample")
                if estimator.order != 1:
                    raise ParameterError(
                        f"estimator is {task.method.name!r}: it estimates W2, but only W1 is known here; give "
                        "another."
                    )

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

    def chosen(self, task: Trial) -> Row:
        """Return the settings that a task's method reads."""
        if isinstance(task.method, Variant):
            return settings_of(task.method)
        return task.method.published()

    def run(self, task: Trial, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the row of one method on one pair."""
        scene = self._scene(task)
        row: Row = {
            "dim": task.dim,
            "funnels": task.funnels,
            "move": self.move,
            "n": task.n,
            "seed": task.seed,
            "source": scene.x.name,
            "target": scene.y.name,
            "truth": scene.truth.distance,
            "truth_error": scene.truth.standard_error,
        }
        yield row | judged(task.method, scene, task.seed, report)

    def _methods(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        from wcheck.critics.constraints import CONSTRAINTS
        from wcheck.estimators.registry import ESTIMATORS

        lipschitz = self.settings.get("lipschitz", ())
        if lipschitz or self.settings.get("objective") or self.estimator:
            return lipschitz, self.estimator
        critics, estimators = (
            tuple(name for name in names if name not in LEFT_OUT)
            for names in ((*CONSTRAINTS, *former.OBJECTIVES), ESTIMATORS)
        )
        return critics, estimators

    def _critics(self) -> list[TrainedCritic]:
        from wcheck.estimators.critic import TrainedCritic

        published = (None,) if self.settings.get("objective") else ()
        grid = self.multiplied(early=EARLY) | {
            "lipschitz": self._methods()[0] or published,
            "steps": self.steps,
        }
        names = ["lipschitz", *(name for name in grid if name != "lipschitz")]
        found = [
            TrainedCritic.of(**dict(zip(names, values, strict=True)))
            for values in itertools.product(*(grid[name] for name in names))
        ]
        return list(dict.fromkeys(found))

    def _scene(self, task: Trial) -> Scene:
        # One pair after the other.
        key = (task.dim, task.funnels, task.n, task.seed)
        return self.kept.once("scene", lambda: Scene.of(task, self.move), of=key)
