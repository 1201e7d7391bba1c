"""What is said of estimates from samples of growing size."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.experiments.sampling import OPTIONS
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what each estimator found at each size, in the mean."""
    keys = ("source", "target", "dim", "estimator", *OPTIONS)
    lines = []
    for key in dict.fromkeys(tuple(row[name] for name in keys) for row in rows):
        own = [row for row in rows if tuple(row[name] for name in keys) == key]
        lines.append(f"{named(own[0])} between samples of {key[0]} and {key[1]}:")
        for size in sorted({cast("int", row["n"]) for row in own}):
            values = [
                cast("float", row["value"]) for row in own if row["n"] == size and row["value"] is not None
            ]
            if values:
                spread = f" +- {rounded(stdev(values), 2)}" if len(values) > 1 else ""
                lines.append(f"  n = {size:,}: mean {rounded(fmean(values), 5)}{spread} over {len(values)}")
    return "\n".join(lines)


def named(row: Row) -> str:
    """Return an estimator with its options."""
    told = ", ".join(f"{option} = {row[option]}" for option in OPTIONS if row.get(option) is not None)
    return f"{row['estimator']} ({told})" if told else str(row["estimator"])
