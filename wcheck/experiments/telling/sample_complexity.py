"""What is said of estimates from samples of growing size."""

from __future__ import annotations

from collections.abc import Sequence

from wcheck.experiments.sampling import OPTIONS
from wcheck.experiments.telling.words import averaged, groups, numbers
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what each estimator found at each size, in the mean."""
    lines = []
    for (source, target, *_), own in groups(rows, "source", "target", "dim", "estimator", *OPTIONS):
        lines.append(f"{named(own[0])} between samples of {source} and {target}:")
        by_size = sorted(groups(own, "n"), key=lambda found: found[0])
        for (size,), of_size in by_size:
            if values := numbers(of_size, "value"):
                lines.append(f"  n = {size:,}: {averaged(values, 'pair', 'pairs')}")
    return "\n".join(lines)


def named(row: Row, options: Sequence[str] = OPTIONS) -> str:
    """Return an estimator with the options that it was given."""
    given = ", ".join(f"{option} = {row[option]}" for option in options if row.get(option) is not None)
    return f"{row['estimator']} ({given})" if given else str(row["estimator"])
