"""Games by the names that the literature has for them, in place of an objective and a constraint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wcheck.columns.choices import ALL, GAMES
from wcheck.errors import ParameterError, not_one_of

NAMED = ("objective", "lipschitz")
"""The settings that a name stands for."""


def pairs(names: Sequence[str], settings: Mapping[str, Any]) -> list[dict[str, str | None]]:
    """Return the objective and the constraint of each name, once; one empty mapping where there are no names.

    Parameters
    ----------
    names : sequence of str
        Names in :data:`wcheck.columns.choices.GAMES`, or ``all``.
    settings : mapping
        The settings that are given besides.

    Raises
    ------
    ParameterError
        If there is no such game, or the settings say an objective or a constraint too.
    """
    if not names:
        return [{}]
    for setting in NAMED:
        if settings.get(setting):
            raise ParameterError(
                f"game is {', '.join(names)}, which names the {setting} too: leave out --{setting}, or --game."
            )
    for name in names:
        if name not in (ALL, *GAMES):
            raise not_one_of("game", name, (*GAMES, ALL))
    wanted = dict.fromkeys(each for name in names for each in (GAMES if name == ALL else (name,)))
    return [dict(zip(NAMED, GAMES[name], strict=True)) for name in wanted]
