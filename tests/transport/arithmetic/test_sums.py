"""Sums keep their promise where plain ones lose all digits."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wcheck.transport.arithmetic.sums import BLOCK, accurate_sum, two_square, two_sum

numbers = st.floats(-1e100, 1e100, allow_subnormal=False)


@given(st.lists(numbers))
def test_small_sums_are_rounded_once(values: list[float]) -> None:
    truth = sum(map(Fraction, values), Fraction(0))
    error = abs(Fraction(accurate_sum(np.array(values))) - truth)
    assert error <= abs(truth) / 2**53 + sum(map(abs, map(Fraction, values)), Fraction(0)) / 2**72


@pytest.mark.parametrize("n", [BLOCK - 1, BLOCK, 5 * BLOCK + 7])
def test_long_sums_that_cancel_keep_their_digits(n: int) -> None:
    random = np.random.default_rng(n)
    values = random.normal(size=n) * 10.0 ** random.uniform(-20, 20, n)
    values = random.permutation(np.concatenate([values, -values, random.normal(size=n) * 1e-5]))
    truth = math.fsum(values)
    bound = 2.0**-53 * abs(truth) + 2.0**-72 * math.fsum(np.abs(values))
    assert abs(accurate_sum(values) - truth) <= bound
    assert (
        abs(float(values.sum()) - truth) > bound
    )  # a plain sum is not good enough: the bound is one that can be missed


@given(numbers, numbers)
def test_two_sum_is_exact(x: float, y: float) -> None:
    s, error = two_sum(x, y)
    assert s == x + y
    assert Fraction(s) + Fraction(error) == Fraction(x) + Fraction(y)


@given(st.floats(-1e100, 1e100).filter(lambda x: abs(x) > 1e-100 or x == 0))
def test_two_square_is_exact(x: float) -> None:
    square, error = two_square(x)
    assert Fraction(square) + Fraction(error) == Fraction(x) ** 2
