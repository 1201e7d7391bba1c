"""Options that are said in the vocabulary, :mod:`wcheck.columns`: one more setting there needs no line here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from inspect import Parameter, Signature
from typing import Annotated, Any, TypeAlias, cast

import typer
from typer.models import OptionInfo

from wcheck import columns
from wcheck.cli.completion import completer
from wcheck.cli.groups import as_typed, check_size
from wcheck.columns import Setting
from wcheck.columns.column import pair
from wcheck.errors import ParameterError
from wcheck.experiments.ranges import parse

Settings: TypeAlias = dict[str, tuple[Any, ...]]
"""Name -> the values that were given, each once."""
KINDS = {int: "an integer", float: "a number", pair: "two numbers: write them as 0,0.9"}


def settings(
    *groups: str, only: Collection[str] = (), ranges: bool = False, **published: str
) -> Callable[..., Settings]:
    """Return a group of options (see :mod:`wcheck.cli.groups`): the settings of some groups, all of which repeat.

    It makes a mapping of those that were given.

    Parameters
    ----------
    *groups : str
        Groups of the vocabulary, such as ``critic``.
    only : collection of str
        The settings that the command has a use for, if not all.
    ranges : bool
        Whether a value may be a range to draw from, or a word, where the vocabulary allows it.
    **published : str
        Defaults that the command shows in place of the vocabulary's.
    """
    known = {
        setting.name: setting
        for group in groups
        for setting in columns.settings(group)
        if not only or setting.name in only
    }

    def given(**texts: list[str] | None) -> Settings:
        return {
            name: tuple(dict.fromkeys(_read(known[name], text, ranges) for text in values))
            for name, values in texts.items()
            if values
        }

    options = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                list[str] | None,
                _option(found, published.get(name, found.published), ranges),
            ],
        )
        for name, found in known.items()
    ]
    given.__signature__ = Signature(options)  # type: ignore[attr-defined]
    return given


def setting(name: str, published: str | tuple[Any, ...] | None = None, more: str = "") -> OptionInfo:
    """Return an option that is a setting of the vocabulary.

    Parameters
    ----------
    name : str
        The setting.
    published : str or tuple, optional
        The default to show, where it is not the parameter's own; all values of a tuple.
    more : str
        What the help says beyond the meaning.
    """
    shown = ", ".join(map(as_typed, published)) if isinstance(published, tuple) else published
    option = _option(cast("Setting", columns.named(name)), shown)
    option.help = f"{option.help} {more}".strip()
    return option


def _option(found: Setting, published: str | None, ranges: bool = False) -> OptionInfo:
    others = [*found.words, *(["RANGE"] if found.ranges else [])] if ranges else []
    option: OptionInfo = typer.Option(
        found.option,
        metavar="|".join([found.metavar, *others]),
        help=found.help,
        show_default=True if published is None else published or False,
        autocompletion=completer(found.metavar, (*found.choices, *others)),
    )
    return option


def _read(found: Setting, text: str, ranges: bool) -> object:
    if ranges and text in found.words:
        return text
    if ranges and found.ranges:
        return parse(found.option, text, cast("Callable[[str], float]", found.kind))
    try:
        value = found.kind(text)
    except ValueError:
        raise ParameterError(f"{found.option} {text} is not {KINDS[found.kind]}.") from None
    check_size(found.option, value)
    return value
