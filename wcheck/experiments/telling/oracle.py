"""What is said of critics on a frozen pair."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.experiments.protocols import WHOLE
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what the critics claim and certify at their last look, beside the exact distance of each protocol."""
    told = []
    for protocol in dict.fromkeys(row["protocol"] for row in rows):
        own = [row for row in rows if row["protocol"] == protocol]
        several = len(own) < len(rows)
        told.append((f"Protocol {protocol}. " if several else "") + _about(own))
    return "\n".join(told)


def _about(rows: Sequence[Row]) -> str:
    lower, upper = min(_numbers(rows, "exact_lower")), max(_numbers(rows, "exact_upper"))
    whole = rows[0]["estimand"] == WHOLE
    what = "between these two sets" if whole else "of fresh mini-batches of these two sets, in the mean,"
    sentences = [
        f"The exact Wasserstein-1 distance {what} lies between {rounded(lower, 6, ROUND_FLOOR)} and "
        f"{rounded(upper, 6, ROUND_CEILING)}."
    ]
    last = [row for row in _last_looks(rows) if row["status"] == "ok"]
    if last:
        sentences.append(_claimed(last))
        sentences += _certified(last)
    return "\n".join(sentences)


def _last_looks(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the last row of each critic: the next critic's steps start again from 0."""
    return [
        row
        for row, following in itertools.zip_longest(rows, rows[1:])
        if following is None or following["step"] == 0
    ]


def _claimed(last: Sequence[Row]) -> str:
    who = "The critic claims" if len(last) == 1 else f"The {len(last)} critics claim"
    sentence = f"{who} {_span(last, 'value', 'ratio', ' of it')}"
    if divided := _span(last, "normalised", "normalised_ratio"):
        sentence += (
            f", or {divided} after division by the steepest gradient that was met, which proves nothing"
        )
    return sentence + "."


def _certified(last: Sequence[Row]) -> list[str]:
    sentences = []
    if divided := _span(last, "normalised_pairs", "normalised_pairs_ratio", direction=ROUND_FLOOR):
        sentences.append(
            f"Division by the steepest rise from any target point to any source point certifies {divided}."
        )
    if constants := _numbers(last, "lower_constant"):
        constant = constants[-1]
        transform = max([constant, *_numbers(last, "lower")])
        sentences.append(
            f"Their c-transforms certify at most {rounded(transform, 4, ROUND_FLOOR)}, but of that "
            f"{rounded(constant, 4, ROUND_FLOOR)} is no critic's merit: it is the mean distance to the nearest "
            "neighbour, which a constant certifies."
        )
    return sentences


def _span(
    rows: Sequence[Row], column: str, share: str, of: str = "", direction: str = ROUND_HALF_EVEN
) -> str:
    """Write the least and the greatest number of a column, and which share of the exact value they are."""
    numbers, shares = _numbers(rows, column), _numbers(rows, share)
    text = _ends([rounded(number, 4, direction) for number in numbers])
    return f"{text} ({_ends([f'{100 * number:.0f}' for number in shares])} %{of})" if shares else text


def _ends(sorted_texts: Sequence[str]) -> str:
    return " to ".join(dict.fromkeys([*sorted_texts[:1], *sorted_texts[-1:]]))


def _numbers(rows: Sequence[Row], column: str) -> list[float]:
    return sorted(cast("float", row[column]) for row in rows if row[column] is not None)
