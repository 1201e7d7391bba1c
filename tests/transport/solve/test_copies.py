"""Copies of one point within a set are taken together, and nothing but the time shows it."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from wcheck import TransportResult, exact
from wcheck.measures.measure import Measure
from wcheck.transport.solve import copies, small

N, M = 90, 70
WEIGHTS = ["none", "random", "some are 0", "tiny and huge"]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have tiny problems merged, and solved by column generation."""
    monkeypatch.setattr(copies, "FEWEST_PAIRS", 0)
    monkeypatch.setattr(small, "PAIRS", 0)


def drawn(seed: int, n: int, different: int, dim: int = 3) -> np.ndarray:
    """Draw rows of which so many differ."""
    random = np.random.default_rng(seed)
    chosen = np.concatenate([np.arange(different), random.integers(0, different, n - different)])
    return random.normal(size=(different, dim))[random.permutation(chosen)]


def weights(kind: str, n: int, seed: int) -> np.ndarray | None:
    random = np.random.default_rng(seed)
    if kind == "none":
        return None
    drawn = random.dirichlet(np.ones(n))
    if kind == "some are 0":
        drawn[random.permutation(n)[: n // 3]] = 0.0
    if kind == "tiny and huge":
        drawn *= 10.0 ** random.integers(-12, 1, n)
    return drawn / math.fsum(drawn)


def check(result: TransportResult, cost: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """The plan's marginals and cost, and the potentials, on the points as they were given."""
    plan = result.plan.toarray()
    assert plan.min() >= 0.0
    assert result.plan.nnz <= 2 * (len(a) + len(b))
    np.testing.assert_allclose(plan.sum(axis=1), a, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(plan.sum(axis=0), b, rtol=1e-12, atol=1e-15)
    u, v = result.potentials
    assert (u[:, None] + v - cost).max() <= 1e-12 * cost.max()
    assert (plan * cost).sum() == pytest.approx(result.bracket.upper**result.p, rel=1e-9)
    assert a @ u + b @ v == pytest.approx(result.bracket.lower**result.p, rel=1e-9)


@pytest.mark.parametrize("metric", ["euclidean", "cityblock", "cosine"])
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", WEIGHTS)
def test_agrees_with_the_solve_of_all_points(
    kind: str, p: int, metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = drawn(0, N, 11), drawn(1, M, 20) + 0.4
    a, b = weights(kind, N, 2), weights(kind, M, 3)
    result = exact(x, y, a, b, p=p, metric=metric)
    assert result.arcs <= 11 * 20
    masses = [np.full(n, 1 / n) if own is None else own for own, n in ((a, N), (b, M))]
    check(result, cdist(x, y, metric) ** p, *masses)
    monkeypatch.setattr(copies, "FEWEST_PAIRS", 1 << 40)
    whole = exact(x, y, a, b, p=p, metric=metric)
    assert whole.arcs > 11 * 20
    assert result.status == whole.status == "optimal"
    assert result.bracket.lower <= whole.bracket.upper
    assert whole.bracket.lower <= result.bracket.upper
    assert result.value == pytest.approx(whole.value, rel=2e-6)


def test_takes_a_function_of_the_users() -> None:
    x, y = drawn(4, N, 9), drawn(5, M, 30)
    result = exact(x, y, metric=lambda s, t: cdist(s, t, "canberra"), p=2)
    check(result, cdist(x, y, "canberra") ** 2, np.full(N, 1 / N), np.full(M, 1 / M))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_finds_the_points_that_are_equal(dtype: type) -> None:
    rows = np.random.default_rng(6).integers(0, 3, (500, 3)).astype(dtype)
    if dtype is not np.uint8:
        rows[rows == 0] *= np.random.default_rng(7).choice([-1.0, 1.0], (rows == 0).sum()).astype(dtype)
    some, places = copies.distinct(Measure.of(rows))
    assert len(some) == len(np.unique(rows.astype(np.float64) + 0.0, axis=0)) == 27
    assert np.array_equal(rows[some][places], rows)
    assert np.all(some[places] <= np.arange(500))


def test_points_that_agree_in_their_hash_alone_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_hash", lambda words, zero, hashes: hashes.fill(0))
    x, y = drawn(0, N, 11), drawn(1, M, 20)
    some, places = copies.distinct(Measure.of(x))
    assert len(some) == N
    assert np.array_equal(places, np.arange(N))
    check(exact(x, y), cdist(x, y), np.full(N, 1 / N), np.full(M, 1 / M))


@pytest.mark.parametrize("kind", WEIGHTS)
def test_masses_of_copies_add_up(kind: str) -> None:
    """To the last bit for equal weights; to one rounding of each sum in float64, and to 2^-104 of it in two doubles."""
    x, y = Measure.of(drawn(0, N, 11), weights(kind, N, 2)).support(), Measure.of(drawn(1, M, 20))
    on_x, _, found = copies.merged(x, y)
    assert found is not None
    wide, _, _ = found.masses(*(copies.Wide.of(z.masses) for z in (x, y)), 0.0)
    share = sum(map(Fraction, on_x.masses))
    for k in range(len(on_x)):
        own = sum((Fraction(mass) for mass in x.masses[found.x == k]), Fraction(0))
        assert abs(Fraction(wide.high[k]) + Fraction(wide.low[k]) - own) <= own / 2**104
        if kind == "none":
            assert Fraction(on_x.masses[k]) / share == Fraction(int((found.x == k).sum()), len(x))
        else:
            assert abs(Fraction(on_x.masses[k]) - own) <= own / 2**53


def test_refines_what_float64_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A far point costs float64 its digits: the masses of copies must be right to more."""
    x, y = drawn(0, N, 11), drawn(1, M, 20) * 1e-9
    x[0], y[0] = 1e9, 1e9
    a, b = weights("random", N, 8), weights("random", M, 9)
    b[1:] *= (1.0 - a[0]) / b[1:].sum()
    b[0] = a[0]
    result = exact(x, y, a, b, p=1, tol=1e-9)
    monkeypatch.setattr(copies, "FEWEST_PAIRS", 1 << 40)
    whole = exact(x, y, a, b, p=1, tol=1e-9)
    assert result.status == whole.status == "optimal"
    assert result.bracket.lower <= whole.bracket.upper
    assert whole.bracket.lower <= result.bracket.upper


def test_few_copies_do_not_make_weights_of_an_assignment() -> None:
    x, y = drawn(0, N, N - 10), drawn(1, N, N - 10)
    assert copies.merged(Measure.of(x), Measure.of(y))[2] is None
    assert copies.merged(Measure.of(x), Measure.of(y[: N - 20]))[2] is not None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_few_values_are_told_apart(dtype: str) -> None:
    """A hash in which equal values cancel out would call rows equal that are not, and copies would not be merged."""
    random = np.random.default_rng(4)
    for dim in (1, 2, 3, 4, 5, 7, 8, 12, 33):
        for values in ([0.0, 1.0], [0.776, 1.363], [-1.0, -0.0, 0.0, 1.0]):
            points = random.choice(values, (500, dim)).astype(dtype)
            first, places = copies.distinct(Measure.of(points))
            assert len(first) == len(np.unique(points + 0.0, axis=0))
            assert np.array_equal(points[first[places]], points)


def test_goes_on_from_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wcheck.transport.solve.checkpoint.SECONDS", 0.0)
    x, y, file = np.maximum(drawn(2, 2500, 1800), 0.0), drawn(3, 2400, 1700), tmp_path / "state"
    seen = 0

    def interrupt(label: str, done: float, total: float, note: str = "") -> None:
        nonlocal seen
        seen += "[" in note
        if seen == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("wcheck.transport.solve.budget.HELD_PAIRS", 0)
    assert exact(x, y, checkpoint=file, report=interrupt).status == "interrupted"
    resumed, whole = exact(x, y, checkpoint=file), exact(x, y)
    assert resumed.status == "optimal"
    assert resumed.rounds < whole.rounds
    check(resumed, cdist(x, y), np.full(2500, 1 / 2500), np.full(2400, 1 / 2400))
