"""Matrices scaled to norm at most 1 by a bound of their norm, which depends on nothing but the matrix."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SQUARINGS = 4


class Scaled(nn.Module):
    r"""Divide matrices A ``(..., p, q)`` by a bound b of their spectral norms, ``|A| <= b <= r^(1/32) |A|`` for rank r.

    ``b = tr((A A^T)^16)^(1/32)``: the first part of Björck's iteration, which wants norms of at most 1 and not much
    less. No slope is taken through b: where the iteration leads does not depend on it.

    References
    ----------
    Delattre et al. (2023), Efficient Bound of Lipschitz Constant for Convolutional Layers by Gram Iteration, Theorem 1.
    """

    def forward(self, weight: Tensor) -> Tensor:
        """Return the scaled matrices."""
        largest = weight.detach().abs().amax(dim=(-2, -1), keepdim=True)  # so that powers stay within floats
        unit = weight / largest
        return unit / _bound(unit.detach())


def _bound(matrix: Tensor) -> Tensor:
    gram = matrix @ matrix.mT if matrix.shape[-2] <= matrix.shape[-1] else matrix.mT @ matrix
    log = torch.zeros_like(gram[..., :1, :1])
    for squaring in range(SQUARINGS):
        size = torch.linalg.matrix_norm(gram, keepdim=True)
        log = log + size.log() / 2**squaring
        gram = gram / size
        gram = gram @ gram.mT
    trace = gram.diagonal(dim1=-2, dim2=-1).sum(dim=-1)[..., None, None]
    return torch.exp((log + trace.log() / 2**SQUARINGS) / 2)
