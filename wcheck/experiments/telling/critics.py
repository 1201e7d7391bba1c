"""Sentences about critics and the exact distance between the two sets on which they are evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.experiments.telling.words import numbers, percent, span
from wcheck.rows.table import Row

DIGITS = 4


def claimed(rows: Sequence[Row], who: str) -> list[str]:
    """Say what critics claim, and what their slope on lines would make of it; each is higher on the source.

    Parameters
    ----------
    rows : sequence of Row
        Rows of critics whose value is above 0.
    who : str
        The subject of the sentence, with what goes before it.
    """
    they, s = _they(rows)
    sentences = [f"{who} claim{s} {_ends(rows, 'value', 'ratio', of=' of it')}."]
    if divided := _ends(rows, "normalised", "normalised_ratio"):
        sentences.append(
            f"Divided by the steepest gradient found, {they} claim{s} {divided}, which proves nothing."
        )
    return sentences


def certified(rows: Sequence[Row], source: str, target: str) -> str:
    """Say what division by the steepest rise between points of the two sets certifies of such critics."""
    they, s = _they(rows)
    return (
        f"Divided by the steepest rise from {target} to {source}{divisor(rows, 'lipschitz_pairs')}, {they} certif"
        f"{'ies' if s else 'y'} {_ends(rows, 'normalised_pairs', 'normalised_pairs_ratio', ROUND_FLOOR)}."
    )


def certified_everywhere(row: Row) -> str:
    """Say what division by the bound of its slope everywhere certifies of such a critic."""
    return (
        f"Divided by the bound on its slope everywhere{divisor([row], 'lipschitz_upper')}, it certifies "
        f"{_ends([row], 'normalised_upper', 'normalised_upper_ratio', ROUND_FLOOR)}."
    )


def transformed(rows: Sequence[Row]) -> list[str]:
    """Say what the c-transforms of any critics certify, and how much of it is not due to any critic."""
    constants, found = numbers(rows, "lower_constant"), numbers(rows, "lower")
    if not constants or not found:
        return []
    own, constant = (rounded(number, DIGITS, ROUND_FLOOR) for number in (found[-1], constants[-1]))
    who = "Its c-transform certifies" if len(rows) == 1 else "Their c-transforms certify"
    if found[-1] <= constants[-1]:
        return [
            f"{who} no more than a constant does: {constant}, the mean distance to the nearest neighbour."
        ]
    up_to = "" if len(rows) == 1 else "at most "
    return [
        f"{who} {up_to}{own}, of which {constant} is not due to any critic: a constant certifies it, because it is "
        "the mean distance to the nearest neighbour."
    ]


def divisor(rows: Sequence[Row], column: str) -> str:
    """Write what one critic is divided by; nothing of several."""
    if len(rows) > 1:
        return ""
    return f", {rounded(cast('float', rows[0][column]), DIGITS, ROUND_CEILING)}"


def _they(rows: Sequence[Row]) -> tuple[str, str]:
    return ("it", "s") if len(rows) == 1 else ("they", "")


def _ends(
    rows: Sequence[Row], column: str, share: str, direction: str = ROUND_HALF_EVEN, of: str = ""
) -> str:
    """Write the least and the greatest number of a column, and which share of the exact value they are."""
    text = span([rounded(number, DIGITS, direction) for number in numbers(rows, column)])
    shares = span([percent(number, direction) for number in numbers(rows, share)])
    return f"{text} ({shares} %{of})" if shares else text
