"""Transport between points of equal weight, some to each, against POT's network simplex and its own potentials."""

from __future__ import annotations

import numpy as np
import pytest

import wcheck
from wcheck.transport.programs import many_to_one
from wcheck.transport.programs.simplex import masses, solve_dense


@pytest.mark.parametrize("shape", [(1, 1), (7, 1), (1, 7), (40, 20), (20, 40), (120, 10), (90, 30), (300, 2)])
@pytest.mark.parametrize("kind", ["plane", "far", "ties", "spread"])
def test_plans_are_optimal(shape: tuple[int, int], kind: str) -> None:
    random = np.random.default_rng([*shape, len(kind)])
    x, y = (random.normal(size=(size, 2)) for size in shape)
    y = y + (50.0 if kind == "far" else 0.0)
    cost = np.linalg.norm(x[:, None] - y, axis=2)
    if kind == "ties":
        cost = np.round(2.0 * cost)
    if kind == "spread":
        cost = np.exp(10.0 * random.normal(size=shape))
    a, b = (np.full(size, 1.0 / size) for size in shape)
    assert many_to_one.is_whole(a, b)
    found = many_to_one.solve(cost)
    a, b = masses(a, b)
    assert np.array_equal(np.bincount(found.rows, found.mass, len(a)), a)
    assert np.array_equal(np.bincount(found.columns, found.mass, len(b)), b)
    size = np.abs(cost).max()
    reduced = cost - found.u[:, None] - found.v
    assert reduced.min() >= -1e-12 * size
    assert np.abs(reduced[found.rows, found.columns]).max() <= 1e-12 * size
    other = solve_dense(a, b, cost)
    value, peer = (float(plan.mass @ cost[plan.rows, plan.columns]) for plan in (found, other))
    assert value <= peer * (1.0 + 1e-9)
    assert value >= peer * (1.0 - 1e-9) or kind == "spread"  # POT's tolerance is relative to the largest cost


def test_other_weights_are_refused() -> None:
    equal = np.full(4, 0.25)
    assert not many_to_one.is_whole(equal, np.full(3, 1.0 / 3.0))
    assert not many_to_one.is_whole(np.array([0.1, 0.2, 0.3, 0.4]), np.full(2, 0.5))


@pytest.mark.parametrize(("p", "dim"), [(1, 3), (2, 3), (1, 400)])
def test_exact_takes_this_way_and_back(p: int, dim: int) -> None:
    random = np.random.default_rng(p)
    x, y = random.normal(size=(2400, dim)), random.normal(size=(240, dim)) + 1.0
    one, other = wcheck.exact(x, y, p=p), wcheck.exact(y, x, p=p)
    assert one.status == other.status == "optimal"
    assert one.rounds == 0
    assert one.value == pytest.approx(other.value, rel=1e-9)
    columns = wcheck.exact(x, y, p=p, time_limit=100.0)
    assert columns.rounds > 0
    assert columns.bracket.lower <= one.bracket.upper
    assert one.bracket.lower <= columns.bracket.upper
