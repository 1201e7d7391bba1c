"""wcheck.exact: the bracket holds the truth, whatever the data; the answer agrees with other solvers."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import ot
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

from wcheck import Bracket, Measure, TransportResult, exact
from wcheck.errors import ParameterError
from wcheck.transport.solve import budget, small
from wcheck.transport.solve.clock import OutOfTime


@pytest.fixture(params=["dense", "columns", "lists"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """All ways: over all pairs, and by column generation, with bounds held or scanned, for tiny problems."""
    if request.param != "dense":
        monkeypatch.setattr(small, "PAIRS", 0)
    if request.param == "lists":
        monkeypatch.setattr(budget, "HELD_PAIRS", 0)
    return str(request.param)


def check(result: TransportResult, x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """The certificate, recomputed from plan and potentials alone."""
    cost = cdist(np.asarray(x, np.float64), np.asarray(y, np.float64)) ** result.p
    scale = max(cost.max(), 1e-300)
    plan = result.plan.toarray()
    np.testing.assert_allclose(plan.sum(axis=1), a, atol=1e-12)
    np.testing.assert_allclose(plan.sum(axis=0), b, atol=1e-12)
    assert plan.min() >= 0
    u, v = result.potentials
    assert (u[:, None] + v - cost).max() <= 1e-12 * scale
    power = 1 / result.p
    assert result.bracket.upper == pytest.approx(
        (plan * cost).sum() ** power, rel=1e-9, abs=1e-9 * scale**power
    )
    dual = max(float(a @ u + b @ v), 0.0)
    assert result.bracket.lower <= dual**power + 1e-9 * scale**power
    assert result.bracket.lower <= result.bracket.upper


def reference(x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray, p: int) -> float:
    cost = cdist(np.asarray(x, np.float64), np.asarray(y, np.float64)) ** p
    return float(ot.emd2(a, b, cost, numItermax=10**8)) ** (1 / p)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("weights", ["uniform", "random"])
@pytest.mark.parametrize(("n", "m", "d"), [(40, 40, 2), (30, 50, 5), (1, 20, 3), (60, 7, 130), (25, 25, 1)])
def test_agrees_with_pot_dense(path: str, n: int, m: int, d: int, weights: str, p: int) -> None:
    random = np.random.default_rng(n * m + d + p)
    x, y = random.normal(size=(n, d)), random.normal(size=(m, d)) + 0.3
    a, b = (np.full(k, 1 / k) if weights == "uniform" else random.dirichlet(np.ones(k)) for k in (n, m))
    result = exact(x, y, a, b, p=p)
    check(result, x, y, a, b)
    assert result.status == "optimal"
    assert result.value == pytest.approx(reference(x, y, a, b, p), rel=1e-6, abs=1e-12)


def test_agrees_with_scipy_on_hundreds_of_problems() -> None:
    random = np.random.default_rng(0)
    for _ in range(300):
        n, d = int(random.integers(1, 30)), int(random.integers(1, 6))
        # small integers: many equal distances, many coinciding points
        x, y = random.integers(0, 4, (2, n, d)).astype(np.float64)
        cost = cdist(x, y)
        truth = cost[linear_sum_assignment(cost)].sum() / n
        result = exact(x, y)
        assert result.bracket.lower <= truth * (1 + 1e-14) + 1e-15
        assert truth * (1 - 1e-14) <= result.bracket.upper
        assert result.bracket.gap <= 1e-6 * result.bracket.upper + 1e-13


def test_agrees_with_a_linear_program_on_weighted_problems(path: str) -> None:
    random = np.random.default_rng(1)
    for _ in range(10):
        n, m = random.integers(2, 12, 2)
        x, y = random.normal(size=(n, 3)), random.normal(size=(m, 3))
        a, b = random.dirichlet(np.ones(n)), random.dirichlet(np.ones(m))
        rows = scipy.sparse.kron(scipy.sparse.eye_array(n), np.ones((1, m)))
        columns = scipy.sparse.kron(np.ones((1, n)), scipy.sparse.eye_array(m))
        program = linprog(
            cdist(x, y).ravel(), A_eq=scipy.sparse.vstack([rows, columns]), b_eq=np.concatenate([a, b])
        )
        assert exact(x, y, a, b).value == pytest.approx(program.fun, rel=1e-7)


def test_a_wrong_answer_is_noticed() -> None:
    """The comparator of this file fails on a plan that is not optimal and on potentials that are not feasible."""
    random = np.random.default_rng(2)
    x, y = random.normal(size=(2, 20, 2))
    uniform = np.full(20, 1 / 20)
    good = exact(x, y)
    identity = scipy.sparse.coo_array((uniform, (np.arange(20), np.arange(20))))
    for bad in (
        {"plan": identity},
        {"potentials": (good.potentials[0] + 0.1, good.potentials[1])},
        {"bracket": Bracket(good.value * 1.01, good.value * 1.02)},
    ):
        forged = TransportResult(**{name: getattr(good, name) for name in good.__slots__} | bad)
        with pytest.raises(AssertionError):
            check(forged, x, y, uniform, uniform)


@pytest.mark.parametrize("p", [1, 2])
def test_identical_sets_are_at_distance_zero(path: str, p: int) -> None:
    x = np.random.default_rng(3).normal(size=(70, 4)).astype(np.float32)
    result = exact(x, x[::-1].copy(), p=p)
    assert result.bracket.lower == 0.0
    assert result.value <= 1e-12


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_a_shift_is_its_length(path: str, p: int, scale: float) -> None:
    random = np.random.default_rng(4)
    x = random.integers(-50, 50, (64, 3)) * scale
    shift = np.array([3.0, 4.0, 12.0]) * scale
    result = exact(x, x + shift, p=p)
    truth = 13.0 * scale
    assert result.bracket.lower <= truth * (1 + 1e-12)
    assert result.bracket.upper >= truth * (1 - 1e-12)
    assert result.value == pytest.approx(truth, rel=1e-6)


def test_huge_common_offset_does_not_cost_digits(path: str) -> None:
    random = np.random.default_rng(5)
    x, y = random.integers(0, 1 << 20, (2, 50, 3)) * 2.0**-20  # exact in float64 even after the offset
    plain, far = exact(x, y), exact(x + 1e6, y + 1e6)
    assert far.value == pytest.approx(plain.value, rel=1e-6)
    truth = reference(x, y, np.full(50, 0.02), np.full(50, 0.02), 1)
    assert far.bracket.lower <= truth * (1 + 1e-13)
    assert far.bracket.upper >= truth * (1 - 1e-13)


def test_near_duplicates_keep_their_distance(path: str) -> None:
    """Distances of 1e-9 between points of size 1: float32 products see nothing of them."""
    x = np.random.default_rng(6).normal(size=(80, 10))
    y = x.copy()
    y[:, 0] += 1e-9
    result = exact(x, y)
    assert result.value == pytest.approx(1e-9, rel=1e-5)
    assert result.bracket.lower == pytest.approx(1e-9, rel=1e-4)


def test_one_dimension_is_the_area_between_quantile_functions(path: str) -> None:
    random = np.random.default_rng(7)
    x, y = random.normal(size=90), random.exponential(size=60)
    a, b = random.dirichlet(np.ones(90)), random.dirichlet(np.ones(60))
    result = exact(x, y, a, b)
    assert result.value == pytest.approx(wasserstein_distance(x, y, a, b), rel=1e-6)


def test_parallel_segments_are_at_their_distance(path: str) -> None:
    """Arjovsky et al. 2017, Example 1: uniform measures on two parallel segments, |theta| apart."""
    heights = np.linspace(0, 1, 200)
    for theta in (0.25, -0.5):
        x = np.stack([np.zeros(200), heights], axis=1)
        y = np.stack([np.full(200, theta), heights], axis=1)
        assert exact(x, y).value == pytest.approx(abs(theta), rel=1e-6)


@settings(max_examples=60)
@given(st.data())
def test_bracket_holds_the_rational_truth_on_collinear_integers(data: st.DataObject) -> None:
    """W1 on a line of direction (3, 4): distances are 5 |i - j|, the optimal plan is the sorted one."""
    n = data.draw(st.integers(1, 12))
    i = sorted(data.draw(st.lists(st.integers(-1000, 1000), min_size=n, max_size=n)))
    j = sorted(data.draw(st.lists(st.integers(-1000, 1000), min_size=n, max_size=n)))
    truth = sum((Fraction(5 * abs(p - q)) for p, q in zip(i, j, strict=True)), Fraction(0)) / n
    direction = np.array([3.0, 4.0])
    bracket = exact(np.outer(i, direction), np.outer(j, direction)).bracket
    assert Fraction(bracket.lower) <= truth <= Fraction(bracket.upper)
    assert bracket.gap <= 1e-6 * bracket.upper + 1e-9


@settings(max_examples=60)
@given(st.data())
def test_bracket_holds_the_rational_truth_of_squared_w2_on_integers(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    points = st.lists(st.tuples(*[st.integers(-50, 50)] * 3), min_size=n, max_size=n)
    x, y = (np.array(data.draw(points), dtype=np.float64) for _ in range(2))
    cost = cdist(x, y, "sqeuclidean")
    truth = Fraction(int(cost[linear_sum_assignment(cost)].sum()), n)
    bracket = exact(x, y, p=2).bracket
    assert Fraction(bracket.lower) ** 2 <= truth <= Fraction(bracket.upper) ** 2


@pytest.mark.parametrize("shape", ["lattice", "simplex", "two points", "duplicates"])
def test_massive_ties_neither_cycle_nor_lose_the_certificate(path: str, shape: str) -> None:
    random = np.random.default_rng(8)
    grid = np.stack(np.meshgrid(np.arange(16.0), np.arange(16.0)), axis=-1).reshape(-1, 2)
    x, y = {
        "lattice": (grid, grid[random.permutation(256)] + [2.0, 1.0]),
        "simplex": (np.eye(200)[:100], np.eye(200)[100:]),
        "two points": (np.zeros((300, 2)), np.ones((200, 2))),
        "duplicates": (np.repeat(grid[:20], 15, axis=0), np.repeat(grid[30:50], 15, axis=0)),
    }[shape]
    result = exact(x, y)
    assert result.status == "optimal"
    n, m = len(x), len(y)
    truth = reference(x, y, np.full(n, 1 / n), np.full(m, 1 / m), 1)
    assert result.value == pytest.approx(truth, rel=2e-6)


def test_points_without_weight_change_nothing(path: str) -> None:
    random = np.random.default_rng(9)
    x, y = random.normal(size=(40, 2)), random.normal(size=(30, 2))
    a, b = random.dirichlet(np.ones(40)), random.dirichlet(np.ones(30))
    far = np.full((5, 2), 1e3)
    padded = exact(
        np.concatenate([far, x]), np.concatenate([y, far]), np.r_[np.zeros(5), a], np.r_[b, np.zeros(5)]
    )
    assert padded.value == pytest.approx(exact(x, y, a, b).value, rel=1e-6)
    check(padded, np.r_[far, x], np.r_[y, far], np.r_[np.zeros(5), a], np.r_[b, np.zeros(5)])


@pytest.mark.parametrize("d", [1, 2])
def test_weights_of_a_total_near_1_are_divided_by_it_exactly(d: int) -> None:
    x, y = np.array([0.0, 10.0]), np.array([0.0, 1.0])
    x, y = (np.stack([points] + [np.zeros(2)] * (d - 1), axis=1) for points in (x, y))
    weights = np.array([0.5, 0.5 + 4e-7])
    share = Fraction(weights[1]) / (Fraction(weights[0]) + Fraction(weights[1]))
    truth = Fraction(9, 2) + 10 * (share - Fraction(1, 2))
    bracket = exact(x, y, weights, tol=1e-13).bracket
    assert Fraction(bracket.lower) <= truth <= Fraction(bracket.upper)
    assert bracket.relative_gap <= 1e-14
    with pytest.raises(ParameterError, match=r"total 1\.1"):
        exact(x, y, np.array([0.5, 0.6]))


@pytest.mark.parametrize("kind", ["float32", "uint8", "tensor", "measure", "list"])
def test_every_kind_of_points_gives_the_same(kind: str) -> None:
    random = np.random.default_rng(10)
    x, y = random.integers(0, 255, (2, 30, 4)).astype(np.uint8)
    make = {
        "float32": lambda z: z.astype(np.float32),
        "uint8": lambda z: z,
        "tensor": lambda z: torch.from_numpy(z).float(),
        "measure": lambda z: Measure.of(z),
        "list": lambda z: z.tolist(),
    }[kind]
    assert exact(make(x), make(y)).value == pytest.approx(
        exact(x.astype(float), y.astype(float)).value, rel=1e-12
    )


def test_one_seed_gives_one_result() -> None:
    random = np.random.default_rng(11)
    x, y = random.normal(size=(2, 700, 5))
    first, second = exact(x, y, seed=3), exact(x, y, seed=3)
    assert (first.value, first.bracket, first.rounds, first.arcs) == (
        second.value,
        second.bracket,
        second.rounds,
        second.arcs,
    )
    assert first.value == pytest.approx(exact(x, y, seed=4).value, rel=1e-6)


@pytest.mark.parametrize("d", [2, 20, 400])
def test_column_generation_at_a_thousand_points(d: int) -> None:
    """Several levels, lists, floors and (at d = 400 of rank 30) a projection."""
    random = np.random.default_rng(d)
    if d == 400:
        mix = random.normal(size=(30, d))
        x, y = (random.normal(size=(1100, 30)) @ mix + 0.05 * random.normal(size=(1100, d)) for _ in range(2))
    else:
        x, y = random.normal(size=(2, 1100, d))
    cost = cdist(x, y)
    truth = cost[linear_sum_assignment(cost)].sum() / 1100
    result = exact(x.astype(np.float32).astype(np.float64), y.astype(np.float32).astype(np.float64))
    assert result.status == "optimal"
    assert result.value == pytest.approx(truth, rel=1e-5)
    tight = exact(x, y, tol=0.0)
    assert tight.status == "rounding"
    assert tight.bracket.gap <= tight.allowance
    assert tight.bracket.lower <= truth * (1 + 1e-13)
    assert truth * (1 - 1e-13) <= tight.bracket.upper
    assert tight.bracket.relative_gap <= 1e-9


def test_many_against_few() -> None:
    random = np.random.default_rng(12)
    x, y = random.normal(size=(3000, 6)), random.normal(size=(50, 6))
    result = exact(x, y)
    truth = reference(x, y, np.full(3000, 1 / 3000), np.full(50, 1 / 50), 1)
    assert result.value == pytest.approx(truth, rel=2e-6)
    assert result.status == "optimal"


def test_a_time_limit_ends_with_a_valid_bracket() -> None:
    random = np.random.default_rng(13)
    x, y = random.normal(size=(2, 1200, 8))
    full = exact(x, y)
    for limit in (1e-9, 0.05):
        result = exact(x, y, time_limit=limit)
        assert result.bracket.lower <= full.bracket.upper
        assert full.bracket.lower <= result.bracket.upper < math.inf
        if limit < 1e-3:
            assert result.status == "time_limit"
    check(
        exact(x[:600], y[:600], time_limit=1e-9),
        x[:600],
        y[:600],
        np.full(600, 1 / 600),
        np.full(600, 1 / 600),
    )


def test_progress_shows_the_shrinking_bracket() -> None:
    seen: list[tuple[float, str]] = []
    random = np.random.default_rng(14)
    exact(
        *random.normal(size=(2, 1100, 4)),
        report=lambda _, done, total, note="": seen.append((done / total, note)),
    )
    assert seen[-1][0] == 1.0
    assert any("[" in note for _, note in seen)
    assert len(seen) >= 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 3}, "p is 3"),
        ({"tol": -1.0}, "tol is -1.0"),
        ({"tol": math.nan}, "tol is nan"),
        ({"time_limit": 0}, "time_limit is 0"),
        ({"device": "tpu"}, "device is 'tpu'"),
        ({"device": "cuda:99"}, "device is 'cuda:99'"),
        ({"memory": "lots"}, "memory is 'lots'"),
        ({"memory": 0}, "memory is 0"),
        ({"y": np.zeros((3, 5))}, "dimension 2 and y has dimension 5"),
        ({"a": np.array([0.5, 0.5])}, "3 points and weights of shape"),
        ({"a": np.array([-0.5, 1.0, 0.5])}, "weight -0.5 at index 0"),
        ({"a": np.zeros(3)}, "total 0.0"),
        ({"x": np.array([[0.0, 1.0], [math.inf, 0.0], [0.0, 0.0]])}, "inf at row 1, column 0"),
        ({"x": np.full((3, 2), 1e200)}, "rescale"),
        ({"x": np.empty((0, 2))}, "at least one point"),
        ({"x": np.array([["a", "b"]])}, "real numbers"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(options: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"x": np.ones((3, 2)), "y": np.zeros((3, 2))} | options
    if message == "rescale":
        arguments["y"] = -np.full((3, 2), 1e200)
    with pytest.raises(ParameterError, match=message) as caught:
        exact(**arguments)
    assert "\n" not in str(caught.value)


def test_too_little_memory_is_said_before_it_is_taken() -> None:
    random = np.random.default_rng(15)
    with pytest.raises(
        ParameterError,
        match=r"memory is 1,048,576 bytes: x \(1,000 points\) and y \(1,000\) .* need at least",
    ):
        exact(*random.normal(size=(2, 1000, 3)), memory="1MiB")


def test_memory_shortens_the_lists_and_not_the_answer() -> None:
    random = np.random.default_rng(16)
    x, y = random.normal(size=(2, 1500, 10))
    assert exact(x, y, memory="75MB").value == pytest.approx(exact(x, y, memory="2GiB").value, rel=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "truth"),
    [
        ([[0.0], [1.0]], [[1e-170], [1.0]], 0.5e-170),
        ([[0.0], [1.0]], [[1.3e-161], [1.0]], 0.65e-161),
        (np.zeros((1, 1), np.float32), [[1.4e-198]], 1.4e-198),
        (np.zeros((3, 1)), [[5e-324], [0.0], [0.0]], Fraction(5e-324) / 3),
        ([[1e100, 0.0]], [[1e100, 1e-250]], 1e-250),
        (np.zeros((1, 1), np.float32), [[1e60]], 1e60),
    ],
)
def test_numbers_near_the_ends_of_the_range_are_paid_for(
    path: str, x: object, y: object, truth: float | Fraction
) -> None:
    """Squares underflow, units are extreme, centres overflow: found by a review that tried to break the bracket."""
    bracket = exact(x, y).bracket
    assert bracket.lower <= truth <= bracket.upper
    assert bracket.upper <= float(truth) * (1 + 1e-6) + 1e-150 * np.abs(np.asarray(y)).max() + 5e-324


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_data_of_rank_one_or_none_in_many_dimensions(dtype: type) -> None:
    random = np.random.default_rng(17)
    grey = (200 * random.random((2, 501, 1)) * np.ones(300)).astype(dtype)
    result = exact(grey[0], grey[1])
    truth = wasserstein_distance(grey[0][:, 0].astype(float), grey[1][:, 0].astype(float)) * math.sqrt(300)
    assert result.value == pytest.approx(truth, rel=1e-5)
    still = np.zeros((501, 200), dtype)
    assert exact(still, still).value == 0.0


@pytest.mark.parametrize("p", [1, 2])
def test_weights_that_do_not_sum_exactly_do_not_stall(p: int) -> None:
    random = np.random.default_rng(18)
    z, w = random.random((30, 2)), random.dirichlet(np.ones(30))
    assert exact(z, z, w, w, p=p).status == "optimal"
    assert exact(z, z + 1e-11, w, w, p=p).status == "optimal"


def test_few_distinct_points_converge() -> None:
    """One-hot labels: every distance is 0 or sqrt(2), every row is crowded."""
    random = np.random.default_rng(19)
    x, y = np.eye(10)[random.integers(0, 10, 1500)], np.eye(10)[random.integers(0, 9, 1500)]
    share = np.abs(x.mean(axis=0) - y.mean(axis=0)).sum() / 2
    result = exact(x, y)
    assert result.value == pytest.approx(share * math.sqrt(2), rel=1e-6)
    assert result.arcs < 200 * 1500


@pytest.mark.parametrize(
    "points",
    [
        torch.zeros(3, 2).to_sparse(),
        [[1.0], [2.0, 3.0]],
        np.ma.masked_array(np.zeros((3, 2)), mask=True),
        np.zeros((3, 2), complex),
    ],
)
def test_what_is_no_dense_array_of_real_numbers_is_refused(points: object) -> None:
    with pytest.raises(ParameterError):
        exact(points, np.zeros((3, 2)))


def test_out_of_time_is_not_an_error_of_the_user() -> None:
    assert not issubclass(OutOfTime, ParameterError)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("dim", "dtype"), [(3, np.float64), (300, np.float32)])
def test_points_that_are_assigned_at_once_have_the_answer_of_generated_columns(
    p: int, dim: int, dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = np.random.default_rng(4).normal(size=(2, 520, dim)).astype(dtype)
    at_once = exact(x, y + dtype(0.25), p=p)
    assert (at_once.rounds, at_once.status) == (0, "optimal")
    _check_plan_and_potentials(at_once, x, y + dtype(0.25), p)
    monkeypatch.setattr(small, "MORE", 0)
    generated = exact(x, y + dtype(0.25), p=p)
    assert generated.rounds > 0
    assert at_once.bracket.lower <= generated.bracket.upper
    assert generated.bracket.lower <= at_once.bracket.upper


def _check_plan_and_potentials(result: TransportResult, x: Any, y: Any, p: int) -> None:
    costs = cdist(x.astype(np.float64), y.astype(np.float64)) ** p
    plan, (u, v) = result.plan.toarray(), result.potentials
    np.testing.assert_allclose(plan.sum(axis=0), 1.0 / len(y), rtol=1e-12)
    np.testing.assert_allclose(plan.sum(axis=1), 1.0 / len(x), rtol=1e-12)
    assert (u[:, None] + v <= costs + 1e-9).all()
    assert (plan * costs).sum() ** (1.0 / p) == pytest.approx(result.bracket.upper, rel=1e-9)
    assert (u.mean() + v.mean()) ** (1.0 / p) == pytest.approx(result.bracket.lower, rel=1e-9)


@pytest.mark.parametrize("far", [1e25, 3e-35, 1.0])
def test_what_compiled_code_cannot_take_or_close_is_solved_by_columns(far: float) -> None:
    """Points in a tiny or huge unit, and nearly equal ones among far ones, which only more digits decide."""
    x = np.random.default_rng(0).normal(size=(520, 2)) * far
    y = x[::-1] * (1.0 + 1e-15)
    if far == 1.0:
        x[0] = y[0] = 1e9
    result = exact(x, y)
    assert result.status in ("optimal", "rounding")
    assert result.bracket.lower <= np.linalg.norm(x - y[::-1], axis=1).mean() * (1.0 + 1e-12)


@pytest.mark.parametrize("p", [1, 2])
def test_points_and_what_a_small_change_made_of_them_need_no_smaller_problem(p, monkeypatch):
    random = np.random.default_rng(p)
    x = random.normal(size=(1100, 40))
    y = (x + 1e-3 * random.normal(size=x.shape))[random.permutation(len(x))]
    other = random.normal(size=x.shape)
    known = exact(x, y, p=p)

    def refuse(*_):
        raise AssertionError("a smaller problem was solved")

    monkeypatch.setattr("wcheck.transport.solve.columns._potentials_from_part", refuse)
    result = exact(x, y, p=p)
    assert result.status == "optimal"
    assert result.value == pytest.approx(known.value, rel=2e-6)
    assert result.value == pytest.approx(1e-3 * np.sqrt(40), rel=0.02)
    for sides in ((x, other), (x, np.concatenate([y[:600], other[600:]]))):
        with pytest.raises(AssertionError, match="smaller problem"):
            exact(*sides, p=p)


def test_what_is_done_until_there_is_a_bracket_is_told():
    random = np.random.default_rng(3)
    notes: list[str] = []
    exact(*random.normal(size=(2, 3000, 2)), report=lambda label, done, total, note="": notes.append(note))
    parts = [note for note in notes if note.startswith("solving ")]
    assert parts[-1] == "solving 3,000 x 3,000 points"
    assert len(parts) >= 2
    first = next(k for k, note in enumerate(notes) if note.startswith("["))
    assert notes.index(parts[-1]) < first
