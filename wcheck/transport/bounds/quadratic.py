r"""What means and covariances prove of W2: Gelbrich's bound, the Fréchet distance, by potentials that are quadratic.

For means m, n and covariances C, D of two measures, taken with their own weights (1/n and not 1/(n-1)),

    W2^2 >= F^2 = |m - n|^2 + tr C + tr D - 2 tr (C^1/2 D C^1/2)^1/2

(Gelbrich 1990). Numbers of that formula are rounded, so it is not what is certified. With eigenvectors v_k and any
l_k > 0, ``2 x.y <= sum l_k (v_k.x)^2 + (v_k.y)^2 / l_k`` where the v_k are orthonormal, and so
``u(x) = |x|^2 - sum l_k (v_k.x)^2`` and ``v(y) = |y|^2 - sum (v_k.y)^2 / l_k`` are feasible for the cost ``|x - y|^2``.
With the l_k and v_k of the optimal map between Gaussians of these covariances their dual value is F^2; with those that
are computed it is a little less, and proved whatever they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.bounds.certificate import dual_value

Points = NDArray[np.float64]
RIDGE = 1e-12
"""What is added to covariances before the map between them is computed, in units of their mean variance."""


def frechet(x: Points, y: Points, a: Points, b: Points) -> tuple[float, float]:
    """Return the Fréchet distance between two sets of weighted points, and a certified lower bound of their W2.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d) and (m, d), float64
        Points.
    a, b : ndarray, shapes (n,) and (m,)
        Weights of total 1, each within a factor ``1 +- 2^-51`` of the true one.
    """
    centre = 0.5 * (a @ x + b @ y)
    x, y = x - centre, y - centre
    moved = U64 * (_largest(x) + _largest(y)) * 1.01
    unit = float(max(np.abs(x).max(), np.abs(y).max()))
    if unit == 0.0:
        return 0.0, 0.0
    unit = 2.0 ** np.frexp(unit)[1]
    x, y = x / unit, y / unit  # a power of two: exact, but among denormals
    if len(x) + len(y) < x.shape[1]:
        x, y, lost = _spanned(x, y)
        moved += lost * unit
    means = a @ x, b @ y
    spread_x, spread_y = (np.sqrt(w)[:, None] * (z - m) for z, w, m in ((x, a, means[0]), (y, b, means[1])))
    covariances = spread_x.T @ spread_x, spread_y.T @ spread_y
    shared = np.linalg.svd(_root(covariances[0]) @ _root(covariances[1]), compute_uv=False).sum()
    between = float(((means[0] - means[1]) ** 2).sum())
    square = between + float(np.trace(covariances[0]) + np.trace(covariances[1])) - 2.0 * float(shared)
    proved = _proved(x, y, a, b, means, *_map(*covariances))
    lower = np.sqrt(max(proved, 0.0)) * unit * (1.0 - 4.0 * U64) - moved
    return float(np.sqrt(max(square, between, 0.0))) * unit, max(0.0, float(lower))


def _root(covariance: Points) -> Points:
    values, vectors = np.linalg.eigh(covariance)
    root: Points = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def _map(c: Points, d: Points) -> tuple[Points, Points]:
    """Return eigenvalues and eigenvectors of the optimal linear map between Gaussians of these covariances, about."""
    ridge = RIDGE * float(np.trace(c) + np.trace(d)) / len(c) + 1e-300
    values, vectors = np.linalg.eigh(c)
    size = np.sqrt(np.maximum(values, 0.0) + ridge)
    root, inverse = ((vectors * power) @ vectors.T for power in (size, 1.0 / size))
    middle = root @ (d + ridge * np.eye(len(d))) @ root
    found, basis = np.linalg.eigh(inverse @ _root(0.5 * (middle + middle.T)) @ inverse)
    least = 1e-9 * float(np.abs(found).max()) + 1e-9
    return np.maximum(found, least), basis


def _proved(
    x: Points, y: Points, a: Points, b: Points, means: tuple[Points, Points], scales: Points, basis: Points
) -> float:
    """Return a lower bound of ``W2^2`` by quadratic potentials of these scales along this basis, rounding paid."""
    dim = x.shape[1]
    apart = np.eye(dim) - basis @ basis.T
    eta = float(np.linalg.norm(apart)) * (1.0 + 1e-12) + dim * gamma(dim + 4, U64) * (1.0 + dim * U64)
    inverse = np.nextafter(1.0 / scales, np.inf) * (1.0 + 2.0 * U64)
    potentials = []
    for z, own, other, factors, constant in (
        (x, means[0], means[1], scales, 2.0 * float(means[0] @ means[1])),
        (y, means[1], means[0], inverse, 0.0),
    ):
        centred = z - own
        norms, full = (centred**2).sum(axis=1), (z**2).sum(axis=1)
        length = np.sqrt(norms)
        along = np.abs(centred @ basis) + (2.0 * gamma(dim + 4, U64) * (1.0 + eta) * length)[:, None]
        bent = (along**2 @ factors) * (1.0 + 2.0 * gamma(dim + 8, U64)) + eta * norms * 1.01
        tilt = 2.0 * centred @ other
        reach = float(np.linalg.norm(other))
        size = full + 2.0 * reach * length + 2.0 * reach * float(np.linalg.norm(own))
        paid = 4.0 * gamma(dim + 8, U64) * (size + bent)
        potentials.append(full - bent - tilt - constant - paid)
    value, rounding = dual_value(a, b, potentials[0], potentials[1])
    return value - rounding


def _spanned(x: Points, y: Points) -> tuple[Points, Points, float]:
    """Return the points in a basis of what they span, and how far W2 may have grown by it, at most."""
    basis = np.linalg.qr(np.vstack([x, y]).T)[0]  # (d, k)
    dim, few = basis.shape
    grown = float(np.linalg.norm(np.eye(few) - basis.T @ basis)) + few * gamma(dim + 4, U64)
    left, right = x @ basis, y @ basis
    lost = (2.0 * np.sqrt(few) * gamma(dim + 4, U64) + grown) * (_largest(x) + _largest(y)) * 1.01
    return left, right, lost


def _largest(points: Points) -> float:
    """Return at least the largest norm."""
    scale = float(np.abs(points).max())
    if scale == 0.0:
        return 0.0
    return (
        scale
        * float(np.sqrt(((points / scale) ** 2).sum(axis=1).max()))
        * (1.0 + gamma(points.shape[1] + 8, U64))
    )
