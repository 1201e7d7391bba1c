"""A critic: a function of points, given by its network and by the recipe of its training."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from wcheck.critics.recipe import Recipe
from wcheck.measures.measure import Measure
from wcheck.measures.potential import Values
from wcheck.transport.arithmetic.rounding import full_float32

BATCH = 512
"""Points that are evaluated at a time."""


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Hold a network in eval mode, its constrained weights computed once, and return it to the mode it was in.

    Float32 is computed in full, so that devices differ by rounding alone.
    """
    training = network.training
    network.eval()
    try:
        with parametrize.cached(), full_float32():
            with torch.no_grad():  # kept without the way that leads to them
                for layer in network.modules():
                    for name in getattr(layer, "parametrizations", ()):
                        getattr(layer, name)
            yield
    finally:
        network.train(training)


@dataclass(frozen=True, slots=True, eq=False)
class Critic:
    """A network and how it was trained; a potential, see :class:`wcheck.measures.potential.Potential`.

    Attributes
    ----------
    network : Module
        Maps float32 points ``(n, d)`` to values ``(n,)``.
    recipe : Recipe
        How it was trained.
    shape : tuple of int
        The shape of one point.
    """

    network: nn.Module
    recipe: Recipe
    shape: tuple[int, ...]

    def __call__(self, z: Measure) -> Values:
        """Return the values ``(n,)``, float64, at the points of a measure."""
        return self.values(self._placed(z)).double().cpu().numpy()

    def gradient(self, z: Measure) -> Values:
        """Return the gradients ``(n, d)``, float64, at the points of a measure."""
        return self.gradients(self._placed(z)).double().cpu().numpy()

    @property
    def device(self) -> torch.device:
        """Where the network lies."""
        placed = itertools.chain(self.network.parameters(), self.network.buffers())
        return next((tensor.device for tensor in placed), torch.device("cpu"))

    @torch.no_grad()
    def values(self, points: Tensor) -> Tensor:
        """Return the values ``(n,)``, float32, at points ``(n, d)`` on the network's device.

        The network is given copies: one that changes its argument in place leaves the points as they are.
        """
        with evaluating(self.network):
            return torch.cat([self.network(batch.clone()) for batch in points.split(BATCH)])

    def has_gradient(self, points: Tensor) -> bool:
        """Whether a gradient of the values at points ``(n, d)`` can be had: not if the network detaches them."""
        with evaluating(self.network), torch.enable_grad():
            values: Tensor = self.network(points.detach().clone().requires_grad_().clone())
        return values.requires_grad

    def gradient_norms(self, points: Tensor) -> Tensor:
        """Return ``|grad D|`` ``(n,)``, float32, at points ``(n, d)`` on the network's device."""
        return torch.cat([torch.linalg.vector_norm(part, dim=1) for part in self._gradients(points)])

    def gradients(self, points: Tensor) -> Tensor:
        """Return ``grad D`` ``(n, d)``, float32, at points ``(n, d)`` on the network's device."""
        return torch.cat(list(self._gradients(points)))

    def _placed(self, z: Measure) -> Tensor:
        return torch.from_numpy(np.require(z.dense(), np.float32, ["C", "W"])).to(self.device)

    def _gradients(self, points: Tensor) -> Iterator[Tensor]:
        with evaluating(self.network):
            for batch in points.split(BATCH):
                at = batch.detach().requires_grad_()
                values = self.network(at.clone())
                (gradient,) = torch.autograd.grad(values.sum(), at, materialize_grads=True)
                yield gradient
