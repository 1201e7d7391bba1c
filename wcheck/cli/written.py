"""Files and folders that options name to be written: all are checked before a command does anything."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from typing import Any, get_args

from wcheck.errors import OutputError

OF_FILES = (".csv", ".json", ".npy", ".npz", ".pdf", ".png", ".pt", ".svg")
"""Suffixes that no folder is given on purpose."""


@dataclass(frozen=True, slots=True)
class Writes:
    """Said of an option, beside its help: a file of this name is written.

    Attributes
    ----------
    suffix : str
        What its name must end with; any if empty.
    beside : tuple of str
        What is added to its name for other files that are written beside it.
    folder : bool
        Whether it is a folder.
    """

    suffix: str = ""
    beside: tuple[str, ...] = ()
    folder: bool = False


def check(parameters: Mapping[str, Parameter], values: Mapping[str, Any]) -> None:
    """Refuse names of another kind of file, and files that two options or an input of the same command name.

    Parameters
    ----------
    parameters : mapping
        The parameters of a command by their names.
    values : mapping
        Their values.

    Raises
    ------
    OutputError
        If there is such a file.
    """
    written = {name: found for name in parameters if (found := _written(parameters[name], values.get(name)))}
    for name, (writes, path) in written.items():
        _check_name(_option(name), writes, path)
    for (one, (writes, path)), (other, (others, place)) in itertools.combinations(written.items(), 2):
        if common := set(_all(writes, path)) & set(_all(others, place)):
            raise OutputError(
                f"{_option(one)} and {_option(other)} would both write {common.pop().name}: give two names."
            )
    for name, value in values.items():
        for text in value if isinstance(value, list) else [value]:
            for option, (_, path) in written.items():
                if name not in written and isinstance(text, str | Path) and _is_in(str(text), path):
                    raise OutputError(
                        f"{_option(option)} {path} is read by the same command and would be overwritten: give another "
                        "name."
                    )


def _written(parameter: Parameter, value: Any) -> tuple[Writes, Path] | None:
    writes = next((part for part in get_args(parameter.annotation)[1:] if isinstance(part, Writes)), None)
    if writes is None or value is None or str(value) == "-":
        return None
    return writes, Path(value)


def _check_name(option: str, writes: Writes, path: Path) -> None:
    if writes.folder:
        if path.suffix.lower() in OF_FILES or path.is_file():
            raise OutputError(f"{option} {path} is the name of a file: give the name of a folder.")
    elif writes.suffix and path.suffix.lower() != writes.suffix:
        more = ", or --json for JSON on standard output" if path.suffix.lower() == ".json" else ""
        raise OutputError(
            f"{option} {path} does not end with {writes.suffix}: name it {path.with_suffix(writes.suffix).name}{more}."
        )


def _all(writes: Writes, path: Path) -> Iterator[Path]:
    for more in ("", *writes.beside):
        yield path.with_name(path.name + more).resolve()


def _is_in(text: str, path: Path) -> bool:
    """Whether a text names a file as a source does: with a slice or a key after it."""
    if not path.is_file():
        return False
    for base in {text, re.sub(r"\[[^\[\]]*\]$", "", text), re.split(r"[\[:]", text)[0]}:
        if base and Path(base).is_file() and path.samefile(base):
            return True
    return False


def _option(name: str) -> str:
    return "-o" if name == "output" else f"--{name.replace('_', '-')}"
