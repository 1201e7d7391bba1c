"""The answer of a reproduction in five sentences, made from nothing but the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from wcheck.errors import counted
from wcheck.report.reproduction import VERDICTS, Claim, Reproduction

STAND_IN = "stand-in"
"""What the column ``data`` begins with where the verdict is on other data than the paper's."""
THEMES = (
    ("A", "A critic's loss is not the Wasserstein distance"),
    ("BC", "What minimises the distance to batches is not the data"),
    ("E", "In training, a better approximation of the distance does not make a better generator"),
    ("", "Closed forms, bounds, rates and remedies are as they are stated"),
)
"""The first letters of studies -> what the papers say with them; the last is that of all others."""
NAMED = 3
"""Claims that a sentence names; of more it says how many they are."""
REPRODUCED, REFUTED, OPEN = VERDICTS


Sentence: TypeAlias = "list[str | Claim]"
"""Parts of a sentence; a claim stands for its name, which a page makes a link of."""


def answer(found: Reproduction) -> list[Sentence]:
    """Return the sentences: how many claims hold in all, and then for each theme which do not."""
    claims = found.claims
    if not claims:
        return [["Nothing is decided yet."]]
    return [[_in_all(claims)], *_by_theme(claims)]


def _in_all(claims: Sequence[Claim]) -> str:
    held, refuted, open_ = (sum(claim.verdict == verdict for claim in claims) for verdict in VERDICTS)
    others = sum(claim.data.startswith(STAND_IN) for claim in claims)
    said = (
        f"Of {counted(len(claims), 'claim')} of the papers, {_some(held, 'is', 'are')} reproduced, "
        f"{_some(refuted, 'comes', 'come')} out otherwise, and {_some(open_, 'is', 'are')} not settled at this size"
    )
    on = f"; {counted(others, 'verdict')} {'is' if others == 1 else 'are'} on data that stand in for the paper's"
    return f"{said}{on if others else ''}."


def _by_theme(claims: Sequence[Claim]) -> Iterator[Sentence]:
    left = list(claims)
    for letters, thesis in THEMES:
        own = [claim for claim in left if not letters or claim.study[:1] in letters]
        left = [claim for claim in left if claim not in own]
        if own:
            yield _theme(thesis, own)


def _theme(thesis: str, claims: Sequence[Claim]) -> Sentence:
    held = sum(claim.verdict == REPRODUCED for claim in claims)
    if held == len(claims):
        return [f"{thesis}: {'the one claim is' if held == 1 else f'all {held} claims are'} reproduced."]
    sentence: Sentence = [f"{thesis}: {held or 'none'} of {counted(len(claims), 'claim')} reproduced"]
    for verdict, said in ((REFUTED, "; otherwise came out "), (OPEN, "; not settled: ")):
        sentence += _list(said, [claim for claim in claims if claim.verdict == verdict])
    return [*sentence, "."]


def _list(said: str, claims: Sequence[Claim]) -> Iterator[str | Claim]:
    """Yield the first claims after what is said of them, and how many more there are."""
    for place, claim in enumerate(claims[:NAMED]):
        yield said if place == 0 else ", "
        yield claim
    if (more := len(claims) - NAMED) > 0:
        yield f" and {more} more"


def _some(number: int, one: str, many: str) -> str:
    return f"none {one}" if number == 0 else f"{number} {one if number == 1 else many}"
