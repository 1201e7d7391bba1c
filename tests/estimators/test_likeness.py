"""What is measured of samples: invariances, closed forms, and what copies, blur and shrinkage do to each."""

import numpy as np
import pytest

from wcheck.errors import ParameterError
from wcheck.estimators import likeness
from wcheck.estimators.likeness import COLUMNS, Likeness, Mixture
from wcheck.measures import synthetic
from wcheck.measures.measure import Measure


def normal(n, dim=16, std=1.0, seed=0, **options):
    return Measure.of(std * np.random.default_rng(seed).standard_normal((n, dim)), **options)


@pytest.fixture(scope="module")
def parts():
    """Training points, held-out ones, and what is measured beside them."""
    train, real = normal(600, seed=1), normal(400, seed=2)
    return train, real, Likeness(real, train)


def test_copies_are_at_distance_0_and_are_called_copies(parts):
    train, _, beside = parts
    found = beside.of(train.take(np.arange(0, 600, 2)))
    assert found["nearest"] == 0.0
    assert found["copied"] == 1.0
    assert found["copied_real"] < 0.01
    assert found["spread"] == pytest.approx(1.0, abs=0.1)


def test_a_shrunken_gaussian_is_near_without_being_copied(parts):
    _, _, beside = parts
    found = beside.of(normal(400, std=0.5, seed=3))
    assert found["spread"] == pytest.approx(0.5, rel=0.05)
    assert found["nearest"] < 0.8
    assert found["copied"] == pytest.approx(found["copied_real"], abs=0.01)


def test_noisy_copies_are_copies_and_fresh_points_are_not(parts):
    train, _, beside = parts
    noise = np.random.default_rng(4).standard_normal((600, 16))
    assert beside.of(Measure.of(train.dense() + 0.1 * noise))["copied"] > 0.95
    fresh = beside.of(normal(600, seed=5))
    assert fresh["copied"] < 0.02
    assert fresh["nearest"] == pytest.approx(1.0, abs=0.05)


def test_distances_are_those_of_all_pairs(parts):
    train, real, beside = parts
    fake = normal(50, std=1.3, seed=6)
    found = beside.of(fake)
    assert tuple(found) == COLUMNS
    near, near_real = (
        np.sort(np.linalg.norm(z.dense()[:, None] - train.dense(), axis=2), axis=1) for z in (fake, real)
    )
    assert found["nearest"] == pytest.approx(near[:, 0].mean() / near_real[:, 0].mean())
    assert found["copied"] == (2 * near[:, 0] < near[:, 1]).mean()
    assert found["copied_real"] == pytest.approx((2 * near_real[:, 0] < near_real[:, 1]).mean())
    around = [np.sqrt(z.dense().var(axis=0).sum()) for z in (fake, real)]
    assert found["spread"] == pytest.approx(around[0] / around[1])


def test_moving_and_scaling_everything_changes_nothing(parts):
    train, real, beside = parts
    fake = normal(100, std=0.9, seed=7)
    moved = [Measure.of(8.0 * z.dense() + 3.0) for z in (train, real, fake)]
    again = Likeness(moved[1], moved[0]).of(moved[2])
    for column, value in beside.of(fake).items():
        assert again[column] == (value if value is None else pytest.approx(value, rel=1e-9))


def test_without_training_points_nothing_is_said_of_neighbours(parts):
    _, real, _ = parts
    found = Likeness(real).of(real)
    assert found["spread"] == 1.0
    assert [column for column, value in found.items() if value is not None] == ["spread"]


def test_a_weight_counts_as_so_many_points():
    points, weights = np.random.default_rng(0).standard_normal((3, 1, 4, 4)), np.array([0.5, 0.25, 0.25])
    whole, heavy = Measure.of(points[[0, 0, 1, 2]]), Measure.of(points, weights)
    train = normal(9, 16, shape=(1, 4, 4))
    for column, value in Likeness(train, train).of(heavy).items():
        assert value == (value if value is None else pytest.approx(Likeness(train, train).of(whole)[column]))


def test_one_training_point_has_no_second():
    found = Likeness(normal(5, seed=1), Measure.of(np.zeros((4, 16)))).of(normal(5, seed=2))
    assert found["copied"] is None
    assert found["nearest"] > 0
    assert Likeness(Measure.of(np.zeros((4, 16)))).of(normal(5))["spread"] is None


def test_sharpness_is_0_of_a_ramp_and_least_of_blur():
    noise = np.random.default_rng(0).random((20, 3, 12, 12))
    images = Measure.of(noise)
    ramp = np.broadcast_to(np.linspace(0, 1, 12), (2, 3, 12, 12))
    blurred = (noise + np.roll(noise, 1, axis=3)) / 2
    beside = Likeness(images)
    assert beside.of(Measure.of(ramp))["sharpness"] == pytest.approx(0.0, abs=1e-12)
    assert beside.of(Measure.of(2 * noise))["sharpness"] == pytest.approx(2.0)
    assert beside.of(Measure.of(blurred))["sharpness"] < 0.8
    point = np.zeros((1, 1, 3, 3))
    point[..., 1, 1] = 0.25
    assert likeness.laplacian(Measure.of(point)) == 1.0
    assert Likeness(normal(3)).of(normal(3))["sharpness"] is None  # vectors
    assert likeness.laplacian(Measure.of(np.zeros((2, 1, 2, 8)))) is None


def test_modes_of_the_ring_are_counted_and_strays_are_not():
    centres, std = synthetic.modes("8gaussians:n=9,radius=3,std=0.1")
    ring = Mixture(centres, std)
    drawn = Measure.of(synthetic.rows("8gaussians:n=4000,radius=3,std=0.1", 0, "source").read(slice(0, 4000)))
    assert likeness.modes(drawn, ring) == 8
    assert likeness.quality(drawn, ring) == pytest.approx(1 - np.exp(-4.5), abs=0.005)
    half = Measure.of(np.concatenate([centres[:3], np.zeros((3, 2))]))
    assert likeness.modes(half, ring) == 3
    assert likeness.quality(half, ring) == 0.5
    found = Likeness(drawn, mixture=ring).of(half)
    assert (found["modes"], found["quality"]) == (3, 0.5)
    assert synthetic.modes("gaussian:dim=2,n=10") is None
    assert synthetic.modes("digits") is None


def test_centroids_are_at_no_distance_from_themselves():
    real = normal(200)
    centroids = real.dense()[:10].astype(np.float32)
    beside = Likeness(real, centroids=centroids)
    assert beside.of(Measure.of(centroids))["centroid_distance"] == 0.0
    assert beside.of(real)["centroid_distance"] == 1.0
    with pytest.raises(ParameterError, match="the centroids have dimension 3 and array has dimension 16"):
        Likeness(real, centroids=np.zeros((2, 3)))


@pytest.mark.parametrize("weights", [None, [0.1, 0.2, 0.3, 0.4]])
def test_equal_points_have_no_spread_not_even_by_rounding(weights):
    equal = Measure.of(np.full((4, 3), 0.1), weights)
    assert Likeness(equal).of(normal(5, 3))["spread"] is None
    assert Likeness(normal(5, 3)).of(equal)["spread"] == 0.0
