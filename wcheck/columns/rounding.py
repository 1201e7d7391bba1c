"""Numbers as a person reads them: bounds rounded outwards, as the role of their column says."""

from __future__ import annotations

import math
import sys
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from wcheck.columns.column import Role
from wcheck.columns.registry import find

DIGITS = 8
"""Significant digits of a value; CSV has them all."""

FEW_DIGITS = 3
"""The same of a time, a gap or a share."""

DIRECTIONS = {Role.LOWER: ROUND_FLOOR, Role.UPPER: ROUND_CEILING}

EPSILON = 1e-12
"""The share of a bound by which it may miss a number with few digits that is shown in its place: what sums in float64
make of 1 is shown as 1, and not as 0.99999 from below and 1.0001 from above."""


def cell(column: str, value: object, digits: int = DIGITS) -> str:
    """Return a value as a table shows it: certified lower bounds rounded down, certified upper bounds up.

    Shares of columns that are shown in percent are written without the sign of percent.
    """
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    known = find(column)
    if known is None:
        return rounded(value, digits)
    direction = DIRECTIONS.get(known.role, ROUND_HALF_EVEN)
    return rounded(value, FEW_DIGITS if known.few_digits else digits, direction, percent=known.percent)


def rounded(
    value: float, digits: int = DIGITS, direction: str = ROUND_HALF_EVEN, *, percent: bool = False
) -> str:
    """Return ``value`` with that many significant digits, rounded in a direction of :mod:`decimal`.

    A value that misses a number of that many digits by less than 1e-12 of it is written as that number, whatever the
    direction: see :func:`missed`.
    """
    if not math.isfinite(value):
        return str(value)
    nearest = _decimal(value, digits, ROUND_HALF_EVEN)
    if direction != ROUND_HALF_EVEN and missed(value, digits) > EPSILON * abs(value):
        nearest = _decimal(value, digits, direction)
    shown = nearest.scaleb(2) if percent else nearest
    if 0 < abs(shown) < sys.float_info.min:  # a float would round it once more
        return f"{shown.normalize():e}"
    return f"{float(shown):.{digits}g}"


def between(lower: float, upper: float, digits: int = DIGITS) -> str:
    """Write a certified bracket, rounded outwards, as it follows a verb: between 1.5 and 1.6, or within 2e-16 of 1."""
    low, high = rounded(lower, digits, ROUND_FLOOR), rounded(upper, digits, ROUND_CEILING)
    if low != high:
        return f"between {low} and {high}"
    off = max(missed(lower, digits), missed(upper, digits))
    return f"within {rounded(off, 2, ROUND_CEILING)} of {low}" if off else f"at {low}"


def missed(value: float, digits: int) -> float:
    """Return how far a finite number is from the nearest one of that many significant digits; rounded up."""
    if not math.isfinite(value):
        return 0.0
    off = abs(Decimal(value) - _decimal(value, digits, ROUND_HALF_EVEN))
    return math.nextafter(float(off), math.inf) if off else 0.0


def _decimal(value: float, digits: int, direction: str) -> Decimal:
    return Context(prec=digits, rounding=direction).create_decimal(value)
