"""Sentences about estimates from samples of growing size."""

from __future__ import annotations

from collections.abc import Sequence

from wcheck.experiments.sampling import OPTIONS
from wcheck.experiments.telling.words import averaged, groups, numbers
from wcheck.rows.table import Row

FEW = 2
"""Settings of an estimator that are always named."""


def told(rows: Sequence[Row]) -> str:
    """Say what each estimator found at each size, on average."""
    lines = []
    for (source, target, *_), own in groups(rows, "source", "target", "dim", "estimator", *OPTIONS):
        lines.append(f"{named(own[0], rows)} between samples of {source} and {target}:")
        by_size = sorted(groups(own, "n"), key=lambda found: found[0])
        for (size,), of_size in by_size:
            if values := numbers(of_size, "value"):
                lines.append(f"  n = {size:,}: {averaged(values, 'pair', 'pairs')}")
    return "\n".join(lines)


def named(row: Row, rows: Sequence[Row], options: Sequence[str] = OPTIONS) -> str:
    """Return the estimator of a row with its settings, or where those are many with those that tell it from others."""
    own = [other for other in rows if other["estimator"] == row["estimator"]]
    told = [option for option in options if row.get(option) is not None]
    if len(told) > FEW:
        told = [option for option in told if len({other.get(option) for other in own}) > 1]
    given = ", ".join(f"{option} = {row[option]}" for option in told)
    return f"{row['estimator']} ({given})" if given else str(row["estimator"])
