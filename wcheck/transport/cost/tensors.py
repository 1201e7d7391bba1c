"""Distances between two batches of points as one differentiable tensor, as losses take them."""

from __future__ import annotations

from contextlib import nullcontext

from torch import Tensor

from wcheck.lazily import torch


def distances(x: Tensor, y: Tensor) -> Tensor:
    """Return ``|x_i - y_j|`` ``(n, m)``, by differences, with the gradient 0 where points are equal.

    One product of matrices would lose the digits of small distances, and mixed precision most of those of all.

    Parameters
    ----------
    x, y : Tensor, shapes (n, d) and (m, d)
        Their dtype is float32 or float64, and they lie on one device.
    """
    kind = x.device.type
    with torch.autocast(kind, enabled=False) if torch.is_autocast_enabled(kind) else nullcontext():
        return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
