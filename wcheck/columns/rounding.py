"""Numbers as a person reads them: bounds rounded outwards, as the role of their column says."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context

DIGITS = 8
"""Significant digits of a value; CSV has them all."""

FEW_DIGITS = 3
"""The same of a time, a gap or a share."""


def cell(column: str, value: object, digits: int = DIGITS) -> str:
    """Return a value as a table shows it: lower bounds rounded down, upper bounds, gaps and allowances up."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    words = column.split("_")
    digits = FEW_DIGITS if words[-1] in ("gap", "allowance", "seconds", "ratio") else digits
    if "lower" in words or "normalised" in words:
        return rounded(value, digits, ROUND_FLOOR)
    if "upper" in words or "gap" in words or "allowance" in words:
        return rounded(value, digits, ROUND_CEILING)
    return rounded(value, digits)


def rounded(value: float, digits: int = DIGITS, direction: str = ROUND_HALF_EVEN) -> str:
    """Return ``value`` with that many significant digits, rounded in a direction of :mod:`decimal`."""
    if not math.isfinite(value):
        return str(value)
    return f"{float(Context(prec=digits, rounding=direction).create_decimal(value)):.{digits}g}"
