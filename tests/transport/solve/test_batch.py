"""wcheck.exact_batch and the dense assignment solver: each bracket holds the truth, whatever else is in the batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from wcheck import Measure, exact, exact_batch, exact_cost
from wcheck.errors import ParameterError, WcheckError
from wcheck.transport.cost.pairs import cost_rounding
from wcheck.transport.cost.whole import all_costs
from wcheck.transport.programs import dense
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.simplex import Basic
from wcheck.transport.programs.small import assignment_brackets
from wcheck.transport.solve import batch as module

KINDS = ["gaussian", "line", "integers", "equal", "lattice", "duplicates", "simplex", "shift"]


def draw(kind: str, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng([n, seed])
    if kind == "line":
        x, y = generator.normal(size=(2, n, 1))
    elif kind == "integers":
        x, y = generator.integers(0, 4, (2, n, 3)).astype(float)
    elif kind == "equal":
        x, y = np.ones((2, n, 2))
    elif kind == "lattice":
        x = np.stack([np.arange(n) // 8, np.arange(n) % 8], axis=1).astype(float)
        y = x[generator.permutation(n)] + [2.0, 1.0]
    elif kind == "duplicates":
        x, y = generator.normal(size=(2, max(1, n // 5), 2))[:, generator.integers(0, max(1, n // 5), n)]
    elif kind == "simplex":
        x, y = np.eye(2 * n)[:n], np.eye(2 * n)[n:]
    else:
        x, y = generator.normal(size=(2, n, 5))
        y = x[::-1] + 0.5 if kind == "shift" else y
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def assign(cost: np.ndarray) -> Basic:
    weights = np.full(len(cost), 1 / len(cost))
    return dense.solve(weights, weights, cost)


def certify(basic: Basic, cost: np.ndarray) -> None:
    """A complete assignment, feasible potentials, and equality on its arcs: together, a proof of optimality."""
    n = len(cost)
    np.testing.assert_array_equal(basic.rows, np.arange(n))
    np.testing.assert_array_equal(np.sort(basic.columns), np.arange(n))
    np.testing.assert_array_equal(basic.mass, np.ones(n))
    scale = max(np.abs(cost).max(), np.abs(basic.v).max())
    reduced = cost - basic.u[:, None] - basic.v
    assert reduced.min() >= -1e-15 * scale
    assert reduced[basic.rows, basic.columns].max() <= 1e-13 * scale


def compare(lower: Sequence[float], upper: Sequence[float], truth: Sequence[float], rel: float) -> None:
    """Brackets hold the truth, computed with a relative error of up to 1e-13, and are narrow."""
    for low, high, value in zip(lower, upper, truth, strict=True):
        assert low <= value * (1 + 1e-13)
        assert high >= value * (1 - 1e-13)
        assert high - low <= rel * value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 3, 8, 33, 130])
def test_assignments_are_optimal_and_agree_with_scipy(kind: str, n: int) -> None:
    for seed in range(3):
        cost = cdist(*draw(kind, n, seed))
        basic = assign(cost)
        certify(basic, cost)
        expected = cost[linear_sum_assignment(cost)].sum()
        assert cost[basic.rows, basic.columns].sum() == pytest.approx(expected, rel=1e-13)


@given(
    st.integers(1, 25), st.integers(0, 2**32), st.integers(1, 6), st.sampled_from([0.0, -3.0, 1e-200, 1e200])
)
@settings(max_examples=200)
def test_assignments_of_any_costs_are_optimal(n: int, seed: int, values: int, scale: float) -> None:
    """Ties in plenty, negative costs, none, and costs of extreme size."""
    generator = np.random.default_rng(seed)
    cost = generator.integers(0, values, (n, n)) * scale + generator.integers(0, 2) * generator.random((n, n))
    basic = assign(cost)
    certify(basic, cost)
    expected = cost[linear_sum_assignment(cost)].sum()
    assert cost[basic.rows, basic.columns].sum() == pytest.approx(expected, rel=1e-13, abs=1e-13 * abs(scale))


def test_the_comparators_reject_what_is_wrong() -> None:
    cost = cdist(*draw("gaussian", 6))
    basic = assign(cost)
    for wrong in (
        replace(basic, columns=np.roll(basic.columns, 1)),
        replace(basic, columns=np.full(6, basic.columns[0])),
        replace(basic, mass=basic.mass * (1 + 1e-15)),
        replace(basic, u=basic.u + 1e-12),
        replace(basic, u=basic.u - 1e-12),
    ):
        with pytest.raises(AssertionError):
            certify(wrong, cost)
    compare([1.0], [1.0 + 1e-12], [1.0], 2e-12)
    for lower, upper in ((1.0 + 1e-12, 1.0 + 1e-12), (1.0 - 1e-12, 1.0 - 1e-12), (0.9, 1.1)):
        with pytest.raises(AssertionError):
            compare([lower], [upper], [1.0], 2e-12)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "d"), [(1, 1), (7, 3), (40, 2), (64, 20), (30, 300), (50, 1), (250, 1)])
def test_agrees_with_exact_and_scipy(n: int, d: int, dtype: type, p: int) -> None:
    x, y = np.random.default_rng(n * d).normal(size=(2, 5, n, d)).astype(dtype)
    found = exact_batch(x, y, p=p)
    costs = [cdist(*(side.astype(float) for side in pair)) ** p for pair in zip(x, y, strict=True)]
    truth = [cost[linear_sum_assignment(cost)].mean() ** (1 / p) for cost in costs]
    compare(found.lower, found.upper, truth, 1e-12)
    for k in range(5):
        alone = exact(x[k], y[k], p=p)
        assert found.value[k] == pytest.approx(alone.value, rel=1e-13)
        assert found.relative_gap[k] == pytest.approx(0.0, abs=2 * alone.bracket.relative_gap + 5e-14)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("n", "m", "d"), [(30, 20, 2), (25, 25, 5), (1, 9, 3), (12, 40, 1), (20, 20, 1)])
def test_agrees_with_pot_and_exact_for_any_weights(n: int, m: int, d: int, p: int) -> None:
    generator = np.random.default_rng(n + m + d)
    x, y = generator.normal(size=(4, n, d)), generator.normal(size=(4, m, d))
    a, b = generator.dirichlet(np.ones(n), 4), generator.dirichlet(np.ones(m), 4)
    a[0, (n + 1) // 2 :] = 0.0  # points without weight
    a[0] /= a[0].sum()
    found = exact_batch(x, y, a, b, p=p)
    truth = [ot.emd2(u, v, cdist(q, r) ** p) ** (1 / p) for q, r, u, v in zip(x, y, a, b, strict=True)]
    compare(found.lower, found.upper, truth, 1e-11)
    for k in range(4):
        assert found.value[k] == pytest.approx(exact(x[k], y[k], a[k], b[k], p=p).value, rel=1e-9)
    half = exact_batch(x, y, p=p)
    one = exact_batch(x, y, [None] * 4, np.full((4, m), 1 / m), p=p)
    np.testing.assert_allclose(one.value, half.value, rtol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("p", [1, 2])
def test_degenerate_data_have_narrow_brackets(kind: str, p: int) -> None:
    pairs = [draw(kind, n) for n in (1, 2, 20, 64)]
    found = exact_batch(*map(list, zip(*pairs, strict=True)), p=p)
    costs = [cdist(*pair) ** p for pair in pairs]
    truth = [cost[linear_sum_assignment(cost)].mean() ** (1 / p) for cost in costs]
    compare(found.lower, found.upper, truth, 1e-12)


@settings(max_examples=60)
@given(st.data())
def test_brackets_hold_the_rational_truth_on_collinear_integers(data: st.DataObject) -> None:
    """W1 on a line of direction (3, 4): distances are 5 |i - j|, the optimal plan is the sorted one."""
    n = data.draw(st.integers(1, 12))
    numbers = st.lists(st.integers(-1000, 1000), min_size=n, max_size=n).map(sorted)
    pairs = data.draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4))
    direction = np.array([3.0, 4.0])
    found = exact_batch(*([np.outer(pair[side], direction) for pair in pairs] for side in (0, 1)))
    for k, (i, j) in enumerate(pairs):
        truth = sum((Fraction(5 * abs(q - r)) for q, r in zip(i, j, strict=True)), Fraction(0)) / n
        assert Fraction(found.lower[k]) <= truth <= Fraction(found.upper[k])
        assert found.upper[k] - found.lower[k] <= 1e-10


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 40), st.booleans())
def test_brackets_hold_the_truth_in_more_digits(seed: int, n: int, d: int, weighted: bool) -> None:
    """Coordinates of widely different size; the plan's cost in 64-bit mantissas, least over all permutations."""
    generator = np.random.default_rng(seed)
    x, y = generator.normal(size=(2, n, d)) * 10.0 ** generator.uniform(-6, 6, (2, n, d))
    long = np.sqrt(((x.astype(np.longdouble)[:, None] - y) ** 2).sum(axis=2))
    a = None
    if weighted:  # against one point there is but one plan
        a, y, long = [generator.dirichlet(np.ones(n))], y[:1], long[:, :1]
        truth = (long[:, 0] * a[0]).sum() / a[0].astype(np.longdouble).sum()
    else:
        from itertools import permutations

        truth = min(long[range(n), list(order)].sum() for order in permutations(range(n))) / n
    found = exact_batch([x], [y], a)
    slack = (
        np.longdouble(2.0**-50 if weighted else 2.0**-60) * truth
    )  # the weights' total is 1 up to rounding
    assert found.lower[0] - slack <= truth <= found.upper[0] + slack


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", [*KINDS, "far", "near"])
def test_screening_in_float32_changes_no_bracket(kind: str, p: int) -> None:
    """In 300 dimensions; ``far``: points 10^4 away from the origin; ``near``: pairs a millionth of their size apart."""
    generator = np.random.default_rng(5)
    sides = [draw(kind, n) for n in (1, 3, 40, 128)]
    mix = generator.normal(size=(300, 300))
    pairs = [tuple((side @ mix[: side.shape[1]] / 4).astype(np.float32) for side in pair) for pair in sides]
    if kind == "far":
        pairs = [(x + np.float32(1e4), y + np.float32(1e4)) for x, y in pairs]
    if kind == "near":
        pairs = [(x, x[::-1] * np.float32(1 + 1e-6)) for x, _ in pairs]
    screened = exact_batch(*map(list, zip(*pairs, strict=True)), p=p)
    double = exact_batch(
        *([side.astype(float) for side in column] for column in zip(*pairs, strict=True)), p=p
    )
    costs = [cdist(*(side.astype(float) for side in pair)) ** p for pair in pairs]
    truth = [cost[linear_sum_assignment(cost)].mean() ** (1 / p) for cost in costs]
    narrow = (
        1e-11 if kind != "near" else 1e-2 if p == 2 else 1e-7
    )  # potentials there are far larger than distances
    compare(screened.lower, screened.upper, truth, narrow)
    np.testing.assert_allclose(screened.upper, double.upper, rtol=1e-11)


