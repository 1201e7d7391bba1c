"""How a critic is trained: mini-batch ascent on two frozen measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.errors import ParameterError
from wcheck.learning.acceleration import Loss, compiled
from wcheck.learning.descent import Player
from wcheck.learning.loop import Loop, Parts
from wcheck.learning.samplers import Batches, FrozenPoints
from wcheck.rng import derived_seed, torch_generator

SMALL = 1 << 25
"""Products in a step's forward pass, up to which one thread takes it alone: some 5 ms of work."""


class CriticPlayer(Player):
    """A critic that is trained, a step for each pair of batches that it is given.

    Parameters
    ----------
    recipe : Recipe
        What to train and how.
    shape : tuple of int
        The shape of one point.
    device : torch.device
    modules : Path
        Where the user's module may lie, for a critic of the user's own.

    Attributes
    ----------
    critic : Critic
        So far; it may be used, and changes with every step.
    generator : Generator
        The generator of what the constraint draws, and of batches.

    Raises
    ------
    ParameterError
        If the architecture has no form for points of this shape, or mixed precision cannot be had here.
    """

    def __init__(
        self, recipe: Recipe, shape: tuple[int, ...], device: torch.device, modules: Path = Path()
    ) -> None:
        seed = derived_seed(recipe.seed, "critic", "weights")
        network = recipe.network(shape, seed=seed, modules=modules).to(device)
        super().__init__(network, recipe.descent, device)
        self.critic = Critic(network, recipe, shape)
        self.generator = torch_generator(recipe.seed, recipe.objective.player, "batches", device=str(device))
        self._objective, self._constraint = recipe.objective, recipe.constraint
        self._loss: Loss = recipe.loss

    def compile(self, x: Tensor, y: Tensor) -> None:
        """Compile the loss, which takes a minute, and try it on two batches; nothing else changes.

        Raises
        ------
        ParameterError
            If torch cannot compile it here.
        """
        self._loss = compiled(self._loss, self.network, x, y, self.precision.cast)

    def ascend(self, x: Tensor, y: Tensor) -> Tensor:
        """Take one step, to be high on a batch x and low on a batch y; return what was ascended on, penalties paid."""
        loss = self.descend(lambda: self._loss(self.network, x, y, self.generator))
        self._constraint.after_step(self.network)
        self._objective.after_step(self.network)
        return -loss

    def parts(self) -> Mapping[str, Parts]:
        """Return all that further steps depend on."""
        return {**super().parts(), "generator": self.generator}


class Training(Loop):
    """A critic on its way between two frozen sets.

    Parameters
    ----------
    recipe : Recipe
        What to train and how: to be high on x and low on y.
    x, y : FrozenPoints
        On one device.
    compile : bool
        Whether to compile the loss, which takes a minute at first.
    modules : Path
        See :class:`CriticPlayer`.

    Raises
    ------
    ParameterError
        As :class:`CriticPlayer`; if full batches are not of two equally large sets without weights, or are to be
        normalised and hold one point; or if the compiled loss cannot be had here.
    """

    def __init__(
        self,
        recipe: Recipe,
        x: FrozenPoints,
        y: FrozenPoints,
        *,
        compile: bool = False,
        modules: Path = Path(),
    ) -> None:
        super().__init__(x.points.device)
        self._player = CriticPlayer(recipe, x.shape, x.points.device, modules)
        self._batches = Batches(x, y, recipe.batch_size)
        if recipe.norm == "batch" and recipe.batch_size is None and len(x.points) == 1:
            raise ParameterError(
                "batch_size is full, but there is only one point on each side: norm batch averages over different "
                "points of a batch; give more points."
            )
        if compile:
            self._player.compile(*self._batches.first())

    @property
    def critic(self) -> Critic:
        """The critic so far; it may be used, and changes with every step."""
        return self._player.critic

    @property
    def critics(self) -> list[Critic]:
        """The critic, as a list of what is trained here."""
        return [self.critic]

    def take_step(self) -> None:
        """Ascend on one pair of batches."""
        self._player.ascend(*self._batches.draw(self._player.generator))

    def parts(self) -> Mapping[str, Parts]:
        """Return the critic's."""
        return self._player.parts()


def is_small(recipes: Sequence[Recipe], shape: tuple[int, ...], n: int, modules: Path = Path()) -> bool:
    """Return whether a step of these critics, trained at once, is too little work for threads to share.

    That is so up to ``batch size * weights = 2^25``, half of what the critic mlp takes on CIFAR-10; convolutions, which
    use a weight many times, are always more.

    Parameters
    ----------
    recipes : sequence of Recipe
        Alike except for seed, step size and penalty.
    shape : tuple of int
        The shape of one point.
    n : int
        Points of each side, which a full batch has.
    modules : Path
        Where the user's module may lie, for a critic of the user's own.
    """
    recipe = recipes[0]
    network = recipe.network(shape, seed=0, modules=modules)
    return is_light(network, len(recipes) * (recipe.batch_size or n))


def is_light(network: nn.Module, points: int) -> bool:
    """Return whether a network's step on some points is too little work for threads to share; see :func:`is_small`."""
    if any(isinstance(layer, nn.modules.conv._ConvNd) for layer in network.modules()):
        return False
    return points * sum(parameter.numel() for parameter in network.parameters()) <= SMALL
