"""Tables of text, ``.csv`` and ``.tsv``, also compressed by gzip: cells between separators, one row per point."""

from __future__ import annotations

import csv
import gzip
import re
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError, WcheckError, counted
from wcheck.measures.columns import WEIGHTS, Columns, assign, is_count, told
from wcheck.measures.preprocessing import SEPARATORS, Preprocessing
from wcheck.measures.rows import Rows, check_memory, rows_of, unreadable
from wcheck.progress import remark

BLOCK = 1 << 20
"""Characters that are looked at together before anything is kept."""
LONGEST_LINE = 1 << 26
"""Characters that a line may have."""
BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
DAMAGED = re.compile(
    r"[-+−]?(0x[\da-f.]+(p[-+]?\d+)?|[\d.,'_\s]*\d[\d.,'_\s]*([ed][-+]?\d+)?%?)"  # hex, 1,5, 1_000, 1d3, 5 %
    r"|#?n/?a|<na>|null|none|[-?.]",  # what stands for a missing value
    re.IGNORECASE,
)
"""A cell that is not a number and may yet be meant as one."""


def open_delimited(path: Path, options: Preprocessing) -> Rows:
    """Open a table of text; coordinates are read as float64, correctly rounded.

    Encoded in UTF-8, or as its byte order mark says in UTF-16 or UTF-32. The file is looked through once before
    anything is kept, so that what unpacks to more than the free memory is refused.

    The first line is a header if its cells are names, or if it is exactly 0, 1, ..., d - 1, as pandas writes for
    columns without names. Where it may be either, ``options.header`` must say. See
    :func:`wcheck.measures.columns.assign` for what the columns hold.

    Raises
    ------
    SourceError
        If the file is not such a table; a cell that is not a number is named by its line and column.
    ParameterError
        If an option names a column that is not there.
    """
    try:
        return _Table(path, options).rows()
    except WcheckError:  # a ParameterError is a ValueError, too
        raise
    except (OSError, EOFError, ValueError, csv.Error, zlib.error) as error:
        raise unreadable(
            path, error, "give numbers between separators, in UTF-8, one row per point"
        ) from error


