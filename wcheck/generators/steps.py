"""The quantities of one step of a game, which are computed or copied only when they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wcheck.critics.objective import Objective
from wcheck.critics.training import CriticPlayer
from wcheck.learning.descent import Player


@dataclass(frozen=True, slots=True, eq=False)
class GameStep:
    """A step of a game, right after it: what is read of it is about the players as they are, until the next one.

    All numbers are tensors of shape () on the device, so that reading one does not wait for it.

    Attributes
    ----------
    number : int
        How many steps the generator has taken.
    real, made : Tensor, shapes (k, d) and (m, d)
        The batch of data of the generator's step, and what the generator made for it *before* the step.
    generator_loss : Tensor
        What the generator descended on.
    value_of_step : Tensor
        What the critic's optimiser saw in its last step, penalties paid, at that step's own batches; without a critic
        the generator's loss.
    """

    number: int
    real: Tensor
    made: Tensor
    generator_loss: Tensor
    value_of_step: Tensor
    _gradients: list[Tensor]
    _objective: Objective
    _network: nn.Module
    _generator: Player
    _critic: CriticPlayer | None

    @property
    def fake(self) -> Tensor:
        """One batch of what was made: where the objective takes several, the first."""
        return self.made.tensor_split(self._objective.generated)[0]

    @property
    def loss(self) -> Tensor:
        """What the critic ascends on at the two batches, *after* its steps, without penalties; without a critic, the
        objective. It is computed in float64 from the critic's values, so that a bound stays one.
        """  # noqa: D205
        with torch.no_grad(), _as_it_trains(self._network):
            return self._objective.value(Widened(self._network), self.real.double(), self.made.double())

    @property
    def generator_gradient(self) -> Tensor:
        """The norm of the generator's loss's gradient in the points that were made."""
        norm: Tensor = torch.linalg.vector_norm(self._gradients[0])
        return norm / self._generator.precision.scale

    @property
    def generator_gradient_weights(self) -> Tensor:
        """The norm of the generator's loss's gradient in its weights."""
        return self._generator.gradient_norm()

    @property
    def cosine(self) -> Tensor | None:
        """The cosine of the critic's last step and its gradient, see :func:`wcheck.learning.direction.cosine`."""
        return None if self._critic is None else self._critic.cosine()

    @property
    def balance(self) -> Tensor | None:
        """BEGAN's k, after the step; None in other games."""
        balance = getattr(self._network, "balance", None)
        return balance.clone() if isinstance(balance, Tensor) else None


class Widened(nn.Module):
    """A network of float32 points in float64: what is computed of its values is computed with all their digits.

    Parameters
    ----------
    network : Module
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, z: Tensor) -> Tensor:
        """Return the values at points that are float32 numbers, in float64."""
        values: Tensor = self.network(z.float())
        return values.double()

    def __getattr__(self, name: str) -> Tensor | nn.Module:
        """Return what of the network an objective asks for."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.network, name)  # type: ignore[no-any-return]


@contextmanager
def _as_it_trains(network: nn.Module) -> Iterator[None]:
    """Hold a network as it is in a step, and give it back the buffers that it changes when it is called."""
    kept = [(buffer, buffer.clone()) for buffer in network.buffers()]
    try:
        yield
    finally:
        for buffer, value in kept:
            buffer.copy_(value)
