"""Objectives that need no constraint: the critic's c-transform over the batch x takes the place of its values at y.

With f on the points of x alone, ``f^c(y) = min_i (|x_i - y| - f(x_i))`` makes ``f(x_i) + f^c(y_j) <= |x_i - y_j|``, so
``mean f + mean f^c`` is at most W1 of the two batches whatever f is. (Equation 3.4 of the source and the sign in its
Theorem 3.2.1 are misprinted.) A generator of the points y descends on the same, whose gradient comes from the costs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from wcheck.critics.objective import Objective, at_least_single
from wcheck.learning.settings import Range, number
from wcheck.transport.cost.tensors import distances


@dataclass(frozen=True, slots=True)
class CTransform(Objective):
    """``mean_i f(x_i) + mean_j min_i (|x_i - y_j| - f(x_i))``, a lower bound of the batches' W1.

    References
    ----------
    Stanczuk et al. (2021), Wasserstein GANs Work Because They Fail, Algorithm 3; Mallasto, Montúfar, Gerolin (2019),
    How Well Do WGANs Estimate the Wasserstein Metric?, Section 3.
    """

    name: ClassVar[str] = "c-transform"
    approximates: ClassVar[str] = "w1"

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the bound."""
        f = at_least_single(network(x))
        bound: Tensor = f.mean() + self.least(distances(x, y) - f[:, None]).mean()
        return bound

    def least(self, rest: Tensor) -> Tensor:
        """Return the minimum ``(m,)`` over the first dimension of ``|x_i - y_j| - f(x_i)`` ``(n, m)``."""
        return rest.amin(dim=0)


@dataclass(frozen=True, slots=True)
class SoftCTransform(CTransform):
    """The same with ``-epsilon log mean_i exp(-(|x_i - y_j| - f(x_i)) / epsilon)`` in place of the minimum.

    The mean of exponentials is at most the largest, so this is at least the minimum, by at most ``epsilon log n``: what
    is ascended on is the dual of the entropic cost with Kullback-Leibler divergence to the product of the batches, and
    may exceed their W1.

    References
    ----------
    Mallasto, Montúfar, Gerolin (2019), How Well Do WGANs Estimate the Wasserstein Metric?, Section 3 ((c, eps)-WGAN).
    """

    name: ClassVar[str] = "c-eps-transform"
    approximates: ClassVar[str] = "ot-eps"

    epsilon: float = number(1.0, Range(0, with_low=False))

    def least(self, rest: Tensor) -> Tensor:
        """Return the soft minimum ``(m,)``."""
        return -self.epsilon * (torch.logsumexp(rest / -self.epsilon, dim=0) - math.log(len(rest)))
