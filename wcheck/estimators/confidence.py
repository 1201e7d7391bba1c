r"""Bounds that hold with a given probability, for any distribution on a bounded set, at any sample size.

Sources: McDiarmid, On the method of bounded differences, 1989; Maurer and Pontil, Empirical Bernstein bounds and
sample-variance penalization, 2009; Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting,
JRSS B 2024.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
BISECTIONS = 60
STAKE = 0.9
"""The share of what could ruin that is bet at most; below 1."""


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
    """Return the lower bound of :func:`crossfitted_lower` from a single list of values."""
    return crossfitted_lower([values], low, high, risk)


def crossfitted_lower(folds: Sequence[Values], low: float, high: float, risk: float) -> float:
    r"""Return a lower bound of mu where no fold's mean exceeds mu, by betting against smaller ones.

    If the values of a fold, in [low, high], are independent and have a mean of at most mu, then
    ``K(mu) = prod (1 + lambda_i (z_i - mu))`` of bets ``lambda_i >= 0`` that depend on the past alone has an
    expectation of at most 1: it is an e-value. So is the mean of the e-values of all folds, however these depend on
    each other, and it exceeds 1/risk with a probability of at most ``risk`` (Markov). All mu whose mean e-value is
    1/risk or more are excluded; it falls with mu, and the bound is where it crosses. The bets are those of Waudby-Smith
    and Ramdas for a fixed n, ``sqrt(2 ln(1/risk) / (n variance so far))``, at most :data:`STAKE` of what could ruin.

    Parameters
    ----------
    folds : sequence of ndarray, each of shape (n,), float64
        Each in an order that does not depend on its values.
    low, high : float
        Known in advance.
    risk : float
        Between 0 and 1.
    """
    unit = [(values - low) / (high - low) for values in folds]
    bets = [_bets(z, risk) for z in unit]

    def excluded(mu: float) -> bool:
        logarithms = [
            float(np.log1p(np.minimum(bet, STAKE / mu) * (z - mu)).sum())
            for z, bet in zip(unit, bets, strict=True)
        ]
        return float(np.logaddexp.reduce(logarithms)) - math.log(len(folds)) >= math.log(1.0 / risk)

    kept, out = 1.0, 0.0  # everything at or below `out` is excluded
    for _ in range(BISECTIONS):
        middle = 0.5 * (kept + out)
        if excluded(middle):
            out = middle
        else:
            kept = middle
    return low + (high - low) * out


def _bets(z: Values, risk: float) -> Values:
    counts = np.arange(1, len(z) + 1)
    means = (0.5 + np.cumsum(z)) / (counts + 1)
    variances = (0.25 + np.cumsum((z - means) ** 2)) / (counts + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    return np.asarray(np.sqrt(2.0 * math.log(1.0 / risk) / (len(z) * before)))
