"""Searches in k-d trees find what looking at all pairs finds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wcheck.measures.measure import Measure
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.programs.program import Program
from wcheck.transport.scans.cells import Cells
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.descents import halved
from wcheck.transport.scans.nearest import Nearest
from wcheck.transport.scans.prices import prices
from wcheck.transport.scans.tree import Tree
from wcheck.transport.scans.violating import SHARE

Case = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def case(dim: int, kind: str) -> Case:
    """Return points (300, d) and (211, d) and potentials of both."""
    generator = np.random.default_rng(dim)
    x, y = generator.normal(size=(300, dim)), generator.normal(size=(211, dim))
    if kind == "lattice":
        x, y = np.round(3.0 * x), np.round(3.0 * y)
    if kind == "far":
        y[0] *= 1e9
    return x, y, generator.normal(size=300), generator.normal(size=211)


def costs(x: NDArray[np.float64], y: NDArray[np.float64], p: int) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = np.sqrt(np.square(x[:, None] - y).sum(axis=2))
    return distances**p


def cells(x: NDArray[np.float64], y: NDArray[np.float64], p: int) -> tuple[Cells, float]:
    """Return the cells of two sets of points, and the unit of their costs."""
    measures = Measure.of(x), Measure.of(y)
    frame = joint_frame(*measures)
    return Cells(*(Features(side, frame, None) for side in measures), p), frame.unit**p


def test_every_node_holds_its_share_and_a_full_depth_sorts_a_line() -> None:
    points = np.random.default_rng(0).permutation(101).astype(np.float64)[:, None]
    np.testing.assert_array_equal(points[halved(points, 7), 0], np.arange(101))
    order = halved(points, 2)
    for node in range(4):
        np.testing.assert_array_equal(
            np.sort(points[order[101 * node // 4 : 101 * (node + 1) // 4], 0]),
            np.arange(101 * node // 4, 101 * (node + 1) // 4),
        )


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", ["normal", "lattice", "far"])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_least_are_those_of_all_pairs_and_the_floor_is_under_the_rest(
    dim: int, kind: str, p: int
) -> None:
    x, y, _, v = case(dim, kind)
    reduced = costs(x, y, p) - v
    limit = np.quantile(reduced, 0.02, axis=1)
    limit[::7] = np.inf
    found = Tree(y, 0.0).least(Tree(x, 0.0), v, limit, 5, p)
    ordered = np.sort(reduced, axis=1)
    near = 1e-10 * np.abs(reduced).max(axis=1)
    for row in range(len(x)):
        count = found.counts[row]
        assert count == min(5, np.count_nonzero(reduced[row] < limit[row]))
        values = found.values[row, :count]
        drawn = limit[row] < np.inf
        assert np.all(np.abs(values - ordered[row, :count])[: 1 if drawn else None] <= near[row])
        chosen = found.columns[row, :count]
        assert len(set(chosen.tolist())) == count
        assert np.all(reduced[row, chosen] >= values)
        rest = np.delete(reduced[row], chosen)
        assert np.all(rest >= found.floor[row])
        if drawn and count == 5:  # nothing is left that is more than twice as far below the limit
            assert np.all(rest >= limit[row] + (values.max() - limit[row]) / SHARE - near[row])


def test_neighbours_take_different_columns_and_all_the_least() -> None:
    """Among 211 points at one distance, ten rows at one place have hardly any in common."""
    y = np.stack([np.cos(np.arange(211.0)), np.sin(np.arange(211.0))], axis=1)
    v = np.zeros(211)
    v[17] = 1e-3
    found = Tree(y, 0.0).least(Tree(np.zeros((10, 2)), 0.0), v, np.full(10, 1.5), 8, 1)
    assert (found.columns[:, 0] == 17).all()
    assert len(np.unique(found.columns[:, 1:])) > 40


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", ["normal", "lattice", "far"])
def test_a_scan_lists_what_is_below_the_threshold(kind: str, p: int) -> None:
    x, y, _, v = case(2, kind)
    scanner, unit = cells(x, y, p)
    reduced = (costs(x, y, p) - v) / unit
    rows = np.array([3, 299, 0, 8])
    threshold = np.quantile(reduced, [0.0, 0.01, 0.5, 1.0])
    listing = scanner.scan(v / unit, threshold, rows, limit=150)
    expected = [np.flatnonzero(reduced[row] < limit) for row, limit in zip(rows, threshold, strict=True)]
    np.testing.assert_array_equal(listing.counts, [len(columns) for columns in expected])
    np.testing.assert_array_equal(listing.full, listing.counts > 150)
    ends = np.cumsum(np.where(listing.full, 0, listing.counts))
    for position, (row, columns) in enumerate(zip(rows, expected, strict=True)):
        if not listing.full[position]:
            part = slice(ends[position] - listing.counts[position], ends[position])
            np.testing.assert_array_equal(np.sort(listing.columns[part]), columns)
            assert np.all(listing.bound[part] * unit <= costs(x, y, p)[row, listing.columns[part]])


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", ["normal", "lattice"])
def test_pricing_returns_a_c_transform_that_is_feasible_and_nearly_tight(kind: str, p: int) -> None:
    x, y, u, v = case(2, kind)
    scanner, unit = cells(x, y, p)
    cost = costs(x, y, p) / unit
    u, v = u / unit, v / unit
    weights = (np.full(side, 1.0 / side) for side in cost.shape)
    program = Program(*weights, lambda i, j: cost[i, j], p, 1.0, 1e-15, 0.0)
    priced = prices(scanner, program, 0, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    assert isinstance(priced, Nearest)
    found = priced.price(u, v)
    least = (cost - v).min(axis=1)
    assert np.all(found.lowest <= np.minimum(least, u + 2e-9))
    assert np.all(found.lowest >= np.minimum(least, u) - 1e-12)
    assert np.all(found.cost < u[found.rows] + v[found.columns])
    violated = np.argwhere(cost < u[:, None] + v - 1e-12)
    assert set(violated[:, 0].tolist()) == set(found.rows.tolist())
    assert set(violated[:, 1].tolist()) == set(found.columns.tolist())


def test_potentials_extend_to_all_columns_by_their_least_costs() -> None:
    x, y, u, _ = case(3, "normal")
    scanner, unit = cells(x, y, 1)
    rows = np.arange(0, 300, 3)
    expected = (costs(x[rows], y, 1) - u[rows, None]).min(axis=0)
    np.testing.assert_allclose(scanner.extend(u[rows] / unit, rows) * unit, expected, rtol=1e-12, atol=1e-12)
