"""The residual critic for CIFAR-10 of Gulrajani et al."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

CHANNELS = 128


class Residual(nn.Module):
    """The sum of two ways from the same input.

    Parameters
    ----------
    skip, main : Module
    """

    def __init__(self, skip: nn.Module, main: nn.Module) -> None:
        super().__init__()
        self.skip, self.main = skip, main

    def forward(self, z: Tensor) -> Tensor:
        """Return ``skip(z) + main(z)``."""
        total: Tensor = self.skip(z) + self.main(z)
        return total


def resnet(shape: tuple[int, ...], outputs: int, last: nn.Module) -> nn.Module:
    """Build the critic for images ``(channels, size, size)``, size a multiple of 4, without any normalisation.

    Two blocks that halve the image and two that keep it, each of two 3x3 convolutions; then ReLU, the mean over the
    image, a linear layer to some outputs, and a last one without weights. ReLU convolutions start uniform with variance
    ``4 / (fan_in + fan_out)``, the others with half of it, biases at 0.

    References
    ----------
    Gulrajani et al. (2017), Improved Training of Wasserstein GANs, Appendix F, Table 2, and its authors' code.
    """
    c = CHANNELS
    first = Residual(
        nn.Sequential(nn.AvgPool2d(2), _convolution(shape[0], c, 1)),
        nn.Sequential(_convolution(shape[0], c, 3), nn.ReLU(), _convolution(c, c, 3), nn.AvgPool2d(2)),
    )
    halving = Residual(
        nn.Sequential(_convolution(c, c, 1), nn.AvgPool2d(2)), nn.Sequential(*_main(), nn.AvgPool2d(2))
    )
    keeping = [Residual(nn.Identity(), _main()) for _ in range(2)]
    linear = nn.Linear(c, outputs)
    nn.init.xavier_uniform_(linear.weight)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.Unflatten(1, shape), first, halving, *keeping, nn.ReLU(), Mean(), linear, last)


class Mean(nn.Module):
    """The mean over the image."""

    def forward(self, z: Tensor) -> Tensor:
        """Map ``(n, channels, height, width)`` to ``(n, channels)``."""
        return torch.mean(z, dim=(2, 3))


def _main() -> nn.Sequential:
    c = CHANNELS
    return nn.Sequential(nn.ReLU(), _convolution(c, c, 3), nn.ReLU(), _convolution(c, c, 3))


def _convolution(inputs: int, outputs: int, size: int) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, size, padding=size // 2)
    nn.init.xavier_uniform_(layer.weight, gain=math.sqrt(2) if size > 1 else 1)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
