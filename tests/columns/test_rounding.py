"""Numbers as a person reads them."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR

from hypothesis import given
from hypothesis import strategies as st

from wcheck.columns.rounding import cell, rounded

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


@given(finite)
def test_bounds_are_rounded_outwards(value):
    assert float(cell("lower", value)) <= value <= float(cell("upper", value))
    assert float(cell("exact_lower", value)) <= value <= float(cell("exact_upper", value))
    assert float(cell("relative_gap", value)) >= value


@given(finite)
def test_a_bound_is_one_by_its_role_and_not_by_its_name(value):
    """V over an upper bound of the slope is a lower bound, and V over a sampled slope none."""
    assert float(cell("normalised_upper", value)) <= value
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
