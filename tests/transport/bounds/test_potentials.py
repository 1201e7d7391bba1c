"""What is certified from a function's values: against brute force, the exact value, and where it must fail."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wcheck import exact
from wcheck.measures.measure import Measure
from wcheck.transport.bounds.potentials import MOST_CANDIDATES, AllPairs, _minima
from wcheck.transport.cost.passes import cut


@st.composite
def problems(draw):
    """Two small measures and values at their points: ties, duplicates, zero weights, many scales."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    n, m, d = draw(st.integers(1, 40)), draw(st.integers(1, 40)), draw(st.integers(1, 5))
    points = [rng.standard_normal((size, d)) for size in (n, m)]
    if draw(st.booleans()):
        points = [np.rint(2 * p) for p in points]
    scale, offset = draw(st.sampled_from([1e-3, 1.0, 1e4])), draw(st.sampled_from([0.0, 1e6]))
    points = [p * scale + offset for p in points]
    weights = [rng.random(size) * (rng.random(size) < 0.8) + 1e-3 for size in (n, m)]
    uniform = draw(st.booleans())
    x, y = (Measure.of(p, None if uniform else w / w.sum()) for p, w in zip(points, weights, strict=True))
    size = draw(st.sampled_from([1e-4, 1.0, 1e5]))
    values = draw(st.sampled_from(["random", "linear", "distance"]))
    if values == "random":
        f, g = (size * rng.standard_normal(len(p)) for p in points)
    elif values == "linear":
        direction = rng.standard_normal(d)
        f, g = (size * (p - offset) @ direction for p in points)
    else:
        f, g = (size * np.linalg.norm(p - points[0][0], axis=1) for p in points)
    return x, y, as_values(f), as_values(g)


def as_values(values):
    return torch.from_numpy(np.asarray(values, dtype=np.float32))


def distances(x, y):
    return np.linalg.norm(x.dense().astype(float)[:, None] - y.dense().astype(float)[None], axis=2)


def brute_slope(x, y, f, g):
    cost, rise = distances(x, y), f.double().numpy()[:, None] - g.double().numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(rise > 0, rise / cost, 0.0).max())


def brute_lower(x, y, f, g, scales):
    cost, f, g = distances(x, y), f.double().numpy(), g.double().numpy()
    found = []
    for s in scales:
        found.append(x.weights @ (cost + s * g).min(axis=1) - s * (y.weights @ g))
        found.append(y.weights @ (cost - s * f[:, None]).min(axis=0) + s * (x.weights @ f))
    return max(found)


def claim(x, y, f, g):
    return float(x.weights @ f.double().numpy() - y.weights @ g.double().numpy())


@given(problems())
@settings(max_examples=60)
def test_statements_about_random_functions_hold(problem):
    x, y, f, g = problem
    pairs = AllPairs(x, y)
    truth = exact(x, y).bracket
    slope = pairs.slope(f, g)
    brute = brute_slope(x, y, f, g)
    assert slope >= brute * (1 - 1e-13)
    assert slope == pytest.approx(brute, rel=1e-9)
    if 0 < slope < math.inf:
        rounding = 1e-13 * float(f.abs().max() + g.abs().max()) / slope
        assert claim(x, y, f, g) / slope <= truth.upper + rounding
    lower = pairs.lower_bound(f, g)
    assert pairs.lower_constant <= lower <= truth.upper


@given(problems())
@settings(max_examples=40)
def test_the_best_scale_beats_a_grid(problem):
    x, y, f, g = problem
    pairs = AllPairs(x, y)
    lower = pairs.lower_bound(f, g)
    span = max(float(torch.cat([f, g]).max() - torch.cat([f, g]).min()), 1e-30)
    grid = distances(x, y).max() / span * np.concatenate([[0.0], np.geomspace(1e-4, 1e3, 300)])
    best = brute_lower(x, y, f, g, grid)
    # values as large as 1e5 with a common part lose digits in the brute force
    assert lower >= best - 2e-4 * abs(best) - 1e-9 * pairs.diameter


@given(problems())
@settings(max_examples=40)
def test_the_constant_function_certifies_the_mean_distance_to_the_nearest_point(problem):
    x, y, _, _ = problem
    cost = distances(x, y)
    nearest = max(x.weights @ cost.min(axis=1), y.weights @ cost.min(axis=0))
    found = AllPairs(x, y).lower_constant
    assert found <= nearest * (1 + 1e-12)
    assert found == pytest.approx(nearest, rel=1e-9, abs=1e-12 * float(cost.max()))


def pair(n=300, m=250, d=8, seed=0):
    rng = np.random.default_rng(seed)
    return Measure.of(rng.standard_normal((n, d))), Measure.of(rng.standard_normal((m, d)) + 0.5)


def test_the_optimal_potential_certifies_the_whole_distance():
    x, y = pair()
    result = exact(x, y)
    u, v = result.potentials
    lower = AllPairs(x, y).lower_bound(as_values(3.0 * u + 7.0), as_values(-3.0 * v + 7.0))
    assert result.value * (1 - 2e-4) <= lower <= result.value


def test_a_function_that_misleads_certifies_no_less_than_a_constant():
    x, y = pair()
    u, v = exact(x, y).potentials
    pairs = AllPairs(x, y)
    assert pairs.lower_bound(as_values(-u), as_values(v)) == pairs.lower_constant


