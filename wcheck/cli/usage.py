"""How a command line is shown in help, and the one-line message for one that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand

from wcheck.errors import similar

WRONG = {
    "Input should be a valid integer": ("is not an integer", re.compile(r"[-+]?\d+")),
    "Input should be a valid number": ("is not a number", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?")),
}
"""What Typer says of a value -> what is said of it here, and what values look like that are right."""


class Command(TyperCommand):
    """A command whose help shows defaults as they are typed, and an argument that can be left out in brackets."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what stands behind the command's name in its usage line."""
        pieces = [self.options_metavar] if self.options_metavar else []
        arguments = [param for param in self.get_params(ctx) if param.param_type_name == "argument"]
        return pieces + [argument_name(argument, bracketed=not argument.required) for argument in arguments]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """List the arguments and the options."""
        listed: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None:
                continue
            name, text = record
            is_argument = param.param_type_name == "argument"
            shown = getattr(param, "show_default", None)
            if isinstance(shown, str):
                text = text.replace(f"[default: ({shown})", f"[default: {shown}")
            listed["Arguments" if is_argument else "Options"].append(
                (argument_name(param) if is_argument else name, text)
            )
        for heading, records in listed.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def argument_name(argument: Any, *, bracketed: bool = False) -> str:
    """Return what stands for an argument."""
    name = str(argument.metavar or argument.name.upper())
    return f"[{name}]" if bracketed else name


def mistake(error: Exception, words: Sequence[str]) -> str | None:
    """Return what is wrong with a command line that Typer could not read, in one sentence.

    Parameters
    ----------
    error : Exception
        What Typer raised.
    words : sequence of str
        The command line, from the command on.

    Returns
    -------
    str or None
        None for an error of another kind.
    """
    if not hasattr(error, "format_message"):
        return None
    path = getattr(getattr(error, "ctx", None), "command_path", "wcheck")
    return f"{_told(error, words).rstrip('.?')}; '{path} --help' says more."


def _told(error: Any, words: Sequence[str]) -> str:
    message = " ".join(error.format_message().split())
    if hasattr(error, "possibilities") and (name := getattr(error, "option_name", None)):
        if name == "--data" and (sources := _arguments(error)):
            return f"there is no option --data: give the sources as {' and '.join(sources)}"
        meant = " or ".join(f"--{option}" for option in similar(name.lstrip("-"), _options(error), 2))
        return f"there is no option {name}" + (f": did you mean {meant}?" if meant else "")
    if missing := re.fullmatch(r"Missing argument '(.*)'\.", message):
        return f"{missing[1]} is missing"
    if unknown := re.fullmatch(
        r"No such (option|command):? '?(.*?)'?(?:\. Did you mean (.*)\?)?\.?", message
    ):
        meant = f": did you mean {unknown[3]}?".replace("'", "") if unknown[3] else ""
        return f"there is no {unknown[1]} {unknown[2]}{meant}"
    names: list[str] = getattr(getattr(error, "param", None), "opts", [])
    for said, (wrong, right) in WRONG.items():
        if said in message and (value := _value(names, words, right)) is not None:
            return f"{names[0]} {value} {wrong}"
    return message[:1].lower() + message[1:]


def _options(error: Any) -> list[str]:
    """Return the options of the command that an error is of, without their dashes."""
    return [name[2:] for parameter in _parameters(error) for name in parameter.opts if name.startswith("--")]


def _arguments(error: Any) -> list[str]:
    """Return the arguments of the command that an error is of."""
    return [argument_name(each) for each in _parameters(error) if each.param_type_name == "argument"]


def _parameters(error: Any) -> Sequence[Any]:
    context = getattr(error, "ctx", None)
    found: Sequence[Any] = context.command.get_params(context) if context is not None else ()
    return found


def _value(names: Sequence[str], words: Sequence[str], right: re.Pattern[str]) -> str | None:
    """Return the first value of an option that is not as it should be."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, equals, value = word.partition("=")
        if option in names:
            value = value if equals else following
            if right.fullmatch(value) is None:
                return value
    return None
