"""Stratified samples and the mass around them: what few dimensions allow."""

from __future__ import annotations

import numpy as np

from wcheck.transport.scans.cells import spread


def equal(n: int) -> np.ndarray:
    """Return weights."""
    return np.full(n, 1.0 / n)


def test_a_line_gives_one_point_of_each_run() -> None:
    points = np.random.default_rng(0).permutation(400).astype(np.float64)[:, None]
    drawn = spread(points, equal(400), 100, np.random.default_rng(1)).points
    np.testing.assert_array_equal(np.sort(points[drawn, 0]) // 4, np.arange(100))


def test_the_sample_is_of_distinct_points_and_any_size() -> None:
    points = np.random.default_rng(2).normal(size=(1003, 3))
    for size in (1, 500, 750, 1003):
        drawn = spread(points, equal(1003), size, np.random.default_rng(3)).points
        assert len(np.unique(drawn)) == size
        assert (np.diff(drawn) > 0).all()


def test_it_follows_the_whole_more_closely_than_a_simple_random_sample() -> None:
    """Over 200 draws, the means of stratified samples scatter less than a third as widely."""
    points = np.random.default_rng(4).uniform(size=(2000, 2))
    generator = np.random.default_rng(5)

    def scatter(draw) -> float:
        return float(np.std([points[draw()].mean(axis=0) for _ in range(200)]))

    stratified = scatter(lambda: spread(points, equal(2000), 500, generator).points)
    assert stratified < scatter(lambda: generator.choice(2000, 500, replace=False)) / 3


def test_a_sample_has_the_mass_that_is_nearest_to_it() -> None:
    random = np.random.default_rng(6)
    points, weights = random.normal(size=(500, 2)), random.dirichlet(np.full(500, 0.3))
    some = spread(points, weights, 60, random)
    near = np.linalg.norm(points[:, None] - points[some.points], axis=2).argmin(axis=1)
    np.testing.assert_allclose(some.weights, np.bincount(near, weights, 60), rtol=1e-12)


def test_equal_weights_stay_equal_and_copies_keep_some_mass() -> None:
    points = np.repeat(np.random.default_rng(7).normal(size=(50, 3)), 4, axis=0)
    random = np.random.default_rng(8)
    np.testing.assert_array_equal(spread(points, equal(200), 100, random).weights, equal(100))
    share = spread(points, np.arange(1.0, 201.0) / 20_100.0, 100, random).weights
    assert (share > 0.0).all()
    assert abs(share.sum() - 1.0) < 1e-12
