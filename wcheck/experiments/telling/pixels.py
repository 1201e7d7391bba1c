"""Sentences about altered images and about other images that are closer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.experiments.telling.words import among, groups
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say for how many references another image is nearer than the altered one."""
    kind = "an image of another class" if rows[0]["label"] is not None else "another image"
    return "\n".join(_sentence(alteration, own, kind) for (alteration,), own in groups(rows, "alteration"))


def _sentence(alteration: object, rows: Sequence[Row], kind: str) -> str:
    if len(rows) == 1:
        return _of_one(alteration, rows[0], kind)
    beaten = sum(cast("int", row["nearer"]) > 0 for row in rows)
    sentence = f"{alteration}: for {among(beaten, len(rows), 'reference')} {kind} is nearer than the altered reference."
    most = max(rows, key=lambda row: cast("int", row["nearer"]))
    if not most["nearer"]:
        return sentence
    return f"{sentence} For image {most['index']}, {most['nearer']:,} of {most['others']:,} are."


def _of_one(alteration: object, row: Row, kind: str) -> str:
    kinds = "images of other classes" if "class" in kind else "other images"
    image = f"image {row['index']} than its altered form"
    if not row["nearer"]:
        return f"{alteration}: none of {row['others']:,} {kinds} is nearer to {image}."
    return f"{alteration}: {row['nearer']:,} of {row['others']:,} {kinds} are nearer to {image}."
