"""A kind of figure: its name, the columns that it reads, and the function that draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of figure.

    Attributes
    ----------
    name : str
        How ``--kind`` calls it.
    draw : callable
        Draws a frame that has all columns, numbers as floats and blanks as nan.
    numbers, texts : tuple of str
        The columns that it reads.
    """

    name: str
    draw: Callable[[DataFrame], Figure]
    numbers: tuple[str, ...]
    texts: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All that it reads."""
        return self.numbers + self.texts
