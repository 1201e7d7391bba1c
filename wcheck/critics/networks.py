"""Critic networks: functions from points to one real number each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch import nn

from wcheck.critics import autoencoders
from wcheck.critics.activations import GroupSort
from wcheck.critics.constraint import Constraint
from wcheck.critics.normalisation import of_channels, of_units, refuse_batches
from wcheck.critics.objective import Needs
from wcheck.critics.provable import refuse_unchained
from wcheck.critics.resnet import resnet
from wcheck.errors import ParameterError, not_one_of
from wcheck.learning.factory import is_factory, made
from wcheck.learning.room import made_within_memory

RETURNS: Mapping[Needs, str] = MappingProxyType(
    {Needs.VALUES: "value", Needs.FEATURES: "features", Needs.RECONSTRUCTIONS: "point"}
)
"""What an objective needs -> what a critic of the user's returns of each point."""
WIDTHS: Mapping[str, int] = MappingProxyType({"mlp": 256, "groupsort": 256})
"""Architectures whose width can be chosen -> the width that they have by default."""
LAYERS: Mapping[str, int] = MappingProxyType({"mlp": 3, "groupsort": 3})
"""Architectures whose hidden layers can be more or fewer -> how many they are by default."""
NORMALISED: tuple[str, ...] = ("mlp", "groupsort", "dcgan")
"""Architectures whose hidden layers can be normalised: dcgan by default as the constraint says, the others not."""


def build(
    arch: str,
    shape: tuple[int, ...],
    constraint: Constraint,
    *,
    seed: int,
    width: int | None = None,
    layers: int | None = None,
    norm: str | None = None,
    needs: Needs = Needs.VALUES,
    features: int = 1,
    folder: Path = Path(),
) -> nn.Module:
    """Build a critic with fresh weights, prepared for its constraint.

    Parameters
    ----------
    arch : {"mlp", "groupsort", "dcgan", "resnet"} or str
        ``mlp``: hidden layers of ReLUs. ``groupsort``: the same with GroupSort. ``dcgan``: strided 4x4 convolutions of
        64, 128, 256 (and, at 64x64, 512) channels with leaky ReLUs, normalised as the constraint has it unless ``norm``
        is given. ``resnet``: four residual blocks of 128 channels, without normalisation. Or ``module:factory`` of the
        user's (see :func:`wcheck.learning.factory.made`).
    shape : tuple of int
        The shape of one point: ``(channels, height, width)`` or ``(d,)``.
    constraint : Constraint
        One whose layers are 1-Lipschitz has GroupSort in place of other activations.
    seed : int
        The seed of the weights. The same seed gives the same weights on every device.
    width : int, optional
        The width of the hidden layers, where it can be chosen; that of :data:`WIDTHS` if left out.
    layers : int, optional
        How many hidden layers there are, where it can be chosen; as in :data:`LAYERS` if left out.
    norm : {"none", "batch", "layer"}, optional
        What hidden layers are normalised over, where it can be chosen; that of :func:`norm_of` if left out.
    needs : Needs
        What it is to give of each point. An autoencoder is trained within the network of its
        :class:`wcheck.critics.autoencoders.Reconstruction`, which gives values.
    features : int
        How many features it gives of each point, or the numbers of an autoencoder's code.
    folder : Path
        Where the user's module may lie.

    Returns
    -------
    Module
        Maps float32 points ``(n, d)``, flat, to values ``(n,)``, or to features ``(n, features)``. It lies on the CPU.

    Raises
    ------
    ParameterError
        If the architecture is unknown, has no form for points of this shape, or does not fit the constraint.
    SourceError
        If the user's factory fails, or the critic would not fit into memory.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Section 4 (mlp, dcgan); Gulrajani et al. (2017), Improved
    Training of Wasserstein GANs, Section 4 (layer normalisation) and Appendix F (resnet); Anil, Lucas, Grosse (2019),
    Sorting out Lipschitz function approximation (groupsort).
    """
    if not is_factory(arch):
        check(arch, shape)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if is_factory(arch):
            network = made(arch, tuple(shape), folder, RETURNS[needs])
            if constraint.at_points:
                refuse_batches(network)
        else:
            size = width or WIDTHS.get(arch, 0), layers or LAYERS.get(arch, 0)
            form = Form(*size, norm or norm_of(arch, constraint) or "none", needs, features)
            network = made_within_memory(
                lambda: ARCHITECTURES[arch](tuple(shape), constraint, form), f"critic {arch}"
            )
        network = constraint.prepare(network)
        return autoencoders.Reconstruction(network) if needs is Needs.RECONSTRUCTIONS else network


