"""Sentences about an interval for the distance between two distributions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING
from typing import cast

from wcheck.columns.rounding import between, rounded
from wcheck.errors import counted
from wcheck.experiments.telling.words import uncertain
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what the interval holds and assumes, and what chance alone would make."""
    (row,) = rows
    number = {key: cast("float", value) for key, value in row.items() if isinstance(value, float | int)}
    sentences = [
        f"With a confidence of {row['confidence']}, the Wasserstein-1 distance between the two distributions lies "
        f"{between(number['lower'], number['upper'], 5)}.",
        "This assumes independent draws, samples that are independent of each other, and no two points farther apart "
        f"than {rounded(number['diameter'], 5, ROUND_CEILING)}, a diameter that must be known independently of the "
        "samples.",
        f"The empirical distance of the samples is {rounded(number['value'], 6)}.",
    ]
    if row["upper_estimate"] is not None:
        sentences.append(
            "An estimate of the upper end, valid for large samples and not guaranteed, is "
            f"{rounded(number['upper_estimate'], 5, ROUND_CEILING)}."
        )
    if row["null"] is not None:
        sentences.append(
            f"Random sets of the same sizes from all points are {uncertain(number['null'], number['null_error'])} "
            f"apart (the mean of {row['splits']} splits and its standard error): that much is due to chance alone."
        )
    sentences.append(
        f"Halves of the first sample are {rounded(number['null_source'], 5)} apart, halves of the second "
        f"{rounded(number['null_target'], 5)}, a half of one and a half of the other "
        f"{rounded(number['null_between'], 5)}."
    )
    if row["p_value"] is not None:
        sentences.append(
            f"Samples of one distribution would look at least this different with p = "
            f"{rounded(number['p_value'], 3)} ({counted(cast('int', row['permutations']), 'permutation')})."
        )
    return "\n".join(sentences)
