"""Sentences about two samples that may come from one distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.errors import counted
from wcheck.rows.table import Row

LEVEL = 0.05
"""The p-value up to which samples are said to be told apart."""
CALLED = {"energy": "the energy distance", "mmd": "the maximum mean discrepancy", "w1": "the exact W1"}


def told(rows: Sequence[Row]) -> str:
    """Say what each statistic finds, and what the test takes for granted."""
    first = rows[0]
    sentences = [_found(row) for row in rows]
    sentences.append("p: how often samples of one distribution look at least this different.")
    if len(rows) > 1:
        sentences.append("These p-values are for one pair of samples and are not corrected for their number.")
    sentences.append(
        f"This assumes that the points of {first['source']} and {first['target']} are independent draws."
    )
    if any(cast("float", row["p_value"]) > LEVEL for row in rows):
        sentences.append(
            "A large p-value means that the samples cannot tell the distributions apart, not that the distributions "
            "are equal."
        )
    return "\n".join(sentences)


def _found(row: Row) -> str:
    p_value = cast("float", row["p_value"])
    apart = "tells the two samples apart" if p_value <= LEVEL else "does not tell the two samples apart"
    called = CALLED[cast("str", row["statistic"])]
    permutations = counted(cast("int", row["permutations"]), "permutation")
    return f"{called[0].upper()}{called[1:]} {apart}: p = {rounded(p_value, 3)} ({permutations})."
