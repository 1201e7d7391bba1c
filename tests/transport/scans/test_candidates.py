"""Lists and floors: no pair that matters is missed, whatever potentials did since the rows were scanned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from wcheck.measures.measure import Measure
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.metric import metric_of
from wcheck.transport.cost.reduced import Products
from wcheck.transport.programs.program import Program
from wcheck.transport.scans import candidates as module
from wcheck.transport.scans.candidates import Candidates
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.floors import Floors
from wcheck.transport.scans.listing import ColumnScanner, FirstScan, Listing
from wcheck.transport.scans.pricing import Screen
from wcheck.transport.scans.principal import principal_directions
from wcheck.transport.scans.products import ProductScanner
from wcheck.transport.scans.streamed import Blocks

N, M = 80, 90
SCREENS = ["screen", "projected", "products", "blocks"]


def made(kind: str, p: int) -> tuple[ColumnScanner, np.ndarray]:
    """A scanner of N x M points, and the true costs."""
    random = np.random.default_rng(5)
    dim = 4 if kind == "blocks" else 70
    points = [random.normal(size=(size, dim)) * np.logspace(0, -2, dim) for size in (N, M)]
    x, y = (Measure.of(some) for some in points)
    if kind == "blocks":
        costs = metric_of("cityblock").costs(x, y, p, 1 << 20)
        return Blocks(costs), (cdist(*points, "cityblock") / costs.unit) ** p  # type: ignore[arg-type]
    frame = joint_frame(x, y)
    true = (cdist(*points) / frame.unit) ** p
    if kind == "products":
        return ProductScanner(Products(x, y, frame, p)), true
    basis = principal_directions(x, y, frame, 16, random) if kind == "projected" else None
    return Screen(Features(x, frame, basis), Features(y, frame, basis), p), true


def candidates(scanner: Any, cost: np.ndarray, length: int = 6) -> Candidates:
    """Lists that begin with one pair of each row."""
    shape = cost.shape
    weights = (np.full(side, 1.0 / side) for side in shape)
    program = Program(*weights, lambda i, j: cost[i, j], 1, float(cost.max()), 0.0, 0.0)
    keys = np.arange(shape[0]) * shape[1]
    return Candidates(scanner, program, length, np.arange(shape[1]), keys, cost[:, 0].copy())


def least(cost: np.ndarray, v: np.ndarray) -> np.ndarray:
    lowest: np.ndarray = (cost - v).min(axis=1)
    return lowest


def check(lowest: np.ndarray, cost: np.ndarray, u: np.ndarray, v: np.ndarray) -> None:
    """What is returned is below every reduced cost, and nearly as high as the least of them and u."""
    true = least(cost, v)
    assert (lowest <= true + 1e-12).all()
    assert (lowest >= np.minimum(true, u) - 1e-12).all()


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", SCREENS)
def test_a_scan_of_some_columns_misses_no_pair(kind: str, p: int) -> None:
    scanner, cost = made(kind, p)
    assert isinstance(scanner, ColumnScanner)
    v = 0.2 * np.random.default_rng(0).normal(size=M) * cost.std()
    rows, columns = np.arange(1, N, 3), np.array([2, 3, 40, 88])
    threshold = np.median(cost - v, axis=1)[rows]
    found = scanner.among(columns).scan(v[columns], threshold, rows)
    listed = np.zeros((len(rows), len(columns)), bool)
    at = np.repeat(np.arange(len(rows)), found.counts)
    listed[at, found.columns] = True
    part = cost[np.ix_(rows, columns)]
    assert listed[part - v[columns] < threshold[:, None] - 1e-12].all()
    assert not listed.all()
    assert (found.bound <= part[at, found.columns] * (1 + 1e-12)).all()
    whole = scanner.scan(v, threshold, rows)
    assert whole.counts.sum() > found.counts.sum()  # the scanner itself still has all columns


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", SCREENS)
@pytest.mark.parametrize("few", [0, 1 << 40])
def test_pricing_is_right_after_any_moves_of_potentials(
    kind: str, p: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW_PAIRS", few)
    scanner, cost = made(kind, p)
    lists = candidates(scanner, cost)
    random = np.random.default_rng(1)
    v = 0.1 * random.normal(size=M) * cost.std()
    for move in range(12):
        u = least(cost, v) + 0.02 * random.normal(size=N) * cost.std()
        priced = lists.price(u, v)
        check(priced.lowest, cost, u, v)
        assert (priced.cost < u[priced.rows] + v[priced.columns]).all()
        violated = np.flatnonzero((cost - v < u[:, None] - 1e-9).any(axis=1))
        assert set(violated) <= set(priced.rows.tolist())
        if move % 3 == 2:
            v = v - random.uniform(-1.0, 2.0)  # all together
        v = v + 0.01 * random.normal(size=M) * cost.std()
        v[random.integers(0, M, 3)] += random.uniform(0.0, 1.0, 3) * cost.std()  # a few by far more


def test_the_check_fails_for_a_row_that_was_not_scanned_again() -> None:
    scanner, cost = made("screen", 1)
    lists = candidates(scanner, cost)
    v = np.zeros(M)
    u = least(cost, v)
    lists.price(u, v)
    v = v + np.where(np.arange(M) < 5, cost.std(), 0.0)
    stale = lists._lists.least(np.arange(N), v, u)
    with pytest.raises(AssertionError):
        check(stale, cost, u, v)


def test_columns_that_rise_alone_are_scanned_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_PAIRS", 0)
    scanner, cost = made("screen", 1)
    scanned: list[int] = []

    class Counted:
        projected = False

        def __init__(self, inner: Any, width: int) -> None:
            self.inner, self.width = inner, width

        def scan(self, v: Any, threshold: Any, rows: Any = None, **options: Any) -> Listing:
            scanned.append(len(threshold) * self.width)
            found: Listing = self.inner.scan(v, threshold, rows, **options)
            return found

        def sample(self, *given: Any, **options: Any) -> Any:
            return self.inner.sample(*given, **options)

        def extend(self, *given: Any) -> Any:
            return self.inner.extend(*given)

        def among(self, columns: Any) -> Counted:
            return Counted(self.inner.among(columns), len(columns))

    lists = candidates(Counted(scanner, M), cost)
    v = np.zeros(M)
    u = least(cost, v)
    lists.price(u, v)
    assert scanned == [N * M]
    v = v - 0.5  # what all potentials do together, rows do, too
    v[:3] += cost.std()
    scanned.clear()
    priced = lists.price(u + 0.5, v)
    check(priced.lowest, cost, u + 0.5, v)
    assert 0 < sum(scanned) <= N * M / 5


def test_floors_are_under_all_pairs_that_no_scan_has_listed() -> None:
    random = np.random.default_rng(2)
    cost = random.random((N, M))
    floors, every = Floors(N), np.arange(N)
    assert floors.empty
    reference = 0.1 * random.normal(size=M)
    thresholds = np.quantile(cost - reference, 0.2, axis=1)
    unlisted = cost - reference >= thresholds[:, None]
    floors.set(every, thresholds, reference)
    v = reference + 0.01 * random.normal(size=M)
    v[[4, 60]] += 0.3
    lowest = thresholds - 0.1
    ((rows, columns, raised),) = floors.risen(every, lowest, v)
    assert {4, 60} <= set(columns.tolist())
    assert len(columns) < M / 2
    before = floors.under(v)
    assert (before[rows] < lowest[rows]).all()
    unlisted[np.ix_(rows, columns)] = (cost - raised)[np.ix_(rows, columns)] >= thresholds[rows][:, None]
    floors.set(rows, thresholds[rows], raised)
    after = floors.under(v)
    assert (after[rows] >= lowest[rows]).all()
    reduced = np.where(unlisted, cost - v, np.inf)
    assert (after <= reduced.min(axis=1)).all()
    np.testing.assert_array_equal(np.delete(after, rows), np.delete(before, rows))


def test_references_that_no_row_has_are_let_go() -> None:
    floors, every = Floors(4), np.arange(4)
    for level in range(5):
        floors.set(every, np.full(4, float(level)), np.full(3, float(level)))
    floors.set(every[:1], np.zeros(1), np.zeros(3))
    assert len(floors._references) == 2
    assert floors.under(np.full(3, 4.0)) == pytest.approx([-4.0, 4.0, 4.0, 4.0])


def test_lists_alone_tell_where_a_bracket_stays_open() -> None:
    scanner, cost = made("screen", 1)
    lists = candidates(scanner, cost)
    v = np.zeros(M)
    u = least(cost, v)
    assert lists.listed(u, v, 0.0) is None  # nothing is listed yet
    lists.price(u, v)
    assert lists.listed(u, v, 1e-9) is None
    raised = u + 0.1 * cost.std()
    found = lists.listed(raised, v, 1e-9)
    assert found is not None
    rows, columns, measured = found
    assert set(rows) == set(range(N))
    np.testing.assert_array_equal(measured, cost[rows, columns])
    assert lists.listed(raised, v, 0.2 * float(cost.std())) is None  # less than what would keep it open
    assert lists.listed(u + 1e-3 * cost.std(), v, 1e-9) is None  # less than a share of what it was
    lists.price(raised, v)
    assert lists.listed(u + 1e-3 * cost.std(), v, 1e-9) is not None


def test_a_row_with_too_many_pairs_below_its_list_is_listed_by_a_sample() -> None:
    scanner, cost = made("screen", 1)
    lists = candidates(scanner, cost, length=4)
    v = np.zeros(M)
    lists._slack[:] = 0.01
    lists._scan(
        np.arange(N), np.full(N, float(cost.max())), v
    )  # as if the least known were the largest of all
    assert np.isfinite(lists._floors.thresholds).mean() > 0.8
    check(lists.price(least(cost, v), v).lowest, cost, least(cost, v), v)


def test_a_first_scan_is_taken_as_it_is() -> None:
    scanner, cost = made("products", 1)
    lists, v = candidates(scanner, cost), np.zeros(M)
    threshold = np.quantile(cost, 0.2, axis=1)
    listing = scanner.scan(v, threshold)
    lists.begin(FirstScan(listing, v, threshold, least(cost, v)))
    moved = v + 0.05 * np.random.default_rng(0).normal(size=M) * cost.std()
    check(lists.price(least(cost, moved), moved).lowest, cost, least(cost, moved), moved)
