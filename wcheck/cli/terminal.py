"""Rows as a person reads them: rounded, bounds outwards, what all rows share said once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wcheck.columns import Role, find
from wcheck.columns.rounding import cell
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from rich.console import RenderableType

GRID_DIGITS = 5
"""Significant digits where rows stand side by side with others."""


def show(columns: Sequence[str], rows: Sequence[Row], *, whole: bool = False) -> None:
    """Print rows on standard output as a table; one row alone is printed a line a quantity.

    Of what differs between rows, the table shows settings, the status and the headlines of the vocabulary, and columns
    that are not in it.

    Parameters
    ----------
    columns : sequence of str
        Of the rows, in order; those that are blank in all rows are left out.
    rows : sequence of dict
        What to print.
    whole : bool
        Whether to show all else that differs too.
    """
    from rich.console import Console

    console = Console(highlight=False)
    filled = [column for column in columns if any(row.get(column) is not None for row in rows)]
    shared = [column for column in filled if all(row.get(column) == rows[0].get(column) for row in rows)]
    if len(rows) == 1:
        console.print(_list(shared, rows[0]))
        return
    differing = [column for column in filled if column not in shared and (whole or _is_shown(column))]
    console.print(_grid(differing, rows))
    if shared:
        same = ", ".join(f"{column}={cell(column, rows[0].get(column))}" for column in shared)
        console.print(f"In all rows: {same}", markup=False)


def _is_shown(column: str) -> bool:
    known = find(column)
    return known is None or known.headline or known.role in (Role.SETTING, Role.STATUS)


def _list(columns: Sequence[str], row: Row) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for column in columns:
        table.add_row(Text(column), Text(cell(column, row.get(column)), overflow="fold"))
    return table


def _grid(columns: Sequence[str], rows: Sequence[Row]) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        number = all(isinstance(row.get(column), int | float | None) for row in rows)
        table.add_column(Text(column), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(column, row.get(column), GRID_DIGITS)) for column in columns))
    return table
