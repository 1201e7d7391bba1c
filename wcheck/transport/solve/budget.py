"""How the bytes that a solve may take are shared: between features, float copies of the points, and lists."""

from __future__ import annotations

import re

import psutil

from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.transport.cost.direct import float_copies

LIST_LENGTH = 128
"""Pairs that pricing keeps per row, if memory allows."""
LEAST_LENGTH = 16
"""... and at least."""
PAIR_BYTES = 48
"""Bytes that a listed pair takes, also while lists are renewed."""
HELD_PAIRS = 1 << 24
"""Pairs of which lower bounds are held in float32 at most: 64 MiB."""
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


def shares(x: Measure, y: Measure, memory: int, held: int = 0) -> tuple[int, int, bool]:
    """Share the memory between lists and float copies of the points, after what is needed in any case.

    Float copies save more time than the second half of every list: where both do not fit, lists shrink to down to half
    for them. Where that is not enough, there are no copies.

    Parameters
    ----------
    x, y : Measure
        n and m points.
    memory : int
        Bytes in all.
    held : int
        Bytes that are taken already.

    Returns
    -------
    length : int
        How many pairs a row's list may have.
    room : int
        Bytes that float copies may take.
    holds : bool
        Whether lower bounds of the costs of all pairs are held, in the place of the lists.

    Raises
    ------
    ParameterError
        If the memory does not suffice.
    """
    points = len(x) + len(y)
    features = 10 * points * (min(x.dim, 257) + 3)
    fixed = features + POINT_BYTES * points + WORKSPACE + held
    per_pair = PAIR_BYTES * len(x)
    require(x, y, memory, fixed + LEAST_LENGTH * per_pair)
    alone, beside = (
        min(LIST_LENGTH, (memory - fixed - copies) // per_pair) for copies in (0, float_copies(x, y))
    )
    length = beside if beside >= alone // 2 else alone
    room = memory - fixed - length * per_pair
    spare = max(0, room - float_copies(x, y))
    pairs = len(x) * len(y)
    return length, room, pairs <= HELD_PAIRS and 4 * pairs <= length * per_pair + spare


def require(x: Measure, y: Measure, memory: int, least: int) -> None:
    """Raise a ParameterError if the memory is less than what is needed at least."""
    if memory < least:
        raise ParameterError(
            f"memory is {memory:,} bytes: {len(x):,} x {len(y):,} points in dimension {x.dim} need at least "
            f"{least:,}; allow that much, or take fewer points."
        )
