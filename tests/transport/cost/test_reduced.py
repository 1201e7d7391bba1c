"""Lower bounds of all costs: below the true ones in exact arithmetic, tight, and as good for sets far apart."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

import numpy as np
import pytest

from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic import rounding
from wcheck.transport.cost import reduced
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.reduced import Products, ReducedCosts

DIM = 70


@pytest.fixture(params=[False, True], ids=["float32", "bfloat16"])
def half(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Products in float32, and in bfloat16, which are right, if slow, without instructions for them."""
    monkeypatch.setattr(reduced, "bfloat16_speed", lambda dim: 16 if request.param else 1)
    return bool(request.param)


def pair(kind: str) -> tuple[Measure, Measure]:
    random = np.random.default_rng(3)
    x, y = random.normal(size=(2, 12, DIM))
    if kind == "near":
        y = x + 1e-9 * y
    if kind == "far":
        x[:] += 1e6
    if kind == "copies":
        y = x.copy()
    if kind == "heavy":
        x, y = x * 10.0 ** (-5 * random.random((12, 1))), y * 10.0 ** (-5 * random.random((12, 1)))
    if kind == "tiny":
        x, y = 1e-200 * x, 1e-200 * y
    if kind == "float32":
        x, y = x.astype(np.float32), y.astype(np.float32)
    if kind == "bytes":
        x, y = random.integers(0, 256, (2, 12, DIM), dtype=np.uint8)
    return Measure.of(x), Measure.of(y)


def held(kind: str, p: int) -> tuple[ReducedCosts, list[list[Fraction]]]:
    """The bounds, and the true squared distances in the unit of the frame."""
    x, y = pair(kind)
    frame = joint_frame(x, y)
    unit = Fraction(frame.unit) ** 2
    points = [[[Fraction(float(t)) for t in row] for row in side.dense()] for side in (x, y)]
    squares = [
        [sum((s - t) ** 2 for s, t in zip(a, b, strict=True)) / unit for b in points[1]] for a in points[0]
    ]
    return Products(x, y, frame, p).held(), squares


def whole(costs: ReducedCosts, i: int, j: int) -> Fraction:
    return sum(
        (Fraction(float(part)) for part in (costs.bounds[i, j], costs.alpha[i], costs.beta[j])), Fraction()
    )


def check(costs: ReducedCosts, squares: list[list[Fraction]], p: int) -> None:
    for i, row in enumerate(squares):
        for j, square in enumerate(row):
            bound = whole(costs, i, j)
            assert bound <= square if p == 2 else bound <= 0 or bound**2 <= square, (i, j)


KINDS = ["plain", "near", "far", "copies", "heavy", "tiny", "float32", "bytes"]


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_bounds_are_below_the_true_costs(kind: str, p: int, half: bool) -> None:
    check(*held(kind, p), p)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", ["plain", "far"])
def test_bounds_are_tight_in_units_of_the_width_of_the_sets(kind: str, p: int, half: bool) -> None:
    costs, squares = held(kind, p)
    scale = 10**30
    width = Fraction(joint_frame(*pair("plain")).unit) / Fraction(joint_frame(*pair(kind)).unit)
    off = [
        (square if p == 2 else Fraction(isqrt(int(square * scale**2)), scale)) - whole(costs, i, j)
        for i, row in enumerate(squares)
        for j, square in enumerate(row)
    ]
    lost = (2e-2 if half else 1e-5) * (width**2 if p == 2 else width)
    assert max(off) < lost + Fraction(10) ** -12  # the rounding of float64


def test_the_check_fails_on_bounds_that_are_a_little_higher() -> None:
    costs, squares = held("plain", 1)
    costs.bounds[:] += np.float32(1e-2)
    with pytest.raises(AssertionError):
        check(costs, squares, 1)


@pytest.mark.parametrize("p", [1, 2])
def test_what_is_measured_raises_bounds_and_never_lowers_them(p: int) -> None:
    costs, squares = held("plain", p)
    before = costs.bounds.copy()
    rows, columns = np.array([0, 3]), np.array([5, 2])
    true = np.array([float(squares[0][5]), float(squares[3][2])]) ** (p / 2)
    costs.raise_to(rows, columns, true * (1 - 1e-15))
    check(costs, squares, p)
    assert (costs.bounds[rows, columns] >= before[rows, columns]).all()
    assert float(whole(costs, 0, 5)) == pytest.approx(true[0], rel=1e-6)
    costs.raise_to(rows, columns, 0.0 * true)
    assert float(whole(costs, 0, 5)) == pytest.approx(true[0], rel=1e-6)
    part = costs.part(np.array([3, 0]), np.array([2, 5, 1]))
    assert part.bounds[0, 0] == costs.bounds[3, 2]
    assert (part.alpha[1], part.beta[1]) == (costs.alpha[0], costs.beta[5])


@pytest.mark.parametrize(
    ("has", "speed"),
    [({"avx512_f": True}, 1), ({"avx512_bf16": True}, 2), ({"avx512_bf16": True, "amx_bf16": True}, 16)],
)
def test_products_are_in_bfloat16_where_there_are_instructions_for_them(
    has: dict[str, bool], speed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounding.torch.cpu, "get_capabilities", lambda: has, raising=False)
    rounding._bfloat16_speed.cache_clear()
    assert rounding.bfloat16_speed(rounding.HALF_DIM) == speed
    assert rounding.bfloat16_speed(rounding.HALF_DIM - 1) == 1
    monkeypatch.undo()
    rounding._bfloat16_speed.cache_clear()
