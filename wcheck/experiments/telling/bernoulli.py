"""What is said of batches of Bernoulli variables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row

BOUND = 2.0 * math.exp(-2.0)
"""The theorem's bound: for every n the gradient is biased by at least this for some pair."""


def told(rows: Sequence[Row]) -> str:
    """Say how large the bias of the gradient is, and how often the loss is least at another parameter."""
    worst = max(rows, key=lambda row: cast("float", row["bias"]))
    least = min(
        max(cast("float", row["bias"]) for row in rows if row["n"] == n) for n in {row["n"] for row in rows}
    )
    wrong = [
        row
        for row in rows
        if not cast("float", row["argmin_low"])
        <= cast("float", row["theta_star"])
        <= cast("float", row["argmin_high"])
    ]
    return (
        f"The expected gradient is biased by up to {rounded(cast('float', worst['bias']), 4)} (theta* = "
        f"{worst['theta_star']}, n = {worst['n']}), and for every n here by at least {rounded(least, 4)} at some "
        f"theta*; the theorem says 2 e^-2 = {rounded(BOUND, 4)}. In {len(wrong)} of {len(rows)} rows the expected "
        "batch loss is least elsewhere than at theta*."
    )