def test_the_compiled_certificate_is_that_of_the_program() -> None:
    for p in (1, 2):
        x, y = (side.astype(np.float32) for side in draw("gaussian", 50))
        brackets = assignment_brackets(x[None], y[None], p)
        cost, unit, underflow = all_costs(x, y, p)
        assert unit == brackets.unit[0]
        basic, rounding = assign(cost), cost_rounding(5, p)
        uniform = np.full(50, 1 / 50)
        program = Program(uniform, uniform, lambda i, j: cost[i, j], p, cost.max(), rounding, underflow)  # noqa: B023
        best = Best(program, basic.u, basic.v, basic.rows, basic.columns, basic.mass)
        best.offer_plan(basic, cost[basic.rows, basic.columns])
        best.offer_potentials(program.transform(cost, basic.v), basic.v)
        assert brackets.upper[0] == pytest.approx(best.upper, rel=3e-16)
        assert brackets.lower[0] == pytest.approx(best.lower, rel=1e-14)
        assert brackets.lower[0] <= cost[basic.rows, basic.columns].mean()


def test_costs_are_distances_within_their_rounding() -> None:
    generator = np.random.default_rng(1)
    for d in (1, 3, 4, 5, 31, 32, 33, 70):
        x, y = generator.normal(size=(9, d)), generator.normal(size=(7, d))
        for p in (1, 2):
            cost, unit, underflow = all_costs(x, y, p)
            truth = ((x.astype(np.longdouble)[:, None] - y) ** 2).sum(axis=2) ** (p / 2) / unit**p
            assert np.abs(cost - truth).max() <= cost_rounding(d, p) * truth.max()
            assert underflow == 0.0


