"""What is said of toys whose distances are known."""

from __future__ import annotations

from collections.abc import Sequence

from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say how many computed values are their closed forms."""
    right = sum(row["status"] == "ok" for row in rows)
    count = f"All {right}" if right == len(rows) else f"{right} of {len(rows)}"
    return f"{count} computed values agree with their closed forms, up to rounding."