def test_a_slope_that_is_too_small_claims_more_than_the_distance():
    """The comparator: were the slope half as large, the statement would be false, and the test would see it."""
    rng = np.random.default_rng(1)
    shift = np.array([3.0, 4.0])
    y = rng.standard_normal((50, 2))
    x, y = Measure.of(y + shift), Measure.of(y)
    f, g = (as_values(z.dense() @ shift / 5.0) for z in (x, y))
    value, slope, upper = claim(x, y, f, g), AllPairs(x, y).slope(f, g), exact(x, y).bracket.upper
    assert upper == pytest.approx(5.0)
    assert value / slope == pytest.approx(5.0, rel=1e-6)
    assert value / slope <= upper * (1 + 1e-7)
    assert value / (slope / 2) > upper


@pytest.mark.parametrize("dim", [1, 3, 200])
def test_distances_that_are_not_kept_say_the_same(dim, monkeypatch):
    x, y = pair(d=dim)
    rng = np.random.default_rng(3)
    direction = rng.standard_normal(dim)
    f, g = (as_values(np.abs(z.dense() @ direction)) for z in (x, y))
    kept = AllPairs(x, y)
    monkeypatch.setattr("wcheck.transport.cost.passes.free_memory", lambda device: 0)
    streamed = AllPairs(x, y)
    assert kept.slope(f, g) == streamed.slope(f, g)
    assert kept.lower_bound(f, g) == pytest.approx(streamed.lower_bound(f, g), rel=1e-6)
    assert kept.lower_constant == pytest.approx(streamed.lower_constant, rel=1e-12)


def test_blocks_do_not_change_what_is_found(monkeypatch):
    x, y = pair()
    u, v = exact(x, y).potentials
    f, g = as_values(5.0 * u), as_values(-5.0 * v)
    whole = AllPairs(x, y)
    found = whole.slope(f, g), whole.lower_bound(f, g)
    assert found[1] > 1.01 * whole.lower_constant
    monkeypatch.setattr("wcheck.transport.bounds.potentials.BLOCK_ENTRIES", 1000)
    monkeypatch.setattr("wcheck.transport.bounds.potentials.PRODUCT_ENTRIES", 7000)
    monkeypatch.setattr("wcheck.transport.bounds.potentials.PROBE", 16)
    cut = AllPairs(x, y)
    assert cut.slope(f, g) == found[0]
    # another probe leads to another scale within the tolerance
    assert cut.lower_bound(f, g) == pytest.approx(found[1], rel=1e-4)


def test_minima_over_blocks_are_those_of_the_whole():
    matrix = torch.rand(31, 7, generator=torch.Generator().manual_seed(0))
    over_rows, over_columns = torch.rand(31), torch.rand(7)
    (down, i), (across, j) = _minima(cut(matrix, 50), [(0, over_rows), (1, over_columns)])
    assert torch.equal(down, (matrix + over_rows[:, None]).min(dim=0).values)
    assert torch.equal(across, (matrix + over_columns).min(dim=1).values)
    assert torch.equal(i, (matrix + over_rows[:, None]).argmin(dim=0))
    assert torch.equal(j, (matrix + over_columns).argmin(dim=1))


def test_points_at_one_place_get_one_value():
    x = Measure.of(np.array([[0.0], [0.0], [1.0], [5.0]]))
    y = Measure.of(np.array([[3.0], [0.0], [1.0], [1.0]]))
    pairs = AllPairs(x, y)
    f, g = torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0.5, 0.6, 0.7, 0.8])
    assert pairs.slope(f, g) == pytest.approx(0.0)
    assert pairs.slope(g, f) == math.inf
    one_f, one_g = pairs.consistent(f, g)
    assert one_f.tolist() == pytest.approx([0.1, 0.1, 0.3, 0.4])
    assert one_g.tolist() == pytest.approx([0.5, 0.1, 0.3, 0.3])
    assert pairs.slope(one_f, one_g) < math.inf


def test_near_duplicates_are_measured_and_not_guessed():
    rng = np.random.default_rng(5)
    base = rng.standard_normal((40, 100))
    step = 1e-7 * rng.standard_normal((40, 100))
    x, y = Measure.of(base + step), Measure.of(base)
    f, g = as_values(np.zeros(40)), as_values(np.zeros(40))
    f[7] = 1e-3
    assert AllPairs(x, y).slope(f, g) == pytest.approx(1e-3 / np.linalg.norm(step[7]), rel=1e-6)


def test_massive_ties_stay_certified():
    """Distances are equal but for 1e-9: float32 cannot tell which is the least, and not all are measured."""
    n, m = MOST_CANDIDATES + 44, MOST_CANDIDATES + 10
    corners = np.diag(1.0 + 1e-9 * np.random.default_rng(0).random(n + m))
    x, y = Measure.of(corners[:n]), Measure.of(corners[n:])
    cost = distances(x, y)
    found = AllPairs(x, y).lower_constant
    assert math.sqrt(2) * (1 - 1e-3) < found <= max(cost.min(axis=1).mean(), cost.min(axis=0).mean())


def test_identical_measures():
    x = Measure.of(np.random.default_rng(0).standard_normal((30, 4)))
    pairs = AllPairs(x, x)
    f = as_values(np.arange(30.0))
    assert pairs.lower_constant == 0.0
    assert pairs.lower_bound(f, f) == pytest.approx(0.0, abs=1e-12)
    assert pairs.slope(f, f) > 0