def test_a_bracket_depends_neither_on_the_batch_nor_on_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(2)
    sizes = [(int(n), int(m)) for n, m in generator.integers(1, 30, (40, 2))] + [(30, 30)] * 20
    d = generator.integers(1, 5, len(sizes))
    x = [generator.normal(size=(n, d[k])).astype(np.float32) for k, (n, _) in enumerate(sizes)]
    y = [generator.normal(size=(m, d[k])) for k, (_, m) in enumerate(sizes)]
    whole = exact_batch(x, y)
    for work, threads in ((1, 5), (10_000, 3)):
        monkeypatch.setattr(module, "CHUNK_WORK", work)
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        order = generator.permutation(len(sizes))
        other = exact_batch([x[k] for k in order], [y[k] for k in order])
        assert other.lower.tobytes() == whole.lower[order].tobytes()
        assert other.upper.tobytes() == whole.upper[order].tobytes()
    alone = exact_batch(x[7:8], y[7:8])
    assert (alone.lower[0], alone.upper[0]) == (whole.lower[7], whole.upper[7])


@pytest.mark.parametrize("unit", [1e-320, 1e-300, 1e-30, 1e30, 1e300])
def test_the_unit_does_not_matter(unit: float) -> None:
    x, y = draw("integers", 20)
    plain, scaled = exact_batch([x], [y]), exact_batch([x * unit], [y * unit])
    assert scaled.lower[0] <= plain.upper[0] * unit * (1 + 1e-12)
    assert plain.lower[0] * unit * (1 - 1e-12) <= scaled.upper[0]
    assert scaled.upper[0] - scaled.lower[0] <= 1e-12 * scaled.upper[0] + 1e-322


