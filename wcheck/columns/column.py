"""The description of a column of rows, and of a setting, which is also an option."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What the numbers of a column are; how they are rounded and drawn follows from it."""

    SETTING = "setting"
    """What a row was told, or what it is a row of: where rows differ in it, it tells them apart."""
    ABOUT = "about"
    """A fact of the data or of the run, such as a size or a time."""
    ESTIMATE = "estimate"
    """A number that certifies nothing."""
    LOWER = "certified lower"
    """A certified lower bound; shown rounded down."""
    UPPER = "certified upper"
    """A certified upper bound, that of an error included; shown rounded up."""
    STATUS = "status"
    """How a row came out."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of rows.

    Attributes
    ----------
    name : str
        The name of the column, in every command.
    role : Role
        What its values are.
    meaning : str
        What they are in one sentence, a noun phrase without a capital and a full stop.
    symbol : str
        The name in legends and on axes; empty where that is the name of the column.
    proves : str
        What a number of this column proves, or for an estimate what it is an estimate of: the empirical distance,
        between two sets of points, or that of the population, between the distributions that they were drawn from.
    headline : bool
        Whether a terminal with room for it shows it where the rows differ in it; settings and a status come before.
    bare : bool
        Whether its values speak for themselves in a legend, without its name before them.
    few_digits : bool
        Whether three digits say enough, as of a time or a share.
    percent : bool
        Whether it is a share that a terminal shows in percent.
    short : str
        What stands over it in a terminal's table, where its name is too long for that.
    gist : str
        The meaning in a few words, for the line under such a table; empty where the meaning is short.
    """

    name: str
    role: Role
    meaning: str
    symbol: str = ""
    proves: str = ""
    headline: bool = False
    bare: bool = False
    few_digits: bool = False
    percent: bool = False
    short: str = ""
    gist: str = ""

    @property
    def header(self) -> str:
        """What stands over the column in a terminal's table."""
        return f"{self.short or self.name}{' %' * self.percent}"

    @property
    def label(self) -> str:
        """What the column is called in legends and on axes."""
        return self.symbol or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Column):
    """A column that is an option of commands too.

    Attributes
    ----------
    kind : callable
        Reads a value from text: ``int``, ``float``, ``str`` or :func:`pair`.
    metavar : str
        What stands for a value in the help.
    published : str
        The default as people are told: what it was published with.
    groups : tuple of str
        What it is a setting of, such as ``critic``; one name may be a setting of several.
    ranges : bool
        Whether it may be a range to draw from, ``low:high`` or ``low:high:log``.
    words : tuple of str
        What it may be besides what ``kind`` reads, such as ``full``.
    choices : tuple of str
        The names that ``NAME`` stands for in the metavar, which shells complete.
    """

    role: Role = Role.SETTING
    kind: Callable[[str], object]
    metavar: str
    published: str = ""
    groups: tuple[str, ...] = ()
    ranges: bool = False
    words: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """The option's name on the command line, such as ``--batch-size``."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def help(self) -> str:
        """The option's help: the meaning as a sentence."""
        return f"{self.meaning[0].upper()}{self.meaning[1:]}."


def pair(text: str) -> tuple[float, float]:
    """Read two numbers, such as ``0,0.9``.

    Raises
    ------
    ValueError
        If it is not two numbers.
    """
    first, second = (float(part) for part in text.split(","))
    return first, second
