"""Transport over all pairs with any weights, against POT's network simplex and its own potentials."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest

from wcheck.transport.programs import whole
from wcheck.transport.programs.simplex import Basic, masses, solve_dense


def problem(shape: tuple[int, int], kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return masses and costs."""
    random = np.random.default_rng([*shape, len(kind)])
    x, y = (random.normal(size=(size, 2)) for size in shape)
    cost = np.linalg.norm(x[:, None] - y, axis=2)
    a, b = (random.dirichlet(np.ones(size)) + 1e-12 for size in shape)
    if kind == "ties":
        cost = np.round(2.0 * cost)
        a, b = (np.ceil(9.0 * random.random(size)) for size in shape)
    if kind == "equal":
        a, b = (np.ones(size) for size in shape)
    if kind == "line":
        cost = np.abs(x[:, :1] - y[:, 0]) * 1e6
    if kind == "negative":
        cost = random.normal(size=shape)
    if kind == "few heavy":
        a, b = (random.dirichlet(np.full(size, 0.02)) + 1e-9 for size in shape)
    return *masses(a / a.sum(), b / b.sum()), cost


def check(found: Basic, a: np.ndarray, b: np.ndarray, cost: np.ndarray) -> None:
    """Assert that a plan is a basis of the masses, and that potentials prove it optimal."""
    assert len(found.mass) < len(a) + len(b)
    assert (found.mass > 0.0).all()
    np.testing.assert_allclose(np.bincount(found.rows, found.mass, len(a)), a, atol=1e-12 * a.sum())
    np.testing.assert_allclose(np.bincount(found.columns, found.mass, len(b)), b, atol=1e-12 * a.sum())
    size = np.abs(cost).max()
    reduced = cost - found.u[:, None] - found.v
    assert reduced.min() >= -1e-12 * size
    assert np.abs(reduced[found.rows, found.columns]).max() <= 1e-12 * size


def test_the_order_of_the_sides_does_not_matter() -> None:
    a, b, cost = problem((40, 130), "weighted")
    few, many = whole.solve(a, b, cost), whole.solve(b, a, np.ascontiguousarray(cost.T))
    assert few.mass.tolist() == many.mass.tolist()
    assert few.rows.tolist() == many.columns.tolist()
    assert few.columns.tolist() == many.rows.tolist()
    assert few.u.tolist() == many.v.tolist()
    assert few.v.tolist() == many.u.tolist()


SHAPES = [(1, 1), (5, 1), (1, 5), (7, 4), (60, 60), (59, 300), (300, 61), (357, 212)]
KINDS = ["weighted", "ties", "equal", "line", "negative", "few heavy"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_plans_are_optimal(shape: tuple[int, int], kind: str) -> None:
    a, b, cost = problem(shape, kind)
    found = whole.solve(a, b, cost)
    check(found, a, b, cost)
    with warnings.catch_warnings(action="error"):
        other = solve_dense(a, b, cost)
    value, peer = (float(plan.mass @ cost[plan.rows, plan.columns]) for plan in (found, other))
    assert value == pytest.approx(peer, rel=1e-9, abs=1e-9 * float(np.abs(cost).max()))


def test_the_check_knows_a_plan_that_is_not_optimal() -> None:
    a, b, cost = problem((7, 4), "weighted")
    with pytest.raises(AssertionError):
        check(whole.solve(a, b, -cost), a, b, cost)


def test_one_answer_however_the_matrix_lies_in_memory() -> None:
    a, b, cost = problem((300, 61), "weighted")
    one, other = (whole.solve(a, b, make(cost)) for make in (np.ascontiguousarray, np.asfortranarray))
    assert np.array_equal(one.rows, other.rows)
    assert np.array_equal(one.mass, other.mass)


def test_pots_simplex_finishes_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, cost = problem((100, 80), "weighted")
    plain = whole.solve(a, b, cost)
    monkeypatch.setattr(whole, "MOST_WORK", 0)
    asked = []
    monkeypatch.setattr(whole, "solve_dense", lambda *given: asked.append(given) or solve_dense(*given))
    other = whole.solve(a, b, cost)
    assert len(asked) == 1
    value, peer = (float(plan.mass @ cost[plan.rows, plan.columns]) for plan in (plain, other))
    assert value == pytest.approx(peer, rel=1e-12)


def test_it_does_not_wait_for_pot() -> None:
    """POT's package imports torch, which takes longer than all else of a first call."""
    code = (
        "import sys, numpy as np, wcheck; x = np.random.default_rng(0).normal(size=(350, 5));"
        "wcheck.exact(x[:200], x[200:]); wcheck.exact(x[:99], x[99:], np.arange(1, 100) / 4950);"
        "print('ot' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
