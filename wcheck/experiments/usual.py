"""Sizes that nobody chose: those of the papers, or smaller ones where the data are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wcheck.errors import counted
from wcheck.progress import remark


class Usual(tuple[int, ...]):
    """The values that an option has where it is not given; others are refused where the data are too few for them."""

    __slots__ = ()


class UsualNumber(int):
    """The same of an option that has one value."""


def fitted(option: str, values: Sequence[int], room: int, source: str, points: int) -> dict[str, Any]:
    """Return an option with values of at most ``room``, if nobody chose its values and some of them are larger.

    Parameters
    ----------
    option : str
        Its name.
    values : sequence of int
        Its values: only a :class:`Usual` is changed.
    room : int
        The largest value that is possible; if it is below 1, 1 is refused later.
    source : str
        The data.
    points : int
        How many points they have.
    """
    if not isinstance(values, Usual) or max(values) <= room:
        return {}
    found = Usual(dict.fromkeys(min(value, max(room, 1)) for value in values))
    if room > 0:
        said(option, found, source, points)
    return {option: found}


def said(option: str, values: Sequence[int], source: str, points: int) -> None:
    """Remark that an option has other values than it usually has, as the data have so few points."""
    name = f"--{option.replace('_', '-')}"
    remark(
        f"{source} has {counted(points, 'point')}: the default of {name} is "
        f"{', '.join(map(str, values))} here."
    )
