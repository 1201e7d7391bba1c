"""Sentences about a discriminator and critics between two Gaussians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.experiments.telling.words import groups, percent
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say which slope each model tells a generator in the middle of its points."""
    place = -cast("float", rows[0]["mean"])
    lines = [f"At {rounded(place, 4)}, in the middle of its points, a generator gets this slope:"]
    for (model, seed), own in groups([row for row in rows if row["status"] == "ok"], "model", "seed"):
        who = "the discriminator" if model == "discriminator" else f"the critic {model}"
        lines.append(f"  by {who} (seed {seed}) {_slopes(own, place)}")
    return "\n".join(lines)


def _slopes(rows: Sequence[Row], place: float) -> str:
    there = min(rows, key=lambda row: abs(cast("float", row["z"]) - place))
    found, best = (_slope(there, column) for column in ("generator_gradient", "best_generator_gradient"))
    steepest = max(_slope(row, "generator_gradient") for row in rows)
    share = f"{percent(found / steepest)} % of its steepest slope" if steepest > 0 else "as everywhere"
    return f"{rounded(found, 3)}, {share}; by the best {rounded(best, 3)}."


def _slope(row: Row, column: str) -> float:
    return abs(cast("float", row[column]))
