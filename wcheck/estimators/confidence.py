r"""Bounds that hold with a given probability, for any distribution on a bounded set, at any sample size.

Sources: McDiarmid, On the method of bounded differences, 1989; Maurer and Pontil, Empirical Bernstein bounds and
sample-variance penalization, 2009; Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting,
JRSS B 2024.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
BISECTIONS = 60


def mcdiarmid_margin(diameter: float, n: int, m: int, risk: float) -> float:
    r"""Return ``D sqrt((1/n + 1/m) ln(1/risk) / 2)``.

    A function of n + m independent points that changes by at most D/n or D/m with one of them is below its expectation
    by more than that with at most that risk: so are the empirical W1, and the difference of means of a 1-Lipschitz
    function (for which it is Hoeffding's inequality).
    """
    return diameter * math.sqrt((1.0 / n + 1.0 / m) * math.log(1.0 / risk) / 2.0)


def bernstein_lower(values: Values, low: float, high: float, risk: float) -> float:
    """Return Maurer and Pontil's empirical Bernstein lower bound of the mean of independent values in [low, high]."""
    n, log = len(values), math.log(2.0 / risk)
    if n < 2:
        return low
    variance = float(values.var(ddof=1))
    margin = math.sqrt(2.0 * variance * log / n) + 7.0 * (high - low) * log / (3.0 * (n - 1))
    return max(float(values.mean()) - margin, low)


def betting_lower(values: Values, low: float, high: float, risk: float) -> float:
    r"""Return a lower bound of the mean of independent values in [low, high], by betting against smaller means.

    If the mean is at most mu, then ``K(mu) = prod (1 + lambda_i (z_i - mu))`` of bets ``lambda_i >= 0`` that depend on
    the past alone is a supermartingale, so it exceeds 1/risk with a probability of at most ``risk`` (Ville). All mu
    with ``K(mu) >= 1/risk`` are excluded; K falls with mu, and the bound is where it crosses. The bets are those of
    Waudby-Smith and Ramdas for a fixed n: ``sqrt(2 ln(1/risk) / (n variance so far))``, at most half of what could
    ruin.

    Parameters
    ----------
    values : ndarray, shape (n,), float64
        In an order that does not depend on them.
    low, high : float
        Known beforehand.
    risk : float
        Between 0 and 1.
    """
    z = (values - low) / (high - low)
    n = len(z)
    counts = np.arange(1, n + 1)
    means = (0.5 + np.cumsum(z)) / (counts + 1)
    variances = (0.25 + np.cumsum((z - means) ** 2)) / (counts + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    bets = np.sqrt(2.0 * math.log(1.0 / risk) / (n * before))

    def excluded(mu: float) -> bool:
        stakes = np.minimum(bets, 0.5 / mu)
        return float(np.log1p(stakes * (z - mu)).sum()) >= math.log(1.0 / risk)

    kept, out = 1.0, 0.0  # everything at or below `out` is excluded
    for _ in range(BISECTIONS):
        middle = 0.5 * (kept + out)
        if excluded(middle):
            out = middle
        else:
            kept = middle
    return low + (high - low) * out
