"""Measures: what is kept, what is converted, and what is refused."""

import hashlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wcheck.errors import ParameterError
from wcheck.measures import points as module
from wcheck.measures.measure import Measure
from wcheck.measures.points import LazyPoints


@pytest.mark.parametrize(
    ("given_dtype", "read_dtype"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.uint8, np.float32),
        (np.float16, np.float32),
        (np.int32, np.float64),
        (np.bool_, np.float64),
    ],
)
def test_dtype_of_read_points(given_dtype, read_dtype):
    measure = Measure.of(np.array([[0, 1], [1, 0]], given_dtype))
    assert measure.dtype == measure.block(slice(0, 1)).dtype == measure.dense().dtype == read_dtype
    assert np.array_equal(measure.dense(), [[0, 1], [1, 0]])


def test_trailing_axes_are_flattened_and_kept_as_shape():
    array = np.arange(24.0).reshape(2, 3, 4)
    measure = Measure.of(array)
    assert (len(measure), measure.dim, measure.shape) == (2, 12, (3, 4))
    assert np.array_equal(measure.dense().reshape(2, 3, 4), array)


def test_a_vector_is_points_on_the_line():
    assert Measure.of([3.0, 1.0, 2.0]).dense().tolist() == [[3.0], [1.0], [2.0]]


def test_a_tensor_with_gradient_is_taken():
    tensor = torch.eye(3, requires_grad=True)
    assert np.array_equal(Measure.of(tensor).dense(), np.eye(3))


def test_uniform_weights_and_their_total():
    measure = Measure.of(np.zeros((7, 1)))
    assert measure.is_uniform
    assert measure.weights.sum() == pytest.approx(1.0, abs=1e-15)
    assert measure.residual == 0.0


@given(st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=20), st.floats(-9e-7, 9e-7))
def test_weights_near_a_total_of_one_are_normalised_and_the_residual_kept(parts, off):
    weights = np.array(parts) / np.sum(parts) * (1 + off)
    measure = Measure.of(np.zeros((len(parts), 2)), weights)
    assert measure.weights.sum() == pytest.approx(1.0, abs=1e-14)
    assert measure.residual == pytest.approx(abs(off), abs=1e-14)


def test_given_weights_are_copied():
    weights = np.array([0.5, 0.5])
    measure = Measure.of(np.zeros((2, 1)), weights)
    weights[0] = 9.0
    assert measure.weights[0] == 0.5


@pytest.mark.parametrize(
    ("points", "weights", "words"),
    [
        ([[0.0, np.nan]], None, ("nan", "row 0", "column 1")),
        ([[0.0], [np.inf]], None, ("inf", "row 1")),
        (np.empty((0, 3)), None, ("(0, 3)", "non-empty")),
        (np.empty((3, 0)), None, ("(3, 0)", "non-empty")),
        (3.0, None, ("single number",)),
        ([[1j]], None, ("complex128",)),
        ([["a"]], None, ("real numbers",)),
        ([[2**60]], None, ("2^53",)),
        (np.zeros((2, 1)), [0.5, -0.5], ("-0.5", "index 1")),
        (np.zeros((2, 1)), [0.5, np.nan], ("nan", "index 1")),
        (np.zeros((2, 1)), [0.0, 0.0], ("total 0.0",)),
        (np.zeros((2, 1)), [1.0, 1.0], ("total 2.0",)),
        (np.zeros((2, 1)), [0.5, 0.5 + 2e-6], ("total 1.00000", "1e-6")),
        (np.zeros((2, 1)), [1.0], ("2 points", "(1,)")),
    ],
)
def test_what_is_no_measure_is_refused(refuses, points, weights, words):
    with refuses(ParameterError, "mine", *words):
        Measure.of(points, weights, name="mine")


def test_not_finite_values_are_found_beyond_the_first_block(monkeypatch, refuses):
    monkeypatch.setattr(module, "BLOCK_BYTES", 64)
    points = np.zeros((100, 2))
    points[73, 1] = np.nan
    with refuses(ParameterError, "row 73", "column 1"):
        Measure.of(points)


def test_lazy_points_equal_the_dense_ones_however_they_are_cut(monkeypatch):
    store = np.random.default_rng(0).integers(256, size=(50, 4), dtype=np.uint8)
    lazy = Measure.of(LazyPoints(store, lambda block: block / np.float32(255), 4))
    dense = Measure.of(store.astype(np.float32) / np.float32(255))
    monkeypatch.setattr(module, "BLOCK_BYTES", 64)
    assert [rows.stop - rows.start for rows, _ in lazy.blocks()] == [2] * 25
    assert np.array_equal(np.concatenate([block for _, block in lazy.blocks()]), dense.dense())
    assert np.array_equal(lazy.dense(), dense.dense())
    assert lazy.digest() == dense.digest()


def test_the_digest_tells_points_weights_dtype_and_shape_apart():
    base = np.arange(4.0)
    measures = [
        Measure.of(base),
        Measure.of(base + 1e-15 * np.array([0, 1, 0, 0])),
        Measure.of(base.astype(np.float32)),
        Measure.of(base.reshape(2, 2)),
        Measure.of(base, [0.25, 0.25, 0.3, 0.2]),
    ]
    digests = {measure.digest() for measure in measures}
    assert len(digests) == len(measures)
    assert all(len(digest) == len(hashlib.sha256().hexdigest()) for digest in digests)
    assert Measure.of(base.copy(), name="another name").digest() in digests


def test_a_measure_shows_itself_in_a_line_without_its_numbers():
    plain = Measure.of(np.zeros((500, 2)), name="mine")
    assert repr(plain) == "Measure('mine': 500 points of 2 coordinates)"
    assert (
        repr(Measure.of([[1.0], [2.0]], [0.25, 0.75]))
        == "Measure('array': 2 points of 1 coordinate, weighted)"
    )
    lazy = LazyPoints(np.zeros((500, 4), np.uint8), np.float32, 4)
    assert repr(lazy) == "LazyPoints(shape=(500, 4), dtype=float32)"
