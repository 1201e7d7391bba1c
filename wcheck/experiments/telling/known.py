"""What is said of critics and estimators beside a known truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import cast

from wcheck import columns
from wcheck.columns.rounding import rounded
from wcheck.experiments.sampling import FINE
from wcheck.rows.table import Row

PAIR = ("dim", "funnels", "n")
SETTINGS = tuple(dict.fromkeys((*columns.names("critic"), *columns.names("estimator"), "steps")))
"""What a method may be told."""
AVERAGED = {
    "ratio": "ratio",
    "held_out_ratio": "held out",
    "normalised_ratio": "V/L",
    "cosine": "cosine",
    "gradient_l2": "L2",
    "seconds": "seconds",
}


def told(rows: Sequence[Row]) -> str:
    """Write a table of means over the pairs of each kind."""
    lines = []
    for pair in dict.fromkeys(tuple(row[name] for name in PAIR) for row in rows):
        own = [row for row in rows if tuple(row[name] for name in PAIR) == pair]
        truths = sorted({cast("float", row["truth"]) for row in own})
        span = " to ".join(dict.fromkeys(rounded(truth, 4) for truth in (truths[0], truths[-1])))
        seeds = len({row["seed"] for row in own})
        lines.append(
            f"d = {pair[0]}, {pair[1]} funnel{'s' if pair[1] != 1 else ''}, n = {pair[2]}: the distance is {span}; "
            f"means over {seeds} pair{'s' if seeds > 1 else ''}, +- standard errors."
        )
        lines += _table(own)
    return "\n".join(lines)


def _table(rows: Sequence[Row]) -> list[str]:
    """Write a line for each method and its settings, under the names of the columns."""
    told = [
        name for name in SETTINGS if len({(row["method"], row.get(name)) for row in rows}) > _methods(rows)
    ]
    keys = ("method", *told)
    cells = [["", *AVERAGED.values()]]
    for key in dict.fromkeys(tuple(row.get(name) for name in keys) for row in rows):
        own = [row for row in rows if tuple(row.get(name) for name in keys) == key]
        found = summarised([row for row in own if row["status"] in FINE], tuple(AVERAGED))
        name = " ".join(
            [str(key[0]), *(f"{name}={value}" for name, value in zip(told, key[1:], strict=True))]
        )
        cells.append([name, *(_cell(found.get(column)) for column in AVERAGED)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(["", line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in cells
    ]


def _methods(rows: Sequence[Row]) -> int:
    return len({row["method"] for row in rows})


def _cell(found: tuple[float, float | None] | None) -> str:
    if found is None:
        return "-"
    mean, error = found
    return (
        f"{mean:.3g}"
        if error is None
        else f"{mean:.3f} +- {error:.1g}"
        if abs(mean) >= 1e-2
        else f"{mean:.2g} +- {error:.1g}"
    )


def summarised(rows: Sequence[Row], columns: Sequence[str]) -> dict[str, tuple[float, float | None]]:
    """Return the mean of each column over rows, and its standard error if there are several; blanks are left out."""
    found = {}
    for column in columns:
        values = [cast("float", row[column]) for row in rows if row[column] is not None]
        if values:
            error = stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
            found[column] = fmean(values), error
    return found
