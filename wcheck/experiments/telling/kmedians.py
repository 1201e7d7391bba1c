"""Sentences about geometric k-medians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.errors import counted
from wcheck.experiments.telling.words import groups, numbers
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say how near the best centroids of each number are."""
    return "\n".join(_about(own) for _, own in groups(rows, "k"))


def _about(rows: Sequence[Row]) -> str:
    best = min(rows, key=lambda row: cast("float", row["kmedians_loss"]))
    worst = rounded(numbers(rows, "kmedians_loss")[-1], 6)
    means = rounded(numbers(rows, "kmeans_loss")[0], 6)
    random = rounded(cast("float", best["random_loss"]), 6)
    k, n, starts = cast("int", best["k"]), cast("int", best["n"]), len(rows)
    centroids, weighted = ("centroid", "its cell, is") if k == 1 else (f"{k} centroids", "their cells, are")
    return (
        f"The best {centroids} of {counted(starts, 'start')}, weighted by {weighted} "
        f"at a Wasserstein-1 distance of {rounded(cast('float', best['kmedians_loss']), 6)} from "
        f"{'this' if n == 1 else 'these'} {counted(n, 'point', separator=',')}.\n"
        f"The worst start ended at {worst} and the best k-means at {means}; "
        f"{counted(k, 'random point')} of the data {'is' if k == 1 else 'are'} at {random}."
    )
