"""Slices mean what Python's mean where both allow them, and nothing else is let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wcheck.errors import SourceError
from wcheck.measures.grammar import resolve_slice, split_slice


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("digits", ("digits", None)),
        ("digits[0:200]", ("digits", "0:200")),
        ("cifar10:train[5:]", ("cifar10:train", "5:")),
        ("a[1].npy", ("a[1].npy", None)),
        ("a[1].npy[2:3]", ("a[1].npy", "2:3")),
        ("photos[2020]/", ("photos[2020]/", None)),
        ("", ("", None)),
    ],
)
def test_the_slice_is_split_off(text, parts):
    assert split_slice(text) == parts


@given(st.data(), st.integers(1, 50))
def test_a_slice_takes_the_rows_that_python_takes(data, n):
    start = data.draw(st.integers(0, n - 1))
    stop = data.draw(st.integers(start + 1, n))
    rows = list(range(n))
    assert rows[resolve_slice(f"{start}:{stop}", n, "x")] == rows[start:stop]
    assert rows[resolve_slice(f"{start}:", n, "x")] == rows[start:]
    assert rows[resolve_slice(f":{stop}", n, "x")] == rows[:stop]
    assert rows[resolve_slice(":", n, "x")] == rows[resolve_slice(None, n, "x")] == rows


@pytest.mark.parametrize(
    ("inner", "word"),
    [
        ("0:11", "beyond"),
        ("11:12", "beyond"),
        ("10:", "empty"),
        ("5:5", "empty"),
        ("7:3", "empty"),
        ("0:0", "empty"),
        (":0", "empty"),
        ("-3:", "from the end"),
        (":-1", "from the end"),
        ("0:10:2", "without a step"),
        ("::", "without a step"),
        ("3", "not a slice without a step"),
        ("", "not a slice without a step"),
        ("a:b", "not a slice without a step"),
        ("-:3", "not a slice without a step"),
        ("1.5:2", "not a slice without a step"),
        ("0:5,6:7", "not a slice without a step"),
    ],
)
def test_other_slices_are_refused_and_n_is_named(refuses, inner, word):
    with refuses(SourceError, f"x[{inner}]", word, "10 points"):
        resolve_slice(inner, 10, "x")
