"""Unbiased statistics of two batches: energy distance and squared maximum mean discrepancy, without the diagonal.

A mean over all pairs of one batch with itself holds its points beside themselves, at distance 0, which makes the energy
distance of two batches of n points too large by ``(E|x - x'| + E|y - y'|) / n``, a third of a unit for n = 64 standard
Gaussian points in 64 dimensions. Means over pairs of different points are unbiased, and may be below 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from wcheck.transport.cost.tensors import distances

KERNELS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "gaussian": lambda r: torch.exp(-0.5 * r * r),
        "imq": lambda r: (1.0 + r * r).rsqrt(),
    }
)
"""``k(x, y) / bandwidth^2`` by ``|x - y| / bandwidth``; of both, ``2 (k(0) - k(r)) <= r^2``."""


def between(x: Tensor, of: Callable[[Tensor], Tensor] = lambda r: r) -> Tensor:
    """Return the mean of a function of the distance over all pairs of different points of a batch ``(n, d)``."""
    n = len(x)
    values = of(distances(x, x))
    # the diagonal's own values are constants of the function: that of a distance 0
    return (values.sum() - values.diagonal().sum()) / (n * (n - 1))


def energy(x: Tensor, y: Tensor) -> Tensor:
    """Return ``2 E|x - y| - E|x - x'| - E|y - y'|``, a number; unbiased.

    Parameters
    ----------
    x, y : Tensor, shapes (n, d) and (m, d)
        Batches of at least 2 points.

    References
    ----------
    Székely and Rizzo, Energy statistics, 2013.
    """
    return 2.0 * distances(x, y).mean() - between(x) - between(y)


def squared_mmd(x: Tensor, y: Tensor, kernel: Callable[[Tensor], Tensor]) -> Tensor:
    """Return ``E k(x, x') + E k(y, y') - 2 E k(x, y)`` for a kernel by the distance, a number; unbiased.

    Parameters
    ----------
    x, y : Tensor, shapes (n, d) and (m, d)
        Batches of at least 2 points.
    kernel : callable
        Maps distances to values of the kernel.

    References
    ----------
    Gretton et al., A kernel two-sample test, 2012, Lemma 6.
    """
    return between(x, kernel) + between(y, kernel) - 2.0 * kernel(distances(x, y)).mean()
