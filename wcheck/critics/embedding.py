"""Objectives on a critic's features h(z): the energy distance of Cramér GANs and the discrepancy of MMD GANs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from wcheck.critics.objective import Needs, Objective, at_least_single
from wcheck.critics.statistics import between, squared_mmd
from wcheck.learning.settings import Range, number
from wcheck.transport.cost.tensors import distances

SCALES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""The exponents alpha of the rational quadratic kernels that are added up."""


@dataclass(frozen=True, slots=True)
class FeatureEnergy(Objective):
    """The energy distance of features: ``mean f(x) - mean f(y)`` for ``f(z) = E|h(z) - h(y')| - E|h(z) - h(x')|``.

    y and y' are two independent batches of generated points, the two halves of what stands in y here, and x' the points
    of the batch x except for z itself. So the value is ``E|h(x) - h(y')| + E|h(y) - h(x)| - E|h(x) - h(x')|
    - E|h(y) - h(y')|``, unbiased. A generator descends on the same, and a gradient penalty looks at f.

    References
    ----------
    Bellemare et al. (2017), The Cramer Distance as a Solution to Biased Wasserstein Gradients, Section 5 and Algorithm
    1, where one point h(x') stands for the mean, and 0 for it where there is none.
    """

    name: ClassVar[str] = "feature-energy"
    needs: ClassVar[Needs] = Needs.FEATURES
    lipschitz: ClassVar[str] = "gp"
    generated: ClassVar[int] = 2
    fewest: ClassVar[int] = 2

    features: int = number(256, Range(1))

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the distance."""
        at_x, at_y = _features(network, x, y)
        first, second = at_y.tensor_split(2)
        return (
            distances(at_x, second).mean()
            + distances(first, at_x).mean()
            - between(at_x)
            - distances(first, second).mean()
        )

    def witness(self, network: nn.Module, x: Tensor, y: Tensor) -> Callable[[Tensor], Tensor]:
        """Return f."""
        at_x, at_y = _features(network, x, y.tensor_split(2)[1])

        def f(z: Tensor) -> Tensor:
            at_z = at_least_single(network(z))
            return _apart(at_z, at_y).mean(dim=1) - _apart(at_z, at_x).mean(dim=1)

        return f


@dataclass(frozen=True, slots=True)
class FeatureMMD(Objective):
    """The squared maximum mean discrepancy of features, unbiased; a generator descends on it.

    ``k(g, h) = sum_a (1 + |g - h|^2 / 2 a)^-a`` over a in :data:`SCALES`. A gradient penalty looks at
    ``f(z) = E k(h(z), h(x)) - E k(h(z), h(y))``.

    References
    ----------
    Bińkowski et al. (2018), Demystifying MMD GANs, Section 4 (the kernel, and the penalty with 16 features); Li et al.
    (2017), MMD GAN.
    """

    name: ClassVar[str] = "feature-mmd"
    needs: ClassVar[Needs] = Needs.FEATURES
    lipschitz: ClassVar[str] = "gp"
    fewest: ClassVar[int] = 2

    features: int = number(16, Range(1))

    def value(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Return the squared discrepancy."""
        return squared_mmd(*_features(network, x, y), rational_quadratic)

    def witness(self, network: nn.Module, x: Tensor, y: Tensor) -> Callable[[Tensor], Tensor]:
        """Return f."""
        at_x, at_y = _features(network, x, y)

        def f(z: Tensor) -> Tensor:
            at_z = at_least_single(network(z))
            near_x, near_y = (rational_quadratic(_apart(at_z, other)).mean(dim=1) for other in (at_x, at_y))
            return near_x - near_y

        return f


def _features(network: nn.Module, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    features = at_least_single(network(torch.cat([x, y])))
    return features[: len(x)], features[len(x) :]


def _apart(x: Tensor, y: Tensor) -> Tensor:
    """Return distances ``(n, m)`` that can be differentiated twice, as a penalty on their gradient asks.

    They come of one product of matrices; where they are lost in its rounding their gradient is 0.
    """
    with torch.autocast(x.device.type, enabled=False):
        centre = y.detach().mean(dim=0)
        x, y = x - centre, y - centre
        sizes = x.square().sum(dim=1)[:, None] + y.square().sum(dim=1)
        lost = torch.finfo(x.dtype).eps * sizes.detach().amax()
        return torch.maximum(sizes - 2.0 * x @ y.T, lost).sqrt()


def rational_quadratic(r: Tensor) -> Tensor:
    """Return the kernel by the distance of two features."""
    squares = r.square()
    return sum(((1.0 + squares / (2.0 * scale)) ** -scale for scale in SCALES), torch.zeros_like(r))