@pytest.mark.parametrize(
    ("x", "y", "truth"),
    [
        ([[0.0], [1.0]], [[1e-170], [1.0]], 0.5e-170),
        ([[0.0], [1.0]], [[1.3e-161], [1.0]], 0.65e-161),
        (np.zeros((1, 1), np.float32), [[1.4e-198]], 1.4e-198),
        (np.zeros((3, 1)), [[5e-324], [0.0], [0.0]], 0.0),
        ([[1e100, 0.0]], [[1e100, 1e-250]], 1e-250),
        (np.zeros((1, 1), np.float32), [[1e60]], 1e60),
        (np.zeros((2, 1)), [[1e60]], 1e60),
        ([[1e300]], [[-1e300]], 2e300),
    ],
)
@pytest.mark.parametrize("p", [1, 2])
def test_numbers_near_the_ends_of_the_range_are_paid_for(x: object, y: object, truth: float, p: int) -> None:
    found = exact_batch([x], [y], p=p)
    truth = truth if p == 1 or len(np.asarray(x)) == 1 else exact(x, y, p=p).value
    assert found.lower[0] <= truth <= found.upper[0]
    assert found.upper[0] <= truth * (1 + 1e-6) + 1e-150 * np.abs(np.asarray(y)).max() + 5e-324


