"""The sparse assignment solver: optimal by its own certificate and by other solvers, whatever the ties and the arcs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from wcheck.errors import SolverError
from wcheck.transport.programs import assignment
from wcheck.transport.programs.assignment import Assignment
from wcheck.transport.programs.simplex import Basic

KINDS = ["euclidean", "integers", "equal", "zero", "lattice", "negative"]


def draw(kind: str, n: int, generator: np.random.Generator) -> np.ndarray:
    if kind == "integers":
        return generator.integers(0, 4, (n, n)).astype(float)
    if kind in ("equal", "zero"):
        return np.full((n, n), 0.7 if kind == "equal" else 0.0)
    if kind == "lattice":  # many identical points
        x, y = generator.integers(0, 3, (2, n, 2)).astype(float)
    else:
        x, y = generator.normal(size=(2, n, 3))
    cost = np.sqrt(((x[:, None] - y) ** 2).sum(axis=2))
    return cost - 5.0 if kind == "negative" else cost


def solve_mask(mask: np.ndarray, cost: np.ndarray) -> Basic:
    rows, columns = np.nonzero(mask)
    return Assignment(len(cost), rows, columns, cost[mask]).solve()


def certify(basic: Basic, mask: np.ndarray, cost: np.ndarray) -> None:
    """A complete assignment, feasible potentials, and equality on its arcs: together, a proof of optimality."""
    n = len(cost)
    np.testing.assert_array_equal(np.sort(basic.rows), np.arange(n))
    np.testing.assert_array_equal(np.sort(basic.columns), np.arange(n))
    np.testing.assert_array_equal(basic.mass, np.ones(n))
    assert mask[basic.rows, basic.columns].all()
    scale = max(np.abs(cost[mask]).max(), np.abs(basic.v).max())
    reduced = cost - basic.u[:, None] - basic.v
    assert reduced[mask].min() >= -1e-15 * scale
    assert reduced[basic.rows, basic.columns].max() <= 1e-14 * scale


def value(basic: Basic, cost: np.ndarray) -> float:
    return float(cost[basic.rows, basic.columns].sum())


def highs(mask: np.ndarray, cost: np.ndarray) -> float:
    n, (rows, columns) = len(cost), np.nonzero(mask)
    arcs, ones = np.arange(len(rows)), np.ones(len(rows))
    sums = [coo_array((ones, (end, arcs)), shape=(n, len(rows))) for end in (rows, columns)]
    answer = linprog(cost[mask], A_eq=vstack(sums), b_eq=np.ones(2 * n), method="highs")
    assert answer.status == 0
    return float(answer.fun)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 3, 7, 20, 60, 150])
def test_agrees_with_scipy_over_all_pairs(kind: str, n: int) -> None:
    for seed in range(3):
        cost = draw(kind, n, np.random.default_rng([n, seed]))
        everything = np.ones(cost.shape, bool)
        basic = solve_mask(everything, cost)
        certify(basic, everything, cost)
        expected = cost[linear_sum_assignment(cost)].sum()
        assert value(basic, cost) == pytest.approx(expected, rel=1e-13, abs=1e-13)


def test_agrees_with_pot_over_all_pairs() -> None:
    cost = draw("euclidean", 200, np.random.default_rng(1))
    basic = solve_mask(np.ones(cost.shape, bool), cost)
    assert value(basic, cost) == pytest.approx(ot.emd2(np.ones(200), np.ones(200), cost), rel=1e-12)


@given(
    kind=st.sampled_from(KINDS),
    n=st.integers(1, 40),
    density=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=200)
def test_agrees_with_highs_as_arcs_are_added(kind: str, n: int, density: float, seed: int) -> None:
    """From the arcs of one plan to all, in unsorted and overlapping lots: each answer is optimal for its arcs."""
    generator = np.random.default_rng(seed)
    cost, mask = draw(kind, n, generator), np.eye(n, dtype=bool)[generator.permutation(n)]
    solver = Assignment(n, *np.nonzero(mask), cost[mask], generator.normal(size=n))
    for share in (0.0, density, 0.1, 1.0):
        lot = generator.permutation(np.flatnonzero(generator.random(mask.size) < share))
        new = np.count_nonzero(~mask.ravel()[lot])
        mask.ravel()[lot] = True
        assert solver.add(lot // n, lot % n, cost.ravel()[lot]) == new
        basic = solver.solve()
        certify(basic, mask, cost)
        assert value(basic, cost) == pytest.approx(highs(mask, cost), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", ["euclidean", "lattice"])
def test_agrees_with_scipy_as_violated_arcs_are_added(kind: str) -> None:
    """Column generation by hand: few new arcs a round, so that most rows keep theirs."""
    n, generator = 600, np.random.default_rng(2)
    cost, mask = draw(kind, n, generator), np.eye(n, dtype=bool)
    mask |= generator.random(cost.shape) < 0.02
    solver = Assignment(n, *np.nonzero(mask), cost[mask])
    for _ in range(100):
        basic = solver.solve()
        certify(basic, mask, cost)
        reduced = cost - basic.u[:, None] - basic.v
        worst = np.argmin(reduced, axis=1)
        rows = np.flatnonzero((reduced[np.arange(n), worst] < -1e-12) & ~mask[np.arange(n), worst])
        if not len(rows):
            break
        mask[rows, worst[rows]] = True
        assert solver.add(rows, worst[rows], cost[rows, worst[rows]]) == len(rows)
    else:
        pytest.fail("violated arcs do not run out")
    sparse = csr_array(np.where(mask, cost + 1.0, 0.0))  # SciPy takes no arcs of cost 0
    expected = cost[min_weight_full_bipartite_matching(sparse)].sum()
    assert value(basic, cost) == pytest.approx(expected, rel=1e-12)
    assert value(basic, cost) == pytest.approx(cost[linear_sum_assignment(cost)].sum(), rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_searches_alone_are_exact(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Auctions only save work: without them, and with a look at the clock after every row, the answer is the same."""
    cost = draw(kind, 60, np.random.default_rng(3))
    everything = np.ones(cost.shape, bool)
    expected = value(solve_mask(everything, cost), cost)
    monkeypatch.setattr(assignment, "SCALES", ())
    monkeypatch.setattr(assignment, "LAST_BIDS", 0)
    monkeypatch.setattr(assignment, "SLICE", 1)
    solver = Assignment(60, *np.nonzero(everything), cost.ravel())
    calls = 1
    while not solver.advance():
        calls += 1
    assert calls >= 60
    basic = solver.solve()
    certify(basic, everything, cost)
    assert value(basic, cost) == pytest.approx(expected, rel=1e-13)


