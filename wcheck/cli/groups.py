"""Groups of options: parameters of a command that each provide several options, the same in every command."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import is_dataclass
from inspect import Parameter
from typing import Annotated, Any, get_args, get_origin

from typer.models import OptionInfo, ParameterInfo

from wcheck.cli import written
from wcheck.cli.completion import completer
from wcheck.errors import ParameterError

REPEATS = "Can be given more than once."
"""The last sentence of the help of every option that repeats."""


def grouped(*, but: tuple[str, ...] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command, for each parameter that is a group, the options of the group, in its place.

    A group is a callable whose parameters are the options and that makes one object of their values, which the command
    gets. A parameter that is annotated by a dataclass has the dataclass as its group; one that is annotated by
    ``Annotated[Kind, group]`` has that callable. Typer reads the signature that comes out.

    Parameters
    ----------
    but : tuple of str
        Options of groups that the command has no use for, or has in a form of its own; the group's default takes
        their place.

    Raises
    ------
    TypeError
        If ``but`` names what no group has, or two options have one name.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        groups: dict[str, tuple[Callable[..., Any], list[str]]] = {}
        parameters: list[Parameter] = []
        unused = set(but)
        for parameter in signature.parameters.values():
            group = _group(parameter.annotation)
            if group is None:
                parameters.append(_readable(parameter))
                continue
            unused -= _options(group).keys()
            options = {name: option for name, option in _options(group).items() if name not in but}
            parameters += options.values()
            groups[parameter.name] = group, list(options)
        if unused:
            raise TypeError(f"{command.__name__} leaves out {', '.join(sorted(unused))}, which no group has")

        named = {parameter.name: parameter for parameter in parameters}

        @functools.wraps(command)
        def run(**values: Any) -> None:
            written.check(named, values)
            for name, value in values.items():
                for part in value if isinstance(value, list) else (value,):
                    check_size(f"--{name.replace('_', '-')}", part)
            made = {
                name: group(**{option: values.pop(option) for option in options})
                for name, (group, options) in groups.items()
            }
            command(**values, **made)

        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return run

    return decorate


def _group(annotation: Any) -> Callable[..., Any] | None:
    """Return what makes the object that a parameter holds of options, if it is a group."""
    if get_origin(annotation) is not Annotated:
        return annotation if is_dataclass(annotation) and isinstance(annotation, type) else None
    return next((found for found in get_args(annotation)[1:] if callable(found)), None)


@functools.cache
def _options(group: Callable[..., Any]) -> Mapping[str, Parameter]:
    """Return the options of a group, read once for all commands that have it."""
    options = inspect.signature(group, eval_str=True).parameters
    return {name: _readable(option) for name, option in options.items()}


def _readable(parameter: Parameter) -> Parameter:
    """Return the parameter with its name alone as its place, and with a help in the style of all."""
    kind, *metadata = get_args(parameter.annotation) or (parameter.annotation,)
    repeats = any(get_origin(part) is list for part in (kind, *get_args(kind)))
    told = [_told(info, repeats, parameter.default) for info in metadata]
    annotation = Annotated[kind, *told] if told else kind
    return parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=annotation)


def _told(info: object, repeats: bool, default: object) -> object:
    """Return an option whose help says whether it repeats, and shows every default alike: as a text.

    Of an option and of an argument a shell completes the values.
    """
    if not isinstance(info, ParameterInfo):
        return info
    told = copy(info)
    told.autocompletion = info.autocompletion or completer(info.metavar)
    if not isinstance(told, OptionInfo):
        return told
    if repeats:
        told.help = f"{info.help} {REPEATS}"
    if info.show_default is True and isinstance(default, str | float | int) and not isinstance(default, bool):
        told.show_default = as_typed(default)
    return told


def as_typed(value: object) -> str:
    """Return a value as it is typed on a command line."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def check_size(option: str, value: object) -> None:
    """Refuse an integer that no library could take.

    Raises
    ------
    ParameterError
        If it has more than 64 bits, the sign included.
    """
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ParameterError(f"{option} {value} is too large: give an integer below 2^63.")
