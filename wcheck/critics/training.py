"""How a critic is trained: mini-batch ascent on two frozen measures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from wcheck.critics import networks
from wcheck.critics.acceleration import Loss, Precision, compiled
from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.rng import derived_seed, torch_generator

SMALL = 1 << 25
"""Products in a step's forward pass, up to which one thread takes it alone: some 5 ms of work."""

TICK_STEPS = 16
"""Steps between two looks at the clock, reports of progress and the like."""


class FrozenPoints:
    """The points of a measure on a device, to draw batches from.

    Attributes
    ----------
    points : Tensor, shape (n, d), float32
        On the device.
    weights : ndarray, shape (n,), float64
        Of the measure.
    shape : tuple of int
        Of one point.
    is_uniform : bool
        Whether all weights are equal.
    """

    def __init__(self, measure: Measure, device: str = "cpu") -> None:
        dense = np.require(measure.dense(), np.float32, ["C", "W"])
        self.points = torch.from_numpy(dense).to(device)
        self.weights = measure.weights
        self.shape = measure.shape
        cumulative = torch.from_numpy(np.cumsum(measure.weights)).to(device)
        self.is_uniform = measure.is_uniform
        self._cumulative = None if self.is_uniform else cumulative / cumulative[-1]

    def draw(self, k: int, generator: torch.Generator) -> Tensor:
        """Return k points drawn independently by their weights, shape (k, d)."""
        return self.points[self.draw_rows(k, generator)]

    def draw_rows(self, k: int, generator: torch.Generator) -> Tensor:
        """Return which points :meth:`draw` draws, shape (k,)."""
        device = self.points.device
        if self._cumulative is None:
            return torch.randint(len(self.points), (k,), generator=generator, device=device)
        level = torch.rand(k, generator=generator, device=device, dtype=torch.float64)
        return torch.searchsorted(self._cumulative, level, right=True)


