"""What is said of the dimension from which a Dirac beats real batches."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wcheck.experiments.crossing import Crossing, crossing
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say from which dimension the Dirac is nearer."""
    sentences = []
    for n in dict.fromkeys(row["n"] for row in rows):
        found = crossing([row for row in rows if row["n"] == n])
        if found is None:
            sentences.append(f"Batches of {n}: no change of sign between these dimensions.")
            continue
        sentences.append(
            f"Batches of {n} are nearer to the Dirac at the mean than to other batches from dimension "
            f"{found.dim:.2f} on ({_ends(found)})."
        )
    return "\n".join([*sentences, "The paper, for a size of batches that it does not say: from 15 on."])


def _ends(found: Crossing) -> str:
    if found.low > 0 and found.high < math.inf:
        return f"95 % interval {found.low:.2f} to {found.high:.2f}"
    if found.low > 0:
        return f"95 % interval: from {found.low:.2f} on"
    if found.high < math.inf:
        return f"95 % interval: up to {found.high:.2f}"
    return "too few repetitions for an interval"
