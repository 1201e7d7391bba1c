"""What Python users bring as points and weights: the same numbers, or one line that says what to do."""

from __future__ import annotations

import array
import decimal
import fractions
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from wcheck import Measure, exact
from wcheck.errors import ParameterError
from wcheck.measures.arraylike import as_array

POINTS = np.array([[0.0, 1.5], [2.0, -3.0], [4.0, 5.0]])


class Foreign:
    """An array of another library."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return POINTS


def frozen() -> np.ndarray:
    points = POINTS.copy()
    points.flags.writeable = False
    return points


READ: dict[str, Callable[[], Any]] = {
    "big-endian float64": lambda: POINTS.astype(">f8"),
    "big-endian float32": lambda: POINTS.astype(">f4"),
    "big-endian float16": lambda: POINTS.astype(">f2"),
    "float16": lambda: POINTS.astype(np.float16),
    "read-only": frozen,
    "not contiguous": lambda: np.repeat(POINTS, 2, axis=0)[::2],
    "reversed twice": lambda: POINTS[::-1, ::-1].copy()[::-1, ::-1],
    "Fortran order": lambda: np.asfortranarray(POINTS),
    "nested lists": POINTS.tolist,
    "tuples": lambda: tuple(map(tuple, POINTS)),
    "list of arrays": lambda: list(POINTS),
    "list of array.array": lambda: [array.array("d", row) for row in POINTS],
    "memoryview": lambda: memoryview(POINTS),
    "another library's": Foreign,
    "data frame": lambda: pd.DataFrame(POINTS),
    "data frame of several types": lambda: pd.DataFrame(
        {"a": np.array([0, 2, 4]), "b": np.float32(POINTS[:, 1])}
    ),
    "nullable data frame": lambda: pd.DataFrame(POINTS).convert_dtypes(),
    "tensor": lambda: torch.tensor(POINTS),
    "tensor with gradient": lambda: torch.tensor(POINTS, requires_grad=True),
    "list of tensors": lambda: list(torch.tensor(POINTS)),
    "list of tensors with gradient": lambda: list(torch.tensor(POINTS, requires_grad=True)),
    "lists of numbers with gradient": lambda: [list(row) for row in torch.tensor(POINTS, requires_grad=True)],
    "list of bfloat16 tensors": lambda: list(torch.tensor(POINTS).bfloat16()),
    "8-bit float tensor": lambda: torch.tensor(POINTS).to(torch.float8_e4m3fn),
    "negated view": lambda: torch.complex(torch.zeros(3, 2).double(), torch.tensor(-POINTS)).conj().imag,
}


@pytest.mark.parametrize("kind", READ)
def test_the_same_numbers_however_they_are_brought(kind: str) -> None:
    measure = Measure.of(READ[kind]())
    assert np.array_equal(measure.dense(), POINTS)
    assert measure.dense().dtype.isnative
    assert exact(READ[kind](), POINTS).value == 0.0


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint16, np.int64, np.uint64, ">i4", ">u8"])
def test_integers_are_read_as_they_are(dtype: Any) -> None:
    assert Measure.of(np.array([[0, 1], [1, 0]], dtype)).dense().tolist() == [[0.0, 1.0], [1.0, 0.0]]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "meta": (lambda: torch.empty(3, 2, device="meta"), "on the device meta, which holds no numbers"),
    "sparse array": (lambda: scipy.sparse.csr_array(POINTS), r"sparse csr_array, .* such as its toarray\(\)"),
    "sparse matrix": (
        lambda: scipy.sparse.coo_matrix(POINTS),
        r"sparse coo_matrix, .* inf where a cost forbids",
    ),
    "list of sparse rows": (lambda: [scipy.sparse.csr_array(POINTS)], "sparse csr_array"),
    "sparse tensor": (lambda: torch.tensor(POINTS).to_sparse(), r"sparse tensor: .* give its to_dense\(\)"),
    "complex": (lambda: POINTS + 0j, "has dtype complex128: points are real numbers"),
    "conjugate": (lambda: torch.tensor(POINTS + 0j).conj(), "has dtype complex128"),
    "objects": (
        lambda: POINTS.astype(object),
        r"Python objects \(float\): .* give an array of float32, float64",
    ),
    "decimals": (lambda: [[decimal.Decimal(1)]], r"Python objects \(Decimal\)"),
    "fractions": (lambda: [[fractions.Fraction(1, 3)]], r"Python objects \(Fraction\)"),
    "long integers": (lambda: [[2**70]], r"Python objects \(int\)"),
    "text": (lambda: [["1", "2"]], "has dtype <U1"),
    "dates": (lambda: np.array(["2020-01-01"], "M8[D]"), r"has dtype datetime64\[D\]"),
    "frame with gaps": (
        lambda: pd.DataFrame({"a": pd.array([1, None], "Int64")}),
        "holds nan at row 1, column 0",
    ),
    "80-bit floats": (lambda: POINTS.astype(np.longdouble), "has dtype"),
    "structured": (lambda: np.zeros(3, [("a", float)]), "has dtype"),
    "masked": (lambda: np.ma.masked_array(POINTS, POINTS > 4), "is a masked array"),
    "list of masked rows": (lambda: list(np.ma.masked_array(POINTS, POINTS > 4)), "is a masked array"),
    "ragged": (lambda: [[1.0], [1.0, 2.0]], "cannot be read as an array"),
    "ragged tensors": (lambda: [torch.ones(1), torch.ones(2)], "cannot be read as an array"),
    "one number": (lambda: np.array(1.0), "is a single number"),
    "nothing": (lambda: [], r"shape \(0, 1\): a measure needs at least one point"),
    "no coordinates": (lambda: [[], []], r"shape \(2, 0\)"),
    "None": (lambda: None, r"Python objects \(NoneType\)"),
    "generator": (lambda: (row for row in POINTS), r"Python objects \(generator\)"),
    "set": (lambda: {1.0, 2.0}, r"Python objects \(set\)"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_one_reading_is_refused_in_one_line(kind: str) -> None:
    make, message = REFUSED[kind]
    with pytest.raises(ParameterError, match=f"^mine .*{message}") as caught:
        Measure.of(make(), name="mine")
    assert "\n" not in str(caught.value)


THIRDS = [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    "weights",
    [
        np.array(THIRDS, ">f8"),
        np.array(THIRDS, np.float16),
        pd.Series(THIRDS, dtype="Float64"),
        torch.tensor(THIRDS, requires_grad=True),
        list(torch.tensor(THIRDS, requires_grad=True)),
        tuple(THIRDS),
    ],
)
def test_weights_are_read_like_points(weights: Any) -> None:
    assert Measure.of(POINTS, weights).weights.tolist() == THIRDS


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1e308] * 3, "weights of total inf: the total must be within 1e-6 of 1"),
        (torch.empty(3, device="meta"), "the weight array of mine is a tensor on the device meta"),
        ([fractions.Fraction(1, 3)] * 3, r"the weight array of mine holds Python objects \(Fraction\)"),
        ([0.5j, 0.5, 0.0], "the weight array of mine has dtype complex128"),
        (np.ma.masked_array(THIRDS, [0, 0, 1]), "the weight array of mine is a masked array"),
        (scipy.sparse.csr_array([THIRDS]), "the weight array of mine is a sparse csr_array"),
        (1.0, r"3 points and weights of shape \(\)"),
    ],
)
def test_weights_that_are_none_are_refused_in_one_line(weights: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        Measure.of(POINTS, weights, name="mine")
    assert "\n" not in str(caught.value)


def test_an_array_is_not_copied() -> None:
    assert as_array(POINTS, "x") is POINTS
