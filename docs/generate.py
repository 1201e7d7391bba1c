"""Write the pages of commands and of columns from the code: ``python docs/generate.py``; a test compares them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer.main

import wcheck
from wcheck.cli.app import app
from wcheck.columns import named
from wcheck.columns.registry import VOCABULARY
from wcheck.errors import TableError
from wcheck.experiments.fit import COLUMNS as FITTED
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.experiments.telling.glossary import headers, written_by
from wcheck.plots.registry import KINDS, recognise

FOLDER = Path(__file__).parent / "commands"
GLOSSARY = Path(__file__).parent / "columns.md"
ABOUT_COLUMNS = """\
# The columns of rows

Written by `python docs/generate.py` from the code. `wcheck columns NAME` says the same of one column on a terminal, and
`wcheck columns oracle` lists those of a command.

A column is a setting, a fact about the data or the run (about), an estimate, which certifies nothing, a certified lower
or upper bound, or the status of the row. Tables on a terminal have short heads (shown as), and shares in percent; CSV
files have the names, shares of 1 and all digits. Tables round lower bounds down and upper bounds up, except for a bound
that misses a number of few digits by less than 1e-12 of it, as sums in float64 do: it is shown as that number.
"""
API = Path(__file__).parent / "api.md"
FACADES = ("losses", "metrics", "pot")
"""Modules of the package that are public as such."""


def pages() -> dict[str, str]:
    """Return the text of every page by its file's name."""
    found = {f"{'-'.join(path)}.md": _page(path, command) for path, command in commands()}
    found["README.md"] = _index()
    return found


def api() -> str:
    """Return the page of the public names: what each is, and how it is called."""
    lines = [
        "# The public names of wcheck",
        "",
        "Written by `python docs/generate.py` from the code. What is not listed here is private: it may change without",
        "notice. `help(wcheck.exact)` shows the whole docstring of a name, whose examples the tests run.",
        "",
    ]
    for name in wcheck.__all__:
        if name not in (*FACADES, "__version__"):
            lines += _public(f"wcheck.{name}", getattr(wcheck, name))
    for facade in FACADES:
        module = getattr(wcheck, facade)
        lines += [f"## `wcheck.{facade}`", "", _first(module), ""]
        for name in module.__all__:
            lines += _public(f"wcheck.{facade}.{name}", getattr(module, name))
    return "\n".join(lines)


def _public(path: str, thing: Any) -> list[str]:
    """Return the section of a name: its signature, what it is, and the methods and properties of a class."""
    called = "" if inspect.isclass(thing) and issubclass(thing, Exception) else _signature(thing)
    lines = [f"## `{path}`", "", "```text", f"{path}{called}", "```", "", _first(thing), ""]
    if inspect.isclass(thing) and not issubclass(thing, Exception):
        members = [(name, part) for name, part in vars(thing).items() if not name.startswith("_")]
        told = [(name, _member(name, part), _first(part)) for name, part in members if _is_told(part)]
        lines += [f"* `{shown}`: {first}" for _, shown, first in told] + [""] * bool(told)
    return lines


def _is_told(part: Any) -> bool:
    return isinstance(part, property | staticmethod | classmethod) or inspect.isfunction(part)


def _member(name: str, part: Any) -> str:
    if isinstance(part, property):
        return name
    function = getattr(part, "__func__", part)
    own = isinstance(part, staticmethod)
    return f"{name}{_signature(function, skip=not own)}"


def _signature(thing: Any, skip: bool = False) -> str:
    """Return the parameters without their types; the first one, which a method is bound to, may be skipped."""
    found = inspect.signature(thing)
    kept = list(found.parameters.values())[skip:]
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in kept]
    shown = re.sub(r"<function (\w+) at [^>]*>", r"\1", str(inspect.Signature(plain)))
    return shown.replace("PosixPath('.')", "'.'").replace("mappingproxy({})", "{}")


