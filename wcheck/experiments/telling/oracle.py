"""Sentences about critics on a frozen pair."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import between
from wcheck.experiments.protocols import WHOLE
from wcheck.experiments.telling.critics import certified, claimed, transformed
from wcheck.experiments.telling.words import groups, numbers, span
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what the critics claim and certify at their last look, beside the exact distance of each protocol."""
    parts = [(protocol, _about(own)) for (protocol,), own in groups(rows, "protocol")]
    if len(parts) == 1:
        return parts[0][1]
    return "\n".join(f"Protocol {protocol}. {about}" for protocol, about in parts)


def _about(rows: Sequence[Row]) -> str:
    lower, upper = numbers(rows, "exact_lower")[0], numbers(rows, "exact_upper")[-1]
    whole = rows[0]["estimand"] == WHOLE
    what = "between these two sets" if whole else "of fresh mini-batches of these two sets, on average,"
    last = [row for row in _last_looks(rows) if row["status"] == "ok"]
    return "\n".join(
        [
            f"The exact Wasserstein-1 distance {what} lies {between(lower, upper, 6)}.",
            *_of_critics(last, [row for row in last if row["step"]]),
        ]
    )


def _last_looks(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the last row of each critic: the next critic's steps start again from 0."""
    return [
        row
        for row, following in itertools.zip_longest(rows, rows[1:])
        if following is None or following["step"] == 0
    ]


def _of_critics(last: Sequence[Row], trained: Sequence[Row]) -> list[str]:
    sentences = []
    if untrained := len(last) - len(trained):
        have, they = ("has", "it has") if untrained == 1 else ("have", "they have")
        sentences.append(
            f"{_who(untrained, len(last))} {have} not taken a step yet: {they} learnt nothing so far."
        )
    right = [row for row in trained if cast("float", row["value"]) > 0]
    if wrong := len(trained) - len(right):
        are, they = ("is", "it has") if wrong == 1 else ("are", "they have")
        sentences.append(
            f"{_who(wrong, len(last))} {are} no higher on the source than on the target: {they} learnt nothing yet; "
            "give more --steps."
        )
    if right:
        steps = span([f"{row['step']:,}" for row in sorted(right, key=lambda row: cast("int", row["step"]))])
        who = _who(len(right), len(last))
        after = f"After {steps} step{'s' if steps != '1' else ''} {who[0].lower()}{who[1:]}"
        sentences += claimed(right, after)
        sentences.append(certified(right, "any source point", "any target point"))
    return sentences + (transformed(trained) if trained else [])


def _who(count: int, of: int) -> str:
    """Write some of the critics as the subject of a sentence."""
    if of == 1:
        return "The critic"
    return f"The {count} critics" if count == of else f"{count} of the {of} critics"
