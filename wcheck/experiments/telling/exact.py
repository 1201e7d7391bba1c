"""What is said of certified distances."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row

ADVICE = {
    "rounding": (
        "The gap of {gap:.2g} is wider than --tol {tol:g} allows, but rounding explains up to {allowance:.2g}: float64 "
        "cannot go on. Give a larger --tol, or points whose distances differ less in size."
    ),
    "stalled": (
        "The gap of {gap:.2g} is wider than --tol {tol:g} allows and than the {allowance:.2g} that rounding explains, "
        "but no pair of points is left that could narrow it. The bracket holds; try another --seed or a larger --tol, "
        "and please report the data."
    ),
    "time_limit": (
        "The time limit came first: give a longer --time-limit, or a --checkpoint with which the same command goes on "
        "where it was left."
    ),
    "interrupted": (
        "The solve was interrupted: this is the best bracket until then. With a --checkpoint the same command goes on "
        "where it was left."
    ),
}
"""What a status other than optimal means, and what to do."""


def told(rows: Sequence[Row]) -> str:
    """Say what each bracket is one of."""
    return "\n".join(_sentence(row) for row in rows)


def _sentence(row: Row) -> str:
    lower = rounded(cast("float", row["lower"]), direction=ROUND_FLOOR)
    upper = rounded(cast("float", row["upper"]), direction=ROUND_CEILING)
    sentence = (
        f"The Wasserstein-{row['p']} distance between these two empirical measures "
        f"({row['n']} and {row['m']} points) lies between {lower} and {upper}: certified, rounding included."
    )
    advice = ADVICE.get(cast("str", row["status"]))
    return f"{sentence} {advice.format(**row)}" if advice else sentence
