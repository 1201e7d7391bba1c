"""Local minimisers of two losses over k uniformly weighted points, against brute force where that can be had."""

import itertools

import numpy as np
import pytest
import scipy.optimize

from wcheck import exact
from wcheck.minimisers import batch_minimiser, uniform_minimiser


def test_the_value_is_that_of_the_points_and_no_worse_than_the_given_start():
    points = np.random.default_rng(0).exponential(size=(120, 3))
    first = points[:6]
    found = uniform_minimiser(points, first, starts=3)
    assert found.value == pytest.approx(exact(points, found.points).value, rel=1e-9)
    assert found.value < exact(points, first).value
    again = uniform_minimiser(points, found.points, starts=1)
    assert again.value <= found.value


def test_on_the_line_it_is_the_medians_of_equal_blocks():
    """Sorted points go to the centres in blocks of N/k, so the best centres are the blocks' medians."""
    points = np.random.default_rng(1).standard_cauchy(60)
    best = np.median(np.sort(points).reshape(4, 15), axis=1)
    found = uniform_minimiser(points[:, None], points[:4, None], starts=20)
    assert found.value == pytest.approx(exact(points, best).value, rel=1e-3)
    assert np.sort(found.points[:, 0]) == pytest.approx(best, abs=0.05)


def test_few_points_against_enumeration():
    """Every way to share six points out to two centres, three each; the best centres of each by descent."""
    points = np.random.default_rng(2).normal(size=(6, 2))

    def median_loss(some):
        start = some.mean(axis=0)
        return scipy.optimize.minimize(
            lambda c: np.linalg.norm(some - c, axis=1).sum(), start, method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-9},
        ).fun  # fmt: skip

    halves = itertools.combinations(range(6), 3)
    best = min(
        median_loss(points[list(half)]) + median_loss(points[[i for i in range(6) if i not in half]])
        for half in halves
    )
    found = uniform_minimiser(points, points[:2], starts=20)
    assert found.value == pytest.approx(best / 6, rel=1e-3)


def test_one_point_of_batches_is_the_median_of_all():
    points = np.random.default_rng(3).exponential(size=(200, 2))
    whole = uniform_minimiser(points, points[:1], starts=1)
    batches = batch_minimiser(points, points[:1])
    assert np.linalg.norm(batches - whole.points) < 0.1
    assert exact(points, batches).value < whole.value * (1 + 1e-3)


def test_the_seed_decides_and_equal_points_do_no_harm():
    points = np.repeat(np.eye(3), 5, axis=0)
    first, again, other = (batch_minimiser(points, np.eye(3)[:2], seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.isfinite(first).all()
