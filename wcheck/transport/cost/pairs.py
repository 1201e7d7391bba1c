r"""The ground cost ``|x_i - y_j|^p`` of chosen pairs by direct differences in float64, and how far it can be off.

Every squared distance is a sum of non-negative terms, so its relative error is at most :func:`cost_rounding`, however
close the points are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.rounding import U64, gamma

MeasurePairs = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]
"""Measures the costs of pairs, from their rows and their columns."""


def cost_rounding(dim: int, p: int = 1) -> float:
    """Bound the relative error of :func:`pair_costs`: ``gamma_(d + 4)`` covers differences, squares, sum and root."""
    return gamma(dim + 4, U64) * (1.0 if p == 2 else 0.75)


def cost_underflow(dim: int, p: int = 1) -> float:
    """Bound the absolute error of :func:`pair_costs`, in the unit, where the frame says that squares underflow."""
    return dim * 2.0**-1073 if p == 2 else math.sqrt(dim) * 2.0**-536


def pair_costs(
    x: NDArray[Any], y: NDArray[Any], i: NDArray[Any], j: NDArray[Any], p: int = 1, unit: float = 1.0
) -> NDArray[np.float64]:
    r"""Measure chosen pairs: ``(|x[i_k] - y[j_k]| / unit)^p`` by direct differences in float64.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d) and (m, d), float32 or float64
        Points, C-contiguous.
    i, j : ndarray, shape (k,), integers
        Rows of x and of y; fastest when i is sorted.
    p : {1, 2}
        The exponent.
    unit : float
        A power of two: that of :func:`joint_frame` keeps squares from overflow and underflow.

    Returns
    -------
    ndarray, shape (k,), float64
        Off by at most the factor ``1 +- cost_rounding(d, p)``, and by :func:`cost_underflow` where squares underflow.
    """
    out = np.empty(len(i))
    rows, columns = np.asarray(i, np.int64), np.asarray(j, np.int64)
    if len(y) == 1:  # four of the others are compared with it at a time
        x, y, rows, columns = y, x, columns, rows
    over_spans(
        len(out),
        len(out) * x.shape[1] // 500_000,
        lambda span: _squared_pairs(x, y, rows[span], columns[span], 1.0 / unit, out[span]),
    )
    return out if p == 2 else np.sqrt(out)


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _squared_pairs(x, y, i, j, factor, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Measure up to four columns of a row at a time: their reads overlap, and the row is converted once.

    Fewer than four are filled up with the last: so the sums, and their rounding, do not depend on the company.
    """
    dim, k = x.shape[1], 0
    while k < len(out):
        row, last = i[k], k
        while last < min(k + 4, len(out)) - 1 and i[last + 1] == row:
            last += 1
        k1, k2, k3 = min(k + 1, last), min(k + 2, last), min(k + 3, last)
        column, column1, column2, column3 = j[k], j[k1], j[k2], j[k3]
        total, total1, total2, total3 = 0.0, 0.0, 0.0, 0.0
        for t in range(dim):
            value = np.float64(x[row, t])
            difference = (value - np.float64(y[column, t])) * factor
            difference1 = (value - np.float64(y[column1, t])) * factor
            difference2 = (value - np.float64(y[column2, t])) * factor
            difference3 = (value - np.float64(y[column3, t])) * factor
            total += difference * difference
            total1 += difference1 * difference1
            total2 += difference2 * difference2
            total3 += difference3 * difference3
        out[k], out[k1], out[k2], out[k3] = total, total1, total2, total3
        k = last + 1