def test_potentials_are_moved_to_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other arcs of an assigned pair's row and of its column have slack more alike, at the same dual value."""
    cost = draw("euclidean", 200, np.random.default_rng(10))
    everything, every = np.ones(cost.shape, bool), np.arange(200)

    def imbalance(basic: Basic) -> float:
        certify(basic, everything, cost)
        slack = cost - basic.u[:, None] - basic.v
        slack[every, basic.columns] = np.inf
        return float(np.abs(slack.min(axis=1) - slack.min(axis=0)[basic.columns]).sum())

    central = imbalance(solve_mask(everything, cost))
    monkeypatch.setattr(assignment, "SWEEPS", 0)
    assert central < 0.5 * imbalance(solve_mask(everything, cost))


def test_asking_again_gives_the_same_answer() -> None:
    cost = draw("euclidean", 30, np.random.default_rng(11))
    solver = Assignment(30, *np.indices(cost.shape).reshape(2, -1), cost.ravel())
    once, again = solver.solve(), solver.solve()
    for field in ("columns", "u", "v"):
        np.testing.assert_array_equal(getattr(once, field), getattr(again, field))


def test_a_good_start_changes_no_answer() -> None:
    cost = draw("euclidean", 80, np.random.default_rng(4))
    everything = np.ones(cost.shape, bool)
    basic = solve_mask(everything, cost)
    again = Assignment(80, *np.nonzero(everything), cost.ravel(), basic.v).solve()
    certify(again, everything, cost)
    np.testing.assert_array_equal(basic.columns, again.columns)


