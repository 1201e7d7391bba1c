"""The transport program with general weights beside HiGHS, on arcs that are added, and where it is left to POT."""

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial import cKDTree

from wcheck.errors import SolverError
from wcheck.transport.bounds.corner import north_west
from wcheck.transport.programs import transport as module
from wcheck.transport.programs.simplex import masses
from wcheck.transport.programs.transport import Transport

ROWS, COLUMNS = 30, 24


@pytest.fixture(autouse=True, params=[False, True], ids=["", "turned"])
def sides_exchanged(request, monkeypatch):
    """All of this file holds whether the program exchanges its sides or not."""
    monkeypatch.setattr(module, "WIDE", 0.0 if request.param else 2.0)


def program(kind, seed):
    """Return masses of rows and columns, and costs of all pairs, some of which are left out at first."""
    random = np.random.default_rng(seed)
    cost = (
        random.integers(0, 4, (ROWS, COLUMNS)).astype(float)
        if kind == "ties"
        else random.normal(size=(ROWS, COLUMNS))
    )
    if kind == "equal":
        return *masses(np.full(ROWS, 1 / ROWS), np.full(COLUMNS, 1 / COLUMNS)), cost
    sides = [random.dirichlet(np.full(size, 0.1 if kind == "uneven" else 1.0)) + 1e-12 for size in cost.shape]
    return *masses(*(side / side.sum() for side in sides)), cost


def least(a, b, cost, allowed):
    """Return the least cost on allowed pairs, by HiGHS."""
    rows, columns = np.nonzero(allowed)
    each = np.arange(len(rows))
    equations = np.zeros((ROWS + COLUMNS, len(rows)))
    equations[rows, each] = equations[ROWS + columns, each] = 1.0
    found = linprog(cost[allowed], A_eq=equations, b_eq=np.concatenate([a, b]))
    assert found.status == 0
    return found.fun


@pytest.mark.parametrize("kind", ["dirichlet", "uneven", "equal", "ties"])
@pytest.mark.parametrize("left_to", ["tree", "pot", "pot at once"])
def test_is_optimal_on_arcs_that_are_added(kind, left_to, monkeypatch):
    monkeypatch.setattr(module, "PIVOTING", -1 if left_to == "pot" else 20_000)
    monkeypatch.setattr(module, "STARS", 1 if left_to == "pot at once" else 500)
    a, b, cost = program(kind, 3)
    random = np.random.default_rng(4)
    allowed = random.random(cost.shape) < 0.2
    rows, columns, _ = north_west(a, b)
    allowed[rows, columns] = True
    arcs = np.nonzero(allowed)
    solver = Transport(a, b, *arcs, cost[arcs], random.normal(size=COLUMNS))
    for share in (0.2, 0.3, 1.0):
        basic = solver.solve()
        plan = np.zeros(cost.shape)
        plan[basic.rows, basic.columns] = basic.mass
        assert np.allclose(plan.sum(axis=1), a, atol=1e-9)
        assert np.allclose(plan.sum(axis=0), b, atol=1e-9)
        assert basic.mass.min() >= 0.0
        assert len(basic.mass) < ROWS + COLUMNS
        assert (plan * cost).sum() == pytest.approx(least(a, b, cost, allowed), abs=1e-6)
        reduced = cost - basic.u[:, None] - basic.v
        assert reduced[allowed].min() > -1e-9
        assert np.abs(reduced[basic.rows, basic.columns]).max() < 1e-9
        new = ~allowed & (random.random(cost.shape) < share)
        allowed |= new
        assert solver.add(*np.nonzero(new), cost[new]) == new.sum()
    assert solver.add(*np.nonzero(new), cost[new]) == 0


def test_mass_stays_on_its_arcs_when_arcs_are_added():
    a, b, cost = program("dirichlet", 5)
    random = np.random.default_rng(6)
    allowed = random.random(cost.shape) < 0.5
    rows, columns, _ = north_west(a, b)
    allowed[rows, columns] = True
    arcs, more = np.nonzero(allowed), np.nonzero(~allowed)
    solver = Transport(a, b, *arcs, cost[arcs], np.zeros(COLUMNS))
    basic = solver.solve()
    before = dict(zip(zip(basic.rows, basic.columns, strict=True), basic.mass, strict=True))
    order = random.permutation(len(more[0]))
    solver.add(more[0][order], more[1][order], cost[more][order])
    held = np.flatnonzero(solver._flow)
    rows, columns = (side[held] for side in solver._arcs[1:])
    after = dict(
        zip(zip(*solver._own(solver._shuffled[rows], columns), strict=True), solver._flow[held], strict=True)
    )
    assert after == {pair: mass for pair, mass in before.items() if mass > 0.0}
    assert solver.costs(basic).tolist() == cost[basic.rows, basic.columns].tolist()


