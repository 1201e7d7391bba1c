"""Objectives of critics that are autoencoders: ``D(z) = |z - A(z)|`` is how far a point is from its reconstruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from wcheck.critics.objective import Needs, Objective, at_least_single
from wcheck.learning.settings import Range, number

PACE = 0.001
"""The factor of each change of BEGAN's balance (lambda of its authors)."""


@dataclass(frozen=True, slots=True)
class EnergyBased(Objective):
    """``-(mean D(x) + mean max(0, margin - D(y)))``, for ``D(z) = |z - A(z)|``; a generator descends on ``mean D(y)``.

    References
    ----------
    Zhao, Mathieu, LeCun (2017), Energy-based Generative Adversarial Networks, Equations 1 to 3.
    """

    name: ClassVar[str] = "energy-based"
    needs: ClassVar[Needs] = Needs.RECONSTRUCTIONS
    player: ClassVar[str] = "discriminator"

    margin: float = number(10.0, Range(0, with_low=False))
    features: int = number(64, Range(1))

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return minus the mean energy at x, and minus what that at y lacks of the margin."""
        at_x, at_y = (at_least_single(network(z)) for z in (x, y))
        return -(at_x.mean() + (self.margin - at_y).relu().mean())

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return the mean energy at y."""
        return at_least_single(network(y)).mean()


@dataclass(frozen=True, slots=True)
class BoundaryEquilibrium(Objective):
    """``k mean D(y) - mean D(x)``, for ``D(z) = |z - A(z)|``; a generator descends on ``mean D(y)``.

    The balance k starts at 0 and follows the diversity: after each of the critic's steps it becomes
    ``clip(k + 0.001 (diversity mean D(x) - mean D(y)), 0, 1)``, of that step's batches. It is a buffer of the network,
    ``balance``.

    References
    ----------
    Berthelot, Schumm, Metz (2017), BEGAN: Boundary Equilibrium Generative Adversarial Networks, Section 3.4.
    """

    name: ClassVar[str] = "began"
    needs: ClassVar[Needs] = Needs.RECONSTRUCTIONS
    player: ClassVar[str] = "discriminator"

    diversity: float = number(0.5, Range(0))
    features: int = number(64, Range(1))

    def prepare(self, network: nn.Module) -> nn.Module:
        """Give the network its balance, and a place for the two means of a step."""
        network.register_buffer("balance", torch.zeros(()))
        network.register_buffer("means", torch.zeros(2), persistent=False)
        return network

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the difference, and leave the means for :meth:`after_step`."""
        at_x, at_y = (at_least_single(network(z)).mean() for z in (x, y))
        balance, means = _balance(network)
        if torch.is_grad_enabled():
            means.copy_(torch.stack([at_x.detach(), at_y.detach()]))
        return balance * at_y - at_x

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return the mean energy at y."""
        return at_least_single(network(y)).mean()

    @torch.no_grad()
    def after_step(self, network: nn.Module) -> None:
        """Move the balance."""
        balance, (at_x, at_y) = _balance(network)
        balance.add_(PACE * (self.diversity * at_x - at_y)).clamp_(0, 1)


def _balance(network: nn.Module) -> tuple[Tensor, Tensor]:
    return cast("Tensor", network.balance), cast("Tensor", network.means)
