"""Stratified samples: what few dimensions allow."""

from __future__ import annotations

import numpy as np

from wcheck.transport.scans.cells import spread


def test_a_line_gives_one_point_of_each_run() -> None:
    points = np.random.default_rng(0).permutation(400).astype(np.float64)[:, None]
    drawn = spread(points, 100, np.random.default_rng(1))
    np.testing.assert_array_equal(np.sort(points[drawn, 0]) // 4, np.arange(100))


def test_the_sample_is_of_distinct_points_and_any_size() -> None:
    points = np.random.default_rng(2).normal(size=(1003, 3))
    for size in (1, 500, 750, 1003):
        drawn = spread(points, size, np.random.default_rng(3))
        assert len(np.unique(drawn)) == size
        assert (np.diff(drawn) > 0).all()


def test_it_follows_the_whole_more_closely_than_a_simple_random_sample() -> None:
    """Over 200 draws, the means of stratified samples scatter less than a third as widely."""
    points = np.random.default_rng(4).uniform(size=(2000, 2))
    generator = np.random.default_rng(5)

    def scatter(draw) -> float:
        return float(np.std([points[draw()].mean(axis=0) for _ in range(200)]))

    stratified = scatter(lambda: spread(points, 500, generator))
    assert stratified < scatter(lambda: generator.choice(2000, 500, replace=False)) / 3
