"""Plans that avoid forbidden pairs: by blocks, by bands, in any order; and the proof where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from wcheck.measures.cost import CostMatrix
from wcheck.transport.matrix import feasible
from wcheck.transport.matrix.feasible import NoPlan, feasible_plan

SIZE = 240


def blocks(n, m):
    """Twelve groups of rows, each allowed as many of the columns."""
    return np.arange(n)[:, None] * 12 // n == np.arange(m) * 12 // m


def bands(n, m):
    """Each row is allowed the columns beside the diagonal."""
    return np.abs(np.arange(n)[:, None] * m - np.arange(m) * n) <= 3 * max(n, m)


PATTERNS = {"blocks": blocks, "bands": bands}


def drawn(pattern, shape, weighted, shuffled):
    """Return costs and the marginals of some plan that avoids the forbidden pairs."""
    random = np.random.default_rng(5)
    allowed = PATTERNS[pattern](*shape)
    if shuffled:
        allowed = allowed[random.permutation(shape[0])][:, random.permutation(shape[1])]
    plan = np.where(allowed, random.random(shape) ** 8, 0.0)
    plan /= plan.sum()
    sides = plan.sum(axis=1), plan.sum(axis=0)
    uniform = np.full(shape[0], 1 / shape[0]), np.full(shape[1], 1 / shape[1])
    return np.where(allowed, random.normal(size=shape), np.inf), sides if weighted else uniform


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("shape", [(SIZE, SIZE), (SIZE, 2 * SIZE), (2 * SIZE, SIZE)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_plan_on_allowed_pairs_with_the_marginals_that_were_given(pattern, shape, weighted, shuffled):
    costs, (a, b) = drawn(pattern, shape, weighted, shuffled)
    plan = feasible_plan(CostMatrix.of(costs), a, b)
    dense = np.zeros(shape)
    np.add.at(dense, (plan.rows, plan.columns), plan.mass / plan.mass.sum())
    assert np.isfinite(costs[dense > 0.0]).all()
    assert (plan.mass > 0.0).all()
    np.testing.assert_allclose(dense.sum(axis=1), a, atol=1e-12)
    np.testing.assert_allclose(dense.sum(axis=0), b, atol=1e-12)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_in_order_the_first_pass_moves_all_the_mass(pattern, monkeypatch):
    costs, (a, b) = drawn(pattern, (SIZE, SIZE), False, False)
    sent = []

    def send(begin, rows, columns, begin_column, by_column, flow, left, room, least):
        sent.append(left.sum())
        return original(begin, rows, columns, begin_column, by_column, flow, left, room, least)

    original = feasible._send
    monkeypatch.setattr(feasible, "_send", send)
    feasible_plan(CostMatrix.of(costs), a, b)
    assert sent == [0.0]


def test_a_block_with_too_little_room_is_named():
    costs, (a, b) = drawn("blocks", (SIZE, SIZE), False, False)
    b = b * np.where(np.arange(SIZE) < SIZE // 12, 0.9, 1.0)
    with pytest.raises(NoPlan) as info:
        feasible_plan(CostMatrix.of(costs), a, b / b.sum())
    rows, columns = info.value.rows, info.value.columns
    assert np.isinf(costs[rows][:, np.setdiff1d(np.arange(SIZE), columns)]).all()
    assert a[rows].sum() > b[columns].sum() / b.sum()
