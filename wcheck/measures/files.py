"""Tables from files: ``.csv`` and ``.parquet``."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.rows import Rows, check_memory, rows_of, unreadable

WEIGHT_COLUMNS = ("weight", "weights")
"""A column of a table that is called so holds the weights, not a coordinate."""


def open_csv(path: Path) -> Rows:
    """Open a comma-separated table of float64 coordinates, one row a point.

    The first line is a header if any of its cells is not a number. A column called ``weight`` or ``weights``
    holds the weights.

    Raises
    ------
    SourceError
        If the file is not such a table; a cell that is not a number is named by its line and column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = _header(file)
            table = _numbers(file, path, names)
    except (OSError, ValueError, csv.Error) as error:
        raise unreadable(path, error, "give comma-separated numbers in UTF-8, one row a point") from error
    if len(table) == 0:
        return rows_of(table)
    weights, coordinates = _columns(path, names or [str(column) for column in range(table.shape[1])])
    return rows_of(table[:, coordinates], None if weights is None else table[:, weights])


def open_parquet(path: Path) -> Rows:
    """Open a Parquet table, one row a point; an index that pandas stored in it is not a coordinate.

    A column called ``weight`` or ``weights`` holds the weights. Coordinates that are all float32 stay
    float32.

    Raises
    ------
    SourceError
        If the file is damaged, would not fit into memory, or a column is not numeric.
    """
    import pyarrow as pa
    import pyarrow.parquet

    try:
        with pa.parquet.ParquetFile(path) as file:
            size = 8 * file.metadata.num_rows * file.metadata.num_columns
            check_memory(size, str(path), "save it as .npy, which is read by block")
            frame = file.read().to_pandas()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise unreadable(path, error, "give a Parquet file with one numeric column a coordinate") from error
    for name, dtype in frame.dtypes.items():
        if dtype.kind not in "iuf":
            raise SourceError(
                f"{path} has values of type {dtype} in column {str(name)!r}: every column is a numeric "
                "coordinate; leave that one out."
            )
    weights, coordinates = _columns(path, [str(name) for name in frame.columns])
    points = np.ascontiguousarray(frame.iloc[:, coordinates].to_numpy())
    return rows_of(points, None if weights is None else frame.iloc[:, weights].to_numpy())


def _header(file: IO[str]) -> list[str] | None:
    first = [cell.strip() for cell in next(csv.reader(file), [])]
    return None if all(map(_is_number, first)) else first


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(file: IO[str], path: Path, names: list[str] | None) -> NDArray[np.float64]:
    file.seek(0)
    first = 0 if names is None else 1
    try:
        with warnings.catch_warnings():
            # A table without rows is told by its shape.
            warnings.simplefilter("ignore", UserWarning)
            table = np.loadtxt(file, delimiter=",", comments=None, quotechar='"', skiprows=first, ndmin=2)
    except ValueError:
        file.seek(0)
        _check_cells(file, path, names)
        raise
    if names is not None and len(table) and len(names) != table.shape[1]:
        raise SourceError(
            f"{path} has {len(names)} names in its header and {table.shape[1]} columns: name every column."
        )
    return table


def _check_cells(file: IO[str], path: Path, names: list[str] | None) -> None:
    """Raise the error that says which cell is to blame, if one is."""
    reader = csv.reader(file)
    width = 0
    for row in reader:
        if not row or (names is not None and reader.line_num == 1):
            continue
        width = width or len(row)
        if len(row) != width:
            raise SourceError(
                f"{path} has {len(row)} cells in line {reader.line_num} and {width} before: "
                "give every row the same number."
            )
        for column, cell in enumerate(row):
            if not _is_number(cell):
                name = names[column] if names and column < len(names) else str(column)
                raise SourceError(
                    f"{path} has {cell!r} in line {reader.line_num} of column {name!r}: every column is "
                    "a numeric coordinate; repair the cell, or leave the column out."
                )


def _columns(path: Path, names: list[str]) -> tuple[int | None, list[int]]:
    """Return which column holds the weights, if any, and which the coordinates."""
    if not all(name.strip() for name in names):
        raise SourceError(
            f"{path} has no name for one of its columns, which looks like an index and not a coordinate: "
            "name it or leave it out (pandas: index=False)."
        )
    weights = [column for column, name in enumerate(names) if name in WEIGHT_COLUMNS]
    coordinates = [column for column, name in enumerate(names) if name not in WEIGHT_COLUMNS]
    if len(weights) > 1:
        raise SourceError(f"{path} has {len(weights)} columns of weights: keep one, weight or weights.")
    if not coordinates:
        raise SourceError(f"{path} has no column of coordinates: give at least one besides the weights.")
    return (weights[0] if weights else None), coordinates
