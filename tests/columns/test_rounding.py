"""Numbers as a person reads them."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from wcheck.columns.rounding import EPSILON, between, cell, missed, rounded

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


@given(finite, st.integers(min_value=2, max_value=8))
@example(5e-324, 8)
@example(-3.1e-320, 5)
def test_bounds_are_rounded_outwards_but_for_what_float64_makes_of_a_short_number(value, digits):
    allowed = Fraction(EPSILON) * abs(Fraction(value))
    lower, upper = (Fraction(cell(column, value, digits)) for column in ("lower", "upper"))
    assert lower <= Fraction(value) + allowed
    assert upper >= Fraction(value) - allowed
    if missed(value, digits) > 2 * EPSILON * abs(value):
        assert lower <= Fraction(value) <= upper


@given(finite, st.floats(min_value=0, max_value=1e-6))
@example(5e-324, 0.0)
@example(3e-320, 1e-6)
def test_a_bracket_is_written_outwards_to_the_last_bit(value, width):
    lower, upper = value, value + width * abs(value)
    words = between(lower, upper).split()
    if words[0] == "within":
        low, high = (Fraction(words[3]) + sign * Fraction(words[1]) for sign in (-1, 1))
    else:
        low, high = Fraction(words[1]), Fraction(words[-1])
    allowed = Fraction(EPSILON) * abs(Fraction(value)) if words[0] == "between" else 0
    assert low - allowed <= Fraction(lower) <= Fraction(upper) <= high + allowed


def test_what_float64_makes_of_one_is_shown_as_one():
    assert cell("lower", 1 - 2e-16, 5) == cell("upper", 1 + 2e-14, 5) == "1"
    assert cell("lower", 1 - 1e-9, 5) == "0.99999"
    assert between(1 - 2.2e-16, 1 + 2.2e-16) == "within 2.3e-16 of 1"
    assert between(0.0999999999999999, 0.10000000000000016) == "within 1.6e-16 of 0.1"
    assert between(1.0, 1.0) == "at 1"
    assert between(1.57, 1.5701, 3) == "between 1.57 and 1.58"


def test_shares_are_in_percent_and_certified_ones_rounded_down():
    assert cell("normalised_pairs_ratio", 0.29999) == "29.9"
    assert cell("normalised_ratio", 0.29999) == "30"
    assert cell("ratio", -0.000531) == "-0.0531"


@given(finite)
def test_a_bound_is_one_by_its_role_and_not_by_its_name(value):
    """V over an upper bound of the slope is a lower bound, and V over a sampled slope none."""
    assert float(cell("normalised_upper", value)) <= value + EPSILON * abs(value)
    assert cell("normalised", value) == rounded(value)
    assert cell("nobody_knows_upper", value) == rounded(value)


def test_rounding_to_the_nearest_would_not_be_outwards():
    value = 11.03999999951
    assert float(rounded(value)) > value
    assert rounded(value, direction=ROUND_FLOOR) == "11.039999"
    assert rounded(value, direction=ROUND_CEILING) == "11.04"


def test_cells_are_short_and_say_what_is_not_finite():
    assert cell("seconds", 12.3456789) == "12.3"
    assert cell("value", 1 / 3) == "0.33333333"
    assert cell("value", 10_000.0) == "10000"
    assert [cell("lower", value) for value in (math.nan, math.inf, -math.inf)] == [
        "nan",
        "inf",
        "-inf",
    ]
    assert cell("value", None) == ""
    assert cell("n", 1797) == "1797"
