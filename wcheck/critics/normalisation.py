"""Normalisation of a critic's hidden layers: over the batch, over each point, or not at all.

Over the batch, a value in training depends on all points of the batch, so that the critic in training is not a function
of points. All that is said of such a critic, certificates included, is about the function that its running averages
make of it, which is what is saved and evaluated; what is said of it in training is in columns of their own.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from torch import nn

from wcheck.errors import ParameterError

Norm: TypeAlias = Literal["none", "batch", "layer"]
NORMS: tuple[Norm, ...] = ("none", "batch", "layer")
"""What hidden layers may be normalised over."""


def of_units(norm: str, width: int) -> list[nn.Module]:
    """Return what normalises a layer of ``width`` units, a module or nothing."""
    made = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
    return [made[norm](width)] if norm in made else []


def of_channels(norm: str, channels: int) -> list[nn.Module]:
    """Return what normalises the channels of a convolution, a module or nothing."""
    if norm == "batch":
        return [nn.BatchNorm2d(channels)]
    return [nn.GroupNorm(1, channels)] if norm == "layer" else []


def refuse_batches(network: nn.Module) -> None:
    """Refuse a critic of the user's in which a value depends on the whole batch."""
    for layer in network.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            raise ParameterError(
                f"this critic has a {type(layer).__name__}, which makes each value depend on the whole "
                "batch, so a penalty on its gradient at a point means nothing: use torch.nn.GroupNorm, or "
                "choose --lipschitz clip."
            )