def test_a_basis_is_kept_however_many_arcs_are_added():
    a, b, _ = program("dirichlet", 0)
    leaves = np.random.default_rng(1).integers(0, 2**12, ROWS + COLUMNS)
    apart = leaves[:ROWS, None] ^ leaves[ROWS:]
    cost = np.where(apart == 0, 0.0, 1.0 / np.maximum(apart & -apart, 1))  # 2-adic: ties everywhere
    begun = []
    with pytest.MonkeyPatch.context() as patched:
        scaling = module.Scaling
        patched.setattr(module, "Scaling", lambda *given: begun.append(given) or scaling(*given))
        rows, columns, _ = north_west(a, b)
        solver = Transport(a, b, rows, columns, cost[rows, columns], np.zeros(COLUMNS))
        solver.solve()
        every = np.divmod(np.arange(cost.size), COLUMNS)
        solver.add(*every, cost[every])
        basic = solver.solve()
    assert len(begun) == 1
    assert basic.mass @ cost[basic.rows, basic.columns] == pytest.approx(
        least(a, b, cost, np.ones(cost.shape, bool)), abs=1e-6
    )


def test_potentials_on_the_way_are_feasible_and_near():
    a, b, cost = program("dirichlet", 0)
    rows, columns = np.divmod(np.arange(cost.size), COLUMNS)
    solver = Transport(a, b, rows, columns, cost.ravel(), np.zeros(COLUMNS))
    while not (near := solver.nearly()):
        pass
    assert (cost - near[0][:, None] - near[1]).min() > -1e-12
    lower, best = a @ near[0] + b @ near[1], least(a, b, cost, np.ones(cost.shape, bool))
    assert best - 0.1 * abs(best) < lower <= best + 1e-6


def test_arcs_that_admit_no_plan_are_an_error():
    a, b, cost = program("dirichlet", 0)
    rows = np.arange(ROWS)
    with pytest.raises(SolverError, match="infeasible"):
        Transport(a, b, rows, np.minimum(rows, COLUMNS - 1), cost[rows, 0], np.zeros(COLUMNS)).solve()


def test_points_in_order_take_no_more_pivots_than_points_in_none(monkeypatch):
    """As of a picture: without a shuffle, rows in the order of their places took 4 times the work."""
    random = np.random.default_rng(5)
    size, near = 2000, 24
    x, y = (side[np.argsort(side[:, 0])] for side in random.random((2, size, 2)))
    a, b = (masses(side, side)[0] for side in random.dirichlet(np.ones(size), 2))
    columns = cKDTree(y).query(x, near)[1]
    keys = np.unique(
        np.concatenate(
            [
                (np.arange(size)[:, None] * size + columns).ravel(),
                np.ravel_multi_index(north_west(a, b)[:2], (size, size)),
            ]
        )
    )

    def work(order):
        place = np.argsort(order)
        rows, columns = np.divmod(keys, size)
        cost = np.linalg.norm(x[rows] - y[columns], axis=1)
        solver = Transport(a[order], b, place[rows], columns, cost, np.zeros(size))
        solver.solve()
        return solver._work

    shuffled = np.mean([work(random.permutation(size)) for _ in range(3)])
    assert work(np.arange(size)) < 1.5 * shuffled


def test_ends_early_where_that_is_good_enough_and_goes_on_from_there(monkeypatch):
    """Rows are one block, so the sum of what their best arcs may take says what is left to gain."""
    monkeypatch.setattr(module, "LONG", -1)
    above, early = [], []
    for seed in range(20):
        a, b, cost = program("dirichlet", seed)
        rows, columns = np.divmod(np.arange(cost.size), COLUMNS)
        best = least(a, b, cost, np.ones(cost.shape, bool))
        solver = Transport(
            a, b, rows, columns, cost.ravel(), np.random.default_rng(seed).normal(size=COLUMNS)
        )
        solver.enough = 0.05
        basic = solver.solve()
        plan = np.zeros(cost.shape)
        plan[basic.rows, basic.columns] = basic.mass
        assert np.allclose(plan.sum(axis=1), a, atol=1e-9)
        assert np.allclose(plan.sum(axis=0), b, atol=1e-9)
        above.append((plan * cost).sum() - best)
        early.append(solver.early)
        solver.enough = 0.0
        basic = solver.solve()
        assert not solver.early
        assert basic.mass @ cost[basic.rows, basic.columns] == pytest.approx(best, abs=1e-6)
    assert min(above) > -1e-6
    assert 1e-4 < max(above) <= 0.05 * a.sum() + 1e-6
    assert any(early)


def test_mass_that_no_arc_takes_is_no_good_end(monkeypatch):
    """However much is enough, none is left on artificial arcs."""
    monkeypatch.setattr(module, "LONG", -1)
    a, b, cost = program("uneven", 1)
    rows, columns, _ = north_west(a, b)
    solver = Transport(a, b, rows, columns, cost[rows, columns], np.zeros(COLUMNS))
    solver.enough = 1e9
    basic = solver.solve()
    assert basic.mass.sum() == pytest.approx(a.sum())
    assert np.bincount(basic.columns, basic.mass, COLUMNS) == pytest.approx(b, abs=1e-9)