class Training:
    """A critic on its way: it can be stopped at any step, looked at, kept, and gone on with.

    Parameters
    ----------
    recipe : Recipe
        What to train and how: to be high on x and low on y.
    x, y : FrozenPoints
        On one device; batches are drawn there, and no step waits for the host.
    compile : bool
        Whether to compile the loss, which takes a minute at first.

    Attributes
    ----------
    critic : Critic
        So far; it may be used, and changes with every step.
    step : int
        Optimiser steps so far.
    seconds : float
        Spent in them.
    generator : Generator
        Of batches and of what the mechanism draws.

    Raises
    ------
    ParameterError
        If the architecture has no form for points of this shape, full batches are not two equally large sets
        without weights, or mixed precision or the compiled loss cannot be had here.
    """

    def __init__(self, recipe: Recipe, x: FrozenPoints, y: FrozenPoints, *, compile: bool = False) -> None:
        self._mechanism, self._device = recipe.mechanism, x.points.device
        self._precision = Precision(recipe.amp, self._device)
        network = networks.build(
            recipe.arch,
            x.shape,
            self._mechanism,
            seed=derived_seed(recipe.seed, "critic", "weights"),
            width=recipe.width,
        ).to(self._device)
        self.critic = Critic(network, recipe, x.shape)
        self.step, self.seconds = 0, 0.0
        self._parameters = list(network.parameters())
        self._optimizer = optimizer_of(recipe, self._parameters)
        self.generator = torch_generator(recipe.seed, "critic", "batches", device=str(self._device))
        if recipe.batch_size is None:
            _check_full(x, y)
        self._x, self._y = x, y
        self._loss: Loss = self._mechanism.loss
        if compile:
            first = torch.arange(recipe.batch_size or len(x.points), device=self._device)
            some_x, some_y = (z.points[first % len(z.points)] for z in (x, y))
            self._loss = compiled(self._loss, network, some_x, some_y, self._precision.cast)

    @property
    def critics(self) -> list[Critic]:
        """The critic, as a list of what is trained here."""
        return [self.critic]

    def ascend(self, stop: int, tick: Callable[[], None] = lambda: None) -> None:
        """Take the steps up to ``stop``, and call ``tick`` between two steps now and then."""
        if self.step >= stop:
            return
        begin, network = time.perf_counter(), self.critic.network
        while self.step < stop:
            if self.step % TICK_STEPS == 0:
                self.seconds += time.perf_counter() - begin
                tick()
                begin = time.perf_counter()
            self._optimizer.zero_grad(set_to_none=True)
            with self._precision.cast():
                loss = self._loss(network, *self._batches(), self.generator)
            self._precision.descend(loss, self._parameters, self._optimizer)
            self._mechanism.after_step(network)
            self.step += 1
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        self.seconds += time.perf_counter() - begin

    def state(self) -> dict[str, Any]:
        """Return all that further steps depend on: numbers and tensors, which change with every step."""
        return {
            "network": self.critic.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "precision": self._precision.state(),
            "generator": self.generator.get_state(),
            "step": self.step,
            "seconds": self.seconds,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to where :meth:`state` was called; the steps after it come out the same, to the last bit."""
        self.critic.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._precision.restore(state["precision"])
        self.generator.set_state(state["generator"])
        self.step, self.seconds = state["step"], state["seconds"]

    def _batches(self) -> tuple[Tensor, Tensor]:
        size = self.critic.recipe.batch_size
        if size is not None:
            return self._x.draw(size, self.generator), self._y.draw(size, self.generator)
        # in random pairs: a penalty between the sets is not to see the same n lines in every step
        shuffled = torch.randperm(len(self._y.points), generator=self.generator, device=self._device)
        return self._x.points, self._y.points[shuffled]


def is_small(recipes: Sequence[Recipe], shape: tuple[int, ...], n: int) -> bool:
    """Return whether a step of these critics, trained at once, is too little work for threads to share.

    That is so up to ``batch size * weights = 2^25``, half of what the critic mlp takes on CIFAR-10; convolutions, which
    use a weight many times, are always more.

    Parameters
    ----------
    recipes : sequence of Recipe
        Alike but for seed, step size and penalty.
    shape : tuple of int
        Of one point.
    n : int
        Points of each side, which a full batch has.
    """
    recipe = recipes[0]
    network = networks.build(recipe.arch, shape, recipe.mechanism, seed=0, width=recipe.width)
    if any(isinstance(layer, nn.modules.conv._ConvNd) for layer in network.modules()):
        return False
    weights = sum(parameter.numel() for parameter in network.parameters())
    return len(recipes) * (recipe.batch_size or n) * weights <= SMALL


def looks(steps: int, every: int) -> list[int]:
    """Return the steps after which a critic is looked at: 0, every, 2 every, ..., steps."""
    return [*range(0, steps, every), steps]


def train(
    recipe: Recipe, x: FrozenPoints, y: FrozenPoints, *, steps: int, every: int, report: Report = silent
) -> Iterator[tuple[int, Critic, float]]:
    """Train a critic to be high on x and low on y, and stop by now and then to let it be looked at.

    Parameters
    ----------
    recipe, x, y
        See :class:`Training`.
    steps, every : int
        Optimiser steps in all, and between two looks.
    report : Report
        Called with the label ``train`` and the steps done.

    Yields
    ------
    step : int
        0, every, 2 every, ..., steps.
    critic : Critic
        So far; it may be used, and changes when the iteration goes on.
    seconds : float
        Spent in training so far, the looks left out.

    Raises
    ------
    ParameterError
        As :class:`Training`.
    """
    training = Training(recipe, x, y)
    for stop in looks(steps, every):
        training.ascend(stop, lambda: report("train", training.step, steps))
        if stop:
            report("train", stop, steps)
        yield stop, training.critic, training.seconds


def optimizer_of(recipe: Recipe, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """Return the recipe's optimiser for these parameters."""
    if recipe.betas is not None:
        # fused: one pass over the weights instead of ten, a third of the whole step on a processor
        return torch.optim.Adam(parameters, recipe.lr, betas=recipe.betas, fused=True)
    if recipe.optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, recipe.lr)
    return torch.optim.SGD(parameters, recipe.lr)


def _check_full(x: FrozenPoints, y: FrozenPoints) -> None:
    if len(x.points) != len(y.points) or not (x.is_uniform and y.is_uniform):
        raise ParameterError(
            f"batch_size is full, which takes two sets of equal size without weights, and these have {len(x.points)} "
            f"and {len(y.points)} points{'' if x.is_uniform and y.is_uniform else ', some with weights'}: "
            "cut them, or give a number."
        )
