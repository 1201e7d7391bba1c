"""Estimates of W2, and what they prove of it."""

import numpy as np
import pytest
import typer.testing

from wcheck import Measure, exact
from wcheck.cli.app import app
from wcheck.estimators.registry import make
from wcheck.rows.table import parse_rows
from wcheck.transport.bounds.slices import bases, certified, squared_distances


def bounds(x, y, a=None, b=None, **options):
    x, y = Measure.of(x, a), Measure.of(y, b)
    found = {name: make(name, **options)(x, y, seed=1) for name in ("frechet", "mind")}
    return found, exact(x, y, p=2).bracket


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("projections", [3, 40])
def test_what_is_proved_never_exceeds_w2(seed, projections):
    """Also with weights, in more dimensions than points, far from the origin, on a plane, and for tiny points."""
    random = np.random.default_rng(seed)
    n, m, d = random.integers(1, (30, 30, 40))
    x, y = random.normal(size=(n, d)) * random.exponential(), random.normal(size=(m, d)) + random.normal()
    a, b = random.dirichlet(np.ones(n)), random.dirichlet(np.ones(m))
    for shift, factor in ((0.0, 1.0), (1e5, 1.0), (0.0, 1e-100), (0.0, 1e100)):
        found, truth = bounds(factor * (x + shift), factor * (y + shift), a, b, projections=projections)
        for estimate in found.values():
            assert 0.0 <= estimate.about["lower"] <= truth.upper
        assert found["frechet"].about["lower"] <= found["frechet"].value * (1 + 1e-9)
    found, truth = bounds(x[:, :1] * np.ones(d), y, projections=projections)
    assert all(estimate.about["lower"] <= truth.upper for estimate in found.values())


def test_between_affine_images_frechet_is_w2_and_its_bound_says_so():
    x = np.random.default_rng(0).normal(size=(60, 4))
    turn = np.array([[2.0, 0.3, 0, 0], [0.3, 1.0, 0, 0], [0, 0, 0.5, 0], [0, 0, 0, 3.0]])
    found, truth = bounds(x, x @ turn + 1.0)
    assert found["frechet"].value == pytest.approx(truth.upper, rel=1e-9)
    assert found["frechet"].about["lower"] == pytest.approx(truth.upper, rel=1e-9)
    found, truth = bounds(x, x + 2.0)
    assert found["mind"].about["lower"] == pytest.approx(4.0, rel=1e-9)
    assert found["mind"].value == pytest.approx(4.0 * np.sqrt(3.0), rel=0.02)


def test_covariances_over_n_minus_1_would_exceed_w2():
    """Of the squares of y = 3 x, 12 points in the plane; so the estimator must not take them."""
    x = np.random.default_rng(0).normal(size=(12, 2))
    found, truth = bounds(x, 3.0 * x)
    c = np.cov(x.T)
    unbiased = ((3.0 * x - x).mean(axis=0) ** 2).sum() + (1 + 9 - 6) * np.trace(c)
    assert unbiased > 1.05 * truth.upper**2
    assert found["frechet"].value <= truth.upper * (1 + 1e-12)


def test_directions_at_random_times_d_would_exceed_w2_and_a_cut_basis_does_not():
    """A shift of the mean, 20 directions in 5 dimensions: the mean times d is often more, the certified bound never."""
    x = np.random.default_rng(0).normal(size=(50, 5))
    above, shift = 0, np.eye(5)[0]
    for seed in range(40):
        random = np.random.default_rng(seed)
        theta = random.normal(size=(20, 5))
        theta /= np.linalg.norm(theta, axis=1, keepdims=True)
        above += 5 * ((theta[:, 0]) ** 2).mean() > 1.0
        found, _ = bounds(x, x + shift, projections=18)
        assert found["mind"].about["lower"] <= 1.0
    assert 10 <= above <= 30


def test_bases_are_orthonormal_and_cut_short():
    found = bases(4, 10, np.random.default_rng(0))
    assert [len(basis) for basis in found] == [4, 4, 2]
    for basis in found:
        np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-14)
    squares = np.ones(10)
    assert certified(squares, 0.0, found, 0.0) == pytest.approx(np.sqrt(10 / 3))


def test_on_the_line_w2_of_projections_is_exact():
    random = np.random.default_rng(1)
    x, y, a, b = *random.normal(size=(2, 30, 3)), random.dirichlet(np.ones(30)), np.full(20, 0.05)
    for one, other, weights in ((y, np.full(30, 1 / 30), np.full(30, 1 / 30)), (y[:20], b, a)):
        squares, _ = squared_distances(x, one, weights, other)
        for k in range(3):
            truth = exact(x[:, k], one[:, k], weights, other, p=2).value ** 2
            assert squares[k] == pytest.approx(truth, rel=1e-9)


def test_rows_of_batches_stand_beside_the_exact_distance_of_their_order(tmp_path):
    out = tmp_path / "rows.csv"
    names = [part for name in ("exact", "frechet", "mind", "sliced") for part in ("--estimator", name)]
    arguments = [
        "batch",
        "digits[0:40]",
        "digits[40:80]",
        *names,
        "--p",
        "2",
        "--p",
        "1",
        "--batch-size",
        "20",
    ]
    ended = typer.testing.CliRunner().invoke(app, [*arguments, "--reps", "2", "--jobs", "2", "-o", str(out)])
    assert ended.exit_code == 0, ended.stderr
    found = {(row["estimator"], row["p"]): row for row in parse_rows(out.read_text())}
    assert set(found) == {("exact", 1), ("exact", 2), ("frechet", 2), ("mind", 2), ("sliced", None)}
    assert len({found[key]["exact"] for key in (("exact", 2), ("frechet", 2), ("mind", 2))}) == 1
    assert found["exact", 1]["exact"] == found["sliced", None]["exact"] < found["exact", 2]["exact"]
    assert found["frechet", 2]["lower"] <= found["frechet", 2]["value"] * (1 + 1e-9)
    assert "The exact Wasserstein-2 distance" in ended.stderr


def test_exact_estimates_either_order():
    x, y = np.random.default_rng(2).normal(size=(2, 20, 3))
    for p in (1, 2):
        estimator = make("exact", p=p)
        assert estimator.order == p
        assert estimator(Measure.of(x), Measure.of(y)).value == exact(x, y, p=p).value
    assert make("frechet").order == make("mind").order == 2
    assert make("sliced").order == 1
