"""On the line: sorting finds the plan, and its staircase potentials that no pair violates."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from itertools import pairwise

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

from wcheck import TransportResult, exact
from wcheck.errors import ParameterError
from wcheck.transport.solve import exact as module

POWERS = pytest.mark.parametrize("p", [1, 2])


def truth(x: list[Fraction], y: list[Fraction], a: list[Fraction], b: list[Fraction], p: int) -> Fraction:
    """W_p^p as the integral of |F^-1 - G^-1|^p between the levels at which either quantile function jumps."""
    sides = []
    for points, weights in ((x, a), (y, b)):
        order = sorted(range(len(points)), key=lambda k: points[k])
        levels = [sum((weights[k] for k in order[: end + 1]), Fraction(0)) for end in range(len(order))]
        sides.append(([points[k] for k in order], levels))
    cuts = sorted({Fraction(0), *sides[0][1], *sides[1][1]})

    def quantile(side: tuple[list[Fraction], list[Fraction]], level: Fraction) -> Fraction:
        return next(point for point, upto in zip(*side, strict=True) if level < upto)

    middles = [(low + high) / 2 for low, high in pairwise(cuts)]
    lengths = [high - low for low, high in pairwise(cuts)]
    return sum(
        (
            length * abs(quantile(sides[0], level) - quantile(sides[1], level)) ** p
            for length, level in zip(lengths, middles, strict=True)
        ),
        Fraction(0),
    )


def check(result: TransportResult, x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Plan and potentials, all pairs of them in rational arithmetic."""
    plan = result.plan.toarray()
    np.testing.assert_allclose(plan.sum(axis=1), a, atol=1e-14)
    np.testing.assert_allclose(plan.sum(axis=0), b, atol=1e-14)
    assert result.plan.nnz <= len(x) + len(y) - 1
    u, v = ([Fraction(value) for value in potential.tolist()] for potential in result.potentials)
    for u_i, point in zip(u, x.tolist(), strict=True):
        for v_j, other in zip(v, y.tolist(), strict=True):
            cost = abs(Fraction(point) - Fraction(other)) ** result.p
            assert u_i + v_j <= cost + (abs(u_i) + abs(v_j)) / 2**51
    dual = float(a @ result.potentials[0] + b @ result.potentials[1])
    size = float(np.abs(a * result.potentials[0]).sum() + np.abs(b * result.potentials[1]).sum())
    assert result.bracket.lower**result.p <= max(dual, 0.0) + 1e-14 * size
    assert result.bracket.lower**result.p >= dual - 1e-12 * size
    assert result.status == "optimal"


@POWERS
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 30), (30, 1), (24, 24), (24, 36), (31, 17)])
def test_agrees_with_pot_and_scipy(n: int, m: int, weighted: bool, p: int) -> None:
    random = np.random.default_rng(n + 100 * m + p)
    x, y = random.normal(size=n), random.exponential(size=m)
    a, b = (random.dirichlet(np.ones(k)) if weighted else np.full(k, 1 / k) for k in (n, m))
    result = exact(x, y, a, b, p=p)
    check(result, x, y, a, b)
    metric = "euclidean" if p == 1 else "sqeuclidean"
    cost = cdist(x[:, None], y[:, None], metric)
    for other in (
        ot.emd2(a, b, cost, numItermax=10**8),
        ot.emd2_1d(x, y, a, b, metric=metric),
        *([wasserstein_distance(x, y, a, b)] if p == 1 else []),
    ):
        assert result.value == pytest.approx(float(other) ** (1 / p), rel=1e-10)
    assert result.bracket.relative_gap <= 1e-12
    assert (result.rounds, result.arcs) == (0, result.plan.nnz)


@settings(max_examples=200)
@given(st.data())
def test_bracket_holds_the_rational_truth(data: st.DataObject) -> None:
    """Integers, so that many points coincide; dyadic weights, some of them 0, or none given."""
    p = data.draw(st.sampled_from([1, 2]))
    spread = data.draw(st.sampled_from([3, 1000, 2**40]))
    x, y = (data.draw(st.lists(st.integers(-spread, spread), min_size=1, max_size=12)) for _ in range(2))
    weights = []
    for points in (x, y):
        cuts = data.draw(st.lists(st.integers(0, 64), min_size=len(points) - 1, max_size=len(points) - 1))
        ends = [0, *sorted(cuts), 64]
        weights.append([Fraction(high - low, 64) for low, high in pairwise(ends)])
    if data.draw(st.booleans()):
        weights = [[Fraction(1, len(points))] * len(points) for points in (x, y)]
    a, b = weights
    known = truth(list(map(Fraction, x)), list(map(Fraction, y)), a, b, p)
    arrays = [np.array(values, np.float64) for values in (x, y, a, b)]
    result = exact(*arrays, p=p)
    check(result, *arrays)
    assert Fraction(result.bracket.lower) ** p <= known <= Fraction(result.bracket.upper) ** p
    assert float(result.bracket.upper) ** p - float(known) <= 1e-13 * (2 * spread) ** p
    if known == 0:
        assert result.bracket.lower == 0.0


