"""Which games read a setting, for those who give one that no game of theirs reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from wcheck import columns
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.networks import WIDTHS as OF_CRITICS
from wcheck.critics.objective import Needs
from wcheck.critics.objectives import OBJECTIVES
from wcheck.errors import ParameterError
from wcheck.generators.game import Game
from wcheck.generators.networks import POINTS, WIDTHS
from wcheck.learning.settings import Checked

OTHERS: Mapping[str, tuple[str, Sequence[str]]] = {
    "betas": ("optimizer", ("adam",)),
    "width": ("arch", tuple(OF_CRITICS)),
    "latent": ("generator", (*WIDTHS, "module:factory")),
    "generator_width": ("generator", tuple(WIDTHS)),
    "generator_layers": ("generator", ("mlp",)),
    "free_points": ("generator", (POINTS,)),
    "generator_betas": ("generator_optimizer", ("adam",)),
}
"""A setting -> the setting that decides whether it is read, and its values with which it is."""


def check_read(names: Collection[str], games: Sequence[Game]) -> None:
    """Refuse a setting that was given, and that none of the games reads.

    Parameters
    ----------
    names : collection of str
        The settings that were given.
    games : sequence of Game
        All that are played.

    Raises
    ------
    ParameterError
        If there is one; the message says what reads it.
    """
    rows = [game.settings() for game in games]
    for name in names:
        if any(row.get(name) is not None for row in rows):
            continue
        decides, values = _readers(name, with_critic=any(game.critic for game in games))
        chosen = ", ".join(dict.fromkeys(str(row[decides]) for row in rows if row.get(decides)))
        own = f"generator_{name}"
        other = f", or {_option(own)} for the generator" if own in columns.names("generator") else ""
        raise ParameterError(
            f"{_option(name)} is given, and no game of {_option(decides)} {chosen} reads it: choose {_option(decides)} "
            f"{', '.join(values)}{other}, or leave it out."
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _readers(name: str, *, with_critic: bool) -> tuple[str, Sequence[str]]:
    """Return the setting that decides whether another is read, and its values with which it is."""
    if found := [kind.name for kind in OBJECTIVES.values() if name in _settings(kind)]:
        return "objective", found
    of_critic = name in (*columns.names("critic"), "critic_steps", "schedule")
    if of_critic and not with_critic:
        return "objective", [kind.name for kind in OBJECTIVES.values() if kind.needs is not Needs.NOTHING]
    if found := [kind.name for kind in CONSTRAINTS.values() if name in _settings(kind)]:
        return "lipschitz", found
    return OTHERS[name]


def _settings(kind: type[Checked]) -> set[str]:
    return {setting.name for setting in kind.settings()}
