"""Scales: the formulas to the last bit, and the joint statistics of a z-score."""

from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from wcheck.errors import ParameterError
from wcheck.measures import points as points_module
from wcheck.measures.sources import Preprocessing, load, load_pair, scale_of

ZSCORE = Preprocessing(scale="zscore")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.save("images.npy", rng.integers(256, size=(40, 3, 4, 5), dtype=np.uint8))
    np.save("darker.npy", rng.integers(100, size=(20, 3, 4, 5), dtype=np.uint8))
    np.save("vectors.npy", rng.normal(5, 3, size=(30, 4)))
    np.save("others.npy", rng.normal(-5, 1, size=(50, 4)))
    np.save("single.npy", rng.normal(1e4, 3, size=(30, 4)).astype(np.float32))
    np.save("bytes.npy", rng.integers(256, size=(30, 4), dtype=np.uint8))
    return tmp_path


def test_pixel_scales_are_these_formulas_in_float32(here):
    raw = np.load("images.npy").reshape(40, -1).astype(np.float32)
    unit = load("images.npy", preprocessing=Preprocessing(scale="0,1"))
    symmetric = load("images.npy", preprocessing=Preprocessing(scale="-1,1"))
    assert np.array_equal(unit.dense(), raw / np.float32(255))
    assert np.array_equal(symmetric.dense(), raw / np.float32(127.5) - np.float32(1))
    assert unit.dtype == symmetric.dtype == np.float32
    assert unit.digest() == load("images.npy").digest() != symmetric.digest()


def test_white_of_digits_is_sixteen():
    from sklearn.datasets import load_digits

    raw = load_digits().data
    assert raw.max() == 16
    assert np.array_equal(load("digits").dense(), raw / 16)
    assert np.array_equal(load("digits", preprocessing=Preprocessing(scale="-1,1")).dense(), raw / 8 - 1)


def test_zscore_of_images_is_joint_and_per_channel(here, monkeypatch):
    monkeypatch.setattr(points_module, "BLOCK_BYTES", 8 * 60 * 7)
    x, y = load_pair("images.npy", "darker.npy", preprocessing=ZSCORE)
    raw = np.concatenate([np.load("images.npy"), np.load("darker.npy")]).astype(float)
    mean, std = raw.mean(axis=(0, 2, 3), keepdims=True), raw.std(axis=(0, 2, 3), keepdims=True)
    expected = ((raw - mean) / std).reshape(60, -1)
    assert np.allclose(np.concatenate([x.dense(), y.dense()]), expected, rtol=0, atol=1e-6)
    assert (x.dtype, scale_of(x), scale_of(y)) == (np.float32, "zscore", "zscore")
    assert abs(x.dense().mean()) > 0.1


def test_zscore_of_vectors_is_joint_and_per_coordinate(here):
    x, y = load_pair("vectors.npy", "others.npy", preprocessing=ZSCORE)
    raw = np.concatenate([np.load("vectors.npy"), np.load("others.npy")])
    expected = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    assert np.allclose(np.concatenate([x.dense(), y.dense()]), expected, rtol=0, atol=1e-13)
    assert x.dtype == np.float64


@pytest.mark.parametrize("name", ["images.npy", "vectors.npy", "single.npy", "bytes.npy"])
def test_zscore_alone_has_mean_zero_and_deviation_one(here, name):
    measure = load(name, preprocessing=ZSCORE)
    groups = 3 if name == "images.npy" else 4
    points = measure.dense().astype(float).reshape(len(measure), groups, -1)
    # float32 holds 1e4 + noise of 3 to 2^-11, which is exact: the statistics are taken in float64.
    assert np.allclose(points.mean(axis=(0, 2)), 0, atol=1e-6)
    assert np.allclose(points.std(axis=(0, 2)), 1, atol=1e-6)
    assert measure.dtype == (np.float64 if name == "vectors.npy" else np.float32)