def test_weights_are_divided_by_their_total_exactly() -> None:
    """W1 is 9 times the weight of the second point, less what is at 1 already."""
    for weights in ([0.5, 0.5 + 4e-7], [0.5 + 2e-7, 0.5 + 2e-7], [0.25, 0.75 - 9e-7]):
        first, second = map(Fraction, weights)
        share = second / (first + second)
        half = Fraction(1, 2)
        truth = 9 * min(share, half) + (10 * (share - half) if share > half else half - share)
        found = exact_batch([[[0.0], [10.0]]], [[[0.0], [1.0]]], [weights])
        assert Fraction(found.lower[0]) <= truth <= Fraction(found.upper[0])
        assert found.upper[0] - found.lower[0] <= 1e-13


def test_points_far_from_the_origin_are_as_good_as_others() -> None:
    """The value is that of ``exact`` and of points moved to the origin, which these can be without rounding."""
    for offset in (1e7, -3e12, 1e15):
        random = np.random.default_rng(0)
        x, y = (offset + random.normal(size=(count, 2)) for count in (30, 20))
        for p in (1, 2):
            found, moved = exact_batch([x], [y], p=p), exact_batch([x - offset], [y - offset], p=p)
            assert found.status[0] == "optimal"
            assert found.relative_gap[0] <= 1e-10
            compare(found.lower, found.upper, moved.value, 1e-10)


def test_the_distance_of_thirty_points_from_twenty_at_ten_million() -> None:
    random = np.random.default_rng(0)
    x, y = 1e7 + random.normal(size=(30, 2)), 1e7 + random.normal(size=(20, 2))
    found, alone = exact_batch([x], [y], p=2), exact(x, y, p=2)
    assert found.status.tolist() == ["optimal"]
    assert found.value[0] == pytest.approx(alone.value, rel=1e-12)
    assert alone.bracket.lower <= found.upper[0]
    assert found.lower[0] <= alone.bracket.upper


ENDS = ([[0.0, 0.0], [1.0, 0.0], [1e8, 1e8]], [[0.0, 1.0], [2.0, 0.0], [1e8, 1e8]])


def test_one_far_point_in_both_sets_does_not_ruin_the_rest() -> None:
    """Truths by integers: W2^2 of the uniform case is (1 + 1) / 3; the 2.2e-17 of mass that goes far costs .44."""
    x, y = ENDS
    found = exact_batch([x, x], [y, y], [None, [0.3, 0.3, 0.4]], [None, [0.2, 0.4, 0.4]], p=2)
    assert found.status.tolist() == ["optimal", "optimal"]
    assert found.value[0] == pytest.approx(math.sqrt(2 / 3), rel=1e-9)
    assert found.value[1] == pytest.approx(1.1593, abs=5e-5)


def test_the_status_says_what_the_bracket_is() -> None:
    """Equal sets and equal brackets are optimal at any tolerance; what float64 cannot close ends as rounding."""
    x, y = np.random.default_rng(6).normal(size=(2, 3, 20, 3))
    found = exact_batch([*x, x[0]], [*y, x[0][::-1]], tol=0.0)
    gaps = found.upper - found.lower
    assert [status == "optimal" for status in found.status] == (gaps <= 0.0).tolist()
    assert found.status[3] == "optimal"
    assert found.value[3] == 0.0
    assert set(found.status) <= {"optimal", "rounding"}
    assert set(exact_batch(x, y).status) == {"optimal"}
    tiny = exact_batch([[[0.0], [5e-324]]], [[[5e-324]]])  # half of 5e-324, which float64 does not have
    assert (tiny.lower[0], tiny.upper[0], tiny.status[0]) == (0.0, 5e-324, "rounding")


