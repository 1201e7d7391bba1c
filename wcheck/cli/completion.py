"""Shell completion of values: names of sources, and the words that an option takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TypeAlias

Completer: TypeAlias = Callable[[str], list[str]]
"""The beginning of a word -> the words that begin so."""

SOURCES = re.compile(r"P|Q|SOURCE|REFERENCE|CANDIDATE\.\.\.")
"""What stands for a source in the help."""
WORD = re.compile(r"-?[a-z0-9][a-z0-9,.-]*")
"""What stands for itself in the help."""


def completer(metavar: str | None, names: Collection[str] = ()) -> Completer | None:
    """Return what completes the value of an option or an argument; None where the shell offers files.

    Parameters
    ----------
    metavar : str, optional
        What stands for a value in the help, such as ``adam|rmsprop|sgd``.
    names : collection of str
        The names that ``NAME`` stands for.
    """
    if metavar is None:
        return None
    if SOURCES.fullmatch(metavar):
        return _sources
    words = [*names, *(word for word in metavar.split("|") if WORD.fullmatch(word))]
    if not words:
        return None

    def found(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return found


def _sources(incomplete: str) -> list[str]:
    """Return the beginnings of sources that have names; what is a file the shell knows itself."""
    from wcheck.measures.registry import names  # imports numpy

    return [name for name in names() if name.startswith(incomplete)]
