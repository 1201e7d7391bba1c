"""Mass that may be left: both objectives beside a linear program, their duals, their limits, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

from wcheck import Measure, TransportResult, exact
from wcheck.errors import OutputError, ParameterError
from wcheck.transport.solve import budget, small


def by_program(
    cost: np.ndarray, a: np.ndarray, b: np.ndarray, partial: float | None, penalty: float | None
) -> float:
    """The least cost by a solver of linear programs."""
    n, m = cost.shape
    rows = scipy.sparse.kron(scipy.sparse.eye_array(n), np.ones((1, m)))
    columns = scipy.sparse.kron(np.ones((1, n)), scipy.sparse.eye_array(m))
    at_most = {"A_ub": scipy.sparse.vstack([rows, columns]), "b_ub": np.concatenate([a, b])}
    if penalty is not None:
        return float(linprog((cost - 2 * penalty).ravel(), **at_most).fun + penalty * (a.sum() + b.sum()))
    return float(linprog(cost.ravel(), A_eq=np.ones((1, n * m)), b_eq=[partial], **at_most).fun)


def check(
    result: TransportResult,
    cost: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    partial: float | None = None,
    penalty: float | None = None,
) -> None:
    """The bracket holds the program's value; plan and potentials prove it."""
    truth, scale = by_program(cost, a, b, partial, penalty), 1e-6 * cost.max()
    assert result.bracket.lower <= truth + 1e-6 * (truth + scale)
    assert truth - 1e-6 * (truth + scale) <= result.bracket.upper
    assert result.bracket.gap <= 1e-9 * result.bracket.upper + 1e-15
    plan, (u, v) = result.plan.toarray(), result.potentials
    assert plan.min(initial=0.0) >= 0.0
    assert (plan.sum(axis=1) <= a * (1 + 1e-12) + 1e-15).all()
    assert (plan.sum(axis=0) <= b * (1 + 1e-12) + 1e-15).all()
    assert (u[:, None] + v - cost).max() <= 1e-12 * cost.max()
    near = {"rel": 1e-9, "abs": 1e-12 * cost.max() * a.sum()}
    if penalty is not None:
        left = a.sum() + b.sum() - 2 * plan.sum()
        assert result.quantity == "unmatched"
        assert (plan * cost).sum() + penalty * left == pytest.approx(result.value, **near)
        assert max(u.max(), v.max()) <= penalty * (1 + 1e-12)
        assert a @ u + b @ v == pytest.approx(result.bracket.lower, **near)
        assert (cost[plan > 0] <= 2 * penalty * (1 + 1e-9)).all()
    else:
        assert partial is not None
        assert result.quantity == "partial"
        assert plan.sum() == pytest.approx(partial, rel=1e-12)
        assert (plan * cost).sum() == pytest.approx(result.value, **near)
        assert v.max() <= 1e-12 * cost.max()
        assert a @ u + b @ v - (a.sum() - partial) * u.max() == pytest.approx(result.bracket.lower, **near)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("way", ["dense", "columns", "lists"])
