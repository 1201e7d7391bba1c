"""Between games and within them: closed forms, chance, and what must be found."""

import itertools

import numpy as np
import pytest
from scipy.stats import f_oneway, rankdata

from wcheck.studies.drawn import shares


def crossed(scores):
    """Scores ``(games, draws)`` as three lists."""
    games, drawn = np.indices(np.shape(scores)).reshape(2, -1)
    return np.ravel(scores), games, drawn


def test_the_ratio_is_that_of_scipys_analysis_of_variance():
    scores = np.random.default_rng(0).normal(size=(6, 4)) + np.arange(6)[:, None] / 3
    found = shares(*crossed(scores))
    f = f_oneway(*rankdata(scores).reshape(6, 4)).statistic
    assert found.ratio == pytest.approx((f - 1) / 4)
    assert found.lower < found.ratio < found.upper


def test_the_p_value_is_that_of_all_permutations():
    """Of two games with three draws each there are eight."""
    scores = np.array([[1.0, 4.0, 2.0], [3.0, 9.0, 5.0]])

    def f(table):
        return f_oneway(*rankdata(scores)[table].reshape(2, 3)).statistic

    tables = [
        np.stack([np.where(flips, [3, 4, 5], [0, 1, 2]), np.where(flips, [0, 1, 2], [3, 4, 5])]).ravel()
        for flips in itertools.product((False, True), repeat=3)
    ]
    expected = np.mean([f(table) >= f(np.arange(6)) - 1e-9 for table in tables])
    assert shares(*crossed(scores)).p_value == pytest.approx(expected, abs=0.03)


def test_intervals_hold_the_truth_as_often_as_they_say_and_p_is_uniform_under_chance():
    random = np.random.default_rng(0)
    found = [shares(*crossed(random.normal(size=(8, 5))), seed=k) for k in range(60)]
    assert np.mean([each.lower <= 0 <= each.upper for each in found]) > 0.85
    assert 0.25 < np.mean([each.p_value < 0.5 for each in found]) < 0.75


def test_games_that_differ_are_found_and_draws_that_all_share_are_not_taken_for_it():
    apart = np.arange(10)[:, None] + np.random.default_rng(1).uniform(size=(10, 5))
    found = shares(*crossed(apart))
    assert found.lower > 1
    assert found.p_value < 0.01
    other = shares(*crossed(apart.T))
    assert other.upper < 1
    assert other.p_value > 0.5


def test_draws_that_failed_share_the_last_rank():
    scores = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, np.nan], [np.nan, 7.0, 8.0]])
    worst = np.where(np.isnan(scores), 99.0, scores)
    assert shares(*crossed(scores)) == shares(*crossed(worst))


@pytest.mark.parametrize("scores", [[[1.0, 2.0]], [[1.0], [2.0]], [[3.0, 3.0], [3.0, 3.0]]])
def test_what_cannot_be_compared(scores):
    assert shares(*crossed(scores)) is None
