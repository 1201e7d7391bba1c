"""Ground metrics: costs are as near to the truth as they say, bounds are bounds, and what has no cost is refused."""

from __future__ import annotations

from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from wcheck.errors import ParameterError, SourceError
from wcheck.measures.measure import Measure
from wcheck.transport.cost.costs import Costs, Streamed
from wcheck.transport.cost.function import FunctionCosts
from wcheck.transport.cost.metric import METRICS, metric_of

mpmath.mp.dps = 40
ROOM = 1 << 20


def truth(name: str, x: np.ndarray, y: np.ndarray) -> mpf:
    """The distance to 40 digits, from formulas that are not the library's."""
    x, y = ([mpf(float(value)) for value in point] for point in (x, y))
    differences = [abs(a - b) for a, b in zip(x, y, strict=True)]
    if name in ("euclidean", "cityblock", "chebyshev"):
        return {
            "euclidean": mpmath.sqrt(sum(d * d for d in differences)),
            "cityblock": sum(differences),
            "chebyshev": max(differences),
        }[name]
    if name == "haversine":
        (a, b), (c, d) = (tuple(mpmath.radians(value) for value in point) for point in (x, y))
        x, y = (
            [mpmath.cos(u) * mpmath.cos(v), mpmath.cos(u) * mpmath.sin(v), mpmath.sin(u)]
            for u, v in ((a, b), (c, d))
        )
    inner = sum(a * b for a, b in zip(x, y, strict=True))
    cosine = inner / mpmath.sqrt(sum(a * a for a in x) * sum(b * b for b in y))
    cosine = min(max(cosine, mpf(-1)), mpf(1))
    if name == "cosine":
        return 1 - cosine
    return mpmath.acos(cosine) * (mpf(6371.0088) if name == "haversine" else 1)


