"""What a potential claims of two measures: the difference of its means."""

from __future__ import annotations

import math

from wcheck.estimators.estimate import Estimate
from wcheck.measures.measure import Measure
from wcheck.measures.potential import Potential


def difference_of_means(potential: Potential, x: Measure, y: Measure) -> Estimate:
    """Return ``sum a f(x) - sum b f(y)`` with its standard error, by the effective number of points.

    Parameters
    ----------
    potential : Potential
        The function f.
    x, y : Measure
        Points with weights a and b; for the standard error to be one, f must not depend on which points were drawn.

    Returns
    -------
    Estimate
        With its potential; not a number where a value is not finite.
    """
    means, variance = [], 0.0
    for z in (x, y):
        values, weights = potential(z), z.weights
        mean = math.fsum(weights * values) if math.isfinite(abs(values).sum()) else math.nan
        share = float(weights @ weights)
        means.append(mean)
        spread = float(weights @ (values - mean) ** 2)
        variance += spread * share / (1.0 - share) if share < 1.0 else math.inf
    error = math.sqrt(variance) if math.isfinite(variance) else None
    return Estimate(means[0] - means[1], error, potential=potential)
