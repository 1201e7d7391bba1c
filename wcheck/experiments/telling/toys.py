"""What is said of toys whose distances are known."""

from __future__ import annotations

from collections.abc import Sequence

from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say how many computed values are their closed forms."""
    right = sum(row["status"] == "ok" for row in rows)
    return f"{right} of {len(rows)} computed values are their closed forms, up to rounding."
