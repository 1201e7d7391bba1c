"""All objectives, by the names that the command line knows them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from wcheck.critics.objective import Objective
from wcheck.critics.transforms import CTransform, SoftCTransform


@dataclass(frozen=True, slots=True)
class Wasserstein(Objective):
    """``mean D(x) - mean D(y)``.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Equation 2.
    """

    name: ClassVar[str] = "wasserstein"
    lipschitz: ClassVar[str] = "gp"

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the difference of means."""
        values: Tensor = network(torch.cat([x, y])).float()
        return values[: len(x)].mean() - values[len(x) :].mean()


@dataclass(frozen=True, slots=True)
class LogLikelihood(Objective):
    """``mean log s(D(x)) + mean log(1 - s(D(y)))``, where s is the logistic function: the discriminator of a GAN.

    Batches have the network to themselves, so that each is normalised by its own statistics.

    References
    ----------
    Goodfellow et al. (2014), Generative Adversarial Nets, Equation 1.
    """

    name: ClassVar[str] = "log-likelihood"
    player: ClassVar[str] = "discriminator"

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the mean log-likelihood of both sides."""
        loss = softplus(-network(x).float()).mean() + softplus(network(y).float()).mean()
        return -loss


OBJECTIVES: dict[str, type[Objective]] = {
    kind.name: kind for kind in (Wasserstein, CTransform, SoftCTransform, LogLikelihood)
}
"""Name on the command line -> objective."""
