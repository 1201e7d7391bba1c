"""Memory and time: points are measured where they lie, or read by parts; lists shrink; every long step can be ended."""

from __future__ import annotations

import numpy as np
import pytest

from wcheck import exact
from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.transport.cost import direct
from wcheck.transport.cost.direct import by_parts, float_copies, measurer
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.pairs import pair_costs
from wcheck.transport.cost.reduced import Products
from wcheck.transport.scans.cells import Cells
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.pricing import Screen
from wcheck.transport.scans.products import ProductGround
from wcheck.transport.solve import budget, problem
from wcheck.transport.solve.budget import LEAST_LENGTH, LIST_LENGTH, as_bytes, shares


class Ended(Exception):
    """Stands for a deadline."""


def bytes_pair(n: int = 300, dim: int = 40) -> tuple[Measure, Measure]:
    stores = np.random.default_rng(0).integers(0, 256, (2, n, dim), dtype=np.uint8)
    return Measure.of(stores[0]), Measure.of(stores[1])


def test_bytes_are_measured_alike_with_and_without_float_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = bytes_pair()
    frame = joint_frame(x, y)
    i, j = np.random.default_rng(1).integers(0, 300, (2, 5000))
    copied = measurer(x, y, frame, 1, float_copies(x, y))(i, j)
    monkeypatch.setattr(direct, "READ_BYTES", 16 * 40 * 7)
    np.testing.assert_array_equal(measurer(x, y, frame, 1, float_copies(x, y) - 1)(i, j), copied)
    np.testing.assert_array_equal(copied, pair_costs(x.dense(), y.dense(), i, j, 1, frame.unit))
    assert copied[0] != measurer(x, y, frame, 2, 0)(i[:1], j[:1])[0]


def test_without_room_no_float_copy_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = bytes_pair()
    frame = joint_frame(x, y)
    monkeypatch.setattr(Measure, "dense", None)
    assert measurer(x, y, frame, 1, 0)(np.array([3]), np.array([5]))[0] > 0
    with pytest.raises(TypeError):
        measurer(x, y, frame, 1, 1 << 30)


def test_float_arrays_need_no_copies() -> None:
    x = Measure.of(np.zeros((10, 4), np.float32))
    assert float_copies(x, x) == 0
    assert float_copies(Measure.of(np.zeros((4, 10), np.float32).T)) == 160
    assert float_copies(bytes_pair()[0]) == 300 * 40 * Measure.of(np.zeros((1, 1), np.uint8)).dtype.itemsize


def test_shares_stay_within_the_memory() -> None:
    x, y = bytes_pair(5000, 100)
    most, room, *_ = shares(x, y, 1 << 33)
    assert most == LIST_LENGTH
    assert room > float_copies(x, y)
    least = next(m for m in range(1 << 26, 1 << 28, 1 << 20) if _fits(x, y, m))
    length, room, *_ = shares(x, y, least)
    assert LEAST_LENGTH <= length < LIST_LENGTH
    assert 0 <= room < float_copies(x, y)
    with pytest.raises(ParameterError, match="at least"):
        shares(x, y, least - (1 << 20))


def _fits(x: Measure, y: Measure, memory: int) -> bool:
    try:
        shares(x, y, memory)
    except ParameterError:
        return False
    return True


def test_little_memory_gives_the_same_distance() -> None:
    x, y = bytes_pair(1200, 60)
    least = next(m for m in range(1 << 26, 1 << 28, 1 << 20) if _fits(x, y, m))
    tight, loose = exact(x, y, memory=least), exact(x, y)
    assert tight.status == "optimal"
    assert tight.value == pytest.approx(loose.value, rel=2e-6)


@pytest.mark.parametrize(("speed", "here", "each"), [(1, True, 5), (2, True, 2.5), (2, False, 5)])
def test_copies_of_all_coordinates_are_in_the_budget(
    speed: int, here: bool, each: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A coordinate takes 4 bytes, or 2 in bfloat16, and a quarter of that in a sample; lists come before them."""
    monkeypatch.setattr(budget, "bfloat16_speed", lambda dim: speed)
    x = y = Measure.of(np.zeros((5000, 1260), np.float32))
    steps = range(1 << 26, 1 << 28, 1 << 16)
    least = next(m for m in steps if _fits(x, y, m))
    whole = next(m for m in steps if m >= least and shares(x, y, m, here=here).whole)
    lists = shares(x, y, whole, here=here).length * budget.PAIR_BYTES * 5000
    assert whole - least == pytest.approx(each * 1000 * 10_000 + lists - LEAST_LENGTH * 240_000, abs=400_000)
    assert not shares(x, y, least).holds
    narrow = Measure.of(np.zeros((5000, 200), np.float32))
    assert shares(narrow, narrow, least).whole


def test_with_little_memory_projections_are_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of points in all directions alike no projection pays: all coordinates are scanned, if there is room for them."""
    x, y = np.random.default_rng(4).normal(size=(2, 1100, 400)).astype(np.float32)
    scanned = []

    def whole(costs: Products) -> ProductGround:
        scanned.append(costs.shape)
        return ProductGround(costs)

    monkeypatch.setattr(problem, "ProductGround", whole)
    monkeypatch.setattr(budget, "HELD_PAIRS", 0)
    measures = Measure.of(x), Measure.of(y)
    least = next(m for m in range(1 << 26, 1 << 28, 1 << 16) if _fits(*measures, m))
    tight = exact(x, y, memory=least)
    assert not scanned
    loose = exact(x, y)
    assert scanned
    assert tight.status == loose.status == "optimal"
    assert tight.value == pytest.approx(loose.value, rel=2e-6)


def test_bytes() -> None:
    assert as_bytes("2GiB") == 2 << 30
    assert as_bytes("1.5 MB") == 1_500_000
    assert as_bytes(123) == 123
    for wrong in ("2 parsecs", "0", "-1GiB", "nan"):
        with pytest.raises(ParameterError, match="memory is"):
            as_bytes(wrong)


@pytest.mark.parametrize("dim", [2, 20])
def test_a_scan_ends_when_the_check_says_so(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wcheck.transport.scans.pricing.BLOCK_ENTRIES", 1 << 14)
    monkeypatch.setattr("wcheck.transport.scans.tree.TURN", 100)
    points = np.random.default_rng(2).normal(size=(2, 1000, dim)).astype(np.float32)
    x, y = map(Measure.of, points)
    frame, seen = joint_frame(x, y), []

    def check() -> None:
        seen.append(1)
        if len(seen) > 3:
            raise Ended

    kind = Cells if dim == 2 else Screen
    scanner = kind(Features(x, frame, None), Features(y, frame, None), 1, check=check)
    with pytest.raises(Ended):
        scanner.scan(np.zeros(1000), np.full(1000, 0.1))
    assert len(seen) == 4


def test_reading_and_measuring_end_when_the_check_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = bytes_pair()
    frame = joint_frame(x, y)

    def check() -> None:
        raise Ended

    with pytest.raises(Ended):
        Features(x, frame, None, check)
    with pytest.raises(Ended):
        by_parts(measurer(x, y, frame, 1, 1 << 30), 10, check)(np.array([0]), np.array([0]))
