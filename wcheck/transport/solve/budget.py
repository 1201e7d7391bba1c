"""How the bytes that a solve may take are shared: between features, float copies of the points, and lists."""

from __future__ import annotations

import re
from typing import NamedTuple

import psutil

from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import bfloat16_speed
from wcheck.transport.cost.direct import float_copies

LIST_LENGTH = 128
"""Pairs that pricing keeps per row, if memory allows."""
LEAST_LENGTH = 16
"""... and at least."""
PAIR_BYTES = 48
"""Bytes that a listed pair takes, also while lists are renewed."""
HELD_PAIRS = 1 << 24
"""Pairs of which lower bounds are held in float32 at most: 64 MiB."""
FEATURE_BYTES, WIDTH = 10, 260
"""Bytes that a coordinate of a projection takes, with those of a quarter of the points and what prepares them; and how
many there are at most."""
WHOLE_BYTES = 5
"""Bytes that each further coordinate takes where all are scanned in float32, with those of a quarter of the points."""
POINT_BYTES = 1536
"""Bytes that first arcs, potentials and plan take per point."""
WORKSPACE = 1 << 26
"""Bytes of the buffers that scans and reading use."""


def as_bytes(memory: int | str | None) -> int:
    """Return a number of bytes: given as such, or as ``"2GiB"``; a quarter of what is free for None."""
    if memory is None:
        return int(psutil.virtual_memory().available) // 4
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*(?:([KMGT]i?)?B)?\s*", str(memory), re.IGNORECASE)
    if match is None or float(match[1]) == 0:
        raise ParameterError(
            f"memory is {memory!r}: give a number of bytes, or one with a unit such as '2GiB'."
        )
    unit = (match[2] or "").upper()
    base = 1024 if unit.endswith("I") else 1000
    return int(float(match[1]) * base ** ("KMGT".index(unit[0]) + 1 if unit else 0))


class Shares(NamedTuple):
    """What a solve may take.

    Attributes
    ----------
    length : int
        How many pairs a row's list may have.
    room : int
        Bytes that float copies of the points may take.
    holds : bool
        Whether lower bounds of the costs of all pairs are held, in the place of the lists.
    whole : bool
        Whether scans may have copies of all coordinates, where these are more than :data:`WIDTH`.
    """

    length: int
    room: int
    holds: bool
    whole: bool


def shares(x: Measure, y: Measure, memory: int, held: int = 0, *, here: bool = True) -> Shares:
    """Share the memory between lists and copies of the points, after what is needed in any case.

    Copies save more time than the second half of every list: where they do not fit, lists shrink to down to half for
    them. Where that is not enough for all copies, scans see projections of the points, and where even so it is not
    enough, there are no float copies.

    Parameters
    ----------
    x, y : Measure
        n and m points.
    memory : int
        Bytes in all.
    held : int
        Bytes that are taken already.
    here : bool
        Whether this machine's processor scans all pairs.

    Raises
    ------
    ParameterError
        If the memory does not suffice.
    """
    points = len(x) + len(y)
    fixed = FEATURE_BYTES * points * min(x.dim + 3, WIDTH) + POINT_BYTES * points + WORKSPACE + held
    per_pair = PAIR_BYTES * len(x)
    require(x, y, memory, fixed + LEAST_LENGTH * per_pair)
    floats = float_copies(x, y)
    wide = WHOLE_BYTES * points * max(0, x.dim - WIDTH) // (2 if here and bfloat16_speed(x.dim) > 1 else 1)

    def longest(copies: int) -> int:
        return min(LIST_LENGTH, (memory - fixed - copies) // per_pair)

    alone = longest(0)
    copies = next(copies for copies in (floats + wide, floats, 0) if longest(copies) >= alone // 2)
    length, whole = longest(copies), not wide or copies >= floats + wide
    room = memory - fixed - length * per_pair - (wide if whole else 0)
    spare = max(0, room - floats)
    pairs = len(x) * len(y)
    holds = whole and pairs <= HELD_PAIRS and 4 * pairs <= length * per_pair + spare
    return Shares(length, room, holds, whole)


def require(x: Measure, y: Measure, memory: int, least: int) -> None:
    """Raise a ParameterError if the memory is less than what is needed at least."""
    if memory < least:
        raise ParameterError(
            f"memory is {memory:,} bytes: {x.name} ({len(x):,} points) and {y.name} ({len(y):,}) in dimension {x.dim} "
            f"need at least {least:,}; allow that much, or take fewer points."
        )
