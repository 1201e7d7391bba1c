"""Generator networks: functions from latents to points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError, not_one_of
from wcheck.generators.priors import PRIORS
from wcheck.learning.factory import is_factory, made_generator
from wcheck.learning.room import made_within_memory
from wcheck.measures.layout import Ends, times

WIDTHS: Mapping[str, int] = MappingProxyType({"mlp": 512, "dcgan": 64, "dcgan-flat": 64})
"""Generators whose width can be chosen -> the width that they were published with."""
POINTS = "points"
"""The generator without a network."""
SMALLEST = 8
"""Pixels a side of the smallest images of ``dcgan``."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a generator is; None where that cannot be chosen.

    Attributes
    ----------
    latent : int or None
        The numbers of a latent.
    width : int or None
        The width of the hidden layers of ``mlp``, the channels of the last ones of ``dcgan``.
    layers : int or None
        The hidden layers of ``mlp``.
    free_points : int or None
        The free points of ``points``.
    """

    latent: int | None = None
    width: int | None = None
    layers: int | None = None
    free_points: int | None = None


def build(
    generator: str,
    shape: tuple[int, ...],
    size: Size,
    *,
    seed: int,
    prior: str = "normal",
    ends: Ends | None = None,
    folder: Path = Path(),
) -> nn.Module:
    """Build a generator with fresh weights.

    Parameters
    ----------
    generator : {"mlp", "dcgan", "dcgan-flat", "points"} or str
        ``mlp``: hidden layers of ReLUs and a linear one. ``dcgan``: transposed 4x4 convolutions that double the image
        from 4x4 on and halve the channels, with batch normalisation and ReLUs, to a tanh from black to white.
        ``dcgan-flat``: the same without normalisation, all hidden layers of one width. ``points``: no network but free
        points, which latents are the row numbers of. Or ``module:factory`` of the user's (see
        :func:`wcheck.learning.factory.made_generator`).
    shape : tuple of int
        The shape of one point: ``(channels, height, width)`` or ``(d,)``.
    size : Size
    seed : int
        The seed of the weights. The same seed gives the same weights on every device.
    prior : str
        One of :data:`wcheck.generators.priors.PRIORS`, which free points begin as draws from, -1 as black and 1 as
        white where there are such.
    ends : (float, float), optional
        Black and white; where they are not known, the convolutions end without a tanh.
    folder : Path
        Where the user's module may lie.

    Returns
    -------
    Module
        Maps float32 latents ``(k, latent)``, of ``points`` integers ``(k, 1)``, to float32 points ``(k, d)``, flat. It
        lies on the CPU.

    Raises
    ------
    ParameterError
        If the generator is unknown, or has no form for points of this shape.
    SourceError
        If the user's factory fails, or the generator would not fit into memory.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Section 4.3 and Figures 5 to 7, and its authors' code; Radford,
    Metz, Chintala (2016), Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks.
    """
    check(generator, shape)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if is_factory(generator):
            return made_generator(generator, size.latent or 1, tuple(shape), folder)

        def made() -> nn.Module:
            if generator == POINTS:
                return FreePoints(size.free_points or 1, tuple(shape), prior, ends)
            return NETWORKS[generator](tuple(shape), size, ends)

        return made_within_memory(made, f"generator {generator}")


def check(generator: str, shape: tuple[int, ...]) -> None:
    """Refuse a generator that is unknown, or has no form for points of this shape."""
    check_name(generator)
    square = len(shape) == 3 and shape[1] == shape[2]
    doubled = square and shape[1] >= SMALLEST and shape[1].bit_count() == 1
    if generator.startswith("dcgan") and not is_factory(generator) and not doubled:
        raise ParameterError(
            f"generator {generator} got points of shape {times(shape)}: it makes square images whose side is a power "
            f"of two of at least {SMALLEST}; resize them with --image-size 32, or use the generator mlp."
        )


def check_name(generator: str) -> None:
    """Refuse a generator that is unknown."""
    if generator not in (*NETWORKS, POINTS) and not is_factory(generator):
        raise not_one_of("generator", generator, (*NETWORKS, POINTS), also=", or your own module:factory")


class FreePoints(nn.Module):
    """Free points: a generator without a network, whose weights are its points.

    Parameters
    ----------
    k : int
        How many points there are.
    shape : tuple of int
        The shape of one.
    prior : str
        What their coordinates begin as draws from.
    ends : (float, float), optional
        Black and white, which -1 and 1 stand for.
    """

    def __init__(self, k: int, shape: tuple[int, ...], prior: str, ends: Ends | None) -> None:
        super().__init__()
        start = PRIORS[prior]((k, math.prod(shape)), None, None)
        self.points = nn.Parameter(start if ends is None else Within(ends)(start))

    def forward(self, rows: Tensor) -> Tensor:
        """Return the points ``(k, d)`` of rows ``(k, 1)``."""
        return self.points[rows[:, 0]]


class Within(nn.Module):
    """Maps -1 to black and 1 to white, and what lies between them accordingly."""

    def __init__(self, ends: Ends) -> None:
        super().__init__()
        black, white = ends
        self.centre, self.radius = (black + white) / 2, (white - black) / 2

    def forward(self, z: Tensor) -> Tensor:
        """Return ``centre + radius * z``."""
        return self.centre + self.radius * z


def _mlp(shape: tuple[int, ...], size: Size, ends: Ends | None) -> nn.Module:
    widths = (size.latent or 1, *[size.width or 1] * (size.layers or 1))
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], math.prod(shape)))


def _dcgan(shape: tuple[int, ...], size: Size, ends: Ends | None) -> nn.Module:
    doublings = (shape[1] // 4).bit_length() - 1
    channels = [(size.width or 1) << step for step in range(doublings)][::-1]
    return _convolutional(shape, size, channels, ends, normalised=True)


def _flat(shape: tuple[int, ...], size: Size, ends: Ends | None) -> nn.Module:
    doublings = (shape[1] // 4).bit_length() - 1
    return _convolutional(shape, size, [size.width or 1] * doublings, ends, normalised=False)


def _convolutional(
    shape: tuple[int, ...], size: Size, channels: list[int], ends: Ends | None, *, normalised: bool
) -> nn.Module:
    latent = size.latent or 1
    layers: list[nn.Module] = [nn.Unflatten(1, (latent, 1, 1))]
    for step, (inputs, outputs) in enumerate(itertools.pairwise((latent, *channels))):
        stride, padding = (2, 1) if step else (1, 0)  # the first makes 4x4 of one pixel, each other doubles
        layers.append(nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False))
        if normalised:
            layers.append(nn.BatchNorm2d(outputs))
        layers.append(nn.ReLU())
    layers.append(nn.ConvTranspose2d(channels[-1], shape[0], 4, 2, 1, bias=False))
    if ends is not None:
        layers += [nn.Tanh(), Within(ends)]
    network = nn.Sequential(*layers, nn.Flatten())
    network.apply(_as_published)
    return network


def _as_published(layer: nn.Module) -> None:
    if isinstance(layer, nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    if isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)


NETWORKS: Mapping[str, Callable[[tuple[int, ...], Size, Ends | None], nn.Module]] = MappingProxyType(
    {"mlp": _mlp, "dcgan": _dcgan, "dcgan-flat": _flat}
)
"""Name -> (shape of one point, size, ends) -> network. A new one is a line here."""
