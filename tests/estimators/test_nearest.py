"""The nearest two of many points, against all distances measured one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from wcheck.errors import ParameterError
from wcheck.estimators import nearest
from wcheck.estimators.nearest import Neighbours
from wcheck.measures.measure import Measure


def by_all_pairs(x, y):
    y = np.unique(y + 0.0, axis=0)
    far = np.full((len(x), 2), np.inf)
    return np.sort(np.hstack([cdist(x.astype(float), y.astype(float)), far]), axis=1)[:, :2]


@given(
    st.integers(0, 10_000),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([(0.0, 1.0), (1e4, 1e-3), (-3.0, 1e12), (0.0, 1e-22)]),
)
def test_agrees_with_all_pairs_wherever_the_points_lie(seed, first, second, place):
    rng = np.random.default_rng(seed)
    n, m, dim = rng.integers(1, 30), rng.integers(1, 60), rng.integers(1, 9)
    x, y = (
        (rng.standard_normal((count, dim)) * place[1] + place[0]).astype(kind)
        for count, kind in ((n, first), (m, second))
    )
    x[: len(y) // 3] = y[: min(len(y) // 3, len(x))]  # copies ...
    y = np.concatenate([y, y[: m // 2]])  # ... and training points that are there twice
    found = Neighbours(Measure.of(y)).distances(Measure.of(x))
    np.testing.assert_allclose(found, by_all_pairs(x, y), rtol=1e-12, atol=0)


def test_finds_copies_at_0_and_what_is_next_to_them_among_points_of_many_sizes(monkeypatch):
    monkeypatch.setattr(nearest, "ENTRIES", 700)  # several blocks
    rng = np.random.default_rng(0)
    y = rng.standard_normal((300, 40)) * np.exp(rng.uniform(-20, 20, (300, 1)))
    x = np.concatenate([y[:50], y[50:60] * (1 + 1e-13)])
    found = Neighbours(Measure.of(y)).distances(Measure.of(x))
    assert (found[:50, 0] == 0).all()
    assert (found[50:, 0] > 0).all()
    np.testing.assert_allclose(found, by_all_pairs(x, y), rtol=1e-12)


def test_points_of_weight_0_are_not_there_and_minus_0_is_0():
    among = Measure.of([[0.0], [-0.0], [1.0], [5.0]], [0.5, 0.25, 0.0, 0.25])
    assert len(Neighbours(among)) == 2
    assert Neighbours(among).distances(Measure.of([[1.0]])).tolist() == [[1.0, 4.0]]


def test_points_beyond_float32_are_measured_all_the_same():
    found = Neighbours(Measure.of(np.eye(3))).distances(Measure.of([[1e60, 0.0, 0.0]]))
    np.testing.assert_allclose(found, 1e60)


def test_refuses_points_of_another_dimension():
    with pytest.raises(ParameterError, match="has dimension 2 and"):
        Neighbours(Measure.of([[0.0], [1.0]])).distances(Measure.of([[0.0, 1.0]]))
