"""Points that have many coordinates, but lie on a line, in a plane, or in a space of three dimensions."""

from __future__ import annotations

import numpy as np
import ot
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

from wcheck import exact
from wcheck.measures.measure import Measure
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.scans import flat as module
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.flat import flat
from wcheck.transport.scans.pricing import Screen

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
POWERS = pytest.mark.parametrize("p", [1, 2])


def placed(points: np.ndarray, dim: int, seed: int) -> np.ndarray:
    """Put points of few coordinates somewhere in ``dim`` dimensions, without stretching anything."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.normal(size=(dim, points.shape[1])))[0]
    return points @ axes.T + random.normal(size=dim)


def seen(x: np.ndarray, y: np.ndarray) -> tuple[Features, Features] | None:
    """Return the projection of a pair."""
    source, target = Measure.of(x), Measure.of(y)
    return flat(source, target, joint_frame(source, target))


@DTYPES
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_distances_are_those_of_the_points_and_never_more(rank: int, dtype: type) -> None:
    random = np.random.default_rng(rank)
    every = placed(random.normal(size=(900, rank)), 40, 7).astype(dtype)
    x, y = every[:500], every[500:]
    found = seen(x, y)
    assert found is not None
    assert [side.width for side in found] == [rank, rank]
    source, target = Measure.of(x), Measure.of(y)
    true = cdist(x.astype(float), y.astype(float)) / joint_frame(source, target).unit
    short = cdist(*(side.points for side in found))
    assert (short <= true + 2.0 * found[0].off).all()
    np.testing.assert_allclose(short, true, rtol=1e-5, atol=1e-6 if dtype is np.float32 else 1e-12)
    assert found[0].off < 1e-13


@POWERS
def test_products_bound_flat_pairs_too(p: int) -> None:
    """What scans on a device: float32 products of the projected points."""
    every = placed(np.random.default_rng(4).normal(size=(700, 2)), 25, 9)
    x, y = every[:400], every[400:]
    found = seen(x, y)
    assert found is not None
    true = (cdist(x, y) / joint_frame(Measure.of(x), Measure.of(y)).unit) ** p
    listing = Screen(*found, p, "cpu").scan(np.zeros(300), np.quantile(true, 0.3, axis=1))
    rows = np.repeat(np.arange(400), listing.counts)
    assert len(rows) >= 0.3 * true.size
    assert (listing.bound <= true[rows, listing.columns]).all()
    np.testing.assert_allclose(listing.bound, true[rows, listing.columns], atol=1e-3)


def test_what_is_not_flat_is_left() -> None:
    random = np.random.default_rng(1)
    plane = placed(random.normal(size=(2000, 2)), 30, 3)
    assert seen(plane[:1000], plane[1000:]) is not None
    for moved in (37, 1500):  # of the points that are tried, and of the others
        bent = plane.copy()
        bent[moved] += 1e-3 * random.normal(size=30)
        assert seen(bent[:1000], bent[1000:]) is None
    thick = random.normal(size=(2000, 30))
    assert seen(thick[:1000], thick[1000:]) is None
    assert seen(thick[:1000, :2], thick[1000:, :2]) is None  # a plane of no more coordinates
    same = np.zeros((1000, 30))
    assert seen(same, same) is None


def test_points_of_a_plane_of_which_the_first_asked_are_copies_of_one() -> None:
    random = np.random.default_rng(8)
    every = placed(random.normal(size=(800, 2)), 30, 2)
    x, y = every[:400].copy(), every[400:]
    x[::100] = y[::100] = every[0]
    found = seen(x, y)
    assert found is not None
    assert [side.width for side in found] == [2, 2]


def test_few_points_say_that_there_is_no_such_space(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    axes_of = module._axes
    monkeypatch.setattr(module, "_axes", lambda rest, most: asked.append(rest.size) or axes_of(rest, most))
    x, y = np.random.default_rng(9).normal(size=(2, 300, 500))
    assert seen(x, y) is None
    assert sum(asked) <= 20 * 500  # points in many dimensions are long


def test_one_set_that_is_tiny_beside_the_distance_is_left_unless_it_is_as_flat() -> None:
    """How far points may be from the space is measured by the lesser spread of the two."""
    random = np.random.default_rng(2)
    line = placed(np.linspace(0.0, 1.0, 1000)[:, None], 20, 5)
    blob = 1e-7 * random.normal(size=(1000, 20)) + line[0]
    assert seen(line, blob) is None
    assert seen(line, line[0] + 1e-5 * (line - line[0])) is not None


@DTYPES
@POWERS
def test_a_line_in_many_dimensions_is_solved_by_sorting(p: int, dtype: type) -> None:
    random = np.random.default_rng(11)
    s, t = random.normal(size=1300), 1.5 * random.normal(size=1100) + 0.3
    a, b = random.dirichlet(np.ones(1300)), random.dirichlet(np.ones(1100))
    every = placed(np.concatenate([s, t])[:, None], 12, 13).astype(dtype)
    x, y = every[:1300], every[1300:]
    result = exact(x, y, a, b, p=p)
    assert result.rounds == 0
    assert result.status == "optimal"
    own = wasserstein_distance(s, t, a, b) if p == 1 else np.sqrt(ot.wasserstein_1d(s, t, a, b, p=2))
    assert abs(result.value - own) < (1e-6 if dtype is np.float32 else 1e-12) * own
    cost = cdist(x.astype(float), y.astype(float)) ** p
    u, v = result.potentials
    assert (u[:, None] + v <= cost + 1e-10).all()
    plan = result.plan.toarray()
    np.testing.assert_allclose(plan.sum(axis=1), a, atol=1e-15)
    np.testing.assert_allclose(plan.sum(axis=0), b, atol=1e-15)
    assert result.bracket.lower**p <= (plan * cost).sum() * (1.0 + 1e-12)
    assert (plan * cost).sum() <= result.bracket.upper**p * (1.0 + 1e-12)


def test_a_tolerance_of_nought_asks_no_more_of_a_line_than_float64_gives() -> None:
    t = np.random.default_rng(3).normal(size=(2400, 1))
    every = placed(t, 9, 4)
    result = exact(every[:1200], every[1200:], tol=0.0)
    assert result.relative_gap < 1e-11
    assert result.rounds == 0


def test_two_rays_are_solved_as_in_their_plane() -> None:
    """Of points with ReLU's of one hidden unit, as of any star, many plans cost the same."""
    random = np.random.default_rng(5)
    hidden = random.normal(size=(1100, 1)), 0.5 * random.normal(size=(1100, 1))
    weights = random.normal(size=(1, 9))
    x, y = (np.maximum(z @ weights, 0.0).astype(np.float32) for z in hidden)
    for p in (1, 2):
        result = exact(x, y, p=p)
        own = ot.emd2([], [], cdist(x.astype(float), y.astype(float)) ** p, numItermax=10**7)
        assert result.status == "optimal"
        assert result.bracket.lower**p <= own * (1.0 + 1e-9)
        assert own <= result.bracket.upper**p * (1.0 + 1e-9)
        assert result.rounds <= 8


def test_a_pair_that_is_flat_but_for_one_point_is_solved_all_the_same() -> None:
    random = np.random.default_rng(6)
    every = placed(random.normal(size=(2300, 2)), 15, 8)
    every[1200] += 0.5 * random.normal(size=15)
    x, y = every[:1150], every[1150:]
    result = exact(x, y)
    own = ot.emd2([], [], cdist(x, y), numItermax=10**7)
    assert abs(result.value - own) <= 1e-6 * own
