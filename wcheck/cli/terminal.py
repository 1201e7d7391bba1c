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
TEXT_WIDTH = 4
"""Characters to which a column of text may shrink, so that numbers stay whole."""


def show(columns: Sequence[str], rows: Sequence[Row], *, whole: bool = False) -> None:
    """Print rows on standard output as a table; one row alone is printed a line a quantity.

    Where rows differ, the table shows the settings and the status, and as many of the vocabulary's headlines as fit.

    Parameters
    ----------
    columns : sequence of str
        The columns of the rows, in order; those that are blank in all rows are left out.
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
    fitting = differing if whole else _fitting(differing, rows, console.width)
    console.print(_grid(fitting, rows, console.width))
    if left_out := [column for column in differing if column not in fitting]:
        console.print(f"For want of room without: {', '.join(left_out)}", markup=False)
    if shared:
        same = ", ".join(f"{column}={cell(column, rows[0].get(column))}" for column in shared)
        console.print(f"In all rows: {same}", markup=False)


def _is_shown(column: str) -> bool:
    known = find(column)
    return _is_needed(column) or (known is not None and known.headline)


def _is_needed(column: str) -> bool:
    """Whether a column is shown however narrow a terminal is: it tells rows apart, or nothing is known of it."""
    known = find(column)
    return known is None or known.role in (Role.SETTING, Role.STATUS)


def _fitting(columns: Sequence[str], rows: Sequence[Row], width: int) -> list[str]:
    """Return the columns without the last headlines, of which one stays, that a line has no room for."""
    room = {column: _room(column, rows) for column in columns}
    chosen = list(columns)
    for column in [column for column in columns if not _is_needed(column)][:0:-1]:
        if sum(room[name] for name in chosen) <= width:
            break
        chosen.remove(column)
    return chosen


def _room(column: str, rows: Sequence[Row]) -> int:
    return 3 + max(map(len, [column, *(_in_grid(column, row) for row in rows)]))


def _in_grid(column: str, row: Row) -> str:
    return cell(column, row.get(column), GRID_DIGITS)


def _list(columns: Sequence[str], row: Row) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for column in columns:
        table.add_row(Text(column), Text(cell(column, row.get(column)), overflow="fold"))
    return table


def _grid(columns: Sequence[str], rows: Sequence[Row], width: int) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    numbers = {
        column for column in columns if all(isinstance(row.get(column), int | float | None) for row in rows)
    }
    needed = sum(_room(column, rows) if column in numbers else 3 + TEXT_WIDTH for column in columns)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        number = column in numbers
        table.add_column(
            Text(column),
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=number and needed <= width,  # else rich would cut digits off
        )
    for row in rows:
        table.add_row(*(Text(_in_grid(column, row)) for column in columns))
    return table
