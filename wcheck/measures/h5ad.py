"""Cells of ``.h5ad`` files, the format of AnnData: dense or sparse matrices, and the rows of one category."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SourceError, counted
from wcheck.measures.hdf5 import attribute, check_chunks, dataset, has, member, opened, read
from wcheck.measures.rows import Rows, Selection, check_memory

if TYPE_CHECKING:
    import h5py

ENTRIES = 1 << 22
"""How many entries of a sparse matrix are read at a time."""


def open_h5ad(path: Path, key: str | None = None, where: Sequence[str] = ()) -> Rows:
    """Open an array with one row per cell: ``X``, ``obsm/X_pca``, ``layers/counts``, ``obs/n_genes``.

    Sparse matrices are stored by row (CSR) and become dense when they are read, only the rows that are wanted.

    Parameters
    ----------
    path : Path
        The file.
    key : str, optional
        ``PLACE[,COLUMN=VALUE]...``: where in the file the array lies, ``X`` if left out, and conditions as below.
    where : sequence of str
        ``COLUMN=VALUE``: the rows are those whose column of ``obs``, which is categorical, of integers or of truth
        values, has that value; of several conditions all hold.

    Raises
    ------
    SourceError
        If the file is damaged or keeps its data elsewhere, there is no such array or column, or no such row.
    """
    place, *conditions = re.split(r",(?=[^,=]+=)", key or "X")
    if "=" in place:
        place, conditions = "X", [place, *conditions]
    conditions += where
    with opened(path) as file:
        matrix = member(file, place)
        n = _shape(matrix)[0]
        kept = np.flatnonzero(_where(file, conditions, n)) if conditions else None
    return Rows(n if kept is None else len(kept), partial(_read, path, place, kept))


def _read(path: Path, place: str, kept: NDArray[np.intp] | None, wanted: Selection) -> NDArray[Any]:
    rows = wanted if kept is None else kept[wanted]
    with opened(path) as file:
        matrix = member(file, place)
        return _read_sparse(matrix, rows) if _is_group(matrix) else read(dataset(matrix), rows)


def _is_group(found: h5py.Group | h5py.Dataset) -> bool:
    import h5py

    return isinstance(found, h5py.Group)


def _shape(matrix: h5py.Group | h5py.Dataset) -> tuple[int, ...]:
    """Return the shape of an array or of a matrix that is compressed by row."""
    where = f"{matrix.name} of {matrix.file.filename}"
    if not _is_group(matrix):
        shape: tuple[int, ...] = dataset(matrix).shape
        if not shape:
            raise SourceError(f"{where} is a single number: name an array with one row per cell.")
        if attribute(matrix, "categories") is not None:  # anndata 0.7
            raise SourceError(f"{where} is categorical: its codes are not coordinates; name another array.")
        return shape
    # h5sparse_format and h5sparse_shape are what anndata wrote before 0.7.
    kind = attribute(matrix, "encoding-type") or f"{attribute(matrix, 'h5sparse_format') or 'unknown'}_matrix"
    if kind != "csr_matrix":
        raise SourceError(
            f"{where} is of the kind {str(kind).removesuffix('_matrix')}: give an array or a matrix that is compressed "
            "by row (adata.X = scipy.sparse.csr_matrix(adata.X))."
        )
    given = attribute(matrix, "shape")
    rows, columns = map(int, attribute(matrix, "h5sparse_shape") if given is None else given)
    if rows < 0 or columns < 0 or dataset(member(matrix, "indptr")).shape != (rows + 1,):
        raise ValueError(f"{matrix.name} claims {rows} rows of {columns}, and its indptr disagrees")
    return rows, columns


def _read_sparse(matrix: h5py.Group, rows: Selection) -> NDArray[Any]:
    """Read rows of a matrix that is compressed by row, as a dense array; entries that occur twice are added."""
    from scipy.sparse import csr_array

    columns = _shape(matrix)[1]
    values, indices = dataset(member(matrix, "data")), dataset(member(matrix, "indices"))
    first, last = (rows.start, rows.stop) if isinstance(rows, slice) else (int(rows[0]), int(rows[-1]) + 1)
    count = last - first if isinstance(rows, slice) else len(rows)
    dtype = np.result_type(values.dtype, np.float32) if values.dtype.kind == "f" else values.dtype
    check_memory(
        count * columns * dtype.itemsize,
        f"{matrix.name} of {matrix.file.filename} with {count} rows of {columns} as a dense array",
        "take another array, such as obsm/X_pca, a slice or --subset",
    )
    starts = read(dataset(member(matrix, "indptr")), slice(first, last + 1)).astype(np.int64)
    if (np.diff(starts, prepend=0) < 0).any() or not starts[-1] <= len(values) == len(indices):
        raise ValueError(f"the indptr of {matrix.name} points to entries that are not there")
    if indices.dtype.kind not in "iu" or values.ndim != 1:
        raise ValueError(f"{matrix.name} is not a sparse matrix: its indices are {indices.dtype}")
    index = np.arange(first, last) if isinstance(rows, slice) else rows
    dense = np.zeros((count, columns), dtype.newbyteorder("="))
    start = first
    while start < last:
        full = np.searchsorted(starts, starts[start - first] + ENTRIES, "right") - 1 + first
        stop = int(min(max(full, start + 1), last))
        entries = slice(int(starts[start - first]), int(starts[stop - first]))
        low, high = np.searchsorted(index, (start, stop))
        if entries.start < entries.stop and low < high:
            part = csr_array(
                (
                    read(values, entries).astype(dense.dtype, copy=False),
                    read(indices, entries),
                    starts[start - first : stop - first + 1] - entries.start,
                ),
                shape=(stop - start, columns),
            )
            part.check_format(full_check=True)  # indices within the columns: toarray does not look
            part[index[low:high] - start].toarray(out=dense[low:high])
        start = stop
    return dense


def _where(file: h5py.File, conditions: Sequence[str], n: int) -> NDArray[np.bool_]:
    """Return which of the n rows hold all conditions."""
    found = [_holds(file, *_condition(file.filename, condition)) for condition in conditions]
    for column in found:
        if len(column) != n:
            raise SourceError(
                f"{file.filename} has {counted(len(column), 'row')} in obs and {n} in the array: conditions "
                "need an array with one row per cell."
            )
    kept: NDArray[np.bool_] = np.logical_and.reduce(found)
    if not kept.any():
        raise SourceError(
            f"{file.filename} has no row with {' and '.join(conditions)}: ask for fewer conditions."
        )
    return kept


def _condition(path: str, text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not (column and equals):
        raise SourceError(
            f"{path} was asked for rows where {text!r}: write COLUMN=VALUE, such as cell_type=B."
        )
    return column, value


def _holds(file: h5py.File, column: str, value: str) -> NDArray[np.bool_]:
    """Return which rows of ``obs`` have a value in a column."""
    obs = member(file, "obs")
    if not _is_group(obs):
        raise SourceError(
            f"{file.filename} was written by anndata before 0.7: read it and write it again with a newer version."
        )
    codes = member(obs, column)
    if _is_group(codes):
        codes, categories = member(codes, "codes"), member(codes, "categories")
    elif has(obs, "__categories") and has(member(obs, "__categories"), column):  # anndata 0.7
        categories = member(obs, f"__categories/{column}")
    else:
        return _equals(dataset(codes), value)
    names, wanted = _texts(dataset(categories)), -1
    for index, name in enumerate(names):
        if name == value:
            wanted = index
            break
    if wanted < 0:
        known = ", ".join(repr(name) for name, _ in zip(_texts(dataset(categories)), range(20), strict=False))
        raise SourceError(
            f"{file.filename} has no {column}={value}: the values of {column} are {known}; name one of them."
        )
    return np.asarray(_whole(dataset(codes)) == wanted)


def _equals(column: h5py.Dataset, value: str) -> NDArray[np.bool_]:
    """Compare a column of integers or truth values; a code without its categories is not a value."""
    if column.dtype.kind not in "iub" or attribute(column, "categories") is not None:
        raise SourceError(
            f"{column.name} of {column.file.filename} holds neither categories, nor integers, nor truth values: make "
            "it categorical (adata.obs[...] = adata.obs[...].astype('category'))."
        )
    named = {"True": True, "False": False} if column.dtype.kind == "b" else None
    try:
        wanted = named[value] if named else int(value)
    except (KeyError, ValueError) as error:
        raise SourceError(
            f"{value!r} is not a value of {column.name} of {column.file.filename}: give "
            f"{'True or False' if named else 'an integer'}."
        ) from error
    return np.asarray(_whole(column) == wanted)


def _whole(column: h5py.Dataset) -> NDArray[Any]:
    if len(column.shape) != 1:
        raise ValueError(f"{column.name} has the shape {column.shape}, where a column is wanted")
    return read(column, slice(0, len(column)))


def _texts(categories: h5py.Dataset) -> Iterator[str]:
    """Yield the categories as text, one by one: many of them may be the same long one in the file."""
    import h5py

    if len(categories.shape) != 1:
        raise ValueError(f"{categories.name} has the shape {categories.shape}, where names are wanted")
    check_chunks(categories, 0, len(categories))
    strings = h5py.check_string_dtype(categories.dtype)
    if strings is None and categories.dtype.kind not in "fiub":
        raise ValueError(f"{categories.name} holds {categories.dtype} instead of names")
    check_memory(categories.dtype.itemsize, categories.name, "repair it")
    for index in range(len(categories)):
        yield str(categories.asstr()[index] if strings else categories[index].item())
