"""A discriminator and critics, each trained to its optimum between two Gaussians on the line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wcheck.errors import ParameterError
from wcheck.experiments.base import Experiment
from wcheck.experiments.telling import two_gaussians as telling
from wcheck.progress import TASK, Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from torch import nn

    from wcheck.critics.recipe import Recipe
    from wcheck.learning.samplers import FrozenPoints

DISCRIMINATOR = "discriminator"
"""The model of the GAN; critics are called by their constraints."""
LR = 1e-3
"""Adam's step size for the discriminator."""
REACH, GRID = 3.0, 201
"""Values are given up to this many standard deviations beyond the means, at this many points, 0 being one."""


@dataclass(frozen=True)
class TwoGaussians(Experiment[tuple[str, int]]):
    r"""The slope that a generator receives between two Gaussians (Arjovsky, Chintala and Bottou 2017, Figure 2).

    The data are ``N(m, s^2)``, the generator's points ``N(-m, s^2)``. The best discriminator is
    ``D*(z) = 1 / (1 + exp(-2 m z / s^2))``: on the generator's points it is nearly 0, and so is the slope of
    ``log(1 - D)``, on which the generator of a minimax GAN descends. The best critic is ``f*(z) = z`` up to a constant:
    the slope of ``-f``, on which a WGAN's generator descends, is -1 everywhere.

    A two-sided gradient penalty may end upside down here: among linear critics of slope s it descends on
    ``-2 m s + penalty (|s| - 1)^2``, which has another minimum at ``s = -(1 - m / penalty)``. One-sided it has none.

    Attributes
    ----------
    mean, std : float
        m and s.
    lipschitz : tuple of str
        Constraints of the critics, with the optimisers they were published with; see
        :data:`wcheck.critics.constraints.CONSTRAINTS`.
    n : int
        Points of each side that all are trained on.
    width : int
        The width of the three hidden layers.
    steps, batch_size : int
        Optimiser steps, and points of each side in one.
    lr : float, optional
        Step size of the critics; as their constraints were published if left out. The discriminator's is 1e-3.
    seed : tuple of int
        The seeds of weights and draws.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    mean: float = 2.0
    std: float = 0.5
    lipschitz: tuple[str, ...] = ("clip", "lp")
    n: int = 10_000
    width: int = 64
    steps: int = 3000
    batch_size: int = 256
    lr: float | None = None
    seed: tuple[int, ...] = (0,)

    name: ClassVar[str] = "two-gaussians"
    columns: ClassVar[tuple[str, ...]] = (
        "mean", "std", "n", "width", "steps", "batch_size", "seed", "model", "lr", "z", "density_data",
        "density_generator", "value", "best_value", "gradient", "best_gradient", "generator_gradient",
        "best_generator_gradient", "status",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        for option, value in (("mean", self.mean), ("std", self.std)):
            if not 0 < value < math.inf:
                raise ParameterError(f"{option} is {value}: give a finite number above 0.")
        for option, count in (("n", self.n), ("steps", self.steps)):
            if count < 1:
                raise ParameterError(f"{option} is {count}: give an integer of at least 1.")
        if DISCRIMINATOR in self.lipschitz:
            raise ParameterError(
                f"{DISCRIMINATOR} is not a constraint of a critic: leave it out; the discriminator is always trained."
            )
        for model, seed in self.tasks():
            self._recipe(model, seed)

    def tasks(self) -> Sequence[tuple[str, int]]:
        """Return (model, seed) of each run."""
        models = dict.fromkeys((DISCRIMINATOR, *self.lipschitz))
        return [(model, seed) for seed in dict.fromkeys(self.seed) for model in models]

    def run(self, task: tuple[str, int], report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the values of one model along the line."""
        import torch

        model, seed = task
        recipe = self._recipe(model, seed)
        network = _trained(recipe, self.steps, *self._sides(seed), report)
        step = 2.0 * (self.mean + REACH * self.std) / (GRID - 1)
        z = (step * (torch.arange(GRID) - GRID // 2))[:, None].requires_grad_()
        score = network(z)
        if model == DISCRIMINATOR:
            values, losses = torch.sigmoid(score), -torch.nn.functional.softplus(score)
        else:
            values, losses = score - score[GRID // 2].detach(), -score
        slopes, told = (
            torch.autograd.grad(found.sum(), z, retain_graph=True)[0][:, 0] for found in (values, losses)
        )
        found = torch.stack([z.detach()[:, 0], values.detach(), slopes, told], dim=1).double()
        for at, value, gradient, generator_gradient in found.tolist():
            fine = all(map(math.isfinite, (value, gradient, generator_gradient)))
            got = {"value": value, "gradient": gradient, "generator_gradient": generator_gradient}
            yield {
                **{
                    name: getattr(self, name) for name in ("mean", "std", "n", "width", "steps", "batch_size")
                },
                "seed": seed,
                "model": model,
                "lr": recipe.descent.lr,
                "z": at,
                "density_data": self._density(at - self.mean),
                "density_generator": self._density(at + self.mean),
                **(got if fine else {}),
                **self._best(model, at),
                "status": "ok" if fine else "diverged",
            }

    def _recipe(self, model: str, seed: int) -> Recipe:
        from wcheck.critics.recipe import Recipe

        is_gan = model == DISCRIMINATOR
        return Recipe.of(
            "mlp",
            None if is_gan else model,
            objective="minimax" if is_gan else None,
            lr=LR if is_gan else self.lr,
            width=self.width,
            batch_size=self.batch_size,
            seed=seed,
        )

    def _sides(self, seed: int) -> tuple[FrozenPoints, FrozenPoints]:
        from wcheck.learning.samplers import FrozenPoints
        from wcheck.measures.sources import Preprocessing, load

        x, y = (
            load(
                f"gaussian:dim=1,n={self.n},mean={mean!r},std={self.std!r}",
                role=self.name,
                preprocessing=Preprocessing(data_seed=seed),
            )
            for mean in (self.mean, -self.mean)
        )
        return FrozenPoints(x), FrozenPoints(y)

    def _density(self, away: float) -> float:
        from scipy.stats import norm

        return float(norm.pdf(away, scale=self.std))

    def _best(self, model: str, z: float) -> Row:
        if model != DISCRIMINATOR:
            return {"best_value": z, "best_gradient": 1.0, "best_generator_gradient": -1.0}
        from scipy.special import expit

        steepness = 2.0 * self.mean / self.std**2
        value = float(expit(steepness * z))
        return {
            "best_value": value,
            "best_gradient": steepness * value * float(expit(-steepness * z)),
            "best_generator_gradient": -steepness * value,
        }


def _trained(recipe: Recipe, steps: int, x: FrozenPoints, y: FrozenPoints, report: Report) -> nn.Module:
    """Return the network of a critic, or that of a discriminator, whose value is the logit of D."""
    from wcheck.critics.training import Training

    training = Training(recipe, x, y)
    training.advance(steps, lambda: report(TASK, training.step, steps))
    return training.critic.network.eval()
