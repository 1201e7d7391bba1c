"""Tables from Parquet files: a numeric column a coordinate, or one column of vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError, WcheckError, counted
from wcheck.measures.columns import assign, stacked, told
from wcheck.measures.preprocessing import Preprocessing
from wcheck.measures.rows import Rows, check_memory, rows_of, unreadable


def open_parquet(path: Path, options: Preprocessing) -> Rows:
    """Open a Parquet table, one row per point; an index that pandas stored in it is not a coordinate.

    A column of lists of d numbers each is n points of d coordinates; it is then the only coordinate. Of all columns the
    common type is taken, so that coordinates that are all float32 stay float32. See
    :func:`wcheck.measures.columns.assign` for what the columns hold.

    Raises
    ------
    SourceError
        If the file is damaged, would not fit into memory, or a column that is read is not numeric.
    ParameterError
        If an option names a column that is not there.
    """
    import pyarrow as pa
    import pyarrow.parquet

    try:
        with pa.parquet.ParquetFile(path) as file:
            index = (file.schema_arrow.pandas_metadata or {}).get("index_columns", ())
            asked = {
                options.by,
                options.weights,
                *(options.columns or ()),
            }  # of an index only what is asked for
            names = [name for name in file.schema_arrow.names if name not in index or name in asked]
            if len(set(names)) < len(names):
                raise SourceError(f"{path} has several columns of one name: give each its own.")
            columns = assign(
                str(path),
                names,
                weights=options.weights,
                columns=options.columns,
                drop=options.drop,
                by=options.by,
            )
            wanted = [names[column] for column in columns.read]
            for name in wanted:
                _check_type(str(path), name, file.schema_arrow.field(name).type)
            check_memory(8 * _values(file, wanted), str(path), "save it as .npy, which is read in blocks")
            table = file.read(columns=wanted)
            labels = None if columns.group is None else _labels(file, str(path), names[columns.group])
    except WcheckError:  # a ParameterError is a ValueError, too
        raise
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise unreadable(path, error, "give a Parquet file with one numeric column per coordinate") from error
    coordinates = [names[column] for column in columns.coordinates]
    lists = [name for name in coordinates if _element(table.schema.field(name).type) is not None]
    weights = None if columns.weights is None else _vector(table.column(names[columns.weights]))
    if not lists:
        points = stacked(str(path), [_vector(table.column(name)) for name in coordinates], coordinates)
        told(str(path), columns)
        return rows_of(points, weights, labels=labels, table=columns)
    if len(coordinates) > 1:
        raise SourceError(
            f"{path} has vectors in column {lists[0]!r} and {len(coordinates) - 1} other columns of coordinates: "
            f"choose one of the two (--columns {lists[0]})."
        )
    told(str(path), columns)
    points = _vectors(str(path), lists[0], table.column(lists[0]))
    return rows_of(points, weights, labels=labels, table=replace(columns, named=False))


def _labels(file: Any, path: str, name: str) -> Callable[[], NDArray[np.str_]]:
    """Return what returns the group of each row, as text."""
    import pyarrow as pa

    column = file.read(columns=[name]).column(name)
    if column.null_count:
        raise SourceError(
            f"{path} has no group in {counted(column.null_count, 'row')} of column {name!r}: name it, or leave "
            "the rows out."
        )
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        texts = column.cast(pa.string()).to_pylist()
    except pa.ArrowException as error:
        raise SourceError(
            f"{path} has values of type {column.type} in column {name!r}: groups are named by texts or numbers."
        ) from error
    return lambda: np.array(texts)


def _check_type(path: str, name: str, kind: Any) -> None:
    import pyarrow as pa

    element = _element(kind) or kind
    if not (pa.types.is_integer(element) or pa.types.is_floating(element) or pa.types.is_boolean(kind)):
        raise SourceError(
            f"{path} has values of type {kind} in column {name!r}: every column is a numeric coordinate, or a list of "
            f"d of them; leave that one out (--drop {name})."
        )


def _element(kind: Any) -> Any:
    """Return what a list holds, or None for what is not a list."""
    import pyarrow as pa

    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return kind.value_type if any(is_kind(kind) for is_kind in lists) else None


def _values(file: Any, names: Sequence[str]) -> int:
    """Count the numbers in some columns, from the file's footer; a list's column is ``name.list.element`` there."""
    groups = (file.metadata.row_group(index) for index in range(file.metadata.num_row_groups))
    leaves = (group.column(index) for group in groups for index in range(group.num_columns))
    return sum(leaf.num_values for leaf in leaves if leaf.path_in_schema.split(".list.")[0] in names)


def _vector(column: Any) -> NDArray[Any]:
    """Return a column of numbers; a missing one is nan, which no measure takes."""
    import pyarrow as pa

    values: NDArray[Any] = (
        column.cast(pa.float64()) if pa.types.is_boolean(column.type) else column
    ).to_numpy()
    return values


def _vectors(path: str, name: str, column: Any) -> NDArray[Any]:
    """Return a column of lists as an array ``(n, d)``."""
    import pyarrow.compute as pc

    lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0))
    other = np.flatnonzero(lengths != lengths[0]) if len(lengths) else lengths
    if column.null_count or len(other):
        row = int(np.flatnonzero(np.asarray(pc.is_null(column)))[0]) if column.null_count else int(other[0])
        raise SourceError(
            f"{path} has {counted(lengths[row], 'number')} in row {row} of column {name!r} and {lengths[0]} in row 0: "
            "every point has the same number of coordinates; repair the row."
        )
    return _vector(pc.list_flatten(column)).reshape(len(lengths), -1 if len(lengths) else 0)
