"""Data frames of pandas as points, with the same rules for columns as for tables in files."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.measures.columns import assign, check_there, is_count, stacked, told


def is_frame(values: Any) -> bool:
    """Whether values are a data frame: pandas', or one that turns into it (polars, pyarrow)."""
    return hasattr(values, "columns") and (hasattr(values, "iloc") or hasattr(values, "to_pandas"))


def open_frame(
    frame: Any, name: str, weights: str | None, columns: Collection[str] | None
) -> tuple[NDArray[Any], NDArray[Any] | None, tuple[str, ...]]:
    """Return the points of a data frame, its weights if it holds any, and the names of the coordinates.

    The index is not a coordinate. See :func:`wcheck.measures.columns.assign`.

    Raises
    ------
    ParameterError
        If the columns are not those of such a table, or one that is read is not numeric.
    """
    if not hasattr(frame, "iloc"):
        frame = frame.to_pandas()
    found = assign(
        name,
        [str(column) for column in frame.columns],
        weights=weights,
        columns=columns,
        wrong=ParameterError,
    )
    check_there([(name, found)])
    if not is_count(found.names):
        told(name, found)
    read = [_vector(frame.iloc[:, column], found.names[column], name) for column in found.read]
    held = read.pop() if found.weights is not None else None
    names = found.coordinate_names
    return stacked(name, read, names, ParameterError), held, names


def _vector(column: Any, called: str, name: str) -> NDArray[Any]:
    dtype = getattr(column.dtype, "numpy_dtype", column.dtype)
    if getattr(dtype, "kind", "O") not in "iufb":
        raise ParameterError(
            f"{name} has values of type {column.dtype} in column {called!r}: every column is a numeric coordinate; "
            "drop that one."
        )
    if not isinstance(column.dtype, np.dtype) and column.hasnans:
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.asarray(column, dtype=dtype if isinstance(dtype, np.dtype) else None)
