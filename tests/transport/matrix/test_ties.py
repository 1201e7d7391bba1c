"""Assignments that ties decide, beside SciPy's."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from wcheck import exact_cost
from wcheck.measures.cost import CostMatrix
from wcheck.transport.matrix.ground import MatrixGround
from wcheck.transport.matrix.ties import tied_assignment

N = 600


def scanner(cost):
    return MatrixGround.of(CostMatrix.of(cost)).scanner(lambda: None)


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.int64])
def test_the_least_costs_of_all_rows_are_found(dtype):
    random = np.random.default_rng(0)
    cost = (random.integers(0, 3, (N, N)) + random.integers(-9, 9, (N, 1))).astype(dtype)
    columns = tied_assignment(scanner(cost))
    assert columns is not None
    assert sorted(columns) == list(range(N))
    assert (cost[np.arange(N), columns] == cost.min(axis=1)).all()
    result = exact_cost(cost)
    assert result.status == "optimal"
    assert result.rounds == 0
    assert result.value * N == pytest.approx(cost[linear_sum_assignment(cost)].sum(dtype=float), abs=1e-9)


def test_none_is_claimed_where_rows_want_the_same_columns():
    cost = np.random.default_rng(0).integers(1, 3, (N, N))
    cost[:, N // 2 :] += 5  # half of the rows pay more than their least
    assert tied_assignment(scanner(cost)) is None
    result = exact_cost(cost)
    assert result.bracket.lower * N == cost[linear_sum_assignment(cost)].sum()


def test_none_is_looked_for_without_ties():
    assert tied_assignment(scanner(np.random.default_rng(0).random((N, N)))) is None


def test_forbidden_pairs_are_not_taken():
    random = np.random.default_rng(1)
    cost = np.where(random.random((N, N)) < 0.5, np.inf, random.integers(0, 2, (N, N)))
    columns = tied_assignment(scanner(cost))
    assert columns is not None
    assert (cost[np.arange(N), columns] == 0.0).all()
