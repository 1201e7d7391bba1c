"""Sentences about toys whose distances are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.errors import counted
from wcheck.experiments.telling.words import among, do, groups, percent
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say how many computed values are their closed forms or keep to their bounds, and what some toys show."""
    bounds = [row for row in rows if row["quantity"] in BOUNDED]
    lines = []
    if others := len(rows) - len(bounds):
        right = sum(row["status"] == "ok" for row in rows if row not in bounds)
        lines.append(
            f"{among(right, others, 'value').capitalize()} {do('agree', right, others)} with "
            f"{'its closed form' if 1 in (right, others) else 'their closed forms'}, up to rounding."
        )
    if bounds:
        right = sum(row["status"] == "ok" for row in bounds)
        lines.append(
            f"{among(right, len(bounds), 'value').capitalize()} with a bound {do('are', right, len(bounds))} on its "
            "correct side."
        )
    for (toy,), own in groups(rows, "toy"):
        if toy in SHOWN:
            lines.append(SHOWN[str(toy)](own))
    return "\n".join(lines)


def _atoms(rows: Sequence[Row]) -> str:
    nearest = min(_number(row, "x") for row in rows)
    w1, tv = (_at(rows, nearest, quantity) for quantity in ("w1", "tv"))
    return (
        f"Atoms {rounded(nearest, 3)} apart are at a Wasserstein-1 distance of {rounded(w1, 3)} and a total "
        f"variation of {rounded(tv, 3)} from the uniform distribution."
    )


def _energy(rows: Sequence[Row]) -> str:
    most = max(_number(row, "x") for row in rows)
    loss, tv, variation = (_at(rows, most, quantity) for quantity in ("energy", "tv", "variation"))
    return (
        f"At x = {rounded(most, 3)} the energy-based generator's loss is {rounded(loss, 3)}: the margin times "
        f"sup |P(A) - Q(A)| = {rounded(tv, 3)}, or half the margin times |P - Q|(X) = {rounded(variation, 3)}."
    )


def _power(rows: Sequence[Row]) -> str:
    steps = max(_number(row, "x") for row in rows)
    mean, least = (_at(rows, steps, quantity) for quantity in ("norm_mean", "norm_least"))
    return (
        f"{counted(round(steps), 'step')} of power iteration reach{'es' * (steps == 1)} {percent(mean)} % of "
        f"the norms of random matrices on average, and {percent(least)} % at least."
    )


def _layer(rows: Sequence[Row]) -> str:
    steps = max(_number(row, "x") for row in rows)
    free, spectral = (_at(rows, steps, quantity) for quantity in ("norm_free", "norm_spectral"))
    return (
        f"After {counted(round(steps), 'step')} the norm of a layer is {rounded(free, 4)}, and with spectral "
        f"normalisation {rounded(spectral, 5)}."
    )


BOUNDED = frozenset({"norm_mean", "norm_least", "norm_free", "norm_spectral", "loss_lloyd", "w1_others"})
"""What is to be on one side of its closed form."""
SHOWN: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "atoms": _atoms,
    "energy": _energy,
    "power": _power,
    "layer": _layer,
}
"""What is said of a toy besides, by its name."""


def _at(rows: Sequence[Row], x: float, quantity: str) -> float:
    (found,) = (row for row in rows if row["x"] == x and row["quantity"] == quantity)
    return _number(found, "computed")


def _number(row: Row, column: str) -> float:
    return cast("float", row[column])
