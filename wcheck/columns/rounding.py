"""Numbers as a person reads them: bounds rounded outwards, as the role of their column says."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context

from wcheck.columns.column import Role
from wcheck.columns.registry import find

DIGITS = 8
"""Significant digits of a value; CSV has them all."""

FEW_DIGITS = 3
"""The same of a time, a gap or a share."""

DIRECTIONS = {Role.LOWER: ROUND_FLOOR, Role.UPPER: ROUND_CEILING}


def cell(column: str, value: object, digits: int = DIGITS) -> str:
    """Return a value as a table shows it: certified lower bounds rounded down, certified upper bounds up."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    known = find(column)
    if known is None:
        return rounded(value, digits)
    direction = DIRECTIONS.get(known.role, ROUND_HALF_EVEN)
    return rounded(value, FEW_DIGITS if known.few_digits else digits, direction)


def rounded(value: float, digits: int = DIGITS, direction: str = ROUND_HALF_EVEN) -> str:
    """Return ``value`` with that many significant digits, rounded in a direction of :mod:`decimal`."""
    if not math.isfinite(value):
        return str(value)
    return f"{float(Context(prec=digits, rounding=direction).create_decimal(value)):.{digits}g}"