def test_agrees_with_a_linear_program(way: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if way != "dense":
        monkeypatch.setattr(small, "PAIRS", 0)
    if way == "lists":
        monkeypatch.setattr(budget, "HELD_PAIRS", 0)
    random = np.random.default_rng(seed)
    n, m, d, p = (int(random.integers(*ends)) for ends in ((1, 20), (1, 20), (1, 5), (1, 3)))
    metric = ("euclidean", "cityblock", "chebyshev")[seed % 3]
    x, y = random.normal(size=(n, d)), random.normal(size=(m, d)) + 0.3
    if seed % 4 == 0:  # ties
        x, y = np.round(x), np.round(y)
    a, b = (random.random(n) * 3, random.random(m)) if seed % 3 else (np.ones(n), np.ones(m))
    if seed % 2 and n > 1:
        a[0] = 0.0
    cost = cdist(x, y, metric) ** p
    most = min(a.sum(), b.sum())
    for partial in (most * random.uniform(0.1, 0.9), most):
        check(exact(x, y, a, b, p=p, metric=metric, tol=1e-10, partial=partial), cost, a, b, partial=partial)
    for penalty in (
        float(np.median(cost)) + 0.1,
        10.0 * float(cost.max()) + 1.0,
        0.02 * float(cost.max()) + 1e-3,
    ):
        result = exact(x, y, a, b, p=p, metric=metric, tol=1e-10, penalty_unmatched=penalty)
        check(result, cost, a, b, penalty=penalty)


@pytest.mark.parametrize("seed", range(4))
def test_few_points_against_many(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sides are exchanged with their dummies: with both, and with that of either side alone."""
    monkeypatch.setattr(small, "PAIRS", 0)
    random = np.random.default_rng([seed, 1])
    n, m, p = 6, 17, 1 + seed % 2
    x, y = random.normal(size=(n, 3)), random.normal(size=(m, 3)) + 0.3
    a, b = random.random(n) * (4 if seed < 2 else 1), random.random(m)
    cost, least = cdist(x, y) ** p, min(a.sum(), b.sum())
    for partial in (0.6 * least, least):
        check(exact(x, y, a, b, p=p, tol=1e-10, partial=partial), cost, a, b, partial=partial)
    for penalty in (0.4 * float(np.median(cost)), 2.0 * float(cost.max())):
        check(exact(x, y, a, b, p=p, tol=1e-10, penalty_unmatched=penalty), cost, a, b, penalty=penalty)


def test_the_comparison_fails_for_another_mass_or_price() -> None:
    random = np.random.default_rng(0)
    x, y, a = random.normal(size=(9, 2)), random.normal(size=(9, 2)), np.full(9, 1 / 9)
    with pytest.raises(AssertionError):
        check(exact(x, y, partial=0.5), cdist(x, y), a, a, partial=0.6)
    with pytest.raises(AssertionError):
        check(exact(x, y, penalty_unmatched=0.5), cdist(x, y), a, a, penalty=0.6)


@pytest.mark.parametrize("metric", ["euclidean", "cityblock"])
def test_levels_have_dummies_too(metric: str) -> None:
    random = np.random.default_rng(1)
    x, y = random.normal(size=(640, 2)), random.normal(size=(560, 2)) + 0.5
    whole = exact(x, y, metric=metric)
    last, shares = 0.0, (0.25, 0.5, 0.75, 1.0)
    slopes = []
    for share in shares:
        found = exact(x, y, metric=metric, partial=share)
        assert found.status == "optimal"
        slopes.append(found.value - last)
        last = found.value
    assert slopes == sorted(slopes)  # the least cost is convex in the mass
    assert last == pytest.approx(whole.value, rel=2e-6)
    dear, cheap = (exact(x, y, metric=metric, penalty_unmatched=price) for price in (1e3, 1e-6))
    assert dear.value == pytest.approx(whole.value, rel=2e-6)
    assert cheap.value == pytest.approx(2e-6, rel=1e-6)
    middle = exact(x, y, metric=metric, penalty_unmatched=0.3)
    moved = middle.plan.sum()
    given = exact(x, y, metric=metric, partial=moved)  # the same mass at the least cost
    assert middle.value == pytest.approx(given.value + 0.3 * (2 - 2 * moved), rel=1e-5)


def test_what_is_free_is_matched_to_the_last_digit() -> None:
    x = np.random.default_rng(2).normal(size=(30, 3))
    found = exact(x, np.concatenate([x[5:], x[:5] + 1e3]), partial=0.8)
    assert found.bracket.lower == 0.0
    assert found.bracket.upper <= 1e-20
    assert exact(x, x[:20] + 0.0, np.ones(30), np.ones(20), penalty_unmatched=2.0).value == pytest.approx(
        20.0, rel=1e-12
    )


def test_masses_are_taken_as_they_are() -> None:
    x, y = [[0.0], [1.0]], [[0.25], [5.0]]
    counts = exact(x, y, [3, 2], [2, 2], partial=2)
    assert counts.value == pytest.approx(0.5)
    assert exact(x, y, [30, 20], [20, 20], partial=20).value == pytest.approx(5.0)
    assert (
        exact(Measure.of(x, [3, 2], normalise=True), Measure.of(y, [2, 2], normalise=True), partial=2).value
        == counts.value
    )
    assert exact(x, y, partial=0.5).value == pytest.approx(0.125)  # without weights the total is 1


def test_a_measure_knows_its_masses() -> None:
    counts = np.array([3.0, 0.0, 1e-90, 7e200])
    measure = Measure.of(np.eye(4), counts, normalise=True)
    assert measure.amounts.tolist() == counts.tolist()
    assert measure.support().amounts.tolist() == [3.0, 1e-90, 7e200]
    assert Measure.of(np.eye(4)).amounts.tolist() == [0.25] * 4
    assert Measure.of(np.eye(4), [0.25] * 4, normalise=True).amounts.tolist() == [0.25] * 4


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"partial": 0.5, "penalty_unmatched": 1.0}, "different objectives; give one"),
        ({"partial": 1.01}, "at most the smaller mass"),
        ({"partial": 0.0}, "a finite number above 0"),
        ({"partial": math.nan}, "a finite number above 0"),
        ({"partial": True}, "a finite number above 0"),
        ({"penalty_unmatched": -1.0}, "a finite number above 0"),
        ({"penalty_unmatched": math.inf}, "a finite number above 0"),
        ({"penalty_unmatched": "1"}, "a finite number above 0"),
    ],
)
def test_what_is_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ParameterError, match=why):
        exact(np.eye(3), np.eye(3), **options)


def test_a_checkpoint_belongs_to_its_mass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wcheck.transport.solve.checkpoint.SECONDS", 0.0)
    x, y = np.random.default_rng(3).normal(size=(2, 700, 20))
    file = tmp_path / "solve"
    first = exact(x, y, partial=0.9, tol=0.0, checkpoint=file)
    assert exact(x, y, partial=0.9, tol=0.0, checkpoint=file).value == pytest.approx(first.value, rel=1e-11)
    with pytest.raises(OutputError):
        exact(x, y, partial=0.6, checkpoint=file)
