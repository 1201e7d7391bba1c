"""Tidy rows: collected in memory and, where a subclass says so, written one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self, TextIO

from wcheck.rows.scratch import Scratch

Row = dict[str, object]
"""One observation: column name to a number, a text, or None where there is nothing to say."""


class Table:
    """Rows of fixed columns, collected in memory; what a subclass writes, it writes row by row.

    Parameters
    ----------
    columns : sequence of str
        In order; a row may leave some out, which are then blank, but may not bring others.
    fine : collection of str
        The values of the column ``status`` that mean a row is as it should be.

    Attributes
    ----------
    rows : list of dict
        All rows so far, those of a resumed file included, as plain Python values.
    finished : int
        How many tasks are finished, counted from the first: their rows are in ``rows``.
    early : dict
        The rows of tasks that were finished before their turn, by the task's number.
    threads : int
        On how many threads each task computes: as many as when the run was begun.
    scratch : Scratch, optional
        Where unfinished tasks may keep what they need to continue; known after :meth:`begin`, where rows go to a file.
    """

    def __init__(self, columns: Sequence[str], fine: Collection[str] = ()) -> None:
        self.columns = tuple(columns)
        self.fine = frozenset(fine)
        self.rows: list[Row] = []
        self.finished = 0
        self.early: dict[int, list[Row]] = {}
        self.threads = 1
        self.scratch: Scratch | None = None

    def begin(
        self, name: str, config: Callable[[], Mapping[str, object]], tasks: int, threads: int = 1
    ) -> None:
        """Start a run of ``tasks`` tasks; ``config`` is called only where the configuration is kept."""
        self.threads = threads

    def write(self, row: Mapping[str, object]) -> None:
        """Take one row.

        Raises
        ------
        ValueError
            If the row has a column that the table lacks.
        """
        self.rows.append(self._completed(row))

    def finish_task(self) -> None:
        """Mark the rows since the last call as those of one finished task."""
        self.finished += 1

    def take(self, task: int, rows: Iterable[Mapping[str, object]]) -> None:
        """Take all rows of a finished task, in whatever order tasks finish: they stand in the order of the tasks.

        Raises
        ------
        ValueError
            As :meth:`write`.
        """
        self.early[task] = [self._completed(row) for row in rows]
        self.write_due()

    def finish(self) -> None:
        """Mark the table as complete."""

    @property
    def failed(self) -> int:
        """How many rows have a ``status`` that is not fine."""
        return sum(row["status"] not in self.fine for row in self.rows if "status" in row)

    def __enter__(self) -> Self:
        """Enter a run."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave a run, finished or not."""

    def write_due(self) -> None:
        """Write the early tasks whose turn it is."""
        while self.finished in self.early:
            for row in self.early.pop(self.finished):
                self.write(row)
            self.finish_task()

    def _completed(self, row: Mapping[str, object]) -> Row:
        """Return a row with every column, as plain Python values."""
        if unknown := row.keys() - set(self.columns):
            raise ValueError(f"the table has no column {sorted(unknown)}")
        return {column: plain(row.get(column)) for column in self.columns}

    def _lines(self, first: bool) -> str:
        """Return the newest row as CSV, after the header if it is the first."""
        newest = csv_line([self.rows[-1][column] for column in self.columns])
        return (csv_line(self.columns) if first else "") + newest


class CsvStream(Table):
    """A table written to a text stream: the header with the first row, each row flushed."""

    def __init__(self, stream: TextIO, columns: Sequence[str], fine: Collection[str] = ()) -> None:
        super().__init__(columns, fine)
        self._stream = stream

    def write(self, row: Mapping[str, object]) -> None:
        """Take one row and write it."""
        super().write(row)
        self._put(self._lines(first=len(self.rows) == 1))

    def finish(self) -> None:
        """Write the header, if no row brought it."""
        if not self.rows:
            self._put(csv_line(self.columns))

    def _put(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def csv_line(values: Sequence[object]) -> str:
    """Return one line of CSV: floats round-trip, None is blank, text is quoted where it must be."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows as CSV, under a header; a column that a row leaves out is blank."""
    lines = ([plain(row.get(column)) for column in columns] for row in rows)
    return "".join(map(csv_line, [columns, *lines]))


def parse_rows(text: str) -> Iterator[Row]:
    """Yield the rows of a CSV text: numbers as int or float, nothing as None, all else as text."""
    for fields in csv.DictReader(io.StringIO(text, newline="")):
        yield {column: _parsed(field) for column, field in fields.items()}


def checked_rows(text: str, columns: Sequence[str]) -> list[Row]:
    """Return the rows of a CSV text that must have these columns, each row all of them.

    Raises
    ------
    ValueError
        If it is another text.
    """
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if not lines or lines[0] != list(columns) or any(len(line) != len(columns) for line in lines):
        raise ValueError("its columns are others")
    return [dict(zip(columns, map(_parsed, line), strict=True)) for line in lines[1:]]


def plain(value: object) -> object:
    """Return a value as plain Python has it."""
    # A numpy number, without importing numpy; float32 is widened, so that the text is exactly its value.
    return value.item() if hasattr(value, "item") else value


def _parsed(field: str) -> object:
    for kind in (int, float):
        try:
            return kind(field)
        except ValueError:
            pass
    return field or None
