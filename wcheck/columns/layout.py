"""The columns with which a table begins on a terminal, and their short headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from wcheck.columns.column import Column
from wcheck.columns.registry import find


class Heading(NamedTuple):
    """The head of a column in the tables of one command, and what it is there."""

    header: str
    gist: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The table of one experiment.

    Attributes
    ----------
    leading : tuple of str
        The columns that the table is about, the most telling one first. They are shown also where all rows have the
        same value, and those at the end are the first to go where a terminal is too narrow.
    headings : mapping
        Column -> its heading, where the experiment knows more of it than the vocabulary says.
    aside : tuple of str
        Settings that follow from others and need not be shown where they differ.
    digits : int
        The significant digits of numbers side by side with others.
    apart : str
        A column that tells rows of two kinds apart, those in which it is blank and the others: each kind has a table of
        its own.
    """

    leading: tuple[str, ...] = ()
    headings: Mapping[str, Heading] = field(default_factory=dict)
    aside: tuple[str, ...] = ()
    digits: int = 5
    apart: str = ""

    def header(self, name: str) -> str:
        """Return what stands over a column."""
        if name in self.headings:
            return self.headings[name].header
        column = find(name)
        return name if column is None else column.header

    def gist(self, name: str) -> str:
        """Return what a column is, in a few words; empty for one that no command writes."""
        if name in self.headings:
            return self.headings[name].gist
        column: Column | None = find(name)
        return "" if column is None else column.gist or column.meaning
