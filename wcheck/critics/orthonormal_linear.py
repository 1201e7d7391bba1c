"""Matrices with orthonormal rows or columns: the only place that speaks to deel-torchlip."""

from __future__ import annotations

from deel.torchlip.normalizers import bjorck_normalization
from torch import Tensor, nn
from torch.nn.utils import parametrize

from wcheck.critics.gram import Scaled


def orthonormal_linear(layer: nn.Linear) -> nn.Module:
    """Constrain a layer to an orthonormal matrix, which it is at the start; its bias starts at 0.

    deel-torchlip's own layer keeps the matrix of the last training step for evaluation, and its power iteration changes
    whenever it is used. Here the matrix is a function of the parameter alone.
    """
    nn.init.orthogonal_(layer.weight)
    nn.init.zeros_(layer.bias)
    parametrize.register_parametrization(layer, "weight", Scaled())
    parametrize.register_parametrization(layer, "weight", _Bjorck())
    return layer


class _Bjorck(nn.Module):
    """Björck's iteration; what is given has norm at most 1."""

    def forward(self, weight: Tensor) -> Tensor:
        orthonormal: Tensor = bjorck_normalization(weight)
        return orthonormal
