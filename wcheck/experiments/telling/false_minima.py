"""Sentences about batches that are closer to the data than real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.errors import counted
from wcheck.experiments.telling.words import among, do, groups, uncertain
from wcheck.rows.table import Row

NAMES = {
    "real": "other real batches",
    "mean": "the repeated mean",
    "median": "the repeated geometric median",
    "kmeans": "the k-means centroids",
    "kmedians": "the k-medians centroids",
    "uniform-minimiser": "points found to minimise the distance to all data",
    "batch-minimiser": "points found to minimise the mean distance to batches",
}

PIXELS = ("0,1", "-1,1")
"""The scales of images; other points have none of them."""
PAPER = "The paper says, on CelebA: real 50.67, mean 47.91, k-medians 39.44."


def told(rows: Sequence[Row]) -> str:
    """Say how many candidates are nearer to batches than real batches are, and how near the fixed ones are."""
    lines = [line for (n,), own in groups(rows, "n") for line in _compared(cast("int", n), own)]
    paper = [PAPER] if all(row["scale"] in PIXELS and row["embed"] is None for row in rows) else []
    return "\n".join([*lines, *paper])


def _compared(n: int, rows: Sequence[Row]) -> list[str]:
    candidates = [row for row in rows if row["candidate"] != "real"]
    nearer = [
        row
        for row in candidates
        if cast("float", row["difference"]) < -3 * cast("float", row["difference_error"])
    ]
    shown = [rows[0], *(row for row in candidates if (row["draw"], row["weights"]) == ("fixed", "uniform"))]
    counts = len(nearer), len(candidates)
    has = do("contain", len(candidates), len(candidates))
    return [
        f"{among(*counts, 'candidate').capitalize()} that {has} no real point {do('are', *counts)} nearer to real "
        f"batches of {counted(n, 'point')} than other real batches are, by more than three standard errors.",
        "Mean Wasserstein-1 distances to real batches, +- standard errors:",
        *(f"  {NAMES[cast('str', row['candidate'])]}: {_distance(row)}" for row in shown),
    ]


def _distance(row: Row) -> str:
    return uncertain(cast("float", row["w1"]), cast("float", row["standard_error"]))
