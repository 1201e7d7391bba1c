"""Costs that are held: scans miss no pair, pricing finds every row's least reduced cost, whatever the potentials."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from wcheck import exact
from wcheck.measures.measure import Measure
from wcheck.transport.cost import reduced
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.pairs import cost_rounding, pair_costs
from wcheck.transport.cost.reduced import Products
from wcheck.transport.programs.program import Program
from wcheck.transport.programs.sample import Sample
from wcheck.transport.scans import products
from wcheck.transport.scans.held import Held, HeldGround
from wcheck.transport.scans.held_pricing import HeldPricing
from wcheck.transport.scans.prices import prices
from wcheck.transport.scans.products import ProductGround
from wcheck.transport.solve import budget, small
from wcheck.transport.solve import problem as problems
from wcheck.transport.solve.problem import Problem


def problem(kind: str, p: int, n: int = 90, m: int = 110) -> tuple[Held, np.ndarray, HeldPricing]:
    random = np.random.default_rng(1)
    dim = 100 if kind == "images" else 3
    x, y = random.normal(size=(n, dim)), random.normal(size=(m, dim)) + (1e5 if kind == "far" else 0.0)
    if kind == "lattice":
        x, y = np.rint(x), np.rint(y)
    frame = joint_frame(Measure.of(x), Measure.of(y))
    held = Held(Products(Measure.of(x), Measure.of(y), frame, p).held())
    keys = np.arange(n) * m

    def measure(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return pair_costs(x, y, i, j, p, frame.unit)

    program = Program(np.full(n, 1.0 / n), np.full(m, 1.0 / m), measure, p, 1.0, cost_rounding(dim, p), 0.0)
    given = 16, np.arange(m), keys, measure(np.arange(n), np.zeros(n, np.int64))
    priced = prices(held, program, *given)
    assert isinstance(priced, HeldPricing)
    return held, cdist(x / frame.unit, y / frame.unit) ** p, priced


KINDS = ["images", "plain", "lattice", "far"]


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_scans_miss_no_pair_and_bounds_are_bounds(kind: str, p: int) -> None:
    held, cost, _ = problem(kind, p)
    v = 0.1 * np.random.default_rng(0).normal(size=110) * cost.std()
    threshold = np.median(cost - v, axis=1)
    for rows in (None, np.array([4, 60, 61])):
        some = slice(None) if rows is None else rows
        listing = held.scan(v, threshold[some], rows)
        at = np.repeat(np.arange(len(cost[some])), listing.counts)
        listed = np.zeros(cost[some].shape, bool)
        listed[at, listing.columns] = True
        assert listed[(cost - v)[some] < threshold[some, None]].all()
        assert not listed[(cost - v)[some] > threshold[some, None] + 0.1 * cost.std()].any()
        assert (listing.bound <= cost[some][at, listing.columns] * (1 + 1e-14)).all()
    assert held.scan(v, threshold, limit=20).full.all()


def test_rows_that_violate_by_less_than_bounds_are_off_give_pairs_that_do() -> None:
    """Otherwise potentials near the optimum get no better: 10,000 patches of photographs took a minute."""
    held, cost, pricing = problem("images", 1)
    held.costs.bounds[:] -= np.random.default_rng(5).uniform(0.0, 0.2, cost.shape).astype(np.float32)
    v = 0.01 * np.random.default_rng(6).normal(size=110)
    u = (cost - v).min(axis=1) + 1e-6
    priced = pricing.price(u, v)
    assert (priced.lowest < u).all()
    assert set(priced.rows) == set(range(90))


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_pricing_finds_the_least_reduced_costs_and_pairs_that_violate(kind: str, p: int) -> None:
    _, cost, pricing = problem(kind, p)
    random = np.random.default_rng(2)
    for step in range(3):  # the bounds are raised as it goes on
        v = 0.2 * random.normal(size=110) * cost.std()
        u = (cost - v).min(axis=1) + (0.05 * cost.std() if step else -1e-6)
        priced = pricing.price(u, v)
        true = (cost - v).min(axis=1)
        assert (priced.lowest <= true + 1e-15 * cost.max()).all()
        assert (priced.lowest >= np.minimum(u, true) - 1e-13 * cost.max()).all()
        np.testing.assert_allclose(priced.cost, cost[priced.rows, priced.columns], rtol=1e-13)
        reduced = cost - u[:, None] - v
        assert (reduced[priced.rows, priced.columns] < 1e-12).all()
        found = np.zeros(cost.shape, bool)
        found[priced.rows, priced.columns] = True
        assert found.any(axis=1).tolist() == (reduced < -1e-12).any(axis=1).tolist()


def test_samples_and_extensions_are_about_the_costs() -> None:
    held, cost, _ = problem("images", 1)
    rows, columns, u = np.array([7, 3]), np.array([5, 100, 2]), np.array([0.1, 0.05])
    np.testing.assert_allclose(held.sample(columns, rows).numpy(), cost[np.ix_(rows, columns)], rtol=2e-2)
    np.testing.assert_allclose(held.extend(u, rows), (cost[rows] - u[:, None]).min(axis=0), atol=1e-2)


@pytest.mark.parametrize("p", [1, 2])
def test_scans_by_products_answer_as_bounds_that_are_held(p: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "BLOCK_ENTRIES", 1200)
    random = np.random.default_rng(5)
    x, y = Measure.of(random.normal(size=(90, 150))), Measure.of(random.normal(size=(110, 150)))
    costs = Products(x, y, joint_frame(x, y), p)
    ground = ProductGround(costs)
    scanner, held = ground.scanner(lambda: None), Held(costs.held())
    v, rows, columns = 0.1 * random.normal(size=110), np.array([70, 3, 88]), np.array([5, 100])
    threshold = np.median(held.sample(np.arange(110)).numpy() - v, axis=1)
    for some in (None, rows):
        one, other = (
            z.scan(v, threshold if some is None else threshold[some], some) for z in (scanner, held)
        )
        for name in ("counts", "columns", "full"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_allclose(one.bound, other.bound, rtol=1e-6)
    np.testing.assert_allclose(scanner.sample(columns, rows), held.sample(columns, rows), rtol=1e-6)
    extended = scanner.extend(threshold[rows], rows)
    np.testing.assert_allclose(extended, held.extend(threshold[rows], rows), atol=1e-6)
    program = Problem.of(x, y, None, None, p).program(0)
    some = (Sample(side, np.full(len(side), 1.0 / len(side))) for side in (rows, columns))
    _, part = ground.part(program, *some)
    np.testing.assert_allclose(
        part.scanner(lambda: None).sample(np.array([1, 0])), held.sample(columns[::-1], rows), rtol=1e-6
    )


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("kind", ["plain", "copies"])
def test_exact_by_products_is_certain_and_right(
    kind: str, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of copies, rows have more pairs of equal cost than lists hold: they are priced whole."""
    random = np.random.default_rng(6)
    x, y = random.normal(size=(2, 300, 150)).astype(np.float32)
    if kind == "copies":
        y[:] = y[random.integers(0, 3, 300)]
    expected = exact(x, y, p=2).bracket
    monkeypatch.setattr(small, "PAIRS", 0)
    monkeypatch.setattr(budget, "HELD_PAIRS", 0)
    monkeypatch.setattr(budget, "LIST_LENGTH", 16)
    monkeypatch.setattr(problems, "choose_directions", lambda *given: None)
    for place in (problems, reduced):
        monkeypatch.setattr(place, "bfloat16_speed", lambda dim: 16 if fast else 1)
    result = exact(x, y, p=2, tol=1e-9)
    assert result.status == "optimal"
    assert result.bracket.lower <= expected.upper
    assert expected.lower <= result.bracket.upper


def test_samples_are_of_the_size_that_is_asked_for() -> None:
    costs, *_ = problem("plain", 2)
    n, m = costs.costs.bounds.shape
    program = Program(np.full(n, 1 / n), np.full(m, 1 / m), lambda i, j: np.zeros(len(i)), 2, 1.0, 0.0, 0.0)
    rows, columns = HeldGround(costs.costs).sample(program, 20, 30, np.random.default_rng(0))
    assert (len(rows), len(columns)) == (20, 30)
