"""Orthogonal convolutions: the only place that speaks to orthogonium."""

from __future__ import annotations

from orthogonium.layers.conv.AOC import AdaptiveOrthoConv2d
from orthogonium.reparametrizers import BatchedBjorckOrthogonalization, OrthoParams
from torch import nn

from wcheck.critics.gram import Scaled


def orthonormal_convolution(layer: nn.Conv2d) -> nn.Module:
    """Return an orthogonal convolution of the same shape with fresh weights, which pads circularly.

    Parameters
    ----------
    layer : Conv2d
        With a square kernel at least as large as the stride.
    """
    # Orthogonium's own power iteration changes whenever it is used, also to look at a critic.
    constraint = OrthoParams(
        spectral_normalizer=lambda weight_shape: Scaled(), orthogonalizer=BatchedBjorckOrthogonalization
    )
    made: nn.Module = AdaptiveOrthoConv2d(
        layer.in_channels,
        layer.out_channels,
        kernel_size=layer.kernel_size[0],
        stride=layer.stride[0],
        padding=layer.padding[0],
        bias=True,
        padding_mode="circular",
        ortho_params=constraint,
    )
    return made
