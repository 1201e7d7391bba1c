"""Many small critics at once: one product of stacked matrices instead of many small products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from wcheck.critics.constraint import Constraint
from wcheck.critics.critic import Critic
from wcheck.critics.objectives import Wasserstein
from wcheck.critics.penalties import GradientPenalty, OneSidedPenalty
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import CriticPlayer
from wcheck.critics.weights import WeightClipping
from wcheck.learning.loop import Loop, Parts
from wcheck.learning.samplers import FrozenPoints

CONSTRAINTS = (GradientPenalty, OneSidedPenalty, WeightClipping, Constraint)
"""Those that an ensemble knows."""


def alike(recipe: Recipe) -> Recipe | None:
    """Return what critics that are trained together have in common; None for one that must be trained alone.

    It is a recipe for ``mlp`` without normalisation that ascends on the difference of means, on mini-batches in
    float32, under one of :data:`CONSTRAINTS`; seed, step size and penalty may differ.
    """
    constraint = recipe.constraint
    common = (
        (recipe.arch, recipe.norm) == ("mlp", "none")
        and type(recipe.objective) is Wasserstein
        and type(constraint) in CONSTRAINTS
    )
    if not common or recipe.batch_size is None or recipe.descent.amp is not None:
        return None
    if isinstance(constraint, GradientPenalty):
        constraint = replace(constraint, penalty=0.0)
    return replace(recipe, seed=0, descent=replace(recipe.descent, lr=1.0), constraint=constraint)


class Ensemble(Loop):
    """K critics on their way together; what each becomes does not depend on the others.

    First weights and batches are those of :class:`wcheck.critics.training.Training`, and so is every sum except for the
    order of its terms: results agree up to float32 rounding, which training magnifies as it continues.

    Parameters
    ----------
    recipes : sequence of Recipe
        :func:`alike`.
    x, y : FrozenPoints
        On one device.

    Raises
    ------
    ParameterError
        As :class:`wcheck.critics.training.Training`.
    """

    def __init__(self, recipes: Sequence[Recipe], x: FrozenPoints, y: FrozenPoints) -> None:
        common = alike(recipes[0])
        if common is None or any(alike(recipe) != common for recipe in recipes):
            raise ValueError("these critics differ in more than seed, lr and penalty")
        super().__init__(x.points.device)
        alone = [CriticPlayer(recipe, x.shape, x.points.device) for recipe in recipes]
        self._critics = [player.critic for player in alone]
        self._x, self._y, self._size = x, y, recipes[0].batch_size or 0
        # critics of one seed see the same batches, which are drawn once
        seeds = list(dict.fromkeys(recipe.seed for recipe in recipes))
        streams = {recipe.seed: player.generator for recipe, player in zip(recipes, alone, strict=True)}
        self._generators = [streams[seed] for seed in seeds]
        self._whose = torch.tensor([seeds.index(recipe.seed) for recipe in recipes], device=self._device)
        self._constraint = recipes[0].constraint
        penalties = [getattr(recipe.constraint, "penalty", 0.0) for recipe in recipes]
        self._penalties = torch.tensor(penalties, device=self._device)
        self._weights = nn.ParameterList(map(_stacked, zip(*map(_layers, self._critics), strict=True)))
        # An optimiser's step does not depend on where the weights are: one of size 1 from 0 is the direction in which
        # each critic then goes by its own step size.
        self._moves = [nn.Parameter(torch.zeros_like(weight)) for weight in self._weights]
        self._optimizer = common.descent.optimizer_of(self._moves)
        rates = torch.tensor([recipe.descent.lr for recipe in recipes], device=self._device)
        self._rates = rates[:, None, None]

    @property
    def critics(self) -> list[Critic]:
        """The critics so far; they may be used, and change when they are asked for again."""
        with torch.no_grad():
            for number, critic in enumerate(self._critics):
                for own, stack in zip(_layers(critic), self._weights, strict=True):
                    own.copy_(stack[number].T if own.ndim == 2 else stack[number, 0])
        return self._critics

    def take_step(self) -> None:
        """Ascend with each critic on its pair of batches."""
        gradients = torch.autograd.grad(self._loss(), list(self._weights))
        with torch.no_grad():
            for move, gradient in zip(self._moves, gradients, strict=True):
                move.zero_()
                move.grad = gradient.contiguous()  # a fused step takes both as they lie in memory
            self._optimizer.step()
            for weight, move in zip(self._weights, self._moves, strict=True):
                weight.addcmul_(self._rates, move)
        self._constraint.after_step(self._weights)

    def parts(self) -> Mapping[str, Parts]:
        """Return all that further steps depend on."""
        return {"weights": self._weights, "optimizer": self._optimizer, "generators": self._generators}

    def _loss(self) -> Tensor:
        """Return the sum of the critics' losses: each has its own weights, so its gradient is that of its loss."""
        x, y = (self._batch(points) for points in (self._x, self._y))
        values = self._values(torch.cat([x, y], dim=1))
        losses = values[:, self._size :].mean(1) - values[:, : self._size].mean(1)
        if isinstance(self._constraint, GradientPenalty):
            shares = [
                torch.rand((self._size, 1), generator=generator, device=self._device)
                for generator in self._generators
            ]
            z = torch.lerp(y, x, torch.stack(shares)[self._whose])
            norms = torch.linalg.vector_norm(self._gradients(z), dim=2)
            losses = losses + self._penalties * self._constraint.excess(norms).square().mean(1)
        return losses.sum()

    def _batch(self, points: FrozenPoints) -> Tensor:
        """Return a batch for each critic, ``(K, k, d)``."""
        rows = [points.draw_rows(self._size, generator) for generator in self._generators]
        return points.points[torch.stack(rows)[self._whose]]

    def _values(self, points: Tensor) -> Tensor:
        """Return the values ``(K, k)`` at points ``(K, k, d)``."""
        *hidden, (weight, bias) = self._pairs()
        for inner, shift in hidden:
            points = torch.baddbmm(shift, points, inner).relu()
        return torch.baddbmm(bias, points, weight).squeeze(2)

    def _gradients(self, points: Tensor) -> Tensor:
        """Return the gradients ``(K, k, d)`` at points: by hand, since ReLU's slopes do not depend on the weights."""
        *hidden, (weight, _) = self._pairs()
        slopes = []
        with torch.no_grad():
            for inner, shift in hidden:
                points = torch.baddbmm(shift, points, inner).relu_()
                slopes.append((points > 0).to(points.dtype))
        gradient = weight.transpose(1, 2)
        for (inner, _), slope in zip(reversed(hidden), reversed(slopes), strict=True):
            gradient = torch.bmm(gradient * slope, inner.transpose(1, 2))
        return gradient

    def _pairs(self) -> list[tuple[Tensor, Tensor]]:
        """Return the weights ``(K, inputs, outputs)`` and biases ``(K, 1, outputs)`` of each layer."""
        weights = list(self._weights)
        return list(zip(weights[::2], weights[1::2], strict=True))


def _layers(critic: Critic) -> Iterator[Tensor]:
    for layer in critic.network.modules():
        if isinstance(layer, nn.Linear):
            yield layer.weight
            yield layer.bias


def _stacked(own: Sequence[Tensor]) -> nn.Parameter:
    """Stack weights ``(outputs, inputs)`` transposed, and biases ``(outputs,)`` as rows."""
    stack = torch.stack([part.detach().T if part.ndim == 2 else part.detach()[None] for part in own])
    return nn.Parameter(stack.contiguous())