def test_zscore_counts_each_point_once_whatever_its_weight(here):
    points = np.array([[0.0], [1.0], [5.0]])
    np.savez("p.npz", points=points, weights=np.array([0.8, 0.1, 0.1]))
    scaled = load("p.npz", preprocessing=ZSCORE)
    assert np.allclose(scaled.dense(), (points - 2) / points.std(), rtol=0, atol=1e-14)
    assert scaled.weights.tolist() == pytest.approx([0.8, 0.1, 0.1])


def test_zscore_comes_after_the_slice_the_subset_and_the_size(here):
    preprocessing = Preprocessing(scale="zscore", subset=9, image_size=6)
    measure = load("images.npy[10:30]", preprocessing=preprocessing)
    assert (len(measure), measure.shape) == (9, (3, 6, 6))
    assert np.allclose(measure.dense().reshape(9, 3, -1).std(axis=(0, 2)), 1, atol=1e-6)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6 + 0.1])
def test_a_constant_coordinate_is_named(here, refuses, constant):
    points = np.random.default_rng(0).random((1000, 3))
    points[:, 1] = constant
    np.save("constant.npy", points)
    with refuses(ParameterError, "coordinate 1", "constant.npy", "constant"):
        load("constant.npy", preprocessing=ZSCORE)


def test_a_constant_channel_is_named(here, refuses):
    images = np.load("images.npy")
    images[:, 2] = 7
    np.save("images.npy", images)
    with refuses(ParameterError, "channel 2", "images.npy", "constant"):
        load("images.npy", preprocessing=ZSCORE)


def test_a_deviation_that_overflows_is_refused(here, refuses):
    np.save("huge.npy", np.array([[1e200], [-1e200]]))
    with refuses(ParameterError, "coordinate 0", "huge.npy", "too large"):
        load("huge.npy", preprocessing=ZSCORE)


def test_a_coordinate_constant_in_one_of_two_is_fine(here):
    np.save("zeros.npy", np.zeros((3, 4)))
    x, _ = load_pair("zeros.npy", "vectors.npy", preprocessing=ZSCORE)
    assert np.isfinite(x.dense()).all()


def test_images_and_vectors_share_no_zscore(here, refuses):
    np.save("flat.npy", np.random.default_rng(0).random((5, 60)))
    for preprocessing in (ZSCORE, Preprocessing()):
        with refuses(ParameterError, "flat.npy", "60", "3x4x5"):
            load_pair("images.npy", "flat.npy", preprocessing=preprocessing)


@pytest.mark.parametrize("scale", ["0,1", "-1,1"])
@pytest.mark.parametrize("text", ["vectors.npy", "bytes.npy", "gaussian:dim=2,n=5", "8gaussians:n=5[0:2]"])
def test_pixel_scales_of_vectors_are_refused(here, refuses, scale, text):
    with refuses(ParameterError, f"scale is {scale}", text.partition("[")[0], "vectors", "for images only"):
        load(text, preprocessing=Preprocessing(scale=scale))


def test_an_image_size_of_vectors_is_refused(here, refuses):
    with refuses(ParameterError, "image_size is 8", "vectors.npy", "for images only"):
        load("vectors.npy", preprocessing=Preprocessing(image_size=8))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scale": "minmax"}, ("'minmax'", "'0,1', '-1,1', 'zscore'")),
        ({"image_size": 0}, ("image_size is 0",)),
        ({"subset": 0}, ("subset is 0",)),
        ({"subset": -5}, ("subset is -5",)),
    ],
)
def test_preprocessing_that_is_not_allowed_is_refused(refuses, options, words):
    with refuses(ParameterError, *words):
        Preprocessing(**options)


@pytest.mark.parametrize("scale", ["0,1", "-1,1", "zscore"])
def test_lazy_measures_travel_to_other_processes(scale):
    measure = load("digits[0:20]", preprocessing=Preprocessing(scale=scale, image_size=5))
    assert ForkingPickler.loads(ForkingPickler.dumps(measure)).digest() == measure.digest()
