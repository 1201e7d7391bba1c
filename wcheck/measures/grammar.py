"""The slice at the end of a source's text: ``[a:b]``, ``[a:]``, ``[:b]``."""

from __future__ import annotations

import re

from wcheck.errors import SourceError, counted


def split_slice(text: str) -> tuple[str, str | None]:
    """Split ``"digits[0:200]"`` into ``("digits", "0:200")``; the second is None where there is no slice.

    Brackets at the very end are always a slice, so a folder whose own name ends in brackets is written with a
    slash after it: ``"photos[2020]/"``.
    """
    match = re.fullmatch(r"(.*?)\[([^\[\]]*)\]", text, re.DOTALL)
    return (match[1], match[2]) if match else (text, None)


def resolve_slice(inner: str | None, n: int, base: str) -> slice:
    """Return the rows that the text between the brackets means for a source ``base`` of n points.

    Raises
    ------
    SourceError
        If it is not ``a:b``, has a step, is negative, empty or reaches beyond n.
    """
    if inner is None:
        return slice(0, n)
    given = f"{base}[{inner}]"
    match = re.fullmatch(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*", inner)
    if match is None or "-" in (match[1], match[2]):
        raise SourceError(
            f"{given} is not a slice without a step: {base} has {counted(n, 'point')}; write [a:b], [a:] "
            f"or [:b] with 0 <= a < b <= {n} (write a slash after a folder name that ends in brackets)."
        )
    start, stop = int(match[1] or 0), int(match[2] or n)
    problem = None
    if start < 0 or stop < 0:
        problem = "counts from the end"
    elif stop > n:
        problem = "reaches beyond the data"
    elif start >= stop:
        problem = "is empty"
    if problem:
        raise SourceError(f"{given} {problem}: {base} has {counted(n, 'point')}; take 0 <= a < b <= {n}.")
    return slice(start, stop)
