"""What is said of two samples that may be of one distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row

CALLED = {"energy": "the energy distance", "mmd": "the maximum mean discrepancy", "w1": "the exact W1"}


def told(rows: Sequence[Row]) -> str:
    """Say what each statistic finds, and what the test takes for granted."""
    first = rows[0]
    sentences = [
        f"By {CALLED[cast('str', row['statistic'])]}, samples of one distribution would look at least this different "
        f"with p = {rounded(cast('float', row['p_value']), 3)} ({row['permutations']} permutations)."
        for row in rows
    ]
    if len(rows) > 1:
        sentences.append("These p-values are of one pair of samples and not corrected for their number.")
    sentences.append(
        f"This takes the points of {first['source']} and {first['target']} to be independent draws; a large p-value "
        "says that the samples do not tell the distributions apart, not that they are equal."
    )
    return "\n".join(sentences)
