"""The answer of a reproduction, a sentence on all of it and one on each theme, made from the verdicts alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from wcheck.errors import counted
from wcheck.report.reproduction import VERDICTS, Claim, Reproduction

STAND_IN = "stand-in"
"""How the column ``data`` begins where a claim was tested on other data than the paper's."""
THEMES = (
    ("A", "How close a critic's loss comes to the distance"),
    ("BC", "What minimises the distance to batches"),
    ("E", "Generators in training, their losses and their critics"),
    ("", "Closed forms, bounds, rates, ground metrics and remedies"),
)
"""The first letters of studies -> their theme; the last theme takes all other studies."""
NAMED = 3
"""How many claims a sentence names; it counts the others."""
REPRODUCED, REFUTED, OPEN = VERDICTS


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a sentence that links to a claim."""

    text: str
    claim: str


Sentence: TypeAlias = "list[str | Link]"
"""The parts of a sentence."""


def answer(found: Reproduction) -> list[Sentence]:
    """Return the sentences: how many claims are reproduced in all, and then, for each theme, which are not."""
    claims = found.claims
    if not claims:
        return [["No claim has been decided yet."]]
    return [[_in_all(claims)], *_by_theme(claims)]


def _in_all(claims: Sequence[Claim]) -> str:
    held, refuted, open_ = (sum(claim.verdict == verdict for claim in claims) for verdict in VERDICTS)
    others = sum(claim.data.startswith(STAND_IN) for claim in claims)
    tested = f"{counted(len(claims), 'claim')} of the papers {'was' if len(claims) == 1 else 'were'} tested"
    counts = ((held, "reproduced"), (refuted, "not reproduced"), (open_, "not settled at this size"))
    *first, last = [f"{count} {'is' if count == 1 else 'are'} {what}" for count, what in counts if count]
    both = " and " if len(first) == 1 else ", and "
    said = f"{tested}: {', '.join(first)}{both if first else ''}{last}."
    rest = f"{counted(others, 'verdict')} {'rests' if others == 1 else 'rest'}"
    return f"{said} {rest} on stand-in data rather than the paper's." if others else said


def _by_theme(claims: Sequence[Claim]) -> Iterator[Sentence]:
    left = list(claims)
    for letters, topic in THEMES:
        own = [claim for claim in left if not letters or claim.study[:1] in letters]
        left = [claim for claim in left if claim not in own]
        if own:
            yield _theme(topic, own)


def _theme(topic: str, claims: Sequence[Claim]) -> Sentence:
    held = [claim for claim in claims if claim.verdict == REPRODUCED]
    if len(held) == len(claims):
        said = {1: "the only claim is", 2: "both claims are"}.get(len(held), f"all {len(held)} claims are")
    elif len(claims) == 1:
        said = "the only claim is not"
    else:
        said = f"{len(held) or 'none'} of the {len(claims)} claims {'are' if len(held) > 1 else 'is'}"
    sentence: Sentence = [f"{topic}: {said} reproduced"]
    if held:
        sentence += [
            ": “" if len(claims) == 1 else ", for example “",
            Link(held[0].says.rstrip("."), held[0].claim),
            "”",
        ]
    for verdict, told in ((REFUTED, "; not reproduced: "), (OPEN, "; not settled: ")):
        sentence += _list(told, [claim for claim in claims if claim.verdict == verdict])
    return [*sentence, "."]


def _list(said: str, claims: Sequence[Claim]) -> Iterator[str | Link]:
    """Yield the first claims after their introduction, and how many more there are."""
    for place, claim in enumerate(claims[:NAMED]):
        yield said if place == 0 else ", "
        yield Link(claim.claim, claim.claim)
    if (more := len(claims) - NAMED) > 0:
        yield f" and {more} more"
