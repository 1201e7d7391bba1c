"""Points that have partners are known by a few of them, and are tried with them."""

import numpy as np
import pytest
import torch

from wcheck import exact
from wcheck.measures.measure import Measure
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.scans import partners as module
from wcheck.transport.scans.euclidean import Euclidean
from wcheck.transport.scans.held import HeldGround
from wcheck.transport.scans.partners import directions_of_partners, have_partners, nearest, some_partners
from wcheck.transport.scans.principal import choose_directions
from wcheck.transport.solve import problem as problems
from wcheck.transport.solve.budget import Shares
from wcheck.transport.solve.problem import Problem

N, DIM = 700, 400


class Matrix:
    """Costs that are entries of a matrix, of some columns and rows at a time."""

    def __init__(self, costs):
        self.costs, self.most = costs, 0

    def sample(self, columns, rows, *, estimate):
        assert estimate
        self.most = max(self.most, len(columns), len(rows))
        return torch.from_numpy(self.costs[np.ix_(rows, columns)].astype(np.float32))


def moved(by):
    """Return points of which few directions hold most, and what became of them by noise of this length, shuffled."""
    random = np.random.default_rng(4)
    x = random.normal(size=(N, DIM)) * np.arange(1.0, DIM + 1.0) ** -0.5
    y = x[random.permutation(N)] + by * random.normal(size=(N, DIM)) / DIM**0.5
    return x.astype(np.float32), y.astype(np.float32)


def test_the_nearest_are_those_of_the_whole_matrix(monkeypatch):
    monkeypatch.setattr(module, "AT_A_TIME", 20)
    random = np.random.default_rng(5)
    costs = random.integers(0, 3000, (40, 100 * module.AT_A_TIME + 7)).astype(float)
    costs[3, -1] = -1.0  # the least of all, in the last part
    rows = random.choice(40, 16, replace=False)
    rows[0] = 3
    matrix = Matrix(costs)
    found = nearest(costs.shape[1], lambda some: matrix.sample(some, rows, estimate=True))
    assert np.array_equal(found, costs[rows].argmin(axis=1))
    assert matrix.most == module.AT_A_TIME


@pytest.mark.parametrize(("n", "extra"), [(20, 0), (module.AT_A_TIME + 300, 0), (30, module.AT_A_TIME)])
def test_partners_are_nearest_to_each_other(n, extra):
    """A column that is nearest to many rows, as a hub is, has one partner: the others have none."""
    random = np.random.default_rng(6)
    costs = 1.0 + random.random((n, n + extra))
    order = random.permutation(n + extra)[:n]
    costs[np.arange(n), order] = 0.5
    assert have_partners(Matrix(costs), n, n + extra, random)
    costs[: n - 1, order[n - 1]] = 0.4
    assert not have_partners(Matrix(costs), n, n + extra, random)
    assert have_partners(Matrix(np.zeros((1, 1))), 1, 1, random)


def test_points_and_their_nearest_are_partners_if_these_say_so():
    y_of, x_of = np.array([2, 0, 1]), np.array([1, 2, 0])
    rows, columns = some_partners(lambda some: y_of[some], lambda some: x_of[some], np.arange(3))
    assert (rows.tolist(), columns.tolist()) == ([0, 1, 2], [2, 0, 1])
    assert (
        some_partners(lambda some: np.array([2, 0, 2])[some], lambda some: x_of[some], np.arange(3)) is None
    )
    assert (
        some_partners(lambda some: np.array([0, 2, 1])[some], lambda some: x_of[some], np.arange(3)) is None
    )


@pytest.mark.parametrize("offset", [0.0, 1e3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("by", "pay"), [(0.4, True), (4.0, False)])
def test_directions_that_pay_for_partners_are_found_by_partners_alone(by, pay, dtype, offset):
    pair = [Measure.of((side + offset).astype(dtype)) for side in moved(by)]
    given = *pair, joint_frame(*pair)
    assert choose_directions(*given, 1, np.random.default_rng(0)) is None
    basis = directions_of_partners(*given, np.random.default_rng(0), 1.0, lambda: None)
    assert (basis is not None) == pay
    if basis is not None:
        np.testing.assert_allclose(basis @ basis.T, np.eye(module.DIRECTIONS), atol=1e-12)


@pytest.mark.parametrize("p", [1, 2])
def test_few_points_with_partners_are_scanned_by_directions_where_these_pay(p, monkeypatch):
    monkeypatch.setattr(problems, "bfloat16_speed", lambda dim: 1)
    monkeypatch.setattr(problems, "LONG", N * N * DIM)

    def ground(x, y, a=None):
        problem = Problem.of(x, y, a, None, p)
        return problem.ground(np.random.default_rng(0), "cpu", None, lambda: None, Shares(16, 0, True, True))

    x, y = moved(0.4)
    assert isinstance(ground(x, y), Euclidean)
    assert isinstance(ground(x, np.roll(x, 1, axis=1)), HeldGround)
    assert isinstance(ground(x, y, np.arange(1.0, N + 1.0) / (N * (N + 1) / 2)), HeldGround)
    assert isinstance(ground(*moved(4.0)), HeldGround)
    by_directions = exact(x, y, p=p)
    monkeypatch.setattr(problems, "LONG", N * N * DIM + 1)
    assert isinstance(ground(x, y), HeldGround)
    held = exact(x, y, p=p)
    assert by_directions.status == held.status == "optimal"
    brackets = by_directions.bracket, held.bracket
    assert max(each.lower for each in brackets) <= min(each.upper for each in brackets)
