"""Many points in few dimensions are solved in another order, of which nothing shows in the answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from wcheck import exact
from wcheck.measures.measure import Measure
from wcheck.transport.solve import copies, neighbours, small
from wcheck.transport.solve.neighbours import side_by_side

N, M = 600, 500


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have tiny problems put in order, and solved by column generation."""
    monkeypatch.setattr(neighbours, "MANY", 0)
    monkeypatch.setattr(copies, "FEWEST_PAIRS", 0)
    monkeypatch.setattr(small, "PAIRS", 0)
    monkeypatch.setattr(small, "MORE", 0)


def steps(points: np.ndarray) -> float:
    """Return how far each point is from the next, in the mean."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).mean())


@pytest.mark.parametrize("dim", [2, 3])
def test_near_points_stand_side_by_side(dim):
    x, y = (Measure.of(np.random.default_rng(k).normal(size=(4000, dim))) for k in range(2))
    first, second, places = side_by_side(x, y, None)
    for given, ordered, place in ((x, first, places.x), (y, second, places.y)):
        assert np.array_equal(ordered.dense()[place], given.dense())
        assert sorted(place) == list(range(len(given)))
        assert steps(ordered.dense()) < 0.3 * steps(given.dense())


def test_few_points_many_coordinates_and_a_single_point_stay_as_they_are(monkeypatch):
    random = np.random.default_rng(0)
    x, y = (Measure.of(random.normal(size=(n, 2))) for n in (300, 1))
    assert side_by_side(x, y, None) == (x, y, None)
    x, y = (Measure.of(random.normal(size=(300, 4))) for _ in range(2))
    assert side_by_side(x, y, None) == (x, y, None)
    monkeypatch.setattr(neighbours, "MANY", 601)
    x, y = (Measure.of(random.normal(size=(300, 2))) for _ in range(2))
    assert side_by_side(x, y, None) == (x, y, None)


@pytest.mark.parametrize("kind", ["equal", "weights", "some are 0", "copies", "unequal"])
@pytest.mark.parametrize("p", [1, 2])
def test_plan_and_potentials_are_of_the_points_that_were_given(kind, p, monkeypatch):
    random = np.random.default_rng(p)
    n, m = N, N if kind == "equal" else M
    x, y = random.normal(size=(n, 2)), random.normal(size=(m, 2))
    a = b = None
    if kind == "copies":
        x, y = np.round(2.0 * x), np.round(2.0 * y)
    if kind in ("weights", "some are 0"):
        a, b = random.dirichlet(np.ones(n)), random.dirichlet(np.ones(m))
        if kind == "some are 0":
            a[::7] = 0.0
            a /= a.sum()
    called = []
    monkeypatch.setattr(
        "wcheck.transport.solve.problem.side_by_side",
        lambda *given: called.append(found := side_by_side(*given)) or found,
    )
    result = exact(x, y, a, b, p=p)
    assert called[0][2] is not None
    a, b = (np.full(k, 1.0 / k) if side is None else side for side, k in ((a, n), (b, m)))
    plan, cost = result.plan.toarray(), cdist(x, y) ** p
    assert np.allclose(plan.sum(axis=1), a, atol=1e-12)
    assert np.allclose(plan.sum(axis=0), b, atol=1e-12)
    assert (plan * cost).sum() == pytest.approx(result.value**p, rel=1e-9)
    u, v = result.potentials
    assert (cost - u[:, None] - v).min() > -1e-9
    assert a @ u + b @ v == pytest.approx(result.value**p, rel=2e-6)
    monkeypatch.setattr(neighbours, "MANY", 1 << 60)
    assert exact(x, y, a, b, p=p).value == pytest.approx(result.value, rel=2e-6)
