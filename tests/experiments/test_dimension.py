"""Intrinsic dimensions of sets whose dimension is known, by both ways."""

import numpy as np
import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.dimension import Dimension
from wcheck.experiments.neighbours import (
    maximum_likelihood,
    nearest_neighbours,
    standard_error,
    two_neighbours,
)
from wcheck.measures.measure import Measure
from wcheck.progress import silent
from wcheck.rows.table import parse_rows


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, ["dimension", *map(str, args)])


def curved(n, dim, ambient, seed=0):
    """A set of dimension ``dim``, turned and bent in a larger space."""
    random = np.random.default_rng(seed)
    flat = random.random((n, dim))
    points = np.concatenate([flat, 0.1 * flat[:, :1] ** 2, np.zeros((n, ambient - dim - 1))], axis=1)
    turn, _ = np.linalg.qr(random.normal(size=(ambient, ambient)))
    return points @ turn


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_known_dimensions(dim):
    near = nearest_neighbours(Measure.of(curved(3000, dim, 12)), 10, silent)
    for k in (5, 10):
        assert maximum_likelihood(near.distances[:, :k]) == pytest.approx(dim, rel=0.12)
        assert 0 < standard_error(near, k, maximum_likelihood) < 0.1 * dim
    assert two_neighbours(near.distances) == pytest.approx(dim, rel=0.12)


def test_exact_power_laws_are_recovered():
    """Ratios drawn from the law that both estimates assume."""
    random = np.random.default_rng(1)
    ratios = random.random(200_000) ** (-1 / 7.0)
    distances = np.column_stack([np.ones_like(ratios), ratios])
    assert abs(maximum_likelihood(distances) - 7.0) < 5 * 7.0 / np.sqrt(len(ratios))
    assert two_neighbours(distances) == pytest.approx(7.0, rel=0.02)


@pytest.mark.parametrize(("k", "estimate"), [(3, maximum_likelihood), (2, two_neighbours)])
def test_standard_errors_are_the_spread_over_samples(k, estimate):
    """Independent terms would say 0.7 of it: points on a line share their neighbours."""
    found, errors = [], []
    for trial in range(100):
        points = np.random.default_rng(trial).random((300, 1))
        near = nearest_neighbours(Measure.of(points), k, silent)
        found.append(estimate(near.distances[:, :k]))
        errors.append(standard_error(near, k, estimate))
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(found, ddof=1), rel=0.2)


def test_a_half_without_enough_neighbours_has_no_standard_error():
    near = nearest_neighbours(Measure.of(np.random.default_rng(0).random((20, 2))), 10, silent)
    assert standard_error(near, 9, maximum_likelihood) > 0
    assert standard_error(near, 10, maximum_likelihood) is None


def test_neighbours_are_measured_right():
    points = np.random.default_rng(2).normal(size=(400, 3)).astype(np.float32)
    near = nearest_neighbours(Measure.of(points), 6, silent)
    wide = points.astype(np.float64)
    brute = np.linalg.norm(wide[:, None] - wide, axis=2)
    count = near.distances.shape[1]
    np.testing.assert_allclose(near.distances, np.sort(brute, axis=1)[:, 1 : count + 1], rtol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(brute, near.indices, axis=1), near.distances, rtol=1e-12)
    half = np.arange(400) % 2 == 0
    inside = np.sort(brute[np.ix_(half, half)], axis=1)[:, 1:7]
    np.testing.assert_allclose(near.within(half, 6), inside, rtol=1e-12)


def test_duplicates_are_left_out_and_said(tmp_path):
    points = curved(500, 2, 4)
    np.save(tmp_path / "p.npy", np.concatenate([points, points[:100]]))
    ended = invoke(tmp_path / "p.npy", "--k", 5)
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows(ended.stdout))
    assert tuple(rows[0]) == Dimension.columns
    assert [(row["method"], row["k"], row["n"], row["duplicates"]) for row in rows] == [
        ("mle", 5, 500, 100),
        ("twonn", None, 500, 100),
    ]
    assert "500 distinct points" in ended.stderr


def grid(step, size, dim):
    return step * np.stack(np.meshgrid(*[np.arange(size)] * dim), axis=-1).reshape(-1, dim)


@pytest.mark.parametrize(
    "points",
    [
        grid(1.0, 20, 2),
        grid(0.1, 8, 3),  # distances that are equal in mathematics differ in the last digit
        grid(0.1, 20, 2).astype(np.float32),
        np.random.default_rng(0).random((2000, 1)).round(4),
        np.repeat(np.random.default_rng(0).random((300, 2)), 2, axis=0) + 1e-16 * grid(1.0, 600, 1),
    ],
    ids=["integers", "tenths", "float32", "rounded", "copies"],
)
def test_ties_are_said_and_have_no_estimate(tmp_path, points):
    np.save(tmp_path / "p.npy", points)
    ended = invoke(tmp_path / "p.npy", "--k", 2, "--k", 3)
    assert ended.exit_code == 1
    rows = list(parse_rows(ended.stdout))
    assert [(row["value"], row["standard_error"], row["status"]) for row in rows] == [
        (None, None, "ties")
    ] * 3
    assert "first two neighbours at the same distance" in ended.stderr


def test_a_fine_lattice_has_an_estimate(tmp_path):
    """Rounding that is far below the distances changes little."""
    points = np.random.default_rng(0).random((2000, 2))
    found = []
    for digits in (3, 16):
        np.save(tmp_path / "p.npy", points.round(digits))
        ended = invoke(tmp_path / "p.npy", "--k", 10)
        assert ended.exit_code == 0, ended.stderr
        found.append([row["value"] for row in parse_rows(ended.stdout)])
    np.testing.assert_allclose(found[0], found[1], rtol=0.03)


def test_what_is_refused_is_one_line(tmp_path):
    np.save(tmp_path / "p.npy", np.zeros((30, 2)))
    for options, message in ((("--k", 1), "k is 1"), (("--k", 5), "has 1 distinct point:")):
        ended = invoke(tmp_path / "p.npy", *options)
        assert ended.exit_code == 2
        assert message in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


def test_weights_are_refused(tmp_path):
    np.savez(
        tmp_path / "points.npz", points=np.random.default_rng(0).random((50, 2)), weights=np.arange(50) / 1225
    )
    ended = invoke(tmp_path / "points.npz")
    assert ended.exit_code == 2
    assert "has weights" in ended.stderr
