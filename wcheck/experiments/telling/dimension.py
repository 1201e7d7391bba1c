"""Sentences about the intrinsic dimension of a set of points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.errors import counted
from wcheck.experiments.telling.words import numbers, span, uncertain
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what the dimension is by each way, or that there is no estimate."""
    first = rows[0]
    left_out = (
        f" ({counted(cast('int', first['duplicates']), 'duplicate', separator=',')} left out)"
        if first["duplicates"]
        else ""
    )
    coordinates = counted(cast("int", first["dim"]), "coordinate")
    points = f"The {first['n']:,} distinct points of {first['source']}{left_out} in {coordinates}"
    found = span([rounded(value, 2) for value in numbers(rows, "value")])
    if not found:
        return f"For {points} there is no estimate of an intrinsic dimension."
    lines = [f"{points} have an intrinsic dimension of about {found}, by estimate +- standard error:"]
    lines += [f"  {_way(row)}: {_estimate(row)}" for row in rows]
    return "\n".join(
        [
            *lines,
            "In many dimensions both methods underestimate, and the standard errors do not cover this: for 2,000 "
            "normal points in 20 dimensions they give 15 to 17.",
        ]
    )


def _way(row: Row) -> str:
    return str(row["method"]) if row["k"] is None else f"{row['method']}, k = {row['k']}"


def _estimate(row: Row) -> str:
    value, error = (cast("float | None", row[name]) for name in ("value", "standard_error"))
    return "no estimate" if value is None else uncertain(value, error)
