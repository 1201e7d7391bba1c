"""What judges compute, against SciPy and closed forms."""

import math

import numpy as np
import pytest
from scipy import ndimage, stats

from wcheck.studies.statistics import (
    Interval,
    median,
    median_filter,
    over_runs,
    rank_correlation,
    runs_needed,
    sign_test,
)


def test_the_median_filter_is_scipys_away_from_the_ends():
    curve = np.random.default_rng(0).standard_normal(40)
    own = median_filter(list(curve), 5)
    assert own[2:-2] == list(ndimage.median_filter(curve, 5)[2:-2])
    assert own[0] == np.median(curve[:3])
    assert own[-1] == np.median(curve[-3:])
    assert median_filter([1.0, math.nan, 3.0], 3) == [1.0, 2.0, 3.0]
    assert math.isnan(median([math.nan]))


def test_the_rank_correlation_is_scipys_with_ties_and_without_blanks():
    x, y = [1.0, 2.0, 2.0, 5.0, math.nan], [3.0, 1.0, 4.0, 8.0, 0.0]
    assert rank_correlation(x, y) == pytest.approx(stats.spearmanr(x[:4], y[:4]).statistic)
    assert rank_correlation([1.0, 2.0, 3.0], [1.0, 8.0, 27.0]) == pytest.approx(1)
    assert rank_correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) == 0
    assert math.isnan(rank_correlation([1.0, 2.0], [1.0, 2.0]))


def test_the_interval_over_runs_is_students():
    values = [1.0, 2.0, 4.0, 7.0]
    found = over_runs([*values, math.nan])
    expected = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (found.lower, found.upper) == pytest.approx(expected)
    assert (found.mean, found.n) == (3.5, 4)
    assert over_runs([2.0]) == Interval(2.0, -math.inf, math.inf, 1)
    assert math.isnan(over_runs([]).mean)


def test_it_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    found = [over_runs(rng.standard_normal(5)) for _ in range(2000)]
    assert sum(each.lower <= 0 <= each.upper for each in found) / 2000 == pytest.approx(0.95, abs=0.02)


def test_the_sign_test_in_closed_form():
    assert sign_test([1.0, 2.0, 3.0, 4.0, 5.0, 0.0]) == pytest.approx(2 / 2**5)
    assert sign_test([1.0, -1.0]) == 1
    assert sign_test([]) == 1


def test_how_many_runs_part_a_mean_from_a_threshold():
    found = Interval(1.0, 0.0, 2.0, 4)  # the half width falls as one over the root of the number
    assert runs_needed(found, 0.5) == 16
    assert runs_needed(found, 1.0) is None
    assert runs_needed(over_runs([2.0]), 1.0) is None