def _first(thing: Any) -> str:
    return re.sub(r":\w+:(?=`)", "", _cell((inspect.getdoc(thing) or "").partition("\n\n")[0]))


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the words that call a command, and the command."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def columns() -> str:
    """Return the page of all columns."""
    lines = [
        ABOUT_COLUMNS,
        "| column | shown as | meaning | role | what it proves | commands |",
        "|---|---|---|---|---|---|",
    ]
    for column in sorted(VOCABULARY.values(), key=lambda column: column.name):
        shown = ", ".join(headers(column.name))
        cells = (shown, column.meaning, str(column.role), column.proves, ", ".join(written_by(column.name)))
        lines.append(f"| `{column.name}` | {' | '.join(map(_cell, cells))} |")
    return "\n".join([*lines, ""])


def _index() -> str:
    lines = ["# The commands of wcheck", "", "Written by `python docs/generate.py` from the code.", ""]
    for path, command in commands():
        first = inspect.cleandoc(command.help).splitlines()[0]
        lines.append(f"* [`wcheck {' '.join(path)}`]({'-'.join(path)}.md): {first}")
    lines += ["", "Which distance each number bounds or estimates: [method](../method.md).", ""]
    return "\n".join(lines)


def _page(path: tuple[str, ...], command: Any) -> str:
    name = " ".join(path)
    text, *examples = inspect.cleandoc(command.help).split("Example: ")
    arguments = [option for option in command.params if option.param_type_name == "argument"]
    options = [option for option in command.params if option.param_type_name == "option"]
    usage = " ".join(["wcheck", name, *command.collect_usage_pieces(typer.Context(command))])
    lines = [f"# wcheck {name}", "", text.strip(), "", "```", usage, "```"]
    for example in examples:
        lines += ["", "Example:", "", "```bash", " ".join(example.split()), "```"]
    lines.append("")
    if arguments:
        lines += ["| argument | meaning |", "|---|---|"]
        lines += [f"| `{_cell(_metavar(option))}` | {_cell(option.help)} |" for option in arguments] + [""]
    if options:
        lines += ["| option | meaning | default |", "|---|---|---|"]
        lines += [
            f"| {_names(option)} | {_cell(option.help)} | {_default(option)} |" for option in options
        ] + [""]
    if name in EXPERIMENTS:
        lines += _rows(name)
    if path == ("plot",):
        lines += _kinds()
    return "\n".join(lines)


def _rows(name: str) -> list[str]:
    columns = EXPERIMENTS[name].columns
    lines = [f"## Rows of `wcheck {name}`", "", *_vocabulary(columns), ""]
    if name == "sample-complexity":
        lines += ["## Rows of `--fit`", "", *_vocabulary(FITTED), ""]
    try:
        kind = recognise(columns).name
    except TableError:  # no figure
        return lines
    return [*lines, f"`wcheck plot` draws them as [{kind}](plot.md#kinds).", ""]


def _vocabulary(names: Iterable[str]) -> list[str]:
    lines = ["| column | meaning | role | what it proves |", "|---|---|---|---|"]
    for column in map(named, names):
        symbol = f" ({_cell(column.symbol)})" if column.symbol else ""
        lines.append(
            f"| `{column.name}`{symbol} | {_cell(column.meaning)} | {column.role} | {_cell(column.proves)} |"
        )
    return lines


def _kinds() -> list[str]:
    lines = ["## Kinds", "", "| kind | what it shows | what it does |", "|---|---|---|"]
    for kind in KINDS:
        about = inspect.cleandoc(kind.draw.__doc__ or "").splitlines()[0]
        source = (inspect.getmodule(kind.draw).__doc__ or "").splitlines()[0]  # type: ignore[union-attr]
        lines.append(f"| {kind.name} | {_cell(source)} | {_cell(about)} |")
    return [*lines, ""]


def _names(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    metavar = "" if option.is_flag else f" {_metavar(option)}"
    return f"`{_cell(names + metavar)}`"


def _metavar(option: Any) -> str:
    return str(option.metavar or option.opts[0].rpartition("-")[2].upper())


def _default(option: Any) -> str:
    if isinstance(option.show_default, str):
        return _cell(option.show_default)
    if not option.show_default or option.default is None or option.is_flag:
        return ""
    return f"`{_cell(str(option.default))}`"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", r"\|").replace("``", "`")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for file, text in pages().items():
        (FOLDER / file).write_text(text)
    GLOSSARY.write_text(columns())
    API.write_text(api())
