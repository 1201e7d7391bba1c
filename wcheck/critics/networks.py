"""Critic networks: functions from points to one real number each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import nn

from wcheck.errors import ParameterError

IMAGE_SIZES = (32, 64)
"""The image sizes that the dcgan critic is defined for."""

WIDTHS: Mapping[str, int] = MappingProxyType({"mlp": 256})
"""Architectures whose width can be chosen -> the width that they have by default."""


def build(
    arch: str, shape: tuple[int, ...], *, layer_norm: bool, seed: int, width: int | None = None
) -> nn.Module:
    """Build a critic with fresh weights.

    Parameters
    ----------
    arch : {"mlp", "dcgan"}
        ``mlp``: three hidden layers of ReLUs. ``dcgan``: strided 4x4 convolutions of 64, 128, 256 (and,
        at 64x64, 512) channels with leaky ReLUs.
    shape : tuple of int
        Of one point: ``(channels, height, width)`` or ``(d,)``.
    layer_norm : bool
        Whether ``dcgan`` normalises each point by itself instead of each batch: a penalty on the gradient at
        a point is meaningless where the batch's other points enter the value. ``mlp`` normalises nothing.
    seed : int
        Of the weights. The same seed gives the same weights on every device.
    width : int, optional
        Of the hidden layers, where it can be chosen; that of :data:`WIDTHS` if left out.

    Returns
    -------
    Module
        Maps float32 points ``(n, d)``, flat, to values ``(n,)``. It lies on the CPU.

    Raises
    ------
    ParameterError
        If the architecture is unknown, or has no form for points of this shape.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Section 4 (both architectures); Gulrajani et al.
    (2017), Improved Training of Wasserstein GANs, Section 4 (layer normalisation).
    """
    check(arch, shape)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ARCHITECTURES[arch](tuple(shape), layer_norm, width or WIDTHS.get(arch, 0))


def check(arch: str, shape: tuple[int, ...]) -> None:
    """Raise what :func:`build` would, without building."""
    if arch not in ARCHITECTURES:
        raise ParameterError(f"arch is {arch!r}: choose one of {', '.join(ARCHITECTURES)}.")
    image = len(shape) == 3 and shape[1] == shape[2] and shape[1] in IMAGE_SIZES
    if arch == "dcgan" and not image:
        raise ParameterError(
            f"arch dcgan got points of shape {'x'.join(map(str, shape))}: it takes images of 32x32 or 64x64; "
            "resize them with --image-size 32, or use --arch mlp."
        )


def _mlp(shape: tuple[int, ...], layer_norm: bool, width: int) -> nn.Module:
    widths = (math.prod(shape), width, width, width)
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1), nn.Flatten(0))


def _dcgan(shape: tuple[int, ...], layer_norm: bool, width: int) -> nn.Module:
    channels, size = 64, shape[1] // 2
    layers: list[nn.Module] = [
        nn.Unflatten(1, shape),
        nn.Conv2d(shape[0], channels, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
    ]
    while size > 4:
        norm = nn.GroupNorm(1, 2 * channels) if layer_norm else nn.BatchNorm2d(2 * channels)
        layers += [
            nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1, bias=False),
            norm,
            nn.LeakyReLU(0.2),
        ]
        channels, size = 2 * channels, size // 2
    return nn.Sequential(*layers, nn.Conv2d(channels, 1, 4), nn.Flatten(0))


ARCHITECTURES: Mapping[str, Callable[[tuple[int, ...], bool, int], nn.Module]] = MappingProxyType(
    {"mlp": _mlp, "dcgan": _dcgan}
)
"""Name -> (shape of one point, layer normalisation, width) -> network. A new architecture is a line here."""
