"""The ground cost of chosen pairs in sums of two doubles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.sums import two_square, two_sum
from wcheck.transport.arithmetic.wide import WIDE, wide_sum


def wide_rounding(dim: int) -> float:
    """Bound the relative error of :func:`wide_costs`."""
    return (2.0 * dim + 16.0) * WIDE


def wide_costs(
    x: NDArray[Any], y: NDArray[Any], i: NDArray[Any], j: NDArray[Any], p: int, unit: float
) -> NDArray[np.float64]:
    r"""Measure chosen pairs: ``(|x[i_k] - y[j_k]| / unit)^p``, to some 30 digits.

    Parameters
    ----------
    x, y, i, j, p, unit
        As for :func:`wcheck.transport.cost.pairs.pair_costs`.

    Returns
    -------
    ndarray, shape (2, k), float64
        High and low parts, off by at most the factor ``1 +- wide_rounding(d)``, and by
        :data:`wcheck.transport.arithmetic.wide.LOST` below :data:`wcheck.transport.arithmetic.wide.SMALL`; 0 is exact.
    """
    cost = np.empty((2, len(i)))
    rows, columns = np.asarray(i, np.int64), np.asarray(j, np.int64)
    over_spans(
        len(rows),
        len(rows) * x.shape[1] // 10_000,
        lambda span: _costs(x, y, rows[span], columns[span], p, 1.0 / unit, *cost[:, span]),
    )
    return cost


@compiled()
def _costs(x, y, i, j, p, factor, high, low):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    dim = x.shape[1]
    exponent = math.frexp(factor)[1] - 1
    for k in range(len(high)):
        row, column = i[k], j[k]
        largest = 0.0
        for t in range(dim):
            largest = max(largest, abs(np.float64(x[row, t]) - np.float64(y[column, t])))
        if largest == 0.0:
            high[k] = low[k] = 0.0
            continue
        shift = -math.frexp(largest)[1]  # so that no square underflows that matters
        total = (0.0, 0.0)
        for t in range(dim):
            difference, rest = two_sum(np.float64(x[row, t]), -np.float64(y[column, t]))
            difference, rest = math.ldexp(difference, shift), math.ldexp(rest, shift)
            if abs(difference) > 2.0**-400:
                square, error = two_square(difference)
                total = wide_sum(total, two_sum(square, error + 2.0 * difference * rest + rest * rest))
        if p == 1:
            total = _root(total)
        shift = p * (exponent - shift)
        high[k], low[k] = max(math.ldexp(total[0], shift), 2.0**-1074), math.ldexp(total[1], shift)


@compiled(inline="always")
def _root(square):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the root of a number between 1/4 and 2^24, by a step of Newton's."""
    root = math.sqrt(square[0])
    again, error = two_square(root)
    rest = (square[0] - again) - error + square[1]
    return two_sum(root, rest / (2.0 * root))
