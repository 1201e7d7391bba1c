"""Screens: no requested pair is missed, every listed bound is below the true cost, on any data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from wcheck.measures.measure import Measure
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.listing import Listing
from wcheck.transport.scans.pricing import Screen
from wcheck.transport.scans.principal import choose_directions, principal_directions


def points(kind: str, n: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    if kind == "near duplicates":
        base = np.repeat(np.random.default_rng(0).normal(size=(n // 10, 12)), 10, axis=0)
        return base + 1e-6 * random.normal(size=base.shape)
    if kind == "offset":
        return 1e6 + random.normal(size=(n, 5))
    if kind == "tiny":
        return 1e-35 * random.normal(size=(n, 5)).astype(np.float32)
    if kind == "wide":
        return random.normal(size=(n, 300)) * np.logspace(0, -3, 300)
    if kind == "rank deficient":
        return random.normal(size=(n, 3)) @ np.random.default_rng(1).normal(size=(3, 150))
    return random.normal(size=(n, int(kind))).astype(np.float32)


KINDS = ["1", "2", "20", "600", "near duplicates", "offset", "tiny", "wide", "rank deficient"]


def scanned(kind: str, p: int, few: int, shift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, Listing]:
    """True costs in frame units, potentials, thresholds at the median reduced cost, and what a scan found."""
    x, y = Measure.of(points(kind, 120, 2)), Measure.of(points(kind, 150, 3))
    frame = joint_frame(x, y)
    random = np.random.default_rng(4)
    basis = principal_directions(x, y, frame, few, random) if few else None
    screen = Screen(Features(x, frame, basis), Features(y, frame, basis), p)
    cost = (cdist(x.points.astype(np.float64) / frame.unit, y.points.astype(np.float64) / frame.unit)) ** p
    v = 0.3 * random.normal(size=150) * cost.mean() + shift
    threshold = np.median(cost - v, axis=1)
    return cost, v, threshold, screen.scan(v, threshold)


def check(cost: np.ndarray, v: np.ndarray, threshold: np.ndarray, listing: Listing) -> None:
    rows = np.repeat(np.arange(len(cost)), listing.counts)
    listed = np.zeros(cost.shape, bool)
    listed[rows, listing.columns] = True
    assert listed[cost - v < threshold[:, None]].all()
    assert (listing.bound <= cost[rows, listing.columns] * (1 + 1e-14)).all()


@pytest.mark.parametrize("few", [0, 16])
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_no_pair_is_missed_and_bounds_are_bounds(kind: str, p: int, few: int) -> None:
    cost, v, threshold, listing = scanned(kind, p, min(few, cdist_dim(kind)), 0.0)
    check(cost, v, threshold, listing)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("shift", [-1e3, 1e3])
def test_potentials_of_any_size_are_safe(p: int, shift: float) -> None:
    check(*scanned("20", p, 0, shift))


def cdist_dim(kind: str) -> int:
    return points(kind, 20, 0).shape[1]


def test_the_check_fails_on_a_listing_with_a_pair_missing_or_a_bound_too_high() -> None:
    cost, v, threshold, listing = scanned("20", 1, 0, 0.0)
    keep = np.flatnonzero(listing.counts)[0]
    counts = listing.counts.copy()
    counts[keep] -= 1
    first = listing.counts[:keep].sum()
    shorter = Listing(
        counts, np.delete(listing.columns, first), np.delete(listing.bound, first), listing.full
    )
    with pytest.raises(AssertionError):
        check(cost, v, threshold, shorter)
    higher = Listing(listing.counts, listing.columns, listing.bound * np.float32(1.001), listing.full)
    with pytest.raises(AssertionError):
        check(cost, v, threshold, higher)


def test_bounds_without_projection_are_tight() -> None:
    cost, _, _, listing = scanned("20", 1, 0, 0.0)
    rows = np.repeat(np.arange(len(cost)), listing.counts)
    assert (listing.bound / cost[rows, listing.columns]).min() > 0.9999


def test_rows_beyond_the_limit_are_counted_and_not_listed() -> None:
    x = Measure.of(points("2", 50, 0))
    frame = joint_frame(x, x)
    screen = Screen(Features(x, frame, None), Features(x, frame, None), 1)
    threshold = np.where(np.arange(50) < 10, 100.0, 0.05)
    listing = screen.scan(np.zeros(50), threshold, limit=49)
    assert listing.full.tolist() == [True] * 10 + [False] * 40
    assert (listing.counts[:10] == 50).all()
    assert len(listing.columns) == listing.counts[10:].sum()


def test_some_rows_are_scanned_as_among_all() -> None:
    x, y = Measure.of(points("20", 80, 1)), Measure.of(points("20", 90, 2))
    frame = joint_frame(x, y)
    screen = Screen(Features(x, frame, None), Features(y, frame, None), 1)
    v, threshold = np.random.default_rng(0).normal(size=90), np.full(80, 0.4)
    every, rows = screen.scan(v, threshold), np.array([3, 40, 41])
    some = screen.scan(v, threshold[rows], rows)
    ends = np.cumsum(every.counts)
    expected = np.concatenate([every.columns[ends[r] - every.counts[r] : ends[r]] for r in rows])
    assert some.columns.tolist() == expected.tolist()


def test_estimates_add_the_residuals() -> None:
    """|Qx - Qy|^2 + r(x)^2 + r(y)^2 is unbiased for residuals in general position; the bound is far below."""
    x, y = Measure.of(points("600", 100, 1)), Measure.of(points("600", 100, 2))
    frame = joint_frame(x, y)
    basis = principal_directions(x, y, frame, 32, np.random.default_rng(0))
    screen = Screen(Features(x, frame, basis), Features(y, frame, basis), 1)
    true = cdist(x.points, y.points) / frame.unit
    every = np.arange(100)
    assert screen.sample(every, estimate=True).numpy() == pytest.approx(true, rel=0.15)
    assert (screen.sample(every).numpy() < 0.8 * true).all()


@pytest.mark.parametrize(
    ("kind", "projects"), [("20", False), ("600", False), ("wide", True), ("rank deficient", True)]
)
def test_a_projection_is_chosen_where_it_pays(kind: str, projects: bool) -> None:
    x, y = Measure.of(points(kind, 500, 1)), Measure.of(points(kind, 500, 2))
    basis = choose_directions(x, y, joint_frame(x, y), 1, np.random.default_rng(0))
    assert (basis is not None) == projects
    if basis is not None:
        np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-12)


@pytest.mark.parametrize("kind", ["few", "one place", "pair"])
def test_where_all_coordinates_are_too_many_there_is_a_projection(kind: str) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, {"few": 50, "one place": 200, "pair": 1}[kind], 300)).astype(np.float32)
    if kind == "one place":
        x[:] = y[:] = 1.0
    measures = Measure.of(x), Measure.of(y)
    frame = joint_frame(*measures)
    assert choose_directions(*measures, frame, 1, random) is None
    basis = choose_directions(*measures, frame, 1, random, np.inf)
    assert basis is not None
    np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-12)
    screen = Screen(*(Features(measure, frame, basis) for measure in measures), 1)
    bound = screen.sample(np.arange(len(y))).numpy()
    true = cdist(x, y) / (frame.unit if frame.diameter else 1.0)
    assert (bound <= true * (1 + 1e-6)).all()


@pytest.mark.parametrize(("n", "projects"), [(300, False), (2000, True), (20_000, True)])
def test_more_points_leave_less_undecided_and_a_projection_pays_sooner(n: int, projects: bool) -> None:
    scales = np.arange(1.0, 401.0) ** -0.75
    random = np.random.default_rng(0)
    x, y = (Measure.of((random.normal(size=(n, 400)) * scales).astype(np.float32)) for _ in range(2))
    frame = joint_frame(x, y)
    assert (choose_directions(x, y, frame, 1, np.random.default_rng(0)) is not None) == projects
    assert choose_directions(x, y, frame, 1, np.random.default_rng(0), 0.1) is None  # if products are fast


@pytest.mark.parametrize("p", [1, 2])
def test_potentials_far_from_zero_cost_small_costs_no_digits(p: int) -> None:
    """A far point makes the unit, and potentials of all others may have in common what is as large as that."""
    random = np.random.default_rng(3)
    x, y = 1e-4 * random.normal(size=(2, 200, 30))
    x[0] = 1.0
    measures = Measure.of(x), Measure.of(y)
    frame = joint_frame(*measures)
    true = (cdist(x, y) / frame.unit) ** p
    v = random.uniform(0.0, 0.1, 200) * np.median(true)
    threshold = np.sort(true - v, axis=1)[:, 10]
    screen = Screen(*(Features(measure, frame, None) for measure in measures), p)
    near, far = screen.scan(v, threshold), screen.scan(v + 0.35, threshold - 0.35)
    assert (near.counts[1:] >= 10).all()
    assert near.counts[1:].max() < 16
    assert far.counts[1:].max() < 16
    for listing, moved in ((near, v), (far, v + 0.35)):
        rows = np.repeat(np.arange(200), listing.counts)
        listed = np.zeros(true.shape, bool)
        listed[rows, listing.columns] = True
        asked = true - moved < (threshold if moved is v else threshold - 0.35)[:, None]
        assert not (asked & ~listed).any()
        assert (listing.bound <= true[rows, listing.columns]).all()
