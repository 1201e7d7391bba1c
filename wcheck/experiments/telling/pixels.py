"""What is said of altered images and of others that are nearer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say for how many references another image is nearer than the altered one."""
    kind = "an image of another class" if rows[0]["label"] is not None else "another image"
    return "\n".join(
        _sentence(name, [row for row in rows if row["alteration"] == name], kind)
        for name in dict.fromkeys(cast("str", row["alteration"]) for row in rows)
    )


def _sentence(alteration: str, rows: Sequence[Row], kind: str) -> str:
    beaten = sum(cast("int", row["nearer"]) > 0 for row in rows)
    sentence = (
        f"{alteration}: for {beaten} of {len(rows)} references {kind} is nearer than the altered reference"
    )
    most = max(rows, key=lambda row: cast("int", row["nearer"]))
    if not most["nearer"]:
        return sentence + "."
    return f"{sentence}; for image {most['index']}, {most['nearer']:,} of {most['others']:,} are."
