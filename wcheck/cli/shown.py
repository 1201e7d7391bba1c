"""The options that choose what a table shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from wcheck.columns.layout import Layout
from wcheck.errors import ParameterError, similar


@dataclass(frozen=True, slots=True)
class Shown:
    """What a table shows of rows."""

    wide: Annotated[
        bool,
        typer.Option(
            "--wide",
            help="Show all rows and all columns that differ, even in a pipe, split into several tables "
            "if the terminal is too narrow.",
        ),
    ] = False
    show: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME",
            help="Show a table of these columns and the settings that differ, even in a pipe; 'wcheck columns' "
            "lists them.",
            show_default="the main columns of the command",
        ),
    ] = None

    @property
    def is_table(self) -> bool:
        """Whether a table was asked for, whatever standard output is."""
        return self.wide or self.show is not None

    def chosen(self, columns: Sequence[str], layout: Layout) -> list[str]:
        """Return the columns that were asked for by their names, or by what stands over them in the table.

        Raises
        ------
        ParameterError
            If there is no such column.
        """
        called = {layout.header(name): name for name in columns} | {name: name for name in columns}
        names = [name.strip() for name in (self.show or "").split(",") if name.strip()]
        for name in names:
            if name not in called:
                near = similar(name, called)
                hint = f"did you mean {near[0]}?" if near else "'wcheck columns' lists what there is."
                raise ParameterError(f"--show {name}: these rows have no column of this name; {hint}")
        return list(dict.fromkeys(called[name] for name in names))
