"""What is said of certified distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import between, rounded
from wcheck.experiments.metrics import EUCLIDEAN
from wcheck.experiments.telling.words import ground
from wcheck.rows.table import Row

NO_DISTANCE = "It is not a Wasserstein distance: masses are as they are, and no root is taken"


def told(rows: Sequence[Row]) -> str:
    """Say what each bracket is one of; what several rows say alike once."""
    sentences = dict.fromkeys(_sentence(row) for row in rows)
    if len({row.get("tol") for row in rows}) > 1 and len(sentences) > 1:
        sentences = dict.fromkeys(f"With --tol {row['tol']:g}: {_sentence(row)}" for row in rows)
    return "\n".join(sentences)


def _sentence(row: Row) -> str:
    lower, upper = cast("float", row["lower"]), cast("float", row["upper"])
    if row.get("cost") is not None:
        return (
            f"The least cost of transport for {row['cost']} ({row['n']} rows and {row['m']} columns) lies "
            f"{between(lower, upper)}: certified for the numbers of the matrix, rounding included."
        )
    what = f"these two empirical measures ({row['n']} and {row['m']} points)"
    ending = f"{_ground(row)} lies {between(lower, upper)}{_unit(row)}: certified, rounding included."
    masses = f"{row.get('source_mass')} and {row.get('target_mass')}"
    if row.get("quantity") == "partial":
        first = f"The least cost of moving the mass {row['partial']}, of {masses}, between {what}"
        return f"{first}{ending} {NO_DISTANCE}."
    if row.get("quantity") == "unmatched":
        first = f"The least cost of moving mass between {what} at {row['penalty_unmatched']} for a unit that is left"
        moved = rounded(cast("float", row["moved"]), 4)
        return f"{first}{ending} {NO_DISTANCE}; of the masses {masses}, {moved} is moved."
    return f"The Wasserstein-{row['p']} distance between {what}{ending}"


def _ground(row: Row) -> str:
    """Name the cost of a pair, where it is not the distance's own Euclidean one."""
    metric = row.get("metric") or EUCLIDEAN
    squared = row["p"] == 2 and row.get("quantity") in ("partial", "unmatched")
    if metric == EUCLIDEAN and not squared:
        return ""
    return f", with the {'square of the ' * squared}{ground(metric)},"


def _unit(row: Row) -> str:
    return f" {row['unit']}" if row.get("unit") and row["quantity"] == "distance" else ""
