"""Where float64 loses the bracket, sums of two doubles keep it: small among large, tiny masses, extreme scales."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transport.programs.rational import power
from wcheck import TransportResult, exact
from wcheck.transport.solve import budget, small

FAR = [[0.0, 0.0], [1.0, 0.0], [1e8, 1e8]], [[0.0, 1.0], [2.0, 0.0], [1e8, 1e8]]


@pytest.fixture(params=["dense", "columns", "lists"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """All ways: over all pairs, and by column generation, with bounds held or scanned, for tiny problems."""
    if request.param != "dense":
        monkeypatch.setattr(small, "PAIRS", 0)
    if request.param == "lists":
        monkeypatch.setattr(budget, "HELD_PAIRS", 0)
    return str(request.param)


def check(
    result: TransportResult,
    x: np.ndarray,
    y: np.ndarray,
    a: np.ndarray | None,
    b: np.ndarray | None,
    tol: float,
) -> None:
    """The bracket holds the rational truth; the status is what it deserves; the plan costs the value."""
    sides = [np.asarray(points, np.float64).reshape(len(points), -1) for points in (x, y)]
    weights = [
        np.ones(len(points)) if shares is None else np.asarray(shares, np.float64)
        for points, shares in zip(sides, (a, b), strict=True)
    ]
    p, bracket = result.p, result.bracket
    least, most = power(*(side.tolist() for side in (*sides, *weights)), p)
    assert max(Fraction(bracket.lower), Fraction(0)) ** p <= most
    assert least <= Fraction(bracket.upper) ** p
    assert (result.status == "optimal") == (bracket.gap <= tol * bracket.upper)
    assert result.status == "optimal" or (result.status == "rounding" and bracket.gap <= result.allowance)
    plan = result.plan.toarray()
    for axis, shares in enumerate(weights):
        np.testing.assert_allclose(
            plan.sum(axis=1 - axis), shares / math.fsum(shares), rtol=1e-12, atol=1e-15
        )
    if result.status == "optimal" and bracket.upper > 1e-290:
        differences = (sides[0][:, None] - sides[1]) / bracket.upper
        cost = (plan * np.linalg.norm(differences, axis=2) ** p).sum() ** (1 / p)
        assert cost == pytest.approx(1.0, rel=1e-6)


THIRDS = np.array([0.1, 0.2, 0.7], np.float32)
SHIFTED = np.array([[0.0, 0.0], [1.0, 0.0], [1e6, 0.0]])
CASES = {
    "uniform": (*FAR, None, None, 0.8164965809),
    # 2.2e-17 of mass has to go to the far point; without it the distance would be 0.9487
    "weighted": (*FAR, [0.3, 0.3, 0.4], [0.2, 0.4, 0.4], 1.1593486106),
    "float32 weights": (SHIFTED, SHIFTED + np.array([0.001, 0.0]), THIRDS, THIRDS, 0.001),
    "much farther": (
        [[0.0, 0.0], [1.0, 0.0], [1e15, 1e15]],
        [[0.0, 1.0], [2.0, 0.0], [1e15, 1e15]],
        None,
        None,
        0.8164965809,
    ),
    "far clusters": (
        [[0.0, 0.0], [1e9, 0.0], [1e9, 3.0]],
        [[0.5, 0.0], [1e9, 1.0], [1e9, 2.0]],
        None,
        None,
        math.sqrt(0.75),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_far_does_not_blur_what_is_near(path: str, case: str) -> None:
    x, y, a, b, value = CASES[case]
    result = exact(x, y, a, b, p=2)
    check(result, x, y, a, b, 1e-6)
    assert result.status == "optimal"
    assert result.value == pytest.approx(value, rel=1e-6)
    first = exact(x, y, a, b, p=1)
    check(first, x, y, a, b, 1e-6)
    assert first.status == "optimal"


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("far", [1e3, 1e8, 1e16, 1e60, 1e100])
def test_what_is_far_on_the_line_does_not_blur_what_is_near(far: float, p: int) -> None:
    x, y = [0.0, 1.0, far], [0.5, 1.3, far]
    for a, b in ((None, None), ([0.3, 0.3, 0.4], [0.3, 0.3, 0.4]), ([0.3, 0.3, 0.4], [0.2, 0.4, 0.4])):
        result = exact(x, y, a, b, p=p)
        check(result, x, y, a, b, 1e-6)
        assert result.status == "optimal"


def test_mass_at_identical_points_is_not_cancelled_for_p_2(path: str) -> None:
    x, y = [[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [2.0, 0.0]]
    assert exact(x, y, p=2).value == pytest.approx(1.0, rel=1e-6)  # cancelled, it would be the root of 2
    assert exact(x, y, p=1).value == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("scale", [1e-281, 1e-290, 1e-305])
def test_scales_below_1e_280_are_solved(path: str, scale: float, p: int) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 5, 2)) * scale
    a = random.dirichlet(np.ones(5))
    result = exact(x, y, a, p=p)
    check(result, x, y, a, None, 1e-6)
    assert result.status == "optimal"


@pytest.mark.parametrize("p", [1, 2])
def test_denormal_weights_and_points_leave_a_true_bracket(path: str, p: int) -> None:
    tiny = 5e-324
    for x, y, a, b in (
        ([[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0]], [1.0, tiny], None),
        ([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]], [1.0, tiny, 3 * tiny], [1.0, tiny]),
        ([[tiny, 0.0], [0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0]] * 3, None, None),
        ([[3 * tiny, tiny], [0.0, 0.0]], [[0.0, 2 * tiny], [0.0, 0.0], [tiny, 0.0]], None, None),
    ):
        check(exact(x, y, a, b, p=p), np.array(x), np.array(y), a, b, 1e-6)


@settings(max_examples=120)
@given(st.data())
def test_brackets_hold_the_rational_truth_at_mixed_scales(data: st.DataObject) -> None:
    p, dim = data.draw(st.sampled_from([1, 2])), data.draw(st.integers(1, 2))
    sizes = st.sampled_from([0.0, 1.0, 1.0, 1.0, 1e4, 1e8, 1e-9, 1e-300, 5e-324])
    point = st.tuples(*[st.tuples(st.integers(-3, 3), sizes).map(math.prod)] * dim)
    x, y = (data.draw(st.lists(point, min_size=1, max_size=4)) for _ in range(2))
    if data.draw(st.booleans()):
        y[0] = x[0]
    weights = []
    for points in (x, y):
        weight = st.sampled_from([1.0, 0.1, 0.3, 1 / 3, 1e-9, 1e-17, 5e-324])
        drawn = [data.draw(weight) for _ in points]
        if sum(drawn) < 0.1:
            drawn[0] = 1.0
        total = sum(drawn)
        weights.append([share / total if share > 1e-300 else share for share in drawn])
    a, b = weights if data.draw(st.booleans()) else (None, None)
    tol = data.draw(st.sampled_from([1e-6, 0.0, 1e-14]))
    check(exact(x, y, a, b, p=p, tol=tol), np.array(x), np.array(y), a, b, tol)


def test_a_wrong_bracket_is_noticed() -> None:
    """The comparator of this file fails on brackets, statuses and plans that are a little off."""
    x, y, a, b, _ = CASES["weighted"]
    good = exact(x, y, a, b, p=2)
    check(good, x, y, a, b, 1e-6)
    fields = {name: getattr(good, name) for name in TransportResult.__slots__}
    wide = type(good.bracket)(good.bracket.lower * 0.999, good.bracket.upper)
    high = type(good.bracket)(good.bracket.upper * (1 + 1e-9), good.bracket.upper * (1 + 2e-9))
    for bad in ({"bracket": wide}, {"bracket": high}, {"status": "rounding"}, {"plan": 1.001 * good.plan}):
        with pytest.raises(AssertionError):
            check(TransportResult(**fields | bad), x, y, a, b, 1e-6)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("n", [30, 600])
def test_copies_that_differ_in_the_last_digit_are_told_apart_or_said_to_be_at_rounding(
    n: int, p: int
) -> None:
    x = np.random.default_rng(1).normal(size=(n, 3))
    y = np.nextafter(x, np.inf)
    result = exact(x, y, p=p)
    assert result.status == "optimal" or (
        result.status == "rounding" and result.bracket.gap <= result.allowance <= 1e-7
    )
    assert result.bracket.lower <= float(np.linalg.norm(y - x, axis=1).max())
    same = exact(x, x[::-1], p=p, tol=0.0)
    assert (same.status, same.bracket.lower, same.bracket.upper) == ("optimal", 0.0, 0.0)


@pytest.mark.parametrize("n", [40, 700])
@pytest.mark.parametrize("p", [1, 2])
def test_a_tolerance_of_0_ends_at_rounding_or_optimal(n: int, p: int) -> None:
    x, y = np.random.default_rng(2).normal(size=(2, n, 3))
    result = exact(x, y, p=p, tol=0.0)
    assert result.status == ("optimal" if result.bracket.gap == 0.0 else "rounding")
    assert result.bracket.gap <= result.allowance <= 1e-11


@pytest.mark.parametrize(("p", "far", "count"), [(1, 1e12, 1), (2, 1e8, 1), (2, 1e12, 1), (2, 1e8, 12)])
def test_column_generation_keeps_what_is_near(p: int, far: float, count: int) -> None:
    """Far points in both sets change the distance of the rest only by its share of the mass."""
    random = np.random.default_rng(3)
    x, y = random.normal(size=(2, 600, 4))
    cluster = far + np.arange(count)[:, None] * np.ones(4)
    alone = exact(x, y, p=p)
    result = exact(np.concatenate([x, cluster]), np.concatenate([cluster[::-1], y]), p=p)
    assert result.status == "optimal"
    share = 600 / (600 + count)
    assert result.value**p == pytest.approx(share * alone.value**p, rel=1e-5)
