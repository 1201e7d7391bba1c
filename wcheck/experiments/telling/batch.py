"""What is said of estimates from mini-batches."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from statistics import fmean, stdev
from typing import cast

from wcheck.columns import names
from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say how far the estimates of mini-batches are from the exact distance of the whole sets."""
    first = rows[0]
    lower = rounded(cast("float", first["exact_lower"]), 8, ROUND_FLOOR)
    upper = rounded(cast("float", first["exact_upper"]), 8, ROUND_CEILING)
    lines = [
        f"The exact distance between {first['source']} and {first['target']} lies between {lower} and {upper}."
    ]
    options = [name for name in names("estimator") if name != "batch_size"]
    keys = ("estimator", *options, "batch_size")
    for key in dict.fromkeys(tuple(row.get(name) for name in keys) for row in rows):
        own = [
            row for row in rows if tuple(row.get(name) for name in keys) == key and row["value"] is not None
        ]
        if not own:
            continue
        values = [cast("float", row["value"]) for row in own]
        told = ", ".join(f"{name} = {value}" for name, value in zip(options, key[1:-1], strict=True) if value)
        spread = f" +- {rounded(stdev(values), 2)}" if len(values) > 1 else ""
        bias = rounded(fmean(cast("float", row["bias"]) for row in own), 3)
        lines.append(
            f"{key[0]}{f' ({told})' if told else ''} on batches of {key[-1]}: mean {rounded(fmean(values), 5)}{spread} "
            f"over {len(values)}, {bias} off the exact distance."
        )
    return "\n".join(lines)
