"""Exact W1 between projections to a line, and its gradient in the direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.bounds.corner import north_west

Points = NDArray[np.float64]


def projected_distances(
    x: Points, y: Points, a: Points, b: Points, directions: Points
) -> NDArray[np.float64]:
    r"""Return the W1 of the projections to each direction: the area between the distribution functions.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d) and (m, d), float64
        Points.
    a, b : ndarray, shapes (n,) and (m,)
        Weights of total 1.
    directions : ndarray, shape (d, k)
        Directions of length 1, for the result to be at most W1.

    Returns
    -------
    ndarray, shape (k,)
    """
    left, right = x @ directions, y @ directions
    if len(x) == len(y) and np.all(a == a[0]) and np.all(b == b[0]):
        distances: NDArray[np.float64] = np.abs(np.sort(left, axis=0) - np.sort(right, axis=0)).mean(axis=0)
        return distances
    together = np.concatenate([left, right])
    order = np.argsort(together, axis=0)
    heights = np.cumsum(np.concatenate([a, -b])[order], axis=0)[:-1]
    steps = np.diff(np.take_along_axis(together, order, axis=0), axis=0)
    return np.asarray((np.abs(heights) * steps).sum(axis=0))


def steepest_direction(
    x: Points, y: Points, a: Points, b: Points, start: Points, iterations: int = 200
) -> tuple[Points, float]:
    r"""Climb from a direction to one of locally greatest projected W1.

    The projected distance ``F(theta) = max over f 1-Lipschitz`` of a linear function of theta is convex and
    homogeneous, so ``theta <- grad F / |grad F|`` never descends and needs no step size.

    Parameters
    ----------
    x, y, a, b
        As for :func:`projected_distances`.
    start : ndarray, shape (d,)
        A direction of length 1.

    Returns
    -------
    direction : ndarray, shape (d,)
    value : float
        F there.
    """
    best, direction = -1.0, start
    for _ in range(iterations):
        value, gradient = _value_and_gradient(x, y, a, b, direction)
        if value <= best * (1.0 + 1e-12):
            break
        best, kept = value, direction
        length = float(np.linalg.norm(gradient))
        if length == 0.0:
            break
        direction = gradient / length
    return (kept, best) if best >= 0 else (start, 0.0)


def _value_and_gradient(
    x: Points, y: Points, a: Points, b: Points, direction: Points
) -> tuple[float, Points]:
    """Return the projected distance and ``sum mass sign(<theta, x_i - y_j>) (x_i - y_j)`` over its coupling."""
    left, right = x @ direction, y @ direction
    order_x, order_y = np.argsort(left), np.argsort(right)
    rows, columns, mass = north_west(a[order_x], b[order_y])
    rows, columns = order_x[rows], order_y[columns]
    apart = left[rows] - right[columns]
    signed = mass * np.sign(apart)
    pull_x = np.bincount(rows, signed, minlength=len(a))
    pull_y = np.bincount(columns, signed, minlength=len(b))
    return float(mass @ np.abs(apart)), pull_x @ x - pull_y @ y