@pytest.mark.parametrize("p", [1, 2])
def test_denormal_points_and_weights_have_strictly_valid_brackets(p: int) -> None:
    """All but 5e-324 of the mass stays where it is: W_p^p is at most that; points of a few 5e-324 are apart."""
    least = 5e-324
    found = exact_batch(
        [[[0.0, 0.0], [1.0, 0.0]], [[3 * least, 0.0]]],
        [[[0.0, 0.0]], [[0.0, 4 * least]]],
        [[1.0, least], None],
        p=p,
    )
    assert (
        Fraction(found.lower[0]) ** p
        <= Fraction(least) / (1 + Fraction(least))
        <= Fraction(found.upper[0]) ** p
    )
    assert Fraction(found.lower[1]) <= 5 * Fraction(least) <= Fraction(found.upper[1])
    assert found.upper[1] <= 7 * least


def test_every_kind_of_points_gives_the_same() -> None:
    x, y = np.random.default_rng(3).integers(0, 255, (2, 6, 10, 2, 2)).astype(np.uint8)
    flat_x, flat_y = (side.reshape(6, 10, 4).astype(np.float32) for side in (x, y))
    truth = exact_batch(flat_x, flat_y)
    assert len(truth) == 6
    frozen = flat_x.copy()
    frozen.flags.writeable = False
    for left, right in (
        (x, y),
        (torch.from_numpy(x), [torch.from_numpy(side) for side in y]),
        ([Measure.of(side) for side in x], tuple(y)),
        (flat_x.tolist(), flat_y.astype(np.float64)),
        (frozen, np.asfortranarray(flat_y)),
        ([np.asfortranarray(side) for side in flat_x], flat_y.astype(np.float16)),
        (flat_x.astype(">f4"), [list(map(torch.tensor, side)) for side in flat_y]),
    ):
        found = exact_batch(left, right)
        np.testing.assert_allclose(found.lower, truth.lower, rtol=1e-14)
        np.testing.assert_allclose(found.upper, truth.upper, rtol=1e-14)


def test_no_problems_are_no_brackets() -> None:
    found = exact_batch([], [])
    assert len(found) == len(found.status) == 0
    assert found.relative_gap.shape == (0,)


def test_progress_counts_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_WORK", 1)
    seen = []
    x, y = np.random.default_rng(4).normal(size=(2, 7, 5, 2))
    exact_batch(x, y, report=lambda label, done, total, note="": seen.append((label, done, total)))
    assert seen == [("exact_batch", done, 7) for done in range(1, 8)]


