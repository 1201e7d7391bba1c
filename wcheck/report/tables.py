"""The head of a file of rows: its first rows, and its most informative columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wcheck.columns import Role, find
from wcheck.columns.layout import Layout
from wcheck.columns.rounding import cell
from wcheck.errors import TableError
from wcheck.experiments.telling.layouts import LAYOUTS
from wcheck.report.finished import Finished
from wcheck.rows.table import Row, checked_rows

ROWS, COLUMNS = 10, 12


@dataclass(frozen=True, slots=True)
class Head:
    """The first rows of a table.

    Attributes
    ----------
    columns : tuple of (str, str)
        The name of each column, and a short description.
    cells : tuple of tuple of str
        The rows, with bounds rounded outwards.
    rows, more : int
        The number of rows in the file, and the number of columns that are not shown.
    """

    columns: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, ...], ...]
    rows: int
    more: int


def head(path: Path, finished: Finished | None) -> Head:
    """Return the head of a file: settings that differ, then the leading columns of its experiment, then the others.

    Raises
    ------
    TableError
        If it is not a CSV file, or holds no rows.
    """
    rows = finished.rows if finished is not None else _parsed(path)
    layout = LAYOUTS.get(finished.experiment.name, Layout()) if finished is not None else Layout()
    names = list(rows[0])
    filled = [name for name in names if any(row.get(name) is not None for row in rows)]
    differing = [name for name in filled if any(row.get(name) != rows[0].get(name) for row in rows)]
    keys = [name for name in differing if _is_setting(name) and name not in layout.aside]
    ordered = dict.fromkeys(
        [*keys, *(name for name in layout.leading if name in filled), *differing, *filled]
    )
    shown = list(ordered)[:COLUMNS]
    return Head(
        tuple((name, layout.gist(name)) for name in shown),
        tuple(_cells(row, shown, layout) for row in rows[:ROWS]),
        len(rows),
        len(names) - len(shown),
    )


def _parsed(path: Path) -> Sequence[Row]:
    try:
        text = path.read_bytes().decode()
        columns = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
        if not columns or len(set(columns)) < len(columns):
            raise ValueError("its first line is not a list of column names that all differ")
        rows = checked_rows(text, columns)
    except (csv.Error, OSError, ValueError) as error:
        why = (
            "some rows have more or fewer cells than its header"
            if "columns are others" in str(error)
            else error
        )
        raise TableError(f"{path} is not a CSV file: {why}; give a CSV file that wcheck wrote.") from None
    if not rows:
        raise TableError(f"{path} holds a header and no rows: there is nothing to show.")
    return rows


def _cells(row: Row, shown: Sequence[str], layout: Layout) -> tuple[str, ...]:
    return tuple(cell(name, row.get(name), layout.digits) for name in shown)


def _is_setting(name: str) -> bool:
    known = find(name)
    return known is not None and known.role is Role.SETTING
