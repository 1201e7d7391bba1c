"""Sentences about batches of Bernoulli variables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_FLOOR
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.experiments.telling.words import among, groups, numbers
from wcheck.rows.table import Row

BOUND = 2.0 * math.exp(-2.0)
"""The theorem's bound: for every n the gradient is biased by at least this for some pair."""


def told(rows: Sequence[Row]) -> str:
    """Say how large the bias of the gradient is, and how often the loss is least at another parameter."""
    worst = max(rows, key=lambda row: cast("float", row["bias"]))
    least = min(numbers(own, "bias")[-1] for _, own in groups(rows, "n"))
    wrong = [row for row in rows if not _is_least_there(row)]
    return (
        f"The expected gradient is biased by up to {rounded(cast('float', worst['bias']), 4)} (theta* = "
        f"{worst['theta_star']}, n = {worst['n']}).\n"
        f"For every n here it is biased by at least {rounded(least, 4, ROUND_FLOOR)} at some theta*; "
        f"the theorem says at least 2 e^-2 = {rounded(BOUND, 4, ROUND_FLOOR)}.\n"
        f"In {among(len(wrong), len(rows), 'row')} the expected batch loss is not minimal at theta*."
    )


def _is_least_there(row: Row) -> bool:
    low, theta_star, high = (cast("float", row[name]) for name in ("argmin_low", "theta_star", "argmin_high"))
    return low <= theta_star <= high
