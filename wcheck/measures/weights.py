"""Weights of points, checked once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, counted
from wcheck.measures.arraylike import as_weights

WEIGHT_TOLERANCE = 1e-6
"""How far the total of given weights may be from 1."""


def checked_weights(
    weights: Any, n: int, name: str, normalise: bool
) -> tuple[NDArray[np.float64], float, int]:
    """Return the weights of n points, their total, and the power of two that they were divided by.

    Raises
    ------
    ParameterError
        If they are not n finite numbers of at least 0, or of a total further than 1e-6 from 1 and not to be normalised.
    """
    power = 0
    if weights is None:
        return np.full(n, 1.0 / n), 1.0, power
    checked = as_weights(weights, name)
    if checked.shape != (n,):
        raise ParameterError(
            f"{name} has {counted(n, 'point')} and weights of shape {checked.shape}: give one weight per point."
        )
    if not np.isfinite(checked).all() or (checked < 0).any():
        index = int(np.flatnonzero(~(np.isfinite(checked) & (checked >= 0)))[0])
        raise ParameterError(
            f"{name} has weight {checked[index]} at index {index}: weights are finite and not negative."
        )
    if normalise and checked.max() > 0.0:
        power = math.frexp(checked.max())[1]
        checked = np.ldexp(checked, -power)  # so that no total overflows
    try:
        total = math.fsum(checked)
    except OverflowError:
        total = math.inf
    if total == 0.0:
        raise ParameterError(
            f"{name} has weights of total 0.0: none of its points has mass; give some of them weight."
        )
    if abs(total - 1.0) > WEIGHT_TOLERANCE and not (normalise and total > 0.0):
        raise ParameterError(
            f"{name} has weights of total {total!r}: the total must be within 1e-6 of 1; divide the weights by their "
            "total; of points, Measure.of(..., normalise=True) and wcheck exact --normalise do so."
        )
    return checked, total, power
