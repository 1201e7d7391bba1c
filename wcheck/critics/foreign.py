"""A critic of another program as a critic of wcheck, and how its network is evaluated without changing it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn

from wcheck.critics.critic import Critic
from wcheck.critics.objective import Objective
from wcheck.critics.recipe import Recipe
from wcheck.errors import ParameterError, counted

Network = nn.Module | Callable[[Tensor], Tensor]
"""Maps points, in the shape that they have in a training, to one value each."""


def foreign(network: Network, shape: tuple[int, ...], objective: Objective | None = None) -> Critic:
    """Return a critic that was trained elsewhere, as a function of flat float32 points.

    Parameters
    ----------
    network : Module or callable
        See :data:`Network`.
    shape : tuple of int
        The shape in which it takes a point.
    objective : Objective, optional
        What it ascends on, if that is known.
    """
    recipe = Recipe.of(lipschitz="none")
    if objective is not None:
        recipe = replace(recipe, objective=objective)
    return Critic(_OnFlatPoints(network, shape), recipe, shape)


@contextmanager
def untouched(*networks: object) -> Iterator[None]:
    """Within it, networks may be put in any mode and random numbers drawn: all is as before after it."""
    modules = [
        module for network in networks if isinstance(network, nn.Module) for module in network.modules()
    ]
    modes = [module.training for module in modules]
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(list(devices)), torch.inference_mode(False), torch.enable_grad():
        try:
            yield
        finally:
            for module, training in zip(modules, modes, strict=True):
                module.training = training


class _OnFlatPoints(nn.Module):
    """A network of points of some shape and of its own precision, as one of flat float32 points."""

    def __init__(self, network: Network, shape: tuple[int, ...]) -> None:
        super().__init__()
        self._network, self._shape = network, shape
        placed = itertools.chain(self.parameters(), self.buffers())
        self._dtype = next((tensor.dtype for tensor in placed if tensor.is_floating_point()), torch.float32)

    def forward(self, points: Tensor) -> Tensor:
        """Return the value of each point."""
        values = self._network(points.reshape(len(points), *self._shape).to(self._dtype))
        if not isinstance(values, Tensor) or values.numel() != len(points):
            found = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
            raise ParameterError(
                f"critic maps {counted(len(points), 'point')} to {found}: give one that returns a value for "
                "each, or leave it out."
            )
        return values.reshape(len(points)).float()
