"""Mechanisms that keep a critic's slope near 1, behind one small interface."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What a Lipschitz mechanism may change about a critic and its ascent; unconstrained by itself.

    A mechanism is a frozen dataclass of its own options and overrides what it needs. Adding one is a subclass
    here and a line in :data:`MECHANISMS`.
    """

    layer_norm: ClassVar[bool] = True
    """Whether the critic's normalisation layers may look at one point only (see :func:`networks.build`)."""
    optimizer: ClassVar[str] = "adam"
    lr: ClassVar[float] = 1e-4
    betas: ClassVar[tuple[float, float]] = (0.0, 0.9)
    """The optimiser that the mechanism was published with, used where the user names none."""

    def prepare(self, network: nn.Module) -> nn.Module:
        """Return the network to train: the same one, its weights constrained, or one rebuilt from it."""
        return network

    def loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return what a step descends on for batches x and y ``(k, d)``: ``mean D(y) - mean D(x)``."""
        values: Tensor = network(torch.cat([x, y]))
        return values[len(x) :].mean() - values[: len(x)].mean()

    def after_step(self, network: nn.Module) -> None:
        """Restore the constraint after the optimiser's step."""


@dataclass(frozen=True, slots=True)
class GradientPenalty(Mechanism):
    """Two-sided gradient penalty: ``penalty * mean (|grad D(z)| - 1)^2`` between the batches.

    ``z = t x + (1 - t) y`` with t uniform on [0, 1], one z for each pair (x, y) of the batches.

    References
    ----------
    Gulrajani et al. (2017), Improved Training of Wasserstein GANs, Algorithm 1.
    """

    penalty: float = 10.0

    def __post_init__(self) -> None:
        """Check the option."""
        if not (math.isfinite(self.penalty) and self.penalty >= 0):
            raise ParameterError(
                f"penalty is {self.penalty}: a penalty is finite and at least 0, such as 10."
            )

    def loss(self, network: nn.Module, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Return the unconstrained loss plus the penalty."""
        t = torch.rand((len(x), 1), generator=generator, device=x.device, dtype=x.dtype)
        z = torch.lerp(y, x, t).requires_grad_()
        (gradient,) = torch.autograd.grad(network(z).sum(), z, create_graph=True)
        excess = torch.linalg.vector_norm(gradient, dim=1) - 1
        penalised: Tensor = (
            Mechanism.loss(self, network, x, y, generator) + self.penalty * excess.square().mean()
        )
        return penalised


@dataclass(frozen=True, slots=True)
class WeightClipping(Mechanism):
    """Every parameter is clamped to ``[-clip, clip]``, at the start and after each step.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Algorithm 1 (RMSProp, 5e-5, c = 0.01). As in its
    authors' code, the parameters of normalisation layers are clamped too.
    """

    layer_norm: ClassVar[bool] = False
    optimizer: ClassVar[str] = "rmsprop"
    lr: ClassVar[float] = 5e-5

    clip: float = 0.01

    def __post_init__(self) -> None:
        """Check the option."""
        if not (math.isfinite(self.clip) and self.clip > 0):
            raise ParameterError(f"clip is {self.clip}: the bound of the weights is above 0, such as 0.01.")

    def prepare(self, network: nn.Module) -> nn.Module:
        """Clamp the first weights."""
        self.after_step(network)
        return network

    @torch.no_grad()
    def after_step(self, network: nn.Module) -> None:
        """Clamp all parameters."""
        for parameter in network.parameters():
            parameter.clamp_(-self.clip, self.clip)


MECHANISMS: Mapping[str, type[Mechanism]] = MappingProxyType({"gp": GradientPenalty, "clip": WeightClipping})
"""Name on the command line -> mechanism."""


def mechanism_options(name: str) -> tuple[str, ...]:
    """Return the names of the options that the mechanism ``name`` reads, such as ``("penalty",)``.

    Raises
    ------
    ParameterError
        If there is no such mechanism.
    """
    if name not in MECHANISMS:
        raise ParameterError(f"lipschitz is {name!r}: choose one of {', '.join(MECHANISMS)}.")
    return tuple(option.name for option in fields(MECHANISMS[name]))
