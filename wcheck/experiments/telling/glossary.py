"""The glossary of columns: each with its meaning, what it proves, and the commands that write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wcheck.columns import Column, Setting, find
from wcheck.columns.layout import Layout
from wcheck.columns.registry import VOCABULARY
from wcheck.errors import ParameterError, similar
from wcheck.experiments.fit import COLUMNS as FITTED
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.experiments.telling.layouts import LAYOUTS
from wcheck.rows.table import Row


def glossary(names: Sequence[str] = ()) -> list[Row]:
    """Return the columns of these names, or all: a row each, with all that is known of one that is looked up alone.

    Parameters
    ----------
    names : sequence of str
        Names of columns, what stands over them in tables or legends, and names of commands, which are all their
        columns; a name that is both is the column, and ``wcheck NAME`` the command.

    Raises
    ------
    ParameterError
        If there is no column and no command of a name.
    """
    columns = list(dict.fromkeys(name for each in names for name in _named(each))) or list(VOCABULARY)
    if len(columns) == 1:
        return [_whole(VOCABULARY[columns[0]])]
    return [
        {"column": column.name, "role": str(column.role), "meaning": column.meaning}
        for column in map(VOCABULARY.__getitem__, columns)
    ]


def written_by(name: str) -> tuple[str, ...]:
    """Return the commands whose rows have a column."""
    commands = [command for command, experiment in EXPERIMENTS.items() if name in experiment.columns]
    return (*commands, *(["sample-complexity --fit"] if name in FITTED else []))


def headers(name: str) -> Iterator[str]:
    """Yield what a column is called besides its name: over tables, in legends and on axes."""
    column = VOCABULARY[name]
    layouts = (layout for command, layout in LAYOUTS.items() if name in EXPERIMENTS[command].columns)
    called = [column.symbol, *(layout.header(name) for layout in (Layout(), *layouts))]
    yield from (header for header in dict.fromkeys(called) if header and header != name)


def _named(name: str) -> Iterator[str]:
    experiment = EXPERIMENTS.get(name.removeprefix("wcheck "))
    found = [column for column in VOCABULARY if name == column or name in headers(column)]
    if not found and experiment is None:
        known = [*VOCABULARY, *EXPERIMENTS, *(header for column in VOCABULARY for header in headers(column))]
        near = similar(name, known)
        hint = f"did you mean {near[0]}?" if near else "'wcheck columns' lists all columns."
        raise ParameterError(f"there is no column and no command {name}; {hint}")
    yield from found
    if experiment is not None and find(name) is None:
        yield from experiment.columns


def _whole(column: Column) -> Row:
    called = ", ".join(headers(column.name))
    option = (column.option, column.published or None) if isinstance(column, Setting) else (None, None)
    return {
        "column": column.name,
        "shown as": called or None,
        "role": str(column.role),
        "meaning": column.meaning,
        "what it proves": column.proves or None,
        "option": option[0],
        "default": option[1],
        "commands": ", ".join(written_by(column.name)) or None,
    }
