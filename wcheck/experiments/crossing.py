"""Where a curve of differences by dimension becomes positive, with an interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from wcheck.experiments.polynomials import Fitted
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WINDOW = 1.5
"""Curves are fitted to the dimensions within this factor of the change of sign."""
NEAREST = 6
"""Or to as many as are nearest to it, if those are more."""
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a curve becomes positive, and a 95 % interval; an end is 0 or infinite where the points do not show one."""

    dim: float
    low: float
    high: float


def crossing(rows: Sequence[Row]) -> Crossing | None:
    r"""Return the dimension at which the difference becomes positive, from the rows of one n.

    The curve is concave: the root of a straight line through it is off by more than its interval. In ``x = log d`` a
    parabola describes it, so one is fitted by least squares to the dimensions about the change of sign, with one
    standard error for all of them, as they nearly have. Its root has the interval of all x about it at which the
    parabola is within t standard errors of 0 (Fieller's theorem for a polynomial). What a parabola may miss a cubic
    shows: the interval is the hull of those of both. Between integers, the root is that of the curve through them.

    None where the difference changes no sign, or there are fewer than four dimensions.
    """
    import numpy as np
    from scipy.stats import t

    ordered = sorted(rows, key=lambda row: cast("int", row["dim"]))
    dims, values, errors, reps = (
        np.array([row[column] for row in ordered], float)
        for column in ("dim", "difference", "difference_error", "reps")
    )
    if len(dims) < 4 or values[0] > 0:
        return None
    # Where the sum of all before is least: one dimension that is on the wrong side by chance moves it little.
    last = int(np.cumsum(values).argmin())
    if last == len(dims) - 1:
        return None
    middle = math.sqrt(dims[last] * dims[last + 1])
    x = np.log(dims / middle)
    near = np.abs(x) <= max(math.log(WINDOW), np.sort(np.abs(x))[:NEAREST][-1])
    error = np.full(near.sum(), math.sqrt(float((errors[near] ** 2).mean())))
    factor = float(t.ppf(0.5 + LEVEL / 2, (reps[near] - 1).sum()))
    parabola, cubic = (
        _root(Fitted.through(x[near], values[near], error, k), x[near], factor) for k in (2, 3)
    )
    if parabola is None or cubic is None:
        return None
    low, high = min(parabola.low, cubic.low), max(parabola.high, cubic.high)
    return Crossing(middle * math.exp(parabola.dim), middle * math.exp(low), middle * math.exp(high))


def _root(fitted: Fitted, x: Array, factor: float) -> Crossing | None:
    """Return where a polynomial rises through 0, nearest to x = 0 and among its points, and the interval of that."""
    slope = fitted.curve.deriv()
    inside = [root for root in fitted.roots() if x[0] <= root <= x[-1] and slope(root) > 0]
    if not inside:
        return None
    root = min(inside, key=abs)
    low, high = fitted.around(root, factor)
    return Crossing(root, low if low >= x[0] else -math.inf, high if high <= x[-1] else math.inf)
