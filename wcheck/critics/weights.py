"""Constraints that act on the weights and prove nothing useful: clipping, spectral normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from wcheck.critics.constraint import Constraint
from wcheck.critics.normalisation import Norm
from wcheck.learning.descent import Descent
from wcheck.learning.settings import Range, number


@dataclass(frozen=True, slots=True)
class WeightClipping(Constraint):
    """Every parameter is clamped to ``[-clip, clip]``, at the start and after each step.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Algorithm 1 (RMSProp, 5e-5, c = 0.01). As in its
    authors' code, the parameters of normalisation layers are clamped too.
    """

    name: ClassVar[str] = "clip"
    normalisation: ClassVar[Norm] = "batch"
    descent: ClassVar[Descent] = Descent("rmsprop", 5e-5, None)

    clip: float = number(0.01, Range(0, with_low=False))

    def prepare(self, network: nn.Module) -> nn.Module:
        """Clamp the first weights."""
        self.after_step(network)
        return network

    @torch.no_grad()
    def after_step(self, network: nn.Module) -> None:
        """Clamp all parameters."""
        for parameter in network.parameters():
            parameter.clamp_(-self.clip, self.clip)


@dataclass(frozen=True, slots=True)
class SpectralNormalisation(Constraint):
    """Each weight is divided by torch's estimate of its spectral norm: one power iteration a step.

    The iteration approaches the norm from below, and of a convolution it is the norm of the reshaped kernel, which is
    not that of the layer: this proves no Lipschitz constant.

    References
    ----------
    Miyato et al. (2018), Spectral Normalization for Generative Adversarial Networks, Algorithm 1; Section 4 (Adam,
    2e-4, (0, 0.9) for residual networks).
    """

    name: ClassVar[str] = "spectral"
    normalisation: ClassVar[Norm] = "none"
    norms: ClassVar[tuple[Norm, ...]] = ("none",)
    descent: ClassVar[Descent] = Descent("adam", 2e-4, (0.0, 0.9))

    def prepare(self, network: nn.Module) -> nn.Module:
        """Parametrise all linear layers and convolutions."""
        for layer in list(network.modules()):
            if isinstance(layer, (nn.Linear, nn.Conv2d)):
                spectral_norm(layer)
        return network
