"""Sentences about the dimension from which a Dirac measure beats real batches."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wcheck.experiments.crossing import Crossing, crossing
from wcheck.experiments.telling.words import groups, numbers
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say from which dimension the Dirac is nearer."""
    sentences = [_about(n, own) for (n,), own in groups(rows, "n")]
    return "\n".join(
        [*sentences, "The paper says from dimension 15 on, for a batch size that it does not state."]
    )


def _about(n: object, rows: Sequence[Row]) -> str:
    found = crossing(rows)
    if found is not None:
        return (
            f"Batches of {n} are nearer to the Dirac at the mean than to other batches from dimension "
            f"{found.dim:.2f} on ({_ends(found)})."
        )
    differences = numbers(rows, "difference")
    if differences[0] > 0:
        return f"Batches of {n} are nearer to the Dirac at the mean than to other batches in each dimension here."
    if differences[-1] <= 0:
        return f"Batches of {n} are nearer to other batches than to the Dirac at the mean in each dimension here."
    return f"Batches of {n}: there are too few dimensions to say from which one on the Dirac at the mean is nearer."


def _ends(found: Crossing) -> str:
    low, high = math.floor(100 * found.low) / 100, found.high
    if math.isfinite(high):
        high = math.ceil(100 * high) / 100
    if found.low > 0 and high < math.inf:
        return f"95 % interval {low:.2f} to {high:.2f}"
    if found.low > 0:
        return f"95 % interval: from {low:.2f} on"
    if high < math.inf:
        return f"95 % interval: up to {high:.2f}"
    return "too few repetitions for an interval"
