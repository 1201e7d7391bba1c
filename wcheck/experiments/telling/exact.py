"""What is said of certified distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.experiments.telling.words import between
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what each bracket is one of."""
    return "\n".join(_sentence(row) for row in rows)


def _sentence(row: Row) -> str:
    lower, upper = cast("float", row["lower"]), cast("float", row["upper"])
    if row.get("cost") is not None:
        return (
            f"The least cost of transport for {row['cost']} ({row['n']} rows and {row['m']} columns) lies "
            f"{between(lower, upper)}: certified for the numbers of the matrix, rounding included."
        )
    return (
        f"The Wasserstein-{row['p']} distance between these two empirical measures ({row['n']} and {row['m']} points) "
        f"lies {between(lower, upper)}: certified, rounding included."
    )
