"""Scans with dummies answer as a scan of the whole matrix, dummies included."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wcheck.measures.measure import Measure
from wcheck.transport.cost.metric import METRICS
from wcheck.transport.programs.dummies import Dummies
from wcheck.transport.programs.program import Program
from wcheck.transport.scans.dummies import GroundWithDummies, ScannerWithDummies
from wcheck.transport.scans.streamed import Blocks, StreamedGround

N, M = 40, 50


def made(dummies: Dummies) -> tuple[ScannerWithDummies, np.ndarray]:
    random = np.random.default_rng(1)
    x, y = Measure.of(random.normal(size=(N, 3))), Measure.of(random.normal(size=(M, 3)))
    costs = METRICS["cityblock"].costs(x, y, 1, 0)
    i, j = np.divmod(np.arange((N + dummies.has_row) * (M + dummies.offset)), M + dummies.offset)
    whole = dummies.measurer(costs.measurer(0), N)(i, j).reshape(-1, M + dummies.offset)
    return ScannerWithDummies(Blocks(costs), (N, M), dummies), whole  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [1 << 40, 20])
@pytest.mark.parametrize("sides", [(1.0, 1.0, math.inf), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)])
def test_pairs_are_listed_as_of_the_whole_matrix(sides: tuple[float, float, float], limit: int) -> None:
    dummies = Dummies(sides[0], sides[1], 0.2, sides[2])
    scanner, whole = made(dummies)
    n, m = whole.shape
    v = 0.1 * np.random.default_rng(2).normal(size=m)
    threshold = np.random.default_rng(3).uniform(-0.1, 0.8, n)
    for rows in (None, np.array([0, 7, n - 1])):
        chosen = np.arange(n) if rows is None else rows
        found = scanner.scan(v, threshold[chosen], rows, limit=limit)
        wanted = whole[chosen] - v < threshold[chosen, None]
        assert found.counts.tolist() == wanted.sum(axis=1).tolist()
        assert found.full.tolist() == (wanted.sum(axis=1) > limit).tolist()
        listed = [np.flatnonzero(row) for row, full in zip(wanted, found.full, strict=True) if not full]
        assert found.columns.tolist() == np.concatenate(listed).tolist()
        owner = np.repeat(chosen, np.where(found.full, 0, found.counts))
        bounds = whole[owner, found.columns]
        assert (found.bound <= bounds).all()
        np.testing.assert_allclose(found.bound, bounds, atol=1e-5)


def test_samples_and_least_estimates() -> None:
    scanner, whole = made(Dummies(1.0, 1.0, 0.2, math.inf))
    rows, columns = np.array([3, 9, N]), np.array([0, 5, M])
    wanted = np.minimum(whole, 3e38)[np.ix_(rows, columns)]
    np.testing.assert_allclose(scanner.sample(columns, rows).numpy(), wanted, rtol=1e-5)
    u = np.array([0.3, -0.1, 0.2])
    np.testing.assert_allclose(scanner.extend(u, rows), (whole[rows] - u[:, None]).min(axis=0), atol=1e-5)


def test_a_part_keeps_the_shares_of_the_dummies() -> None:
    random = np.random.default_rng(1)
    x, y = Measure.of(random.normal(size=(N, 3))), Measure.of(random.normal(size=(M, 3)))
    costs = METRICS["cityblock"].costs(x, y, 1, 0)
    inner = Program(x.weights, y.weights, costs.measurer(0), 1, costs.largest, 0.0, 0.0)
    dummies = Dummies(0.25, 0.5, 0.0, math.inf)
    program = dummies.over(inner, x.weights, 0.75 * y.weights, 1.25)
    ground = GroundWithDummies(StreamedGround(costs), (N, M), dummies)  # type: ignore[arg-type]
    some_rows, some_columns = ground.sample(program, 10, 12, random)
    rows, columns = some_rows.points, some_columns.points
    assert (len(rows), rows[-1], len(columns), columns[0]) == (10, N, 12, 0)
    part, _ = ground.part(program, some_rows, some_columns)
    assert part.a.sum() == pytest.approx(1.0)
    assert part.b.sum() == pytest.approx(program.b.sum())
    assert (part.a[-1], part.b[0]) == pytest.approx((program.a[-1], program.b[0]))
    i, j = np.divmod(np.arange(120), 12)
    np.testing.assert_array_equal(part.measure(i, j), program.measure(rows[i], columns[j]))
