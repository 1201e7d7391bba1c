"""Transport to a single point, whose plan is forced: a weighted mean of distances, by every way to it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.spatial.distance

import wcheck
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.programs import forced
from wcheck.transport.programs.simplex import masses, solve_dense

METRICS = ("euclidean", "cityblock", "chebyshev", "cosine")


def _closed_form(points: np.ndarray, point: np.ndarray, weights: np.ndarray, metric: str, p: int) -> float:
    distances = scipy.spatial.distance.cdist(points, point, metric)[:, 0]
    return float((weights @ distances**p) ** (1.0 / p))


def _holds(bracket: Bracket, truth: float) -> bool:
    return bracket.lower <= truth * (1.0 + 1e-13) and truth * (1.0 - 1e-13) <= bracket.upper


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_value_is_a_weighted_mean_of_distances(metric: str, p: int, weighted: bool) -> None:
    random = np.random.default_rng(p)
    points, point = random.normal(size=(400, 7)), random.normal(size=(1, 7))
    weights = random.dirichlet(np.ones(400)) if weighted else np.full(400, 1.0 / 400)
    given = weights if weighted else None
    truth = _closed_form(points, point, weights, metric, p)
    to, back = (
        wcheck.exact(points, point, given, p=p, metric=metric, tol=1e-12),
        wcheck.exact(point, points, b=given, p=p, metric=metric, tol=1e-12),
    )
    for found in (to, back):
        assert found.status in ("optimal", "rounding")
        assert found.bracket.relative_gap <= 1e-11
        assert found.rounds == 0
        assert _holds(found.bracket, truth)
    np.testing.assert_allclose(to.plan.toarray()[:, 0], weights, rtol=1e-14)
    u, v = to.potentials
    distances = scipy.spatial.distance.cdist(points, point, metric)
    np.testing.assert_allclose(u[:, None] + v, distances**p, rtol=1e-10)


def test_many_points_take_the_same_way() -> None:
    """Where there are too many pairs for other problems to be solved over all of them at once."""
    points, point = np.random.default_rng(0).random((300_001, 2)), np.full((1, 2), 3.0)
    found = wcheck.exact(points, point)
    assert found.status == "optimal"
    assert found.rounds == 0
    truth = _closed_form(points, point, np.full(len(points), 1.0 / len(points)), "euclidean", 1)
    assert _holds(found.bracket, truth)


@pytest.mark.parametrize("scale", [1e-200, 1e-12, 1e12, 1e140])
def test_a_point_of_any_size_far_from_the_others_is_measured_from_itself(scale: float) -> None:
    random = np.random.default_rng(1)
    points = scale * random.normal(size=(50, 3))
    for point in (np.zeros((1, 3)), np.full((1, 3), 1e8 * scale), points[:1]):
        found = wcheck.exact(points, point)
        truth = float(np.linalg.norm((points - point) / scale, axis=1).mean()) * scale
        assert found.bracket.relative_gap <= 1e-12
        assert found.value == pytest.approx(truth, rel=1e-12)


def test_all_other_doors_find_it_too() -> None:
    random = np.random.default_rng(2)
    points, point = random.normal(size=(90, 3)), random.normal(size=(1, 3))
    weights = random.dirichlet(np.ones(90))
    cost = scipy.spatial.distance.cdist(points, point)
    truth = float(weights @ cost[:, 0])
    assert _holds(wcheck.exact_cost(cost, weights, None).bracket, truth)
    batch = wcheck.exact_batch([points], [point], [weights], None)
    assert batch.lower[0] <= truth * (1.0 + 1e-13)
    assert truth * (1.0 - 1e-13) <= batch.upper[0]
    found = wcheck.exact(points, point, weights)
    assert wcheck.certify(points, point, weights, plan=found.plan).bracket.upper == pytest.approx(
        truth, rel=1e-12
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1)])
def test_the_plan_is_that_of_the_simplex(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    a, b = (random.dirichlet(np.ones(size)) for size in shape)
    cost = random.normal(size=shape)
    found, other = forced.solve(a, b, cost), solve_dense(*masses(a, b), cost)
    own, peer = (float(plan.mass @ cost[plan.rows, plan.columns]) for plan in (found, other))
    assert own == pytest.approx(peer, rel=1e-12)
    np.testing.assert_array_equal((found.u[:, None] + found.v)[found.rows, found.columns], cost.ravel())


def test_part_of_the_mass_is_still_a_choice() -> None:
    """The cheapest half goes, not a half of everything."""
    points, point = np.arange(1.0, 5.0)[:, None] * np.ones(2), np.zeros((1, 2))
    found = wcheck.exact(points, point, np.ones(4), np.array([2.0]), partial=2.0)
    assert found.value == pytest.approx(3.0 * np.sqrt(2.0), rel=1e-9)
    assert not forced.is_forced(2, 3)
