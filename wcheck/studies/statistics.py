"""What judges say of a few runs: filtered curves, rank correlations, intervals over runs, and what it would take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
"""That of all intervals."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The mean of some runs, and the interval of Student's t that holds their expectation.

    Attributes
    ----------
    mean, lower, upper : float
        With a single run the interval is the whole line; with none all three are nan.
    n : int
        The number of runs.
    """

    mean: float
    lower: float
    upper: float
    n: int

    def __str__(self) -> str:
        """Write the mean and the interval."""
        if self.n < 2:
            return f"{self.mean:.3g} (one run)" if self.n else "no run"
        return f"{self.mean:.3g} ({self.lower:.3g} to {self.upper:.3g}, {self.n} runs)"


def median_filter(values: Sequence[float], window: int) -> list[float]:
    """Return the running medians of a curve: at each place that of the values at most ``window // 2`` places away.

    At the ends the window is cut off, and values that are not finite are left out; nan where none is left.

    Parameters
    ----------
    values : sequence of float
        The curve.
    window : int
        An odd number of values.
    """
    half = window // 2
    return [median(values[max(0, place - half) : place + half + 1]) for place in range(len(values))]


def median(values: Iterable[float]) -> float:
    """Return the median of the finite values; nan where there is none."""
    found = sorted(value for value in values if math.isfinite(value))
    if not found:
        return math.nan
    middle = len(found) // 2
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> float:
    """Return Spearman's rank correlation of the pairs that are finite, ties at their mean rank.

    0 where one of them is constant, for then it tells nothing of the other; nan with fewer than three pairs.
    """
    from scipy.stats import spearmanr

    pairs = [pair for pair in zip(x, y, strict=True) if all(map(math.isfinite, pair))]
    if len(pairs) < 3:
        return math.nan
    first, second = zip(*pairs, strict=True)
    if len(set(first)) == 1 or len(set(second)) == 1:
        return 0.0
    return float(spearmanr(first, second).statistic)


def over_runs(values: Iterable[float]) -> Interval:
    r"""Return the interval of Student's t for the expectation of runs, of which those that are not finite are left out.

    .. math:: \bar v \pm t_{n-1, 0.975} \, s / \sqrt n
    """
    import numpy as np
    from scipy.stats import t

    found = np.array([value for value in values if math.isfinite(value)])
    n = len(found)
    if n < 2:
        mean = float(found[0]) if n else math.nan
        return Interval(mean, -math.inf if n else math.nan, math.inf if n else math.nan, n)
    mean, error = float(found.mean()), float(found.std(ddof=1)) / math.sqrt(n)
    half = float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * error
    return Interval(mean, mean - half, mean + half, n)


def sign_test(values: Iterable[float]) -> float:
    """Return the two-sided p-value of as many positive and negative values, if both are equally likely; zeros left out.

    1 where there is none.
    """
    from scipy.stats import binomtest

    found = [value for value in values if value and math.isfinite(value)]
    return float(binomtest(sum(value > 0 for value in found), len(found)).pvalue) if found else 1.0


def runs_needed(found: Interval, threshold: float) -> int | None:
    """Return how many runs would part the mean from a threshold, if it and the spread of runs stay; None if unknown."""
    away, half = abs(found.mean - threshold), (found.upper - found.lower) / 2
    if found.n < 2 or not away or not math.isfinite(half):
        return None
    return max(found.n + 1, math.ceil(found.n * (half / away) ** 2))