def bad(value: float, problem: int = 2, row: int = 1, column: int = 0) -> np.ndarray:
    x = np.ones((4, 3, 2))
    x[problem, row, column] = value
    return x


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 3}, "p is 3"),
        ({"p": True}, "p is True"),
        ({"tol": -1.0}, "tol is -1.0"),
        ({"y": {0: np.ones((3, 2))}}, "y is a dict: a batch"),
        ({"b": {0.5, 0.25}}, "b is a set"),
        ({"x": np.ones((3, 2))}, r"x is of shape \(3, 2\): a batch"),
        ({"y": Measure.of(np.ones((3, 2)))}, "y is a Measure"),
        ({"y": None}, "y is a NoneType"),
        ({"y": np.ones((5, 3, 2))}, "x holds 4 problems and y holds 5"),
        ({"a": np.full((3, 3), 1 / 3)}, "x holds 4 problems and a holds 3"),
        ({"b": 1.0}, "b is a float"),
        (
            {"y": [np.ones((3, 2))] * 3 + [np.ones((3, 5))]},
            r"x\[3\] has dimension 2 and y\[3\] has dimension 5",
        ),
        ({"x": bad(math.nan)}, r"x\[2\] holds nan at row 1, column 0"),
        ({"y": bad(-math.inf).astype(np.float32)}, r"y\[2\] holds -inf at row 1, column 0"),
        ({"y": bad(1e302)}, r"x\[2\] or y\[2\] holds coordinates of 1e\+301 and more: rescale"),
        ({"y": [np.ones((2, 2))] * 2 + [np.full((2, 2), np.nan)] * 2}, r"y\[2\] holds nan"),
        ({"y": [*np.ones((3, 3, 2)), np.empty((0, 2))]}, r"y\[3\] has shape \(0, 2\)"),
        ({"y": [*np.ones((3, 3, 2)), [["a", "b"]]]}, r"y\[3\] .* real numbers"),
        ({"y": [*np.ones((3, 3, 2)), np.ma.masked_array(np.ones((3, 2)), mask=True)]}, r"y\[3\] is a masked"),
        ({"a": np.full((4, 2), 0.5)}, r"x\[0\] has 3 points and weights of shape"),
        ({"b": [None, None, [0.5, 0.6, 0.0], None]}, r"y\[2\] has weights of total 1\.1"),
        ({"b": [None, None, None, [-0.5, 1.0, 0.5]]}, r"y\[3\] has weight -0\.5 at index 0"),
        ({"x": [np.ones((2001, 2))] * 4, "y": [np.ones((2000, 2))] * 4}, "2,001 x 2,000 .* wcheck.exact"),
    ],
)
def test_bad_input_is_one_line_that_names_the_problem(options: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"x": np.ones((4, 3, 2)), "y": np.zeros((4, 3, 2))} | options
    with pytest.raises(ParameterError, match=message) as caught:
        exact_batch(**arguments)
    assert "\n" not in str(caught.value)


def test_a_stack_of_cost_matrices_has_the_brackets_of_each():
    random = np.random.default_rng(0)
    costs = random.normal(size=(20, 30, 30))
    found = exact_batch(cost=costs)
    assert found.p is None
    assert found.optimal
    for k, matrix in enumerate(costs):
        one = exact_cost(matrix)
        assert found.lower[k] <= one.bracket.upper
        assert one.bracket.lower <= found.upper[k]
        assert found.absolute_cost[k] == pytest.approx(one.absolute_cost)
    assert (found.relative_gap < 1e-13).all()
    assert (found.relative_gap == (found.upper - found.lower) / found.absolute_cost).all()


def test_cost_matrices_of_a_batch_may_be_of_any_kind():
    random = np.random.default_rng(1)
    weights = random.random(7)
    matrices = [
        random.integers(0, 9, (5, 5)),
        random.random((7, 4)),
        np.zeros((3, 3)),
        np.where(np.eye(4) == 1, 2.0, np.inf),
        np.full((2, 2), 2**60) + np.array([[0, 5], [6, 0]]),
    ]
    a = [None, weights / weights.sum(), None, None, None]
    found = exact_batch(cost=matrices, a=a)
    for k, (matrix, own) in enumerate(zip(matrices, a, strict=True)):
        one = exact_cost(matrix, own)
        assert found.status[k] == "optimal"
        assert found.upper[k] == pytest.approx(one.value, rel=1e-12)
    assert found.upper[2] == found.lower[2] == 0.0


def test_what_is_wrong_about_a_batch_of_cost_matrices_is_said():
    square = np.zeros((2, 3, 3))
    for options, says in (
        (dict(cost=square, x=square, y=square), "beside x, y, p or metric"),
        (dict(cost=square[0]), "give one, or give a single matrix"),
        (dict(cost=[square[0], np.full((2, 2), np.nan)]), r"cost\[1\] holds nan"),
        (dict(cost=[square[0], np.full((2, 2), np.inf)]), r"forbidden pairs of cost\[1\]"),
        (dict(cost=square, a=[None, [1, 1, 1]]), r"the source of cost\[1\] has weights of total 3"),
        (dict(cost=square, a=[None]), "cost holds 2 problems and a does not"),
        (dict(cost=[np.zeros((3000, 3000))]), "9,000,000 pairs"),
    ):
        with pytest.raises(WcheckError, match=says):
            exact_batch(**options)
