"""Means over repetitions, and how far off they can be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z95 = 1.959963984540054
"""The standard deviations within which a normal variable is of its mean with probability 0.95."""


def mean_and_error(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean of independent repetitions, and its standard error ``s / sqrt(R)``."""
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))


def check_reps(reps: int) -> None:
    """Raise a ParameterError unless there are enough repetitions for a standard error."""
    if reps < 2:
        raise ParameterError(f"reps is {reps}: a standard error needs at least 2; give more.")
