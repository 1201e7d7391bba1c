"""Few points against many are solved with their sides exchanged: nothing of it shows but the time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from wcheck import Measure, TransportResult, exact
from wcheck.transport.cost.costs import EuclideanCosts
from wcheck.transport.solve import columns, small
from wcheck.transport.solve import exact as module_of_exact
from wcheck.transport.solve.level import Level

N, M = 12, 50


def slower_up(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Costs of a way that takes longer up than down: not symmetric."""
    rise = y[None, :, 0] - x[:, None, 0]
    return np.abs(cdist(x, y)) + np.maximum(rise, 0.0)


@pytest.fixture(autouse=True)
def by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "PAIRS", 0)


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The shapes of the programs that columns are generated for."""
    found: list[tuple[int, int]] = []
    solve = module_of_exact.solve

    def spy(level: Level, *others: Any) -> None:
        found.append(level.shape)
        solve(level, *others)

    monkeypatch.setattr(module_of_exact, "solve", spy)
    return found


def pair(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(N, 3)), random.normal(size=(M, 3)) + 0.4
    return x, y, random.dirichlet(np.ones(N)), random.dirichlet(np.ones(M))


def prove(
    result: TransportResult, cost: np.ndarray, a: np.ndarray, b: np.ndarray, status: str = "optimal"
) -> None:
    """Plan and potentials, in the order of the sides that were given, prove the bracket."""
    plan, (u, v) = result.plan.toarray(), result.potentials
    assert plan.shape == cost.shape
    assert np.allclose(plan.sum(axis=1), a, rtol=1e-12, atol=1e-15)
    assert np.allclose(plan.sum(axis=0), b, rtol=1e-12, atol=1e-15)
    assert (u[:, None] + v - cost).max() <= 1e-12 * cost.max()
    root = 1.0 / (result.p or 1)
    assert (plan * cost).sum() ** root == pytest.approx(result.bracket.upper, rel=1e-11)
    assert (a @ u + b @ v) ** root == pytest.approx(result.bracket.lower, rel=1e-11)
    assert result.status == status


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("metric", ["euclidean", "cityblock", "angular", "a function"])
def test_few_points_against_many(metric: str, p: int, shapes: list[tuple[int, int]]) -> None:
    x, y, a, b = pair(p)
    own: Any = slower_up if metric == "a function" else metric
    cost = {
        "euclidean": lambda: cdist(x, y),
        "cityblock": lambda: cdist(x, y, "cityblock"),
        "angular": lambda: np.arccos(1.0 - cdist(x, y, "cosine")),
        "a function": lambda: slower_up(x, y),
    }[metric]() ** p
    prove(exact(x, y, a, b, p=p, metric=own, tol=1e-9), cost, a, b)
    turned = metric == "euclidean"  # other costs are scanned as they lie
    assert shapes == [(M, N) if turned else (N, M)]


def test_the_last_digits_are_those_of_the_given_order() -> None:
    x, y, a, b = pair(9)
    result, other = exact(x, y, a, b, p=2, tol=0.0), exact(y, x, b, a, p=2, tol=0.0)
    assert result.bracket.gap <= 1e-13 * result.bracket.upper
    assert other.bracket.lower <= result.bracket.upper
    assert result.bracket.lower <= other.bracket.upper
    prove(result, cdist(x, y) ** 2, a, b, status=other.status)


def test_the_proof_fails_for_other_sides() -> None:
    x, y, a, b = pair(3)
    with pytest.raises(AssertionError):
        prove(exact(x, y, a, b), slower_up(x, y), a, b)


def test_sides_of_about_the_same_size_stay(shapes: list[tuple[int, int]]) -> None:
    x, y, _, _ = pair(4)
    exact(x, y[: 2 * N])
    exact(y, x)
    assert shapes == [(N, 2 * N), (M, N)]


def test_copies_and_points_without_weight(
    monkeypatch: pytest.MonkeyPatch, shapes: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr("wcheck.transport.solve.copies.FEWEST_PAIRS", 0)
    x, y, a, b = pair(5)
    y[30:] = y[:20]
    a[2] = b[7] = b[33] = 0.0
    a, b = a / a.sum(), b / b.sum()
    prove(exact(x, y, a, b, p=2, tol=1e-9), cdist(x, y) ** 2, a, b)
    assert shapes == [(30, N - 1)]


def test_copies_where_float64_does_not_suffice(
    monkeypatch: pytest.MonkeyPatch, shapes: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr("wcheck.transport.solve.copies.FEWEST_PAIRS", 0)
    x, _, a, _ = pair(10)
    near = x + 1e-11 * np.random.default_rng(11).normal(size=(3, *x.shape))
    near = np.concatenate([near, near[:1]])  # each point has four near it, two of which are copies
    result = exact(x, near.reshape(-1, 3), a, np.tile(0.25 * a, 4))
    least = float((0.25 * a * np.linalg.norm(x - near, axis=2)).sum())
    assert shapes == [(3 * N, N)]
    assert result.status == "optimal"
    assert result.bracket.lower <= least * (1 + 1e-6)
    assert least * (1 - 1e-6) <= result.bracket.upper


def test_the_frame_is_turned_with_the_costs() -> None:
    costs = EuclideanCosts(Measure.of(np.eye(3)), Measure.of(7.0 * np.eye(3)[:2]), 1)
    frame, turned = costs.frame, costs.turned()
    assert (turned.frame.radius_x, turned.frame.radius_y) == (frame.radius_y, frame.radius_x)
    assert frame.radius_x != frame.radius_y
    assert turned.measurer(0)(np.array([1]), np.array([2])) == costs.measurer(0)(np.array([2]), np.array([1]))


def test_goes_on_from_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wcheck.transport.solve.checkpoint.SECONDS", 0.0)
    x, y = np.random.default_rng(6).normal(size=(300, 4)), np.random.default_rng(7).normal(size=(1500, 4))

    seen = 0

    def interrupt(label: str, done: float, total: float, note: str = "") -> None:
        nonlocal seen
        seen += "[" in note
        if seen == 2:  # a round is kept
            raise KeyboardInterrupt

    monkeypatch.setattr("wcheck.transport.solve.budget.HELD_PAIRS", 0)
    monkeypatch.setattr("wcheck.transport.solve.first.FIRST_PER_ROW", 2)  # takes more rounds
    weights = np.random.default_rng(8).dirichlet(np.ones(1500))
    stopped = exact(x, y, b=weights, checkpoint=tmp_path / "c", report=interrupt)
    assert stopped.status == "interrupted"
    assert stopped.plan.shape == (300, 1500)
    monkeypatch.setattr(columns, "_potentials_from_part", None)  # going on must not start again from a part
    whole = exact(x, y, b=weights, checkpoint=tmp_path / "c")
    assert stopped.bracket.lower <= whole.value <= stopped.bracket.upper
    prove(whole, cdist(x, y), np.full(300, 1 / 300), weights)
