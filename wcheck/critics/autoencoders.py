"""Critics that are autoencoders: networks from points to points, and how far each point is from its reconstruction."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

Layers = list[nn.Module]


class Reconstruction(nn.Module):
    """``D(z) = |z - A(z)|`` for an autoencoder A: a critic whose slope is up to ``1 + Lip(A)``.

    Parameters
    ----------
    autoencoder : Module
        Maps points ``(n, d)`` to points ``(n, d)``.
    """

    def __init__(self, autoencoder: nn.Module) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, z: Tensor) -> Tensor:
        """Map points ``(n, d)`` to distances ``(n,)``."""
        distances: Tensor = torch.linalg.vector_norm(z - self.autoencoder(z), dim=1)
        return distances


def dense(dim: int, width: int, code: int, activation: type[nn.Module]) -> nn.Module:
    """Build an autoencoder of points of ``dim`` numbers with one hidden layer on either side of the code."""
    return nn.Sequential(
        nn.Linear(dim, width), activation(), nn.Linear(width, code),
        nn.Linear(code, width), activation(), nn.Linear(width, dim),
    )  # fmt: skip


def convolutional(
    encoder: Layers, shape: tuple[int, ...], code: int, hidden: Callable[[int], Layers], channels: int
) -> nn.Module:
    """Build an autoencoder of images from layers that encode them, and as many that decode them.

    Parameters
    ----------
    encoder : list of Module
        Map flat images to codes ``(n, code, 1, 1)``.
    shape : tuple of int
        The shape of an image, whose side is ``4 * 2^k``.
    code : int
        The numbers of a code.
    hidden : callable
        What comes after a convolution to some channels.
    channels : int
        The channels of the decoder's first layer, at 4x4.
    """
    decoder: Layers = [nn.ConvTranspose2d(code, channels, 4), *hidden(channels)]
    for _ in range(int(math.log2(shape[1] // 8))):
        decoder += [
            nn.ConvTranspose2d(channels, channels // 2, 4, stride=2, padding=1),
            *hidden(channels // 2),
        ]
        channels //= 2
    decoder += [nn.ConvTranspose2d(channels, shape[0], 4, stride=2, padding=1), nn.Flatten(1)]
    return nn.Sequential(*encoder, *decoder)
