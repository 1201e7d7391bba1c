"""Scans of computed costs: no requested pair is missed, bounds are bounds, rows stand alone."""

from __future__ import annotations

import numpy as np
import pytest

from wcheck.measures.measure import Measure
from wcheck.transport.cost.costs import Streamed
from wcheck.transport.cost.metric import METRICS, metric_of
from wcheck.transport.scans.listing import Listing
from wcheck.transport.scans.streamed import Blocks

OTHERS = [name for name in METRICS if name != "euclidean"]


def made(name: str, p: int) -> tuple[Streamed, np.ndarray]:
    random = np.random.default_rng(1)
    d = 2 if name == "haversine" else 5
    x, y = Measure.of(30.0 * random.normal(size=(70, d))), Measure.of(30.0 * random.normal(size=(83, d)))
    costs = metric_of(name).costs(x, y, p, 1 << 20)
    assert isinstance(costs, Streamed)
    i, j = np.divmod(np.arange(70 * 83), 83)
    return costs, costs.measurer(0)(i, j).reshape(70, 83)


def check(cost: np.ndarray, v: np.ndarray, threshold: np.ndarray, listing: Listing, rounding: float) -> None:
    rows = np.repeat(np.arange(len(cost)), listing.counts)
    listed = np.zeros(cost.shape, bool)
    listed[rows, listing.columns] = True
    assert listed[cost * (1 + rounding) - v < threshold[:, None]].all()
    assert (listing.bound <= cost[rows, listing.columns] * (1 + rounding)).all()
    assert (listing.bound >= cost[rows, listing.columns] * (1 - 1e-6) - 1e-6).all()


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("name", OTHERS)
def test_no_pair_is_missed_and_bounds_are_bounds(name: str, p: int) -> None:
    costs, cost = made(name, p)
    v = 0.3 * np.random.default_rng(4).normal(size=83) * cost.mean()
    threshold = np.median(cost - v, axis=1)
    listing = Blocks(costs).scan(v, threshold)
    check(cost, v, threshold, listing, costs.precision.rounding)
    some = np.array([3, 40, 41])
    part = Blocks(costs).scan(v, threshold[some], some)
    ends = np.cumsum(listing.counts)
    wanted = np.concatenate([listing.columns[ends[r] - listing.counts[r] : ends[r]] for r in some])
    assert part.columns.tolist() == wanted.tolist()


def test_the_check_fails_for_a_pair_that_is_missing() -> None:
    costs, cost = made("cityblock", 1)
    threshold = np.median(cost, axis=1)
    listing = Blocks(costs).scan(np.zeros(83), threshold)
    counts = listing.counts.copy()
    counts[0] -= 1
    short = Listing(counts, listing.columns[1:], listing.bound[1:], listing.full)
    with pytest.raises(AssertionError):
        check(cost, np.zeros(83), threshold, short, 1e-14)


def test_rows_beyond_the_limit_are_counted_and_not_listed() -> None:
    costs, cost = made("chebyshev", 1)
    threshold = np.where(np.arange(70) < 10, 1e3, np.sort(cost, axis=1)[:, 20])
    listing = Blocks(costs).scan(np.zeros(83), threshold, limit=50)
    assert listing.full.tolist() == [True] * 10 + [False] * 60
    assert (listing.counts[:10] == 83).all()
    assert len(listing.columns) == listing.counts[10:].sum()


def test_samples_and_least_estimates() -> None:
    costs, cost = made("angular", 1)
    columns, rows = np.array([1, 80, 7]), np.array([69, 0])
    np.testing.assert_allclose(
        Blocks(costs).sample(columns, rows).numpy(), cost[np.ix_(rows, columns)], atol=1e-6
    )
    u = np.array([0.1, -0.2])
    np.testing.assert_allclose(
        Blocks(costs).extend(u, rows), (cost[rows] - u[:, None]).min(axis=0), atol=1e-6
    )
