"""Sentences about lines through errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.experiments.fit import wanted
from wcheck.experiments.telling.sample_complexity import named
from wcheck.rows.table import Row


def told(fitted: Sequence[Row]) -> str:
    """Say how fast each error falls, and how many points the wanted errors need."""
    lines = [f"{named(row, fitted)}: {row['status']}." for row in fitted if row["status"] != "ok"]
    for line, needs in wanted(fitted):
        slope, low, high = (
            rounded(cast("float", line[key]), 3, direction)
            for key, direction in (
                ("slope", ROUND_HALF_EVEN),
                ("slope_lower", ROUND_FLOOR),
                ("slope_upper", ROUND_CEILING),
            )
        )
        lines.append(
            f"{named(line, fitted)}: the error falls as n^({slope}) by the line through all sizes, and as n^({low}) to "
            f"n^({high}) by lines through the last ones{_in_theory(line)}."
        )
        lines += [f"  An error of {row['wanted_error']} would need {_needed(row)}." for row in needs]
    return "\n".join(lines)


def _in_theory(line: Row) -> str:
    if line["rate"] is None:
        return ""
    if line["dim"] == 2 and line["estimator"] == "exact":
        return "; in theory it falls as sqrt(log n / n)"
    return f"; in theory it falls as n^({rounded(cast('float', line['rate']), 4)})"


def _needed(row: Row) -> str:
    low, high = _power(row["n_lower"], math.floor), _power(row["n_upper"], math.ceil)
    models = {"the line through all sizes": "n", "the line through the last two sizes": "n_last"}
    if row["rate"] is not None:
        models["the theoretical slope"] = "n_theory"
    ways = ", ".join(f"{_power(row[column], round)} by {name}" for name, column in models.items())
    found = {
        "at least": f"at least {low} points: the slope flattens with n",
        "at most": f"at most {high} points: the slope steepens with n",
    }.get(cast("str", row["bound"]), f"{low} to {high} points")
    return f"{found} ({ways})"


def _power(n: object, to_integer: Callable[[float], int]) -> str:
    """Return a number of points with three digits, or as a power of 10 with one decimal place."""
    if n is None:
        return "more than 10^308"
    exponent = math.log10(cast("float", n))
    if exponent >= 6:
        return f"10^{to_integer(10 * exponent) / 10:.1f}"
    unit = 10 ** max(0, math.floor(exponent) - 2)
    return f"{to_integer(cast('float', n) / unit) * unit:,}"