class _Table:
    def __init__(self, path: Path, options: Preprocessing) -> None:
        self.path, self.options = path, options
        suffix = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
        default = "\t" if suffix.lower() == ".tsv" else ","
        self.separator = SEPARATORS[options.separator] if options.separator else default
        self.doubtful = False
        self.hint = ""
        self.groups: list[str] = []

    def rows(self) -> Rows:
        with _text(self.path) as file:
            self._check_size(file)
        with _text(self.path) as file:
            reader = csv.reader(self._lines(file), delimiter=self.separator, strict=True)
            first = next(filter(None, reader), [])
            self.hint = self._other_separator(first)
            names = self._header([cell.strip() for cell in first])
            columns = assign(
                str(self.path),
                names or list(map(str, range(len(first)))) or ["0"],
                weights=self.options.weights,
                columns=self.options.columns,
                drop=self.options.drop,
                by=self.options.by,
            )
            table = self._numbers(reader, columns, None if names else first)
        columns = replace(columns, named=names is not None)
        told(str(self.path), columns)
        k = len(columns.coordinates)
        return rows_of(
            table[:, :k] if columns.weights is not None else table,
            None if columns.weights is None else table[:, k],
            labels=None if columns.group is None else lambda: np.array(self.groups),
            table=columns,
        )

    def _lines(self, file: TextIO) -> Iterator[str]:
        """Yield the lines; Python takes 1_000 and other scripts' digits for numbers, so those are looked at closely."""
        for line in file:
            self.doubtful |= "_" in line or not line.isascii()
            yield line

    def _check_size(self, file: TextIO) -> None:
        cells = length = 0
        while block := file.read(BLOCK):
            if "\0" in block:
                raise ValueError("it contains NUL characters, so it is not text")
            ends = max(block.count("\n"), block.count("\r"))
            cells += block.count(self.separator) + ends
            length = 0 if ends else length + len(block)
            if length > LONGEST_LINE:
                raise ValueError(f"it has a line of more than {LONGEST_LINE:,} characters")
            check_memory(8 * cells, str(self.path), "save it as .npy, which is read in blocks")

    def _header(self, first: Sequence[str]) -> list[str] | None:
        """Return the names of the columns, or None where the first line is a point."""
        header = self.options.header
        if header is None and first and is_count(first):
            remark(f"{self.path}: the first line, 0 to {len(first) - 1}, is a header (--no-header: a point).")
            header = True
        numbers = [cell for cell in first if self._is_number(cell)]
        if header is not None or len(numbers) == len(first):
            return list(first) if header else None
        other = [cell for cell in first if not self._is_number(cell)]
        names = [cell for cell in other if cell and not DAMAGED.fullmatch(cell)]
        if names and (is_count(numbers) or any(name.casefold() in WEIGHTS for name in names)):
            return list(first)
        if not first[0] and is_count(first[1:]):
            return list(first)  # as pandas writes an index beside columns without names
        raise SourceError(
            f"{self.path} has {other[0]!r} in line 1, which may be a header or a damaged point: repair the cell, or "
            f"say which it is (--header, --no-header).{self.hint}"
        )

    def _numbers(self, reader: Any, columns: Columns, first: Sequence[str] | None) -> NDArray[np.float64]:
        width, wanted = len(columns.names), columns.read
        pick: Callable[[Sequence[str]], Sequence[str]] = (
            itemgetter(*wanted) if len(wanted) > 1 else lambda cells: (cells[wanted[0]],)
        )
        convert = self._comma if self.options.decimal_comma else float
        values = array("d")
        rows, counting = 0, first is not None and self._may_be_index(columns)
        for cells in _chain(first, reader):
            if len(cells) != width:
                self._refuse_width(reader, cells, width, first is None and not rows)
            try:
                if self.doubtful:
                    any(map(_refuse_odd, pick(cells)))
                values.extend(map(convert, pick(cells)))
            except ValueError:
                self._refuse_cell(reader, cells, columns)
            if columns.group is not None:
                self.groups.append(self._group(reader, cells[columns.group], by=columns.names[columns.group]))
            self.doubtful = False
            counting = counting and cells[0].strip() == str(rows)
            rows += 1
        if counting and rows > 2:
            raise SourceError(
                f"{self.path} counts its rows in its first column, which has no name and looks like an index and not a "
                "coordinate: leave it out (--drop 0), or list it (--columns 0,1,...)."
            )
        return np.frombuffer(values).reshape(-1, len(wanted))

    def _group(self, reader: Any, cell: str, by: str) -> str:
        """Return the name of a group, which is kept once however often it occurs."""
        if not cell.strip():
            raise SourceError(
                f"{self.path} has no group in line {reader.line_num} of column {by!r}: name it, or leave the row out."
            )
        return sys.intern(cell.strip())

    def _may_be_index(self, columns: Columns) -> bool:
        return columns.coordinates[0] == 0 and len(columns.coordinates) > 1 and self.options.columns is None

    def _refuse_width(self, reader: Any, cells: Sequence[str], width: int, after_header: bool) -> None:
        if after_header:
            raise SourceError(
                f"{self.path} has {counted(width, 'name')} in its header and {counted(len(cells), 'column')}: "
                f"name every column.{self.hint}"
            )
        raise SourceError(
            f"{self.path} has {counted(len(cells), 'cell')} in line {reader.line_num} and {width} before: "
            f"give every row the same number.{self.hint}"
        )

    def _refuse_cell(self, reader: Any, cells: Sequence[str], columns: Columns) -> None:
        column = next(column for column in columns.read if not self._is_number(cells[column]))
        cell, name = cells[column], columns.names[column]
        comma = (
            " (--decimal-comma reads 1,5 as a number)"
            if "," in cell and len(columns.names) > 1 and not self.options.decimal_comma
            else ""
        )
        raise SourceError(
            f"{self.path} has {cell!r} in line {reader.line_num} of column {name!r}: every column is a numeric "
            f"coordinate; repair the cell{comma}, or leave the column out (--drop {name}).{self.hint}"
        )

    def _other_separator(self, first: Sequence[str]) -> str:
        """Say how another separator is named, where the first line holds one and only it."""
        default = self.options.separator is None and self.separator == ","
        for name, separator in SEPARATORS.items():
            if default and name != "," and any(separator in cell for cell in first):
                both = "" if self.options.decimal_comma else ", and --decimal-comma reads 1,5 as a number"
                return f" Its first line holds {name!r}: --separator {name!r} separates cells by it{both}."
            if self.options.separator is not None and len(first) == 1 and separator in first[0]:
                return (
                    f" Its first line holds {name!r}, and --separator {self.options.separator!r} is meant for all "
                    "tables: save them with one separator."
                )
        return ""

    def _is_number(self, cell: str) -> bool:
        try:
            _refuse_odd(cell)
            (self._comma if self.options.decimal_comma else float)(cell)
        except ValueError:
            return False
        return True

    @staticmethod
    def _comma(cell: str) -> float:
        if "." in cell:
            raise ValueError(cell)
        return float(cell.replace(",", "."))


def _text(path: Path) -> TextIO:
    """Open a file as text, by its suffix and its byte order mark."""
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    with opened(path, "rb") as file:
        head = file.read(4)
    encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if head.startswith(mark)), "utf-8-sig")
    return cast("TextIO", opened(path, "rt", encoding=encoding, newline=""))


def _chain(first: Sequence[str] | None, reader: Iterator[list[str]]) -> Iterator[Sequence[str]]:
    if first:
        yield first
    yield from filter(None, reader)


def _refuse_odd(cell: str) -> None:
    if "_" in cell or not cell.isascii():
        raise ValueError(cell)