@pytest.mark.parametrize("scale", [2.0**-300, 2.0**300])
def test_the_scale_of_costs_does_not_matter(scale: float) -> None:
    cost = draw("euclidean", 50, np.random.default_rng(5))
    everything = np.ones(cost.shape, bool)
    basic, scaled = solve_mask(everything, cost), solve_mask(everything, cost * scale)
    certify(scaled, everything, cost * scale)
    np.testing.assert_array_equal(basic.columns, scaled.columns)


def test_is_deterministic() -> None:
    generator = np.random.default_rng(6)
    cost = draw("lattice", 80, generator)
    rows, columns = np.indices(cost.shape).reshape(2, -1)
    once, again = (Assignment(80, rows, columns, cost.ravel()).solve() for _ in range(2))
    order = generator.permutation(cost.size)
    third = Assignment(80, rows[order], columns[order], cost.ravel()[order]).solve()
    for other in (again, third):
        for field in ("rows", "columns", "mass", "u", "v"):
            np.testing.assert_array_equal(getattr(once, field), getattr(other, field))


def test_answers_and_inputs_are_copies() -> None:
    cost, start = draw("euclidean", 8, np.random.default_rng(7)), np.zeros(8)
    rows, columns = np.indices(cost.shape).reshape(2, -1)
    diagonal = rows == columns
    solver = Assignment(8, rows[diagonal], columns[diagonal], cost.ravel()[diagonal], start)
    first = solver.solve()
    u, v = first.u.copy(), first.v.copy()
    solver.add(rows, columns, cost.ravel())
    solver.solve()
    np.testing.assert_array_equal(first.u, u)
    np.testing.assert_array_equal(first.v, v)
    np.testing.assert_array_equal(start, np.zeros(8))


def test_arcs_without_an_assignment_are_an_error_until_others_are_added() -> None:
    cost = draw("euclidean", 10, np.random.default_rng(8))
    mask = np.ones((10, 10), bool)
    mask[:6, 5:] = False  # six rows for five columns
    solver = Assignment(10, *np.nonzero(mask), cost[mask])
    for _ in range(2):
        with pytest.raises(SolverError, match="admit no assignment"):
            solver.solve()
    everything = np.ones(cost.shape, bool)
    solver.add(*np.nonzero(everything), cost.ravel())
    certify(solver.solve(), everything, cost)


@pytest.mark.parametrize("arcs", [([0, 1], [0, 1]), ([0, 1, 2], [0, 1, 1]), ([0, 1, 1], [0, 1, 2]), ([], [])])
def test_rows_and_columns_without_arcs_are_an_error(arcs: tuple[list[int], list[int]]) -> None:
    rows, columns = (np.array(end, int) for end in arcs)
    with pytest.raises(SolverError):
        Assignment(3, rows, columns, np.ones(len(rows))).solve()


def test_the_certificate_rejects_a_worse_plan_and_worse_potentials() -> None:
    cost = draw("euclidean", 5, np.random.default_rng(9))
    everything = np.ones(cost.shape, bool)
    basic = solve_mask(everything, cost)
    certify(basic, everything, cost)
    off = everything.copy()
    off[0, basic.columns[0]] = False
    with pytest.raises(AssertionError):
        certify(basic, off, cost)
    for wrong in (
        replace(basic, columns=np.roll(basic.columns, 1)),
        replace(basic, columns=np.full(5, basic.columns[0])),
        replace(basic, mass=basic.mass * (1 + 1e-15)),
        replace(basic, u=basic.u + 1e-13),
        replace(basic, u=basic.u - 1e-12),
    ):
        with pytest.raises(AssertionError):
            certify(wrong, everything, cost)
