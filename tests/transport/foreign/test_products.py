"""Costs of a dense plan by matrix products, beside those that are measured by themselves."""

import numpy as np
import pytest
import torch

from wcheck import certify, exact
from wcheck.transport.cost.distances import Distances
from wcheck.transport.cost.metric import metric_of
from wcheck.transport.foreign import products
from wcheck.transport.solve.problem import Problem

DIM = 300


@pytest.fixture
def pair():
    """Points of which half have a very near neighbour on the other side."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 40, DIM))
    y[:20] = x[:20] + 1e-9 * y[:20]
    y[0] = x[0]
    return x + 5.0, y + 5.0


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("unit", [1.0, 2.0**300])
def test_every_cost_is_as_exact_as_is_said(pair, p, unit):
    problem = Problem.of(*(side * unit for side in pair), None, None, p)
    alone, asked = problem.costs.measurer(1 << 30), []

    def measure(i, j):
        asked.append(len(i))
        return alone(i, j)

    by_products = products.by_products(problem, measure, 1 << 30, "cpu")
    rows, columns = np.divmod(np.arange(1600), 40)
    true = alone(rows, columns)
    assert (np.abs(by_products(rows, columns) - true) <= products.ROUNDING * true).all()
    assert asked == [20]  # the near ones
    assert (by_products(rows[::9], columns[::9]) == true[::9]).all()  # few pairs of every row
    plain = (
        Distances(problem.x, problem.y, p=p)[torch.arange(40)].numpy()[rows, columns] / problem.costs.unit**p
    )
    assert (np.abs(plain - true) > products.ROUNDING * true).sum() >= 19


def test_nothing_is_saved_in_few_dimensions_or_without_room(pair):
    problem = Problem.of(*pair, None, None, 1)
    assert products.by_products(problem, None, 1000, "cpu") is None
    few = Problem.of(*(side[:, :3] for side in pair), None, None, 1)
    assert products.by_products(few, None, 1 << 30, "cpu") is None
    other = Problem.of(*pair, None, None, 1, metric_of("cityblock"))
    assert products.by_products(other, None, 1 << 30, "cpu") is None


def test_a_dense_plan_in_many_dimensions_is_bounded_as_a_sparse_one():
    random = np.random.default_rng(1)
    x, y = random.normal(size=(2, 450, DIM)).astype(np.float32)
    truth = exact(x, y, tol=1e-3)
    dense = certify(x, y, plan=truth.plan.toarray() + 1e-9, potentials=truth.potentials)
    sparse = certify(x, y, plan=truth.plan, potentials=truth.potentials)
    assert sparse.bracket.lower <= dense.bracket.upper
    assert dense.bracket.upper == pytest.approx(sparse.bracket.upper, rel=1e-3)
    assert dense.transport_cost == pytest.approx(truth.value, rel=1e-2)
