"""What is said of geometric k-medians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say how near the best centroids of each number are."""
    return "\n".join(
        _sentence([row for row in rows if row["k"] == k]) for k in dict.fromkeys(row["k"] for row in rows)
    )


def _sentence(rows: Sequence[Row]) -> str:
    best = min(rows, key=lambda row: cast("float", row["kmedians_loss"]))
    losses = {column: rounded(cast("float", best[column]), 6) for column in ("kmedians_loss", "random_loss")}
    kmeans = min(cast("float", row["kmeans_loss"]) for row in rows)
    worst = max(cast("float", row["kmedians_loss"]) for row in rows)
    return (
        f"The best {best['k']} centroids of {len(rows)} starts, weighted by their cells, are at a Wasserstein-1 "
        f"distance of {losses['kmedians_loss']} from these {best['n']} points (the worst start: "
        f"{rounded(worst, 6)}; the best k-means: {rounded(kmeans, 6)}; {best['k']} random points of the data: "
        f"{losses['random_loss']})."
    )