def points(name: str, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Points in general position, and pairs that are equal, near, opposite, parallel, or on both sides of a seam."""
    random = np.random.default_rng(3)
    if name == "haversine":
        x, y = (np.stack([random.uniform(-90, 90, 8), random.uniform(-180, 180, 8)], 1) for _ in range(2))
        y[0], y[1] = x[0], (-x[1, 0], x[1, 1] + 180.0)
        x[2], y[2] = (10.0, -180.0), (10.0, 179.9999999)
        x[3], y[3] = (89.9999999, 20.0), (89.9999999, -150.0)
        y[4] = x[4] + 1e-9
        return x.astype(dtype), y.astype(dtype)
    x, y = random.normal(size=(8, 5)), random.normal(size=(8, 5))
    y[0], y[1], y[2] = x[0], -x[1], 3.0 * x[2]
    y[3], y[4] = x[3] + 1e-9, 1e-9 - x[4]
    x[5], y[6] = 1e-30 * x[5], 1e25 * y[6]
    return x.astype(dtype), y.astype(dtype)


def deviations(name: str, dtype: type, p: int) -> tuple[Costs, np.ndarray, np.ndarray, list[mpf]]:
    x, y = points(name, dtype)
    costs = METRICS[name].costs(Measure.of(x), Measure.of(y), p, ROOM)
    i, j = np.divmod(np.arange(len(x) * len(y)), len(y))
    bounds = (
        costs.bounds(slice(None), slice(None)).ravel() if isinstance(costs, Streamed) else np.zeros(len(i))
    )
    true = [(truth(name, x[a], y[b]) / mpf(costs.unit)) ** p for a, b in zip(i, j, strict=True)]
    return costs, costs.measurer(ROOM)(i, j), bounds, true


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", METRICS)
def test_costs_are_as_near_as_they_say(name: str, dtype: type, p: int) -> None:
    costs, measured, bounds, true = deviations(name, dtype, p)
    worst = 0.0
    for found, bound, exact in zip(measured, bounds, true, strict=True):
        allowed = costs.precision.rounding * exact + costs.precision.underflow
        assert abs(mpf(float(found)) - exact) <= allowed + mpf(10) ** -35  # the truth's own digits
        assert mpf(float(bound)) <= exact + mpf(10) ** -35
        assert exact <= costs.largest
        assert found > 0.0 or not costs.precision.zero_is_exact or exact <= mpf(10) ** -35
        worst = max(worst, float(allowed))
    assert worst <= 1e-10  # what is allowed is small beside a unit


def test_the_comparison_fails_for_costs_that_are_off() -> None:
    costs, measured, _, true = deviations("angular", np.float64, 1)
    off = measured[20] * (1 + 1e-13)
    allowed = costs.precision.rounding * true[20] + costs.precision.underflow
    assert abs(mpf(float(off)) - true[20]) > allowed


@pytest.mark.parametrize("name", [name for name in METRICS if name != "cosine"])
def test_metrics_obey_the_triangle_inequality(name: str) -> None:
    x = points(name, np.float64)[0]
    every = METRICS[name].costs(Measure.of(x), Measure.of(x), 1, ROOM)
    d = every.measurer(ROOM)(*np.divmod(np.arange(64), 8)).reshape(8, 8)
    assert METRICS[name].is_metric
    assert (d[:, :, None] + d[None] >= d[:, None] * (1 - 1e-12) - 1e-12).all()


def test_cosine_breaks_the_triangle_inequality() -> None:
    x = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    d = METRICS["cosine"].costs(Measure.of(x), Measure.of(x), 1, ROOM).measurer(ROOM)
    first, second, whole = d(np.array([0, 1, 0]), np.array([1, 2, 2]))
    assert first + second < whole
    assert not METRICS["cosine"].is_metric


def test_known_distances() -> None:
    def distance(name: str, x: list[float], y: list[float]) -> float:
        costs = METRICS[name].costs(Measure.of([x]), Measure.of([y]), 1, ROOM)
        return float(costs.measurer(ROOM)(np.zeros(1, int), np.zeros(1, int))[0] * costs.unit)

    assert distance("cityblock", [1, 2, 3], [3, 0, 3]) == 4.0
    assert distance("chebyshev", [1, 2, 3], [3, -1, 3]) == 3.0
    assert distance("cosine", [1, 0], [0, 5]) == pytest.approx(1.0, rel=1e-15)
    assert distance("angular", [1, 0], [-2, 0]) == pytest.approx(np.pi, rel=1e-15)
    quarter = np.pi / 2 * 6371.0088
    assert distance("haversine", [0, 0], [90, 77]) == pytest.approx(quarter, rel=1e-14)
    assert distance("haversine", [0, 170], [0, -100]) == pytest.approx(quarter, rel=1e-14)
    assert distance("haversine", [48.8566, 2.3522], [51.5074, -0.1278]) == pytest.approx(343.556, abs=1e-3)


@pytest.mark.parametrize("name", ["cosine", "angular"])
def test_a_zero_vector_has_no_direction(name: str) -> None:
    x = np.eye(4)
    x[2] = 0.0
    with pytest.raises(ParameterError, match="zero vector at row 2"):
        METRICS[name].costs(Measure.of(np.eye(4)), Measure.of(x), 1, ROOM)


def test_haversine_takes_degrees_of_latitude_and_longitude() -> None:
    good = Measure.of([[10.0, 20.0]])
    for bad, why in (
        (Measure.of(np.ones((2, 3))), "dimension 3"),
        (Measure.of([[91.0, 0.0]]), "latitudes from -90 to 90"),
        (Measure.of([[0.0, 361.0]]), "latitudes from -90 to 90"),
        (Measure.of([[1.0, 2.0]], columns=("lon", "height")), "call the columns lat and lon"),
    ):
        with pytest.raises(ParameterError, match=why):
            METRICS["haversine"].costs(bad, good if bad.dim == 2 else bad, 1, ROOM)
    named = Measure.of([[170.0, 20.0]], columns=("Longitude", "Latitude"))  # told by the names
    turned = METRICS["haversine"].costs(named, Measure.of([[20.0, -170.0]]), 1, ROOM)
    plain = METRICS["haversine"].costs(Measure.of([[20.0, 170.0]]), Measure.of([[20.0, -170.0]]), 1, ROOM)
    assert turned.measurer(ROOM)(*np.zeros((2, 1), int)) == plain.measurer(ROOM)(*np.zeros((2, 1), int))


def test_names_and_functions() -> None:
    assert metric_of("cityblock").name == "cityblock"
    assert metric_of(np.hypot).name.endswith("hypot")
    for bad in ("l1", 3, None):
        with pytest.raises(ParameterError, match="choose one of euclidean, cityblock"):
            metric_of(bad)
    with pytest.raises(SourceError, match="cannot be imported"):
        metric_of("no.such:function")


def roots(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sqrt(np.abs(x[:, None] - y[None]).sum(-1))


def test_a_function_is_asked_for_every_pair_once_where_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wcheck.transport.cost.function.LARGEST_SIDE", 4)
    asked: list[int] = []

    def counted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        asked.append(len(x) * len(y))
        return roots(x, y)

    random = np.random.default_rng(0)
    x, y = random.normal(size=(10, 2)), random.normal(size=(13, 2))
    costs = FunctionCosts(Measure.of(x), Measure.of(y), 1, counted, "counted", ROOM)
    i, j = random.integers(0, 10, 50), random.integers(0, 13, 50)
    np.testing.assert_array_equal(costs.measurer(0)(i, j) * costs.unit, roots(x, y)[i, j])
    np.testing.assert_array_equal(
        costs.bounds(np.array([7, 2]), slice(3, 12)) * costs.unit, roots(x, y)[[7, 2], 3:12]
    )
    assert sum(asked) == 130
    poor = FunctionCosts(Measure.of(x), Measure.of(y), 1, counted, "counted", 0)
    np.testing.assert_array_equal(poor.measurer(0)(i, j) * poor.unit, roots(x, y)[i, j])
    assert poor.held == 0
    assert sum(asked) > 260


@pytest.mark.parametrize(
    ("returned", "error", "why"),
    [
        (lambda x, y: np.ones(3), ParameterError, "returned float64 of shape"),
        (lambda x, y: np.full((len(x), len(y)), "a"), ParameterError, "real costs"),
        (lambda x, y: -roots(x, y), ParameterError, "not negative"),
        (lambda x, y: roots(x, y) + np.nan, ParameterError, "finite"),
        (lambda x, y: 1 / 0, SourceError, "ZeroDivisionError"),
    ],
)
def test_what_a_function_may_not_return(returned: object, error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why):
        metric_of(returned).costs(Measure.of(np.eye(4)), Measure.of(np.ones((5, 4))), 1, ROOM)


def test_a_module_is_found_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ground_costs_of_mine.py").write_text(
        "def halves(x, y):\n    return abs(x[:, :1] - y[:, 0]) / 2\n"
    )
    costs = metric_of("ground_costs_of_mine:halves", tmp_path).costs(
        Measure.of([[1.0]]), Measure.of([[4.0]]), 1, ROOM
    )
    assert costs.measurer(0)(np.zeros(1, int), np.zeros(1, int)) * costs.unit == 1.5
