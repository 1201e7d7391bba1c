"""Sentences about geometric k-medians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
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
    k, starts = best["k"], len(rows)
    return (
        f"The best {k} centroids of {starts} start{'s' if starts > 1 else ''}, weighted by their cells, are at a "
        f"Wasserstein-1 distance of {rounded(cast('float', best['kmedians_loss']), 6)} from these {best['n']:,} "
        f"points.\nThe worst start ended at {worst} and the best k-means at {means}; {k} random points of the data are "
        f"at {random}."
    )
