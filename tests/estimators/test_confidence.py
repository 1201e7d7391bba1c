"""Bounds hold as often as they claim, and are no wider than they need be."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from wcheck.estimators.confidence import bernstein_lower, betting_lower, mcdiarmid_margin

TRIALS, RISK = 800, 0.05

DRAWS = {
    "coin": (lambda random, n: (random.random(n) < 0.3).astype(float), 0.3),
    "rare": (lambda random, n: (random.random(n) < 0.01).astype(float), 0.01),
    "uniform": (lambda random, n: random.random(n), 0.5),
    "narrow": (lambda random, n: 0.5 + 0.01 * (random.random(n) - 0.5), 0.5),
}


def misses(bound, name, n, risk=RISK):
    """How often a lower bound is above the mean."""
    draw, mean = DRAWS[name]
    random = np.random.default_rng(7)
    return sum(bound(4.0 * draw(random, n) - 1.0, -1.0, 3.0, risk) > 4.0 * mean - 1.0 for _ in range(TRIALS))


def too_many(count):
    return binomtest(count, TRIALS, RISK, alternative="greater").pvalue < 1e-3


@pytest.mark.parametrize("n", [5, 100])
@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("bound", [betting_lower, bernstein_lower])
def test_coverage(bound, name, n):
    assert not too_many(misses(bound, name, n))


def test_a_bound_that_is_too_high_is_found_out():
    assert too_many(misses(lambda values, low, high, risk: values.mean() - 0.1, "coin", 100))


def test_betting_is_narrow_where_values_are():
    random = np.random.default_rng(0)
    values = 0.5 + 0.05 * random.standard_normal(5000).clip(-4, 4)
    betting, bernstein = (bound(values, 0.0, 1.0, 0.025) for bound in (betting_lower, bernstein_lower))
    hoeffding = math.sqrt(math.log(1 / 0.025) / (2 * 5000))
    normal = 1.96 * 0.05 / math.sqrt(5000)
    assert 0 < values.mean() - betting < 2.0 * normal
    assert betting > bernstein
    assert values.mean() - betting < 0.2 * hoeffding


def test_constants_and_few_values():
    for bound in (betting_lower, bernstein_lower):
        assert 0.0 <= bound(np.full(1000, 0.7), 0.0, 1.0, 0.05) <= 0.7
        assert bound(np.array([1.0]), 0.0, 1.0, 0.05) >= 0.0
        assert bound(np.zeros(100), 0.0, 1.0, 0.05) == 0.0


def test_mcdiarmids_margin_is_hoeffdings_for_means():
    """A difference of two means of n values in [0, D]."""
    assert mcdiarmid_margin(2.0, 50, 50, 0.05) == pytest.approx(2.0 * math.sqrt(math.log(20) / 50))
