"""Old names of commands, options, values and columns, and their new names.

What is typed in an old spelling works, and what was written under old names is read; both say the new name once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from types import MappingProxyType

COMMANDS: Mapping[tuple[str, str], str] = MappingProxyType({("false-minima", "--gaussian"): "crossover"})
"""A command and a flag of it, which are a command of its own now."""

OPTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "batch": {"--size": "--n"},
        "exact": {"--plan": "--save-plan"},
        "false-minima": {"--fit": "--fit-points"},
        "oracle": {"--critic": "--arch", "--source": "P", "--target": "Q"},
        "sample-complexity": {"--source": "P", "--target": "Q"},
    }
)
"""Command -> an option -> the option, or the argument, that it is now."""

ARGUMENTS = ("P", "Q")
"""Names in :data:`OPTIONS` that are arguments, in the order in which they are typed."""

OBJECTIVES = ("c-transform", "c-eps-transform")
"""Values of ``lipschitz`` that are values of ``objective`` now."""

VALUES: Mapping[str, Mapping[str, str]] = MappingProxyType({"objective": {"log-likelihood": "minimax"}})
"""Setting -> a value of it -> the value that it is now."""

COLUMNS: Mapping[str, tuple[str, str]] = MappingProxyType({"held_out": ("value_held_out", "funnels")})
"""A column -> what it is called now, and another column that tells the rows where it was called so."""

EXPERIMENTS: Mapping[str, str] = MappingProxyType({"false-minima --gaussian": "crossover"})
"""Names in sidecars."""


def respelled(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a command line in which nothing has an old name, and a sentence for each that had one.

    Parameters
    ----------
    arguments : sequence of str
        As they are typed, from the command on.
    """
    if not arguments:
        return [], []
    command, *typed = arguments
    kept: list[str] = []
    placed: dict[str, str] = {}
    sentences: list[str] = []
    words = iter(typed)
    for word in words:
        if separate := COMMANDS.get((command, word)):
            sentences.append(told(f"{command} {word}", separate))
            command = separate
            continue
        option, equals, value = word.partition("=")
        options = OPTIONS.get(command, {})
        if option not in options:
            kept.append(word)
            continue
        now = options[option]
        sentences.append(told(option, now))
        if now in ARGUMENTS:
            placed[now] = value if equals else next(words, "")
        else:
            kept.append(now + equals + value)
    for word, following in zip_longest(kept, kept[1:], fillvalue=""):
        option, equals, value = word.partition("=")
        if option == "--lipschitz" and (value := value if equals else following) in OBJECTIVES:
            sentences.append(told(f"{option} {value}", f"--objective {value}"))
        value = value if equals else following
        if value in (values := VALUES.get(option.removeprefix("--"), {})):
            sentences.append(told(f"{option} {value}", f"{option} {values[value]}"))
    return [command, *(placed[name] for name in ARGUMENTS if name in placed), *kept], sentences


def renamed(columns: Collection[str]) -> dict[str, str]:
    """Return which of the columns of rows are called otherwise now, with their names of now."""
    return {
        old: now
        for old, (now, beside) in COLUMNS.items()
        if old in columns and beside in columns and now not in columns
    }


def told(old: str, now: str) -> str:
    """Say what is called otherwise now."""
    return f"{old} is now called {now}."
