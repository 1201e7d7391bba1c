"""wcheck.exact with other ground metrics: both ways to the answer agree with a solver of the whole matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import ot
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import haversine_distances

from wcheck import Measure, TransportResult, exact, exact_batch
from wcheck.errors import OutputError, ParameterError
from wcheck.transport.solve import small


def roots(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sqrt(np.abs(x[:, None] - y[None]).sum(-1))


def costs_of(name: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if name == "roots":
        return roots(x, y)
    if name == "angular":
        return np.arccos(np.clip(1.0 - cdist(x, y, "cosine"), -1.0, 1.0))
    if name == "haversine":
        return 6371.0088 * haversine_distances(np.radians(x), np.radians(y))
    return cdist(x, y, name)


def drawn(name: str, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(n + m)
    d, scale = (2, 20.0) if name == "haversine" else (4, 1.0)
    return scale * random.normal(size=(n, d)), scale * (random.normal(size=(m, d)) + 0.3)


def check(result: TransportResult, cost: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """The certificate, recomputed from plan and potentials, beside POT's answer for the matrix."""
    plan, (u, v) = result.plan.toarray(), result.potentials
    truth = ot.emd2(a, b, cost**result.p, numItermax=10**8) ** (1 / result.p)
    assert result.bracket.lower <= truth * (1 + 1e-9)
    assert truth * (1 - 1e-9) <= result.bracket.upper
    assert result.bracket.relative_gap <= 1e-6
    assert (plan * cost**result.p).sum() ** (1 / result.p) == pytest.approx(result.value, rel=1e-9)
    np.testing.assert_allclose(plan.sum(axis=1), a, atol=1e-12)
    np.testing.assert_allclose(plan.sum(axis=0), b, atol=1e-12)
    assert (u[:, None] + v - cost**result.p).max() <= 1e-9 * (cost**result.p).max()


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("way", ["dense", "columns", "levels"])
@pytest.mark.parametrize("name", ["cityblock", "chebyshev", "cosine", "angular", "haversine", "roots"])
def test_agrees_with_pot(name: str, way: str, p: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if way != "dense":
        monkeypatch.setattr(small, "PAIRS", 0)
    n, m = {"dense": (50, 50), "columns": (40, 70), "levels": (620, 560)}[way]
    x, y = drawn(name, n, m)
    a, b = (
        np.full(k, 1 / k) if way == "dense" else np.random.default_rng(k).dirichlet(np.ones(k))
        for k in (n, m)
    )
    if way == "columns":
        a[3] = 0.0
        a /= a.sum()
    result = exact(x, y, a, b, p=p, metric=roots if name == "roots" else name)
    assert result.status == "optimal"
    check(result, costs_of(name, x, y), a, b)


def test_the_comparison_fails_for_another_metric() -> None:
    x, y = drawn("cityblock", 30, 30)
    uniform = np.full(30, 1 / 30)
    with pytest.raises(AssertionError):
        check(exact(x, y, metric="chebyshev"), costs_of("cityblock", x, y), uniform, uniform)


@pytest.mark.parametrize("name", ["cityblock", "chebyshev", "cosine", "angular"])
def test_equal_sets_are_at_distance_zero_exactly(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    result = exact(x, x[::-1], metric=name)
    assert (result.bracket.lower, result.bracket.upper, result.status) == (0.0, 0.0, "optimal")
    assert result.metric == name


def test_lengths_do_not_matter_to_directions() -> None:
    x = np.random.default_rng(0).normal(size=(40, 3))
    assert exact(x, 3.0 * x, metric="angular").value < 1e-14
    assert exact(x, 3.0 * x, metric="cosine").value < 1e-17


def test_on_the_line_norms_of_differences_are_one_metric() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(300, 1)), random.normal(size=(200, 1))
    one, *others = (exact(x, y, metric=name).bracket for name in ("euclidean", "cityblock", "chebyshev"))
    assert others == [one, one]


def test_a_metric_of_vectors_bounds_another() -> None:
    x, y = drawn("cityblock", 60, 60)
    most, middle, least = (exact(x, y, metric=name).value for name in ("cityblock", "euclidean", "chebyshev"))
    assert least < middle < most < 4 * least * (1 + 1e-9)


def test_other_metrics_are_scanned_here() -> None:
    x = np.eye(3)
    for options in ({"dask": "tcp://127.0.0.1:1"}, {"device": "meta"}):
        with pytest.raises(ParameterError, match="this machine"):
            exact(x, x, metric="cityblock", **options)  # type: ignore[arg-type]


def test_memory_is_asked_for_before_the_solve() -> None:
    x = np.random.default_rng(0).normal(size=(600, 50))
    with pytest.raises(ParameterError, match="memory is 1,000,000 bytes"):
        exact(x, x + 1.0, metric="cityblock", memory=1_000_000)


def test_a_function_is_asked_again_where_memory_is_short() -> None:
    x, y = drawn("roots", 600, 600)
    assert exact(x, y, metric=roots, memory="70MiB").bracket == exact(x, y, metric=roots).bracket


def test_a_checkpoint_belongs_to_its_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wcheck.transport.solve.checkpoint.SECONDS", 0.0)
    x, y = drawn("cityblock", 600, 600)
    file = tmp_path / "solve"
    first = exact(x, y, metric="cityblock", tol=1e-13, checkpoint=file)
    assert exact(x, y, metric="cityblock", tol=1e-13, checkpoint=file).value == pytest.approx(
        first.value, rel=1e-12
    )
    with pytest.raises(OutputError):
        exact(x, y, metric="chebyshev", checkpoint=file)


def test_points_without_weight_are_refused_before_the_solve() -> None:
    x = np.eye(3)
    x[1] = 0.0
    with pytest.raises(ParameterError, match="zero vector"):
        exact(Measure.of(x, [0.5, 0.0, 0.5]), np.eye(3), metric="cosine")


@pytest.mark.parametrize("name", ["cityblock", "cosine", "roots"])
def test_a_batch_is_solved_as_its_problems_are(name: str) -> None:
    pairs = [drawn(name, n, m) for n, m in ((5, 5), (1, 9), (30, 20))]
    weights = [None, None, np.random.default_rng(0).dirichlet(np.ones(30))]
    metric = roots if name == "roots" else name
    found = exact_batch(*zip(*pairs, strict=True), weights, p=2, metric=metric)
    for k, (x, y) in enumerate(pairs):
        alone = exact(x, y, weights[k], p=2, metric=metric).bracket
        assert (found.lower[k], found.upper[k]) == (alone.lower, alone.upper)
    assert found.optimal
    with pytest.raises(ParameterError, match=r"problem 1: .*dimension 3"):
        exact_batch(
            [np.zeros((2, 2)), np.ones((2, 3))], [np.ones((2, 2)), np.ones((2, 3))], metric="haversine"
        )
