"""Texts of sources whose brackets or quotation marks are broken, and what was most likely meant."""

from __future__ import annotations

import os
import re
from pathlib import Path

from wcheck.errors import SourceError

_AROUND = "'\"`\u2018\u2019\u201c\u201d \t\n"
_BRACKETS = r"\[\](){}"
_SHAPE = re.compile(
    rf"(?P<name>[^{_BRACKETS}]*?)\s*(?P<before>[{_BRACKETS}]*)\s*(?P<rows>\d*\s*:\s*\d*)?\s*"
    rf"(?P<after>[{_BRACKETS}]*)(?P<rest>[^{_BRACKETS}]*)"
)


def check_spelling(base: str, folder: Path) -> None:
    """Refuse a source, without its slice, whose brackets or quotation marks are broken; say what to write instead.

    What is the name of a file or folder that exists, after its first colon too, is let through.

    Raises
    ------
    SourceError
        With the fault, and the text that was most likely meant.
    """
    bare = base.strip(_AROUND)
    shape = _SHAPE.fullmatch(bare)
    bracketed = shape is not None and bool(shape["before"] + shape["after"])
    if not bare or (bare == base and not bracketed) or _exists(base, folder):
        return
    fault = _surrounded(base) or (_fault(shape) if shape else "")
    meant = _meant(shape) if shape and bracketed else bare
    raise SourceError(f"{base!r} {fault}: write {meant}.")


def _surrounded(base: str) -> str:
    """Return what stands around a text and does not belong to it."""
    if base != base.strip():
        return "has a space at its beginning or end"
    return "has a quotation mark at its beginning or end" if base != base.strip(_AROUND) else ""


def _fault(shape: re.Match[str]) -> str:
    brackets = shape["before"] + shape["after"]
    opened, closed = brackets.count("["), brackets.count("]")
    if opened + closed < len(brackets):
        return "has brackets of another kind than [ and ], which stand around a slice"
    if not closed:
        return "lacks the closing bracket ]"
    if not opened:
        return "lacks the opening bracket ["
    if brackets == "][":
        return "has its brackets the wrong way round"
    if len(brackets) > 2:
        return "has too many brackets: one pair stands around a slice"
    if shape["rest"]:
        return f"continues with {shape['rest']!r} after its slice, which must come last"
    return "is followed by a second slice: give one"


def _meant(shape: re.Match[str]) -> str:
    # What follows a slice belongs before it if it is a part, a key, parameters or a suffix.
    name = (shape["name"] + shape["rest"] * shape["rest"].startswith((":", ".", ","))) or "digits"
    rows = re.sub(r"\s", "", shape["rows"] or "")
    return f"{name}[{rows}]" if rows else f"{name}, or {name}[a:b] for the rows from a to b"


def _exists(base: str, folder: Path) -> bool:
    return any(
        name and os.path.exists(folder / os.path.expanduser(name))
        for name in (base, base.partition(":")[2], base.rpartition(":")[0])
    )
