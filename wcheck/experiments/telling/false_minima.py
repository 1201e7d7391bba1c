"""What is said of batches that are nearer to the data than real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row

NAMES = {
    "mean": "the mean repeated",
    "median": "the geometric median repeated",
    "kmeans": "the k-means centroids",
    "kmedians": "the k-medians centroids",
    "uniform-minimiser": "the points found to minimise the distance to all data",
    "batch-minimiser": "those found to minimise the mean distance to batches",
}


def told(rows: Sequence[Row]) -> str:
    """Say how many candidates are nearer to batches than real batches are."""
    sentences = [
        _compared([row for row in rows if row["n"] == n]) for n in dict.fromkeys(row["n"] for row in rows)
    ]
    return "\n".join([*sentences, "The paper, on CelebA: real 50.67, mean 47.91, k-medians 39.44."])


def _compared(rows: Sequence[Row]) -> str:
    first = rows[0]
    fixed = [
        row
        for row in rows
        if (row["draw"], row["weights"]) == ("fixed", "uniform") and row["candidate"] != "real"
    ]
    false = [
        row for row in rows if cast("float", row["difference"]) < -3 * cast("float", row["difference_error"])
    ]
    others = "; ".join(
        f"from {NAMES[cast('str', row['candidate'])]}, {_figure(row, 'w1', 'standard_error')}"
        for row in fixed
    )
    return (
        f"Batches of {first['n']} points are at a mean Wasserstein-1 distance of "
        f"{_figure(first, 'w1', 'standard_error')} from real batches; {others}. "
        f"{len([row for row in false if row['candidate'] != 'real'])} of the "
        f"{len([row for row in rows if row['candidate'] != 'real'])} candidates that hold no real point are nearer "
        "than real batches, by more than three standard errors."
    )


def _figure(row: Row, value: str, error: str) -> str:
    return f"{rounded(cast('float', row[value]), 5)} +- {rounded(cast('float', row[error]), 2)}"
