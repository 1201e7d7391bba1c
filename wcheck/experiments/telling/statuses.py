"""What is said of estimates that are less certain than they look."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row


def unconverged(rows: Sequence[Row], remedy: str) -> list[str]:
    """Return a sentence where Sinkhorn divergences have not converged, and none where all have."""
    own = [row for row in rows if row["status"] == "unconverged"]
    if not own:
        return []
    most = max(cast("float", row["marginal_violation"]) for row in own)
    return [
        f"{len(own)} Sinkhorn divergences have not converged: their plans have up to {rounded(most, 2, ROUND_CEILING)} "
        f"of the mass in the wrong place, and the values may be off by some percent; {remedy}."
    ]


def rounding(rows: Sequence[Row]) -> list[str]:
    """Return a sentence where float64 left the brackets of exact solves wide, and none where it left none."""
    count = sum(row["status"] == "rounding" for row in rows)
    return [
        f"{count} estimates come from exact solves whose brackets float64 cannot narrow, for distances there differ "
        "too much in size: their values are upper bounds that may be far from the truth (status rounding)."
    ] * (count > 0)
