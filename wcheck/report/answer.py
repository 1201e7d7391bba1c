"""The answer of a reproduction in five sentences, made from nothing but the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from wcheck.errors import counted
from wcheck.report.reproduction import VERDICTS, Claim, Reproduction

STAND_IN = "stand-in"
"""What the column ``data`` begins with where the verdict is on other data than the paper's."""
THEMES = (
    ("A", "how near a critic's loss comes to the distance"),
    ("BC", "what minimises the distance to batches"),
    ("E", "generators in training, their losses and their critics"),
    ("", "closed forms, bounds, rates, ground metrics and remedies"),
)
"""The first letters of studies -> what they are about; the last is about all others."""
NAMED = 3
"""Claims that a sentence names; of more it says how many they are."""
REPRODUCED, REFUTED, OPEN = VERDICTS


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a sentence that leads to a claim."""

    text: str
    claim: str


Sentence: TypeAlias = "list[str | Link]"
"""The parts of a sentence."""


def answer(found: Reproduction) -> list[Sentence]:
    """Return the sentences: how many claims hold in all, and then for each theme which do not."""
    claims = found.claims
    if not claims:
        return [["Nothing is decided yet."]]
    return [[_in_all(claims)], *_by_theme(claims)]


def _in_all(claims: Sequence[Claim]) -> str:
    held, refuted, open_ = (sum(claim.verdict == verdict for claim in claims) for verdict in VERDICTS)
    others = sum(claim.data.startswith(STAND_IN) for claim in claims)
    tested = f"{counted(len(claims), 'claim')} of the papers {'was' if len(claims) == 1 else 'were'} put to the test"
    counts = ((held, "is", "are", "reproduced"), (refuted, "comes", "come", "out otherwise"),
              (open_, "is", "are", "not settled at this size"))  # fmt: skip
    parts = [f"{count} {one if count == 1 else many} {what}" for count, one, many, what in counts if count]
    *first, last = parts
    said = f"{tested}: {', '.join(first)}{', and ' if first else ''}{last}"
    on = f"; {counted(others, 'verdict')} {'is' if others == 1 else 'are'} on data that stand in for the paper's"
    return f"{said}{on if others else ''}."


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
        said = {1: "the one claim is", 2: "both claims are"}.get(len(held), f"all {len(held)} claims are")
    else:
        verb = "is" if len(held) == 1 else "are"
        said = f"{len(held) or 'none'} of {counted(len(claims), 'claim')} {verb}"
    sentence: Sentence = [f"On {topic}, {said} reproduced"]
    if held:
        sentence += [
            ": “" if len(claims) == 1 else ", such as “",
            Link(held[0].says.rstrip("."), held[0].claim),
            "”",
        ]
    for verdict, told in ((REFUTED, "; otherwise came out "), (OPEN, "; not settled: ")):
        sentence += _list(told, [claim for claim in claims if claim.verdict == verdict])
    return [*sentence, "."]


def _list(said: str, claims: Sequence[Claim]) -> Iterator[str | Link]:
    """Yield the first claims after what is said of them, and how many more there are."""
    for place, claim in enumerate(claims[:NAMED]):
        yield said if place == 0 else ", "
        yield Link(claim.claim, claim.claim)
    if (more := len(claims) - NAMED) > 0:
        yield f" and {more} more"
