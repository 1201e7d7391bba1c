"""Sentences about critics and estimators where the truth is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, stdev

from wcheck import columns
from wcheck.columns.rounding import rounded
from wcheck.experiments.sampling import FINE
from wcheck.experiments.telling.words import groups, numbers, span, uncertain
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
}
"""What stands in the table, as narrow as a terminal of 80 characters asks."""
LEGEND = (
    "ratio: the estimate divided by the true distance; held out: the same at fresh points; V/L: the same after "
    "division by the steepest gradient; cosine, L2: between the gradient and the true one."
)


def told(rows: Sequence[Row]) -> str:
    """Write a table of means over the pairs of each kind."""
    lines = [line for pair, own in groups(rows, *PAIR) for line in _about(pair, own)]
    return "\n".join([*lines, LEGEND, *_untaught(rows)])


def _untaught(rows: Sequence[Row]) -> Iterator[str]:
    """Say so of critics that are higher on the second measure than on the first: they ascend, and have not come far."""
    trained = [row for row in rows if row.get("steps") is not None]
    if wrong := [row for row in trained if any(ratio < 0 for ratio in numbers([row], "ratio"))]:
        who = ", ".join(dict.fromkeys(str(row["method"]) for row in wrong))
        yield f"Below 0: these critics have learnt nothing yet ({who}); give more --steps."


def _about(pair: tuple[object, ...], rows: Sequence[Row]) -> list[str]:
    dim, funnels, n = pair
    truth = span([rounded(truth, 4) for truth in numbers(rows, "truth")])
    seeds = len({row["seed"] for row in rows})
    means = f"means over {seeds} pairs, +- standard errors" if seeds > 1 else "from one pair"
    return [
        f"In dimension {dim}, with {funnels} funnel{'s' if funnels != 1 else ''} and n = {n}, the true distance is "
        f"{truth}; {means}:",
        *_table(rows),
    ]


def _table(rows: Sequence[Row]) -> list[str]:
    """Write a line for each method and its settings, under the names of the columns."""
    methods = len({row["method"] for row in rows})
    differing = [name for name in SETTINGS if len({(row["method"], row.get(name)) for row in rows}) > methods]
    cells = [["", *AVERAGED.values()]]
    for (method, *values), own in groups(rows, "method", *differing):
        found = summarised([row for row in own if row["status"] in FINE], tuple(AVERAGED))
        name = " ".join(
            [str(method), *(f"{name}={value}" for name, value in zip(differing, values, strict=True))]
        )
        cells.append([name, *(_cell(found.get(column)) for column in AVERAGED)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(["", line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in cells
    ]


def _cell(found: tuple[float, float | None] | None) -> str:
    if found is None:
        return "-"
    mean, error = found
    if error is None:
        return rounded(mean, 3)
    return uncertain(mean, error, digits=2 if f"{error:e}".startswith("1") else 1)


def summarised(rows: Sequence[Row], columns: Sequence[str]) -> dict[str, tuple[float, float | None]]:
    """Return the mean of each column over rows, and its standard error if there are several; blanks are left out."""
    found = {}
    for column in columns:
        if values := numbers(rows, column):
            error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else None
            found[column] = fmean(values), error
    return found
