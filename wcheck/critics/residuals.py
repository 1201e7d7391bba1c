"""How well a network keeps the constraint put on the weights."""

from __future__ import annotations

import torch
from torch import nn

from wcheck.critics.constraint import Constraint
from wcheck.critics.convolution_rules import convolution_of
from wcheck.critics.critic import evaluating
from wcheck.critics.gradients import layers
from wcheck.critics.operators import matrix_residual
from wcheck.critics.provable import Orthonormal
from wcheck.critics.weights import WeightClipping

SIDE = 16
"""Outputs a side of the torus on which a convolution's frequencies are looked at."""


@torch.no_grad()
def orthonormality(network: nn.Module, constraint: Constraint) -> dict[str, float] | None:
    """Return ``max |W W^T - I|`` of each layer, or of ``W^T W - I`` where W has more rows than columns, by its name.

    W is the weight of the forward pass, in float64; for a convolution it is the matrix of each frequency. A layer of
    another kind has no entry. None under a constraint that does not claim that layers are orthonormal.
    """
    if not isinstance(constraint, Orthonormal):
        return None
    found: dict[str, float] = {}
    with evaluating(network):
        for name, layer in layers(network):
            residual: float | None = None
            if isinstance(layer, nn.Linear):
                residual = matrix_residual(layer.weight)
            elif isinstance(layer, nn.Conv2d):
                operator = convolution_of(layer, *(SIDE * step for step in layer.stride))
                residual = operator.residual() if operator else None
            if residual is not None:
                found[name] = residual
    return found


@torch.no_grad()
def clip_share(network: nn.Module, constraint: Constraint) -> float | None:
    """Return the share of all parameters that lie at the clip; None where the constraint does not clip."""
    if not isinstance(constraint, WeightClipping):
        return None
    weights = torch.cat([parameter.flatten() for parameter in network.parameters()])
    return float((weights.abs() >= torch.tensor(constraint.clip, dtype=weights.dtype)).double().mean())
