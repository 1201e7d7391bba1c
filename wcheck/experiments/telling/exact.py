"""Sentences about certified distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import between, rounded
from wcheck.errors import counted
from wcheck.experiments.metrics import EUCLIDEAN
from wcheck.experiments.telling.words import and_counted, ground
from wcheck.rows.table import Row

FEW_GROUPS = 4
"""Groups of which each has a sentence."""
NO_DISTANCE = "It is not a Wasserstein distance: masses are not normalised, and no root is taken"


def told(rows: Sequence[Row]) -> str:
    """Say what each bracket is one of; what several rows say alike once; of many groups, the ends."""
    groups = {row.get("group") for row in rows}
    if len(groups) > FEW_GROUPS:
        return _told_of_groups(rows, len(groups))
    sentences = dict.fromkeys(_of_group(row) for row in rows)
    if len({row.get("tol") for row in rows}) > 1 and len(sentences) > 1:
        sentences = dict.fromkeys(f"With --tol {row['tol']:g}: {_of_group(row)}" for row in rows)
    return "\n".join(sentences)


def _told_of_groups(rows: Sequence[Row], count: int) -> str:
    """Say how many groups there are, and of which two the distances are the largest and the smallest."""
    known = [row for row in rows if row["lower"] is not None]
    found = sorted(known, key=lambda row: cast("float", row["lower"]))
    absent = len({row.get("group") for row in rows if row["lower"] is None})
    first = f"There are {count} groups{f', {absent} of them on one side only' * (absent > 0)}."
    return "\n".join([first, *map(_of_group, found[-1:] + found[:1])])


def _of_group(row: Row) -> str:
    """Say it of a group, if it is one."""
    if (group := row.get("group")) is None:
        return _sentence(row)
    if row["lower"] is None:
        where = [side for side, count in (("P", row["n"]), ("Q", row["m"])) if count]
        return f"{group}: {f'only {where[0]} has' if where else 'neither side has'} points of this group with weight."
    sentence = _sentence(row)
    return f"{group}: {sentence[0].lower()}{sentence[1:]}"


def _sentence(row: Row) -> str:
    lower, upper = cast("float", row["lower"]), cast("float", row["upper"])
    if row.get("cost") is not None:
        return (
            f"The least cost of transport for {row['cost']} ({_rows_and_columns(row)}) lies "
            f"{between(lower, upper)}: certified for the numbers of the matrix, rounding included."
        )
    what = f"these two empirical measures ({_counted(row)})"
    ending = f"{_ground(row)} lies {between(lower, upper)}{_unit(row)}: certified, rounding included."
    masses = f"{row.get('source_mass')} and {row.get('target_mass')}"
    if row.get("quantity") == "partial":
        first = f"The least cost of moving the mass {row['partial']}, of {masses}, between {what}"
        return f"{first}{ending} {NO_DISTANCE}."
    if row.get("quantity") == "unmatched":
        first = f"The least cost of moving mass between {what} at {row['penalty_unmatched']} per unit that is left"
        moved = rounded(cast("float", row["moved"]), 4)
        return f"{first}{ending} {NO_DISTANCE}; of the masses {masses}, {moved} is moved."
    return f"The Wasserstein-{row['p']} distance between {what}{ending}"


def _rows_and_columns(row: Row) -> str:
    return f"{counted(cast('int', row['n']), 'row')} and {counted(cast('int', row['m']), 'column')}"


def _counted(row: Row) -> str:
    """Say how many points there are a side, and of patches how they were taken."""
    if (side := row.get("patches")) is None:
        return and_counted(cast("int", row["n"]), cast("int", row["m"]), "point")
    taken, there = ((row["n"], row["m"]), (row["source_patches"], row["target_patches"]))
    patches = and_counted(cast("int", row["n"]), cast("int", row["m"]), "patch", "patches")
    if taken == there:
        return f"all {patches} of {side}x{side} pixels"
    return (
        f"{patches} of {side}x{side} pixels, drawn from {there[0]} and {there[1]}: of all of "
        "them it is smaller in expectation"
    )


def _ground(row: Row) -> str:
    """Name the cost of a pair, where it is not the distance's own Euclidean one."""
    metric = row.get("metric") or EUCLIDEAN
    squared = row["p"] == 2 and row.get("quantity") in ("partial", "unmatched")
    if metric == EUCLIDEAN and not squared:
        return ""
    return f", with the {'square of the ' * squared}{ground(metric)},"


def _unit(row: Row) -> str:
    return f" {row['unit']}" if row.get("unit") and row["quantity"] == "distance" else ""
