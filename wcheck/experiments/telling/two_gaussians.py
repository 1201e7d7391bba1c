"""What is said of a discriminator and of critics between two Gaussians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say which slope each model tells a generator in the middle of its points."""
    place = -cast("float", rows[0]["mean"])
    lines = [f"At {rounded(place, 4)}, in the middle of its points, a generator is told the slope:"]
    for model, seed in dict.fromkeys((row["model"], row["seed"]) for row in rows):
        own = [row for row in rows if (row["model"], row["seed"]) == (model, seed) and row["status"] == "ok"]
        if own:
            there = min(own, key=lambda row: abs(cast("float", row["z"]) - place))
            slopes = [abs(cast("float", row["generator_gradient"])) for row in own]
            found, best = (
                abs(cast("float", there[column]))
                for column in ("generator_gradient", "best_generator_gradient")
            )
            who = "the discriminator" if model == "discriminator" else f"the critic {model}"
            share = f"{rounded(found / max(slopes), 2)} of the greatest" if max(slopes) > 0 else "nowhere any"
            lines.append(
                f"  by {who} (seed {seed}) {rounded(found, 3)}, {share}; by the best {rounded(best, 3)}."
            )
    return "\n".join(lines)
