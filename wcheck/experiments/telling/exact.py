"""What is said of certified distances."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what each bracket is one of."""
    return "\n".join(_sentence(row) for row in rows)


def _sentence(row: Row) -> str:
    lower = rounded(cast("float", row["lower"]), direction=ROUND_FLOOR)
    upper = rounded(cast("float", row["upper"]), direction=ROUND_CEILING)
    return (
        f"The Wasserstein-{row['p']} distance between these two empirical measures "
        f"({row['n']} and {row['m']} points) lies between {lower} and {upper}: certified, rounding included."
    )
