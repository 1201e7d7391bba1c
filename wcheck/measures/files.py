"""Arrays and tables from files: ``.npy``, ``.npz``, ``.csv`` and ``.parquet``; nothing is unpickled."""

from __future__ import annotations

import csv
import math
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError
from wcheck.measures.rows import Rows, check_memory, unreadable

if TYPE_CHECKING:
    import pandas as pd

WEIGHT_COLUMNS = ("weight", "weights")
"""A column of a table that is called so holds the weights, not a coordinate."""


def open_npy(path: Path) -> Rows:
    """Open an array file, memory-mapped.

    A uint8 array with four axes of which the second or the last has length 1 or 3 is images (channels first
    is tried first; channels last are brought to the front); every other array is vectors, whose axes after
    the first are flattened in C order.

    Raises
    ------
    SourceError
        If the file is damaged, truncated, or holds Python objects.
    """
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(path, error, "give a .npy file of numbers as numpy.save writes it") from error
    return _array_rows(array, None, str(path))


def open_npz(path: Path, key: str | None) -> Rows:
    """Open the array ``key`` of an archive, or without a key its ``points`` with optional ``weights``.

    The array's header is read first, so that an archive that unpacks to more than the free memory is refused.

    Raises
    ------
    SourceError
        If the archive is damaged, lacks the key, holds Python objects, or would not fit into memory.
    """
    repair = "give a .npz file of numbers as numpy.savez writes it"
    try:
        with zipfile.ZipFile(path) as archive:
            keys = [name.removesuffix(".npy") for name in archive.namelist()]
            wanted = key or "points"
            if wanted not in keys:
                raise SourceError(
                    f"{path} holds {', '.join(keys) or 'nothing'}, but not {wanted!r}: name one, {path}:KEY."
                )
            points = _member(archive, path, wanted)
            weights = _member(archive, path, "weights") if key is None and "weights" in keys else None
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise unreadable(path, error, repair) from error
    return _array_rows(points, weights, str(path))


def open_csv(path: Path) -> Rows:
    """Open a comma-separated table of float64 coordinates, one row a point.

    The first line is a header if any of its cells is not a number. A column called ``weight`` or ``weights``
    holds the weights.

    Raises
    ------
    SourceError
        If the file is not such a table; a column that is not numeric is named.
    """
    import pandas as pd

    repair = "give comma-separated numbers in UTF-8, one row a point, with or without a header"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = _header(file)
        frame = pd.read_csv(
            path,
            header=None,
            skiprows=0 if names is None else 1,
            float_precision="round_trip",
            low_memory=False,
            encoding="utf-8-sig",
        )
    except (OSError, ValueError, csv.Error) as error:
        raise unreadable(path, error, repair) from error
    if names is not None and len(names) != frame.shape[1]:
        raise SourceError(
            f"{path} has {len(names)} names in its header and {frame.shape[1]} columns below it: {repair}."
        )
    frame.columns = pd.Index(names or [str(column) for column in range(frame.shape[1])])
    return _table_rows(frame, path)


def open_parquet(path: Path) -> Rows:
    """Open a Parquet table, one row a point; an index that pandas stored in it is not a coordinate.

    A column called ``weight`` or ``weights`` holds the weights. Columns that are all float32 stay float32.

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
    frame.columns = frame.columns.map(str)
    return _table_rows(frame, path)


def _array_rows(array: NDArray[Any], weights: NDArray[Any] | None, name: str) -> Rows:
    if array.ndim == 0:
        raise SourceError(f"{name} is a single number: give an array with one row a point.")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    white = None
    if array.dtype == np.uint8 and array.ndim == 4:
        if array.shape[1] in (1, 3):
            white = 255.0
        elif array.shape[3] in (1, 3):
            array, white = np.moveaxis(array, 3, 1), 255.0
    return Rows(len(array), array.__getitem__, weights, white)


def _member(archive: zipfile.ZipFile, path: Path, key: str) -> NDArray[Any]:
    names = archive.namelist()
    info = archive.getinfo(f"{key}.npy" if f"{key}.npy" in names else key)
    with archive.open(info) as file:
        shape, dtype = _array_header(file)
        size = math.prod(shape) * dtype.itemsize
        if info.file_size - file.tell() != size:
            raise ValueError(f"{key} is damaged: its header and its size disagree")
    check_memory(size, f"{key} of {path}", "save it as .npy, which is read by block")
    with archive.open(info) as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _array_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"an array of format {version} does not hold plain numbers")
    shape, _, dtype = readers[version](file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are never unpickled")
    return shape, dtype


def _header(file: IO[str]) -> list[str] | None:
    first = [cell.strip() for cell in next(csv.reader(file), [])]
    return None if all(map(_is_number, first)) else first


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _table_rows(frame: pd.DataFrame, path: Path) -> Rows:
    _check_columns(frame, path)
    weight_columns = [name for name in frame.columns if name.strip() in WEIGHT_COLUMNS]
    if len(weight_columns) > 1:
        raise SourceError(
            f"{path} has {len(weight_columns)} columns of weights: keep one, weight or weights."
        )
    coordinates = frame.drop(columns=weight_columns)
    if coordinates.shape[1] == 0:
        raise SourceError(f"{path} has no column of coordinates: give at least one besides the weights.")
    weights = frame[weight_columns[0]].to_numpy() if weight_columns else None
    points = np.ascontiguousarray(coordinates.to_numpy())
    return Rows(len(points), points.__getitem__, weights)


def _check_columns(frame: pd.DataFrame, path: Path) -> None:
    import pandas as pd

    for position, name in enumerate(frame.columns):
        if not name.strip():
            raise SourceError(
                f"{path} has no name for column {position}, which looks like an index and not a coordinate: "
                "name it or leave it out (pandas: index=False)."
            )
        column = frame.iloc[:, position]
        if column.dtype.kind not in "iuf":
            numbers = pd.to_numeric(column, errors="coerce")
            bad = np.flatnonzero(numbers.isna().to_numpy() & column.notna().to_numpy())
            found = f"{column.iloc[bad[0]]!r} at row {bad[0]}" if len(bad) else f"type {column.dtype}"
            raise SourceError(
                f"{path} has {found} in column {name!r}: every column is numeric; leave that one out."
            )
