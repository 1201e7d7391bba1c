"""Sentences about estimates from mini-batches."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import cast

from wcheck.columns.rounding import between, rounded
from wcheck.experiments import sampling
from wcheck.experiments.metrics import EUCLIDEAN
from wcheck.experiments.telling.sample_complexity import named
from wcheck.experiments.telling.words import averaged, ground, groups, numbers
from wcheck.rows.table import Row

OPTIONS = ("metric", *(name for name in sampling.OPTIONS if name != "batch_size"))


def told(rows: Sequence[Row]) -> str:
    """Say how far the estimates of mini-batches are from the exact distance of the whole sets."""
    lines = []
    rows = [row | {"metric": None} if row.get("metric") == EUCLIDEAN else row for row in rows]
    for (order, metric, unit, lower, upper), (first, *_) in groups(
        [{**row, "p": row.get("p") or 1} for row in rows], "p", "metric", "unit", "exact_lower", "exact_upper"
    ):
        distance = "The exact distance" if order == 1 else f"The exact Wasserstein-{order} distance"
        pair = f"{first['source']} and {first['target']}{f', with the {ground(metric)},' if metric else ''}"
        found = between(cast("float", lower), cast("float", upper))
        lines.append(f"{distance} between {pair} lies {found}{f' {unit}' if unit else ''}.")
    for (*_, size), own in groups(rows, "estimator", *OPTIONS, "batch_size"):
        if values := numbers(own, "value"):
            lines.append(
                f"{named(own[0], rows, OPTIONS)} on batches of {size}: {averaged(values, 'batch', 'batches')}, "
                f"{_beside(fmean(numbers(own, 'bias')))} the exact distance."
            )
    return "\n".join(lines)


def _beside(bias: float) -> str:
    return f"{rounded(abs(bias), 3)} {'above' if bias > 0 else 'below'}" if bias else "equal to"
