"""A critic that is trained for a number of steps, as an estimator: what it then claims, and what its values prove."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import torch

from wcheck import columns
from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.critics.transforms import CTransform
from wcheck.errors import ParameterError
from wcheck.estimators.claim import difference_of_means
from wcheck.estimators.estimate import Estimate, Estimator
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.transport.bounds.certificate import Target
from wcheck.transport.bounds.potentials import AllPairs


@dataclass(frozen=True, slots=True)
class TrainedCritic(Estimator):
    """What a critic claims of the two measures that it was trained on.

    It may be above or below W1, in a unit of its own where nothing keeps its slope near 1. What its values prove, by
    their c-transforms over all pairs, is a certified lower bound beside it.

    Attributes
    ----------
    recipe : Recipe
        How it is trained; its seed is that of the estimate.
    steps : int
        Optimiser steps.
    device : str
        Where it is trained.
    """

    recipe: Recipe = field(default_factory=Recipe.of)
    steps: int = 2000
    device: str = "cpu"

    name: ClassVar[str] = "critic"
    estimand: ClassVar[Target] = "empirical"
    long: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the value."""
        if self.steps < 1:
            raise ParameterError(f"steps is {self.steps}: give an integer of at least 1.")

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """Return the names of what :meth:`of` takes: all settings of critics, and how they are trained."""
        return (*columns.names("critic"), "steps", "device")

    @classmethod
    def of(cls, *, steps: int = steps, device: str = device, **settings: Any) -> TrainedCritic:
        """Make one of the settings of a critic."""
        return cls(Recipe.of(**settings), steps, device)

    def published(self) -> dict[str, object]:
        """Return all settings that the critic reads, as rows hold them."""
        read = {name: value for name, value in self.recipe.settings().items() if name != "seed"}
        return read | {"steps": self.steps}

    def estimate(self, x: Measure, y: Measure, *, seed: int = 0, report: Report = silent) -> Estimate:
        """Estimate; see :class:`Estimator`. The potential is the critic."""
        sides = FrozenPoints(x, self.device), FrozenPoints(y, self.device)
        training = Training(replace(self.recipe, seed=seed), *sides)
        training.advance(self.steps, lambda: report("train", training.step, self.steps))
        found = claimed(training.critic, x, y)
        if not math.isfinite(found.value):
            return replace(found, status="diverged")
        pairs = AllPairs(x, y, self.device)
        f, g = pairs.consistent(*(training.critic.values(side.points) for side in sides))
        return replace(found, standard_error=None, about={"lower": pairs.lower_bound(f, g)})


def claimed(critic: Critic, x: Measure, y: Measure) -> Estimate:
    """Return what a critic says of two measures: what its training ascends on.

    That is the dual value over the points for a c-transform, and ``E D(x) - E D(y)`` for all others, with the standard
    error that it has on points that the critic was not trained on.

    Raises
    ------
    ParameterError
        If a measure has weights, and the objective is a c-transform.
    """
    objective = critic.recipe.objective
    if not isinstance(objective, CTransform):
        return difference_of_means(critic, x, y)
    for z in (x, y):
        if not z.is_uniform:
            raise ParameterError(
                f"{z.name} has weights, but objective {objective.name} takes the unweighted mean over its points: "
                "choose --objective wasserstein."
            )
    points = (torch.from_numpy(z.dense().astype(np.float32)).to(critic.device) for z in (x, y))
    with torch.no_grad():
        return Estimate(float(objective.value(critic.network, *points)), potential=critic)
