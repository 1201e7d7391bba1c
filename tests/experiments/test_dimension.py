"""Intrinsic dimensions of sets whose dimension is known, by both ways."""

import numpy as np
import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.dimension import Dimension, maximum_likelihood, neighbour_distances, two_neighbours
from wcheck.measures.measure import Measure
from wcheck.progress import silent
from wcheck.table import parse_rows


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
    distances = neighbour_distances(Measure.of(curved(3000, dim, 12)), 10, silent)
    for k in (5, 10):
        value, error = maximum_likelihood(distances[:, :k])
        assert value == pytest.approx(dim, rel=0.12)
        assert 0 < error < 0.1 * dim
    assert two_neighbours(distances)[0] == pytest.approx(dim, rel=0.12)


def test_exact_power_laws_are_recovered():
    """Ratios drawn from the law that both estimates assume."""
    random = np.random.default_rng(1)
    ratios = random.random(200_000) ** (-1 / 7.0)
    distances = np.column_stack([np.ones_like(ratios), ratios])
    value, error = maximum_likelihood(distances)
    assert abs(value - 7.0) < 5 * error
    assert two_neighbours(distances)[0] == pytest.approx(7.0, rel=0.02)


def test_neighbours_are_measured_right():
    points = np.random.default_rng(2).normal(size=(400, 3)).astype(np.float32)
    found = neighbour_distances(Measure.of(points), 6, silent)
    wide = points.astype(np.float64)
    brute = np.sort(np.linalg.norm(wide[:, None] - wide, axis=2), axis=1)[:, 1:7]
    np.testing.assert_allclose(found, brute, rtol=1e-12)


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


def test_what_is_refused_is_one_line(tmp_path):
    np.save(tmp_path / "p.npy", np.zeros((30, 2)))
    for options, message in ((("--k", 1), "k is 1"), (("--k", 5), "has 1 distinct points")):
        ended = invoke(tmp_path / "p.npy", *options)
        assert ended.exit_code == 2
        assert message in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