def check(arch: str, shape: tuple[int, ...], folder: Path = Path()) -> None:
    """Refuse an architecture that is unknown, or has no form for points of this shape; try a factory of the user's."""
    check_arch(arch)
    if is_factory(arch):
        with torch.random.fork_rng(devices=[]):
            made(arch, tuple(shape), folder)
    square = len(shape) == 3 and shape[1] == shape[2]
    given = f"arch {arch} got points of shape {'x'.join(map(str, shape))}: it takes"
    if arch == "dcgan" and not (square and shape[1] in (8, 16, 32, 64)):
        raise ParameterError(
            f"{given} images of 8x8, 16x16, 32x32 or 64x64; resize them with --image-size 32, or use --arch mlp."
        )
    if arch == "resnet" and not (square and shape[1] % 4 == 0):
        raise ParameterError(
            f"{given} square images whose side is a multiple of 4; resize them with --image-size 32, or use --arch mlp."
        )


def check_arch(arch: str, constraint: type[Constraint] = Constraint) -> None:
    """Refuse an architecture that is unknown, or does not fit a constraint whatever the points are."""
    if arch not in ARCHITECTURES and not is_factory(arch):
        raise not_one_of("arch", arch, ARCHITECTURES, also=", or your own module:factory")
    if arch == "resnet" and constraint.provable:
        refuse_unchained("resnet")


def norm_of(arch: str, constraint: Constraint) -> str | None:
    """Return what an architecture is normalised over by default; None where it has no such option."""
    if arch not in NORMALISED:
        return None
    return constraint.normalisation if arch == "dcgan" else "none"


@dataclass(frozen=True, slots=True)
class Form:
    """What a network's size is, what it is normalised over and what it gives; see :func:`build`."""

    width: int
    layers: int
    norm: str
    needs: Needs
    features: int

    @property
    def outputs(self) -> int:
        """The numbers that the last layer gives of each point, where it is not an autoencoder's."""
        return self.features if self.needs is Needs.FEATURES else 1

    def flattened(self) -> nn.Module:
        """Return the layer that makes values of what the last layer gives, and leaves features as they are."""
        return nn.Flatten(1 if self.needs is Needs.FEATURES else 0)


def _mlp(shape: tuple[int, ...], constraint: Constraint, form: Form) -> nn.Module:
    return _dense(shape, form, GroupSort if constraint.provable else nn.ReLU)


def _groupsort(shape: tuple[int, ...], constraint: Constraint, form: Form) -> nn.Module:
    return _dense(shape, form, GroupSort)


def _dense(shape: tuple[int, ...], form: Form, activation: type[nn.Module]) -> nn.Module:
    width = form.width
    if activation is GroupSort and width % 2:
        raise ParameterError(f"width is {width}: GroupSort sorts pairs; give an even number.")
    if form.needs is Needs.RECONSTRUCTIONS:
        return autoencoders.dense(math.prod(shape), width, form.features, activation)
    widths = (math.prod(shape), *[width] * form.layers)
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), *of_units(form.norm, outputs), activation()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], form.outputs), form.flattened())


def _dcgan(shape: tuple[int, ...], constraint: Constraint, form: Form) -> nn.Module:
    def activation() -> nn.Module:
        return GroupSort() if constraint.provable else nn.LeakyReLU(0.2)

    def hidden(channels: int) -> list[nn.Module]:
        return [*of_channels(form.norm, channels), activation()]

    normalised = form.norm != "none"
    channels, size = 64, shape[1] // 2
    layers: list[nn.Module] = [
        nn.Unflatten(1, shape),
        nn.Conv2d(shape[0], channels, 4, stride=2, padding=1),
        activation(),
    ]
    while size > 4:
        layers.append(nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1, bias=not normalised))
        layers += hidden(2 * channels)
        channels, size = 2 * channels, size // 2
    # one place for the kernel, whatever the stride; with this one it is a product of matrices for every constraint
    if form.needs is Needs.RECONSTRUCTIONS:
        layers.append(nn.Conv2d(channels, form.features, 4, stride=4))
        return autoencoders.convolutional(layers, shape, form.features, hidden, channels)
    return nn.Sequential(*layers, nn.Conv2d(channels, form.outputs, 4, stride=4), form.flattened())


def _resnet(shape: tuple[int, ...], constraint: Constraint, form: Form) -> nn.Module:
    return resnet(shape, form.outputs, form.flattened())


ARCHITECTURES: Mapping[str, Callable[[tuple[int, ...], Constraint, Form], nn.Module]] = MappingProxyType(
    {"mlp": _mlp, "groupsort": _groupsort, "dcgan": _dcgan, "resnet": _resnet}
)
"""Name -> (shape of one point, constraint, form) -> network. A new architecture is a line here."""