def test_a_wrong_answer_is_noticed() -> None:
    """The comparators of this file fail on a plan, potentials and a value that are a little off."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=12), random.normal(size=12)
    a = np.full(12, 1 / 12)
    good = exact(x, y)
    fields = {name: getattr(good, name) for name in TransportResult.__slots__}
    u, v = good.potentials
    bumped = u.copy()
    bumped[3] += 1e-9
    for bad in ({"plan": good.plan * 1.001}, {"potentials": (bumped, v)}, {"potentials": (u - 1e-9, v)}):
        with pytest.raises(AssertionError):
            check(TransportResult(**fields | bad), x, y, a, a)
    points, weights = (
        [[Fraction(value) for value in values.tolist()] for values in (x, y)],
        [Fraction(1, 12)] * 12,
    )
    assert truth(points[0], points[1], weights, weights, 1) > Fraction(good.value * 0.999)
    assert truth(points[0], points[0], weights, weights, 1) == 0


@POWERS
@pytest.mark.parametrize("copies", [1, 3])
def test_identical_sets_are_at_distance_exactly_zero(copies: int, p: int) -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=200).round(1)  # with duplicates
    result = exact(x, random.permutation(np.repeat(x, copies)), p=p)
    assert (result.bracket.lower, result.bracket.upper) == (0.0, 0.0)


@POWERS
@pytest.mark.parametrize("scale", [1e-290, 1e-30, 1.0, 1e140])
def test_a_shift_is_its_length(scale: float, p: int) -> None:
    x = np.random.default_rng(2).integers(-1000, 1000, 300) * scale
    result = exact(x, x[::-1] + 12.0 * scale, p=p)
    assert result.value == pytest.approx(12.0 * scale, rel=1e-12)
    assert result.bracket.relative_gap <= 1e-11


@POWERS
def test_huge_common_offset_does_not_cost_digits(p: int) -> None:
    random = np.random.default_rng(3)
    x, y = (
        random.integers(0, 1 << 20, (2, 400)) * 2.0**-32
    )  # exact even after the offset; differences of 1e-4
    near, far = exact(x, y, p=p).bracket, exact(x + 1e6, y + 1e6, p=p).bracket
    assert far.upper == pytest.approx(near.upper, rel=1e-12)
    assert far.relative_gap <= 1e-11


@POWERS
def test_near_duplicates_keep_their_distance(p: int) -> None:
    x = np.random.default_rng(4).integers(-(2**30), 2**30, 1000) * 2.0**-28
    result = exact(x, x + 2.0**-50, p=p)  # 2^-52 of the diameter
    assert result.value == pytest.approx(2.0**-50, rel=1e-9)
    assert result.bracket.lower == pytest.approx(2.0**-50, rel=1e-3)


def test_float32_points_are_taken_as_they_are() -> None:
    x, y = np.random.default_rng(5).normal(size=(2, 100)).astype(np.float32)
    wide = exact(x.astype(np.float64), y.astype(np.float64))
    assert exact(x, y).value == pytest.approx(wide.value, rel=1e-13)


@POWERS
def test_points_without_weight_change_nothing_and_have_potentials(p: int) -> None:
    random = np.random.default_rng(6)
    x, y = random.normal(size=(2, 40))
    y[7] = 1e9
    a, b = random.dirichlet(np.ones(40)), random.dirichlet(np.ones(40))
    a[::3], b[[7, 8]] = 0.0, 0.0
    a, b = a / a.sum(), b / b.sum()
    result = exact(x, y, a, b, p=p)
    part = exact(x[a > 0], y[b > 0], a[a > 0], b[b > 0], p=p)
    assert result.value == pytest.approx(part.value, rel=1e-12)
    assert result.bracket.relative_gap <= 1e-12
    u, v = result.potentials
    cost = cdist(x[:, None], y[:, None]) ** p
    assert (u[:, None] + v - cost).max() <= 1e-12
    assert float(a @ u + b @ v) == pytest.approx(result.bracket.lower**p, rel=1e-9)


def test_a_million_histogram_bins_half_of_them_empty_take_seconds() -> None:
    random = np.random.default_rng(7)
    bins = np.arange(1_000_000) / 1e6
    a, b = (np.where(random.random(len(bins)) < 0.5, 0.0, random.random(len(bins))) for _ in range(2))
    a, b = a / math.fsum(a), b / math.fsum(b)
    begun = time.monotonic()
    result = exact(bins, bins, a, b)
    assert time.monotonic() - begun < 60  # seconds; by pairs it would be days
    assert result.value == pytest.approx(float(np.abs(np.cumsum(a - b)[:-1]).sum() / 1e6), rel=1e-8)
    assert result.bracket.relative_gap <= 1e-6


@POWERS
def test_a_million_uniform_points(p: int) -> None:
    random = np.random.default_rng(8)
    x, y = random.normal(size=1_000_000), random.normal(size=1_000_000)
    result = exact(x, y, p=p)
    ordered = np.abs(np.sort(x) - np.sort(y))
    assert result.value == pytest.approx(float(np.mean(ordered**p)) ** (1 / p), rel=1e-9)
    assert result.bracket.relative_gap <= 1e-9


def test_too_little_memory_is_named() -> None:
    x = np.zeros(1000)
    with pytest.raises(
        ParameterError, match=f"memory is 1,000 bytes: x .* and y .* {module.LINE_BYTES * 2000:,};"
    ):
        exact(x, x, memory=1000)
