"""The distance on a fixed support: against the exact solver and SciPy, inside scikit-learn, and what it refuses."""

import copy

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

import wcheck
from wcheck.errors import ParameterError
from wcheck.metrics import on_support


def histograms(rng, n, k):
    """Rows of total 1 with some weights of 0."""
    rows = rng.random((n, k)) * (rng.random((n, k)) < 0.6) + 1e-9
    return rows / rows.sum(axis=1, keepdims=True)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 3))
@settings(max_examples=40)
def test_it_is_the_exact_distance(seed, k, dim):
    rng = np.random.default_rng(seed)
    points = np.rint(rng.normal(size=(k, dim)) * 3)  # some of them twice
    u, v = histograms(rng, 2, k)
    distance = on_support(points)
    found = wcheck.exact(points, points, u, v, tol=1e-9)
    assert distance(u, v) == pytest.approx(found.value, rel=1e-6, abs=1e-12)
    across = np.ptp(points, axis=0).sum()  # a weight near 1 is off by 2^-53 of it
    assert distance(v, u) == pytest.approx(distance(u, v), rel=1e-9, abs=2.0**-52 * k * max(across, 1.0))
    assert distance(u, u) == 0.0
    if dim == 1:
        assert distance(u, v) == pytest.approx(scipy.stats.wasserstein_distance(*points.T, *points.T, u, v))


def test_scikit_learn_takes_it_as_a_metric():
    """Histograms of a bump at the left or at the right: bins alone do not say that neighbouring ones are near."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(15, 2))
    sides = np.arange(40) % 2
    centres = np.where(sides[:, None] == 0, -1.0, 1.0) + rng.normal(size=(40, 2)) / 2
    rows = np.exp(-4 * ((points - centres[:, None]) ** 2).sum(axis=2)) + 1e-6
    rows /= rows.sum(axis=1, keepdims=True)
    distance = on_support(points)
    table = pairwise_distances(rows, metric=distance)
    assert np.allclose(table, table.T)
    one, other = 3, 8
    assert table[one, other] == pytest.approx(wcheck.exact(points, points, rows[one], rows[other]).value)
    for algorithm in ("brute", "ball_tree"):
        classifier = KNeighborsClassifier(3, metric=distance, algorithm=algorithm)
        assert cross_val_score(classifier, rows, sides, cv=4).mean() > 0.9
    again = copy.deepcopy(distance)  # as pickling does, for other processes
    assert again(rows[0], rows[1]) == distance(rows[0], rows[1])


def test_points_are_read_as_elsewhere():
    u, v = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    frame = pd.DataFrame({"eta": [0.0, 3.0, 3.0], "phi": [0.0, 0.0, 4.0]})
    assert on_support(frame)(u, v) == pytest.approx(2.5)
    assert on_support(np.float32([0, 1, 2]))(u, v) == 1.0


@pytest.mark.parametrize(
    ("u", "message"),
    [
        ([0.5, 0.5], r"u has shape \(2,\): give a weight for each of 3 points"),
        ([1.0, 1.0, 1.0], "a total of 3"),
        ([1.5, -0.5, 0.0], "a least weight of -0.5"),
        ([np.nan, 0.5, 0.5], "a total of nan"),
    ],
)
@pytest.mark.parametrize("dim", [1, 2])
def test_what_are_no_weights_is_refused(u, message, dim):
    with pytest.raises(ParameterError, match=message):
        on_support(np.eye(3)[:, :dim])(u, [1.0, 0.0, 0.0])
