"""Objectives of discriminators, which tell data from generated points: minimax, non-saturating, least squares, hinge.

Batches have the network to themselves, so that each is normalised by its own statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from wcheck.critics.objective import Objective, at_least_single


@dataclass(frozen=True, slots=True)
class Minimax(Objective):
    """``mean log s(D(x)) + mean log(1 - s(D(y)))``, where s is the logistic function: the discriminator of a GAN.

    A generator descends on ``mean log(1 - s(D(y)))``.

    References
    ----------
    Goodfellow et al. (2014), Generative Adversarial Nets, Equation 1.
    """

    name: ClassVar[str] = "minimax"
    player: ClassVar[str] = "discriminator"

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the mean log-likelihood of both sides."""
        at_x, at_y = (at_least_single(network(z)) for z in (x, y))
        return -(softplus(-at_x).mean() + softplus(at_y).mean())

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return the log-likelihood that y is told from data."""
        return -softplus(at_least_single(network(y))).mean()


@dataclass(frozen=True, slots=True)
class NonSaturating(Minimax):
    """The discriminator of minimax; a generator descends on ``-mean log s(D(y))``, which is steep where that is flat.

    References
    ----------
    Goodfellow et al. (2014), Generative Adversarial Nets, Section 3.
    """

    name: ClassVar[str] = "non-saturating"

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return minus the log-likelihood that y is taken for data."""
        return softplus(-at_least_single(network(y))).mean()


@dataclass(frozen=True, slots=True)
class LeastSquares(Objective):
    """``-(mean (D(x) - 1)^2 + mean D(y)^2) / 2``; a generator descends on ``mean (D(y) - 1)^2 / 2``.

    References
    ----------
    Mao et al. (2017), Least Squares Generative Adversarial Networks, Equation 9 (a = 0, b = c = 1).
    """

    name: ClassVar[str] = "least-squares"
    player: ClassVar[str] = "discriminator"

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return minus half the mean squares."""
        at_x, at_y = (at_least_single(network(z)) for z in (x, y))
        return -((at_x - 1).square().mean() + at_y.square().mean()) / 2

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return half the mean square that keeps y from being taken for data."""
        return (at_least_single(network(y)) - 1).square().mean() / 2


@dataclass(frozen=True, slots=True)
class Hinge(Objective):
    """``-(mean max(0, 1 - D(x)) + mean max(0, 1 + D(y)))``; a generator descends on ``-mean D(y)``.

    References
    ----------
    Miyato et al. (2018), Spectral Normalization for Generative Adversarial Networks, Equations 16 and 17.
    """

    name: ClassVar[str] = "hinge"
    lipschitz: ClassVar[str] = "spectral"
    player: ClassVar[str] = "discriminator"

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return minus the mean losses of both sides."""
        at_x, at_y = (at_least_single(network(z)) for z in (x, y))
        return -((1 - at_x).relu().mean() + (1 + at_y).relu().mean())

    def generator_loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return minus the mean at y."""
        return -at_least_single(network(y)).mean()
