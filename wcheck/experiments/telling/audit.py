"""Sentences about a saved critic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import between, rounded
from wcheck.experiments.telling.critics import (
    certified,
    certified_everywhere,
    claimed,
    transformed,
)
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what the critic claims and certifies, beside the exact distance."""
    return told_of(rows[0], "P", "Q")


def told_of(row: Row, source: str, target: str) -> str:
    """Say it of one critic, which should be high on the source and low on the target; those have names."""
    lower, upper = (cast("float", row[f"exact_{end}"]) for end in ("lower", "upper"))
    sentences = [f"The exact Wasserstein-1 distance between these two sets lies {between(lower, upper, 6)}."]
    if row["status"] == "ok":
        sentences += [*_claimed(row, source, target), *_everywhere(row), *transformed([row])]
    return "\n".join(sentences)


def told_of_scales(row: Row, trained_on: Row) -> str:
    """Say so where the critic was trained on points of another scale than those of a row; nothing otherwise."""
    if trained_on["scale"] in (None, row["scale"]):
        return ""
    return (
        f"The critic was trained on points of scale {trained_on['scale']}, and these have scale {row['scale']}: "
        "see --scale."
    )


def _claimed(row: Row, source: str, target: str) -> list[str]:
    value = cast("float", row["value"])
    if value > 0:
        return [
            *claimed([row], "The critic"),
            certified([row], f"any point of {source}", f"any point of {target}"),
        ]
    if value == 0:
        return [f"The critic is as high on {target} as on {source}: it claims and certifies nothing."]
    return [
        f"The critic is higher on {target} than on {source}, by {rounded(-value, 4)} on average, but it should be "
        "higher on the first source: give the two sources in the other order."
    ]


def _everywhere(row: Row) -> list[str]:
    """Say what the bound of the slope certifies of a critic that claims something, and of any why it has none."""
    if "normalised_upper" not in row:  # of values alone nothing is known elsewhere
        return []
    if row["normalised_upper"] is None:
        return [f"There is no bound on its slope everywhere: {row['lipschitz_upper_reason']}."]
    return [certified_everywhere(row)] if cast("float", row["value"]) > 0 else []
