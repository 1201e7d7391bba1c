"""Kinds of sources that floors above register: by the place where they stand, which is imported when one is used.

A process that opens a source need not know who registered its kind: :mod:`wcheck` itself does so when it is imported,
in every process that there is.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError

if TYPE_CHECKING:
    from wcheck.measures.registry import Kind

PLACES: dict[str, str] = {}
"""Name -> ``module:NAME`` of a :class:`wcheck.measures.registry.Kind`; :func:`register` adds to it."""


def register(name: str, place: str) -> None:
    """Add a kind of source, whose texts begin with its name and a colon.

    Parameters
    ----------
    name : str
        Goes before a file of that name.
    place : str
        ``module:NAME`` of the :class:`wcheck.measures.registry.Kind`.

    Raises
    ------
    ParameterError
        If another one is registered under this name.
    """
    if PLACES.setdefault(name, place) != place:
        raise ParameterError(
            f"source {name!r} is already registered, as {PLACES[name]}: give {place} another name."
        )


def find(name: str) -> Kind | None:
    """Import the kind of a name, or return None where there is none."""
    if name not in PLACES:
        return None
    module, _, attribute = PLACES[name].partition(":")
    kind: Kind = getattr(importlib.import_module(module), attribute)
    return kind
