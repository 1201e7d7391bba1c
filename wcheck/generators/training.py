"""How a generator is trained: Algorithm 1 of Wasserstein GANs, for every game."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wcheck.critics.critic import Critic
from wcheck.critics.training import CriticPlayer
from wcheck.errors import ParameterError, there_are
from wcheck.generators.game import Game
from wcheck.generators.generator import Generator
from wcheck.generators.steps import GameStep
from wcheck.learning.acceleration import Loss, compiled, compiled_network
from wcheck.learning.descent import Player
from wcheck.learning.loop import Loop, Parts
from wcheck.learning.samplers import FrozenPoints
from wcheck.rng import torch_generator


class GameTraining(Loop):
    """A generator on its way, and the critic that it plays against: a step is one of the generator.

    Before it the critic takes its steps, each on a batch of data and one of generated points; the generator's step then
    takes fresh ones. Data are drawn independently, by their weights.

    Parameters
    ----------
    game : Game
        What is played.
    points : FrozenPoints
        The data, on the device where all is computed.
    compile : bool
        Whether to compile what both players compute, which takes a minute at first.
    modules : Path
        Where the user's modules may lie.
    after_step : callable, optional
        Called with :attr:`last` after every step.

    Attributes
    ----------
    last : GameStep or None
        The last step; None before the first, and after :meth:`restore`.

    Raises
    ------
    ParameterError
        If the batch is larger than the data; if full batches are of data with weights; if an architecture has no form
        for points of this shape; if mixed precision or a compiled step cannot be had here.
    SourceError
        If the user's module fails.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Algorithm 1.
    """

    def __init__(
        self,
        game: Game,
        points: FrozenPoints,
        *,
        compile: bool = False,
        modules: Path = Path(),
        after_step: Callable[[GameStep], None] | None = None,
    ) -> None:
        device = points.points.device
        super().__init__(device)
        _check_size(game, points)
        self.game, self.last = game, None
        self._points, self._after_step = points, after_step
        self._size = game.generator.batch(game.objective.generated * (game.batch_size or len(points.points)))
        self._generator = Generator.fresh(game.generator, points, modules=modules)
        self._network: Callable[[Tensor], Tensor] = self._generator.network
        self._loss: Loss = game.objective.generator_loss
        self._player = Player(self._generator.network, game.generator.descent, device)
        self._critic = (
            None if game.critic is None else CriticPlayer(game.critic, points.shape, device, modules)
        )
        self._against = nn.Identity() if self._critic is None else self._critic.network
        decay = game.generator.average
        self._average = None if decay is None else Average(self._generator.network, decay)
        self._latents, self._batches = (
            torch_generator(game.seed, "generator", stream, device=str(device))
            for stream in ("steps", "batches")
        )
        if compile:
            self._compile()

    last: GameStep | None

    @property
    def generator(self) -> Generator:
        """The generator so far, with averaged weights where the game asks for them; it changes with every step."""
        return (
            self._generator
            if self._average is None
            else replace(self._generator, network=self._average.network)
        )

    @property
    def critic(self) -> Critic | None:
        """The critic so far, which changes with every step; None where the game has none."""
        return None if self._critic is None else self._critic.critic

    def take_step(self) -> None:
        """Take the critic's steps, and one of the generator."""
        value = None
        for _ in range(self.game.critic_steps_at(self.step)):
            value = self._ascend()
        x, latents = self._data(self._batches), self._draw()
        made: list[Tensor] = []
        gradients: list[Tensor] = []

        def loss() -> Tensor:
            y = self._network(latents).float()
            y.register_hook(gradients.append)
            made.append(y)
            return self._loss(self._against, x, y, self._batches)

        descended = self._player.descend(loss)
        if self._average is not None:
            self._average.follow(self._generator.network)
        self.last = GameStep(
            self.step + 1, x, made[0].detach(), descended, descended if value is None else value, gradients,
            self.game.objective, self._against, self._player, self._critic,
        )  # fmt: skip
        if self._after_step is not None:
            self._after_step(self.last)

    def parts(self) -> Mapping[str, Parts]:
        """Return all that further steps depend on."""
        critic: Mapping[str, Parts] = {} if self._critic is None else {"critic": self._critic.parts()}
        average: Mapping[str, Parts] = {} if self._average is None else {"average": self._average.network}
        streams = [self._latents, self._batches]
        return {"generator": self._player.parts(), "streams": streams, **critic, **average}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to where :meth:`state` was called; the steps after it come out the same, to the last bit."""
        super().restore(state)
        self.last = None

    def _ascend(self) -> Tensor | None:
        """Take a step of the critic; return what it ascended on."""
        if self._critic is None:
            return None
        with torch.no_grad(), self._player.precision.cast():
            y = self._network(self._draw()).float()
        return self._critic.ascend(self._data(self._critic.generator), y)

    def _data(self, generator: torch.Generator) -> Tensor:
        """Return a batch of data."""
        size = self.game.batch_size
        return self._points.points if size is None else self._points.draw(size, generator)

    def _draw(self) -> Tensor:
        """Return the latents of as many points as a step generates."""
        return self.game.generator.latents(self._size, self._latents, self._device)

    def _compile(self) -> None:
        trial = torch_generator(0, "compile", device=str(self._device))
        x, latents = self._data(trial), self.game.generator.latents(self._size, trial, self._device)
        cast = self._player.precision.cast
        self._network = compiled_network(self._generator.network, latents, cast)
        if self._critic is not None:
            y = self._generator(latents)
            self._critic.compile(x, y)
            made = y.requires_grad_().clone()  # as in a step: what a network made, with its way back
            self._loss = compiled(self._loss, self._against, x, made, cast)


class Average:
    """The exponential average of a network's weights.

    Parameters
    ----------
    network : Module
        The average begins with its weights.
    decay : float
        What of the average is kept at each step.

    Attributes
    ----------
    network : Module
        A copy with averaged weights, and the last buffers.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = deepcopy(network).requires_grad_(False)
        self._share = 1.0 - decay
        self._weights: list[Tensor] = list(self.network.parameters())
        self._buffers = list(self.network.buffers())

    @torch.no_grad()
    def follow(self, network: nn.Module) -> None:
        """Take a step towards the weights of a network, and its buffers as they are."""
        weights: list[Tensor] = list(network.parameters())
        torch._foreach_lerp_(self._weights, weights, self._share)
        if self._buffers:
            torch._foreach_copy_(self._buffers, list(network.buffers()))


def _check_size(game: Game, points: FrozenPoints) -> None:
    size, n = game.batch_size, len(points.points)
    if size is None and not points.is_uniform:
        raise ParameterError(
            "batch_size is full, but the data have weights, according to which points are drawn: give a number."
        )
    if size is not None and size > n:
        raise ParameterError(
            f"batch_size is {size}, and {there_are(n, 'point')} to train on: give at most {n}."
        )
