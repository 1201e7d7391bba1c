"""What is said of an interval for the distance between two distributions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what the interval holds and assumes, and what chance alone would make."""
    (row,) = rows
    number = {key: cast("float", value) for key, value in row.items() if isinstance(value, float | int)}
    sentences = [
        f"With a confidence of {row['confidence']}, the Wasserstein-1 distance between the two distributions lies "
        f"between {rounded(number['lower'], 5, ROUND_FLOOR)} and {rounded(number['upper'], 5, ROUND_CEILING)}.",
        f"Assumed: independent draws, samples that are independent of each other, and no two points farther apart than "
        f"{rounded(number['diameter'], 5)}, which must have been known before the samples were.",
        f"The empirical distance of the samples is {rounded(number['value'], 6)}. An estimate of the upper end, for "
        f"large samples and without guarantee: {rounded(number['upper_estimate'], 5, ROUND_CEILING)}.",
    ]
    if row["null"] is not None:
        sentences.append(
            f"Random sets of the same sizes from all points are {rounded(number['null'], 6)} +- "
            f"{rounded(number['null_error'], 2)} apart ({row['splits']} splits): that is what chance alone would make."
        )
    sentences.append(
        f"Between halves of one and the same sample the distance is {rounded(number['null_source'], 5)} and "
        f"{rounded(number['null_target'], 5)}, between halves of both {rounded(number['null_between'], 5)}."
    )
    if row["p_value"] is not None:
        sentences.append(
            f"Equal distributions would look at least this different with p = {rounded(number['p_value'], 3)} "
            f"({row['permutations']} permutations)."
        )
    return "\n".join(sentences)
