"""What is said of estimates whose iteration has not ended."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING
from typing import cast

from wcheck.cli.terminal import rounded
from wcheck.table import Row


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
