"""Samples that share points are refused where independence is assumed; those that coincide by chance are not."""

import os

import numpy as np
import pytest

from wcheck.errors import ParameterError
from wcheck.experiments.data import Pair
from wcheck.experiments.interval import Interval
from wcheck.experiments.oracle import Oracle
from wcheck.experiments.sample_complexity import SampleComplexity
from wcheck.measures.measure import Measure
from wcheck.measures.overlap import Contents, check_independent
from wcheck.measures.sources import UNCHANGED, Preprocessing, load_pair
from wcheck.progress import silent


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).standard_normal((100, 2))
    np.save("a.npy", points)
    np.savez("a.npz", points=points)
    np.save("shuffled.npy", points[::-1])
    np.save("part.npy", points[40:60].astype(np.float32))
    np.save("other.npy", points + 1e-3)
    os.link("a.npy", "hard.npy")
    os.symlink("a.npy", "soft.npy")


def check(source, target, preprocessing=UNCHANGED):
    check_independent(*load_pair(source, target, preprocessing=preprocessing), "a test", preprocessing)


@pytest.mark.parametrize(
    ("source", "target", "word"),
    [
        ("digits", "digits", "are one source"), ("digits", "digits[5:]", "are one source"),
        ("digits[0:100]", "digits[99:150]", "share the rows 99 to 99 of digits"),
        ("digits[:100]", "digits[50:60]", "share the rows 50 to 59"), ("a.npy", "./a.npy", "are one source"),
        ("a.npy", "hard.npy", "are one source"), ("soft.npy[5:9]", "a.npy[0:6]", "share the rows 5 to 5"),
        ("a.npy", "a.npz", "hold the very same points"), ("a.npy", "shuffled.npy", "hold the very same points"),
        ("a.npz:points", "part.npy", "points in common (20 of the 100"),
        ("a.npz:points", "a.npz[0:50]", "points in common"),
    ],
)  # fmt: skip
def test_samples_that_share_points_are_refused(here, refuses, source, target, word):
    for pair in ((source, target), (target, source)):
        with refuses(ParameterError, *pair, "a test needs independent samples", "disjoint"):
            check(*pair)
    with refuses(ParameterError, word):
        check(source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("digits[0:100]", "digits[100:200]"), ("digits[5:]", "digits[0:5]"), ("a.npy", "other.npy"),
        ("gaussian:dim=2,n=50", "gaussian:dim=2,n=50"), ("8gaussians:n=9", "8gaussians:n=9[0:3]"),
        ("a.npy[0:50]", "hard.npy[50:]"), ("a.npy[0:40]", "part.npy"),
    ],
)  # fmt: skip
def test_disjoint_samples_are_not(here, source, target):
    check(source, target)
    check(target, source)


def test_random_subsets_of_one_source_are_refused(refuses):
    with refuses(ParameterError, "are one source"):
        check("digits", "digits", Preprocessing(subset=50))


@pytest.mark.parametrize(("atoms", "n"), [(2, 30), (20, 30), (400, 20), (400, 200), (10_000, 300)])
def test_atoms_of_independent_samples_are_no_overlap(atoms, n):
    """Drawn 200 times; a rule by the mere number of equal points would refuse nearly all of them."""
    random = np.random.default_rng(1)
    refused = 0
    for _ in range(200):
        x, y = (Measure.of(random.integers(atoms, size=n).astype(float), name=name) for name in "xy")
        try:
            check_independent(x, y, "a test", UNCHANGED)
        except ParameterError:
            refused += 1
    assert refused <= 2


def test_zero_and_minus_zero_are_one_point(refuses):
    x = Measure.of(np.array([[0.0, 1.0], [2.0, 0.0], [3.0, 3.0]]), name="x")
    y = Measure.of(np.array([[-0.0, 1.0], [2.0, -0.0], [3.0, 3.0]]), name="y")
    with refuses(ParameterError, "very same points"):
        check_independent(x, y, "a test", UNCHANGED)


@pytest.mark.parametrize(
    "experiment",
    [
        Interval(Pair("digits[0:40]", "digits[30:70]")),
        SampleComplexity.of(source="digits[0:40]", target="digits[30:70]", n=(5,), reps=1),
        Oracle(Pair("digits[0:40]", "digits[30:70]"), held_out=0.2),
    ],
)
def test_every_experiment_that_assumes_independence_asks(experiment, refuses):
    with refuses(ParameterError, "share the rows 30 to 39 of digits", "independent samples"):
        experiment.config(silent)


def test_points_are_told_apart_at_any_size_and_float32_is_float64():
    """1e300 is infinite in float32, and 1e-300 is 0: points of such sizes are not one."""
    random = np.random.default_rng(0)
    for unit in (1e300, 1e-300, 1.0):
        x, y = (Measure.of(unit * random.normal(size=(50, 2)), name=name) for name in "xy")
        contents = Contents()
        assert contents.overlap(x, y) == ""
        assert contents.distinct(x) == 50
        assert contents.shared(x, Measure.of(x.points[:7])) == 7
    points = random.normal(size=(50, 2))
    single, double = Measure.of(points.astype(np.float32)), Measure.of(points)
    assert Contents().shared(single, double) == 50
