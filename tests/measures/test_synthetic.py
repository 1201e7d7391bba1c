"""Synthetic sources: their distributions, their streams, and their parameters."""

import math

import numpy as np
import pytest
import scipy.stats

from wcheck.errors import ParameterError, SourceError
from wcheck.measures.sources import Preprocessing, load, load_pair


def test_gaussian_has_the_distribution_it_names():
    points = load("gaussian:dim=3,n=20000,mean=-2,std=0.5").dense()
    assert points.shape == (20_000, 3)
    for coordinate in points.T:
        assert scipy.stats.kstest(coordinate, scipy.stats.norm(-2, 0.5).cdf).pvalue > 1e-4
    assert np.abs(np.corrcoef(points.T) - np.eye(3)).max() < 5 / math.sqrt(20_000)


def test_gaussian_is_standard_unless_told():
    points = load("gaussian:n=20000,dim=1").dense().ravel()
    assert scipy.stats.kstest(points, "norm").pvalue > 1e-4


def test_8gaussians_has_eight_equal_modes_on_a_circle():
    points = load("8gaussians:n=8000,radius=3,std=0.1").dense()
    turn = np.angle(points @ [1, 1j]) / (math.pi / 4)
    mode = np.rint(turn).astype(int) % 8
    assert scipy.stats.chisquare(np.bincount(mode, minlength=8)).pvalue > 1e-4
    centres = 3 * np.exp(1j * mode * math.pi / 4)
    residual = (points @ [1, 1j] - centres) / 0.1
    assert scipy.stats.kstest(residual.real, "norm").pvalue > 1e-4
    assert scipy.stats.kstest(residual.imag, "norm").pvalue > 1e-4


@pytest.mark.parametrize("text", ["gaussian:dim=1,n=500", "gaussian:dim=1,n=500[0:200]"])
def test_the_same_text_as_source_and_target_is_two_draws(text):
    x, y = load_pair(text, text)
    assert not np.intersect1d(x.dense(), y.dense()).size
    assert scipy.stats.wasserstein_distance(x.dense().ravel(), y.dense().ravel()) > 0
    # Independent, so that pairs of them are not correlated.
    assert abs(np.corrcoef(x.dense().ravel(), y.dense().ravel())[0, 1]) < 5 / math.sqrt(len(x))


def test_the_same_seed_and_role_give_the_same_draw_and_others_do_not():
    def draw(text="8gaussians:n=50", seed=0, role="source"):
        return load(text, role=role, preprocessing=Preprocessing(data_seed=seed)).digest()

    assert draw() == draw()
    assert len({draw(), draw(seed=1), draw(role="target"), draw(text="8gaussians:n=50,std=0.02")}) == 4


def test_a_slice_is_a_part_of_the_draw():
    whole, part = load("gaussian:dim=2,n=100").dense(), load("gaussian:dim=2,n=100[40:60]").dense()
    assert np.array_equal(part, whole[40:60])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gaussian", ("lacks dim and n", "gaussian:dim=20,n=1000")),
        ("gaussian:dim=3", ("lacks n", "gaussian:dim=20,n=1000")),
        ("8gaussians", ("lacks n", "8gaussians:n=1000")),
        ("gaussian:dim=3,n=5,sigma=1", ("'sigma'", "dim, n, mean, std")),
        ("8gaussians:n=5,dim=2", ("'dim'", "n, radius, std")),
        ("gaussian:dim=3,n=5,", ("''",)),
        ("gaussian:dim=3,n=5,n=6", ("n twice",)),
        ("gaussian:dim=3,n=0", ("n=0", "at least 1")),
        ("gaussian:dim=0,n=3", ("dim=0", "at least 1")),
        ("gaussian:dim=3,n=1e3", ("n=1e3", "integer")),
        ("gaussian:dim=3,n=", ("n=", "integer")),
        ("gaussian:dim=3,n=5,mean=nan", ("mean=nan", "finite")),
        ("gaussian:dim=3,n=5,std=0", ("std=0", "above 0")),
        ("gaussian:dim=3,n=5,std=inf", ("std=inf", "finite")),
        ("8gaussians:n=5,radius=-1", ("radius=-1", "at least 0")),
        ("gaussian:dim=1000000,n=1000000000", ("GiB", "smaller n or dim")),
    ],
)
def test_parameters_that_are_not_allowed_are_named(refuses, text, words):
    with refuses(SourceError, text, *words):
        load(text)


def test_a_slice_beyond_the_draw_is_refused(refuses):
    with refuses(SourceError, "10 points"):
        load("gaussian:dim=3,n=10[0:11]")


def test_a_negative_seed_is_refused(refuses):
    with refuses(ParameterError, "data_seed", "-1"):
        Preprocessing(data_seed=-1)
