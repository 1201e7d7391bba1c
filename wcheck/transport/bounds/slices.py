r"""W2 between projections to a line, and what those to several directions prove of W2 itself.

For directions theta_1 .. theta_K and any coupling, ``(1/K) sum_k (theta_k.(x - y))^2 <= l |x - y|^2`` with l the
largest eigenvalue of ``(1/K) sum theta_k theta_k^T``. So the mean of the projections' ``W2^2``, over l, is at most
``W2^2``: the mean undivided times d is not, for finitely many directions at random. Complete orthonormal bases have
l = 1/d.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.bounds.corner import north_west

Points = NDArray[np.float64]


def bases(dim: int, count: int, random: np.random.Generator) -> list[Points]:
    """Return directions ``(k, d)`` as random orthonormal bases, the last one cut short, ``count`` in all.

    Each direction by itself is uniform on the sphere.
    """
    found: list[Points] = []
    while count > 0:
        few = min(dim, count)
        normal = random.standard_normal((dim, few))
        basis, corner = np.linalg.qr(normal)
        found.append(np.ascontiguousarray((basis * np.sign(np.diagonal(corner))).T))
        count -= few
    return found


def squared_distances(x: Points, y: Points, a: Points, b: Points) -> tuple[Points, float]:
    """Return ``W2^2`` between the columns of two arrays of numbers, and by how much each may be too large.

    Parameters
    ----------
    x, y : ndarray, shapes (n, k) and (m, k), float64
        Projected points.
    a, b : ndarray, shapes (n,) and (m,)
        Weights of total 1, each within a factor ``1 +- 2^-51`` of the true one.
    """
    n, m = len(x), len(y)
    low, high = min(x.min(), y.min()), max(x.max(), y.max())
    rounding = 4.0 * (n + m + 16) * U64 * float(high - low) ** 2
    if n == m and np.all(a == a[0]) and np.all(b == b[0]):
        squares: Points = ((np.sort(x, axis=0) - np.sort(y, axis=0)) ** 2).mean(axis=0)
        return squares, rounding
    found = np.empty(x.shape[1])
    for k in range(x.shape[1]):
        order_x, order_y = np.argsort(x[:, k]), np.argsort(y[:, k])
        rows, columns, mass = north_west(a[order_x], b[order_y])
        found[k] = mass @ (x[order_x[rows], k] - y[order_y[columns], k]) ** 2
    return found, rounding


def certified(squares: Points, rounding: float, directions: list[Points], size: float) -> float:
    """Return a lower bound of W2 from the ``W2^2`` of projections.

    Parameters
    ----------
    squares : ndarray, shape (K,)
        Those of all directions.
    rounding : float
        By how much each may be too large.
    directions : list of ndarray
        From :func:`bases`.
    size : float
        The sum of the largest norms of both sets of points that were projected.
    """
    dim = directions[0].shape[1]
    eigenvalue = (
        0.0  # of the sum over directions: at most the sum over bases of the largest row sum of their products
    )
    for basis in directions:
        products = np.abs(basis @ basis.T)
        eigenvalue += float(products.sum(axis=1).max()) * (1.0 + 1e-12) + len(basis) * gamma(dim + 4, U64)
    moved = gamma(dim + 4, U64) * 1.01 * size  # a projected point is off by half of this at most
    roots = np.maximum(np.sqrt(np.maximum(squares - rounding, 0.0)) - moved, 0.0)
    total = float((roots**2).sum()) * (1.0 - (len(roots) + 8) * U64)
    return float(np.sqrt(total / eigenvalue) * (1.0 - 4.0 * U64))
