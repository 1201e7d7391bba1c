"""Someone's plan: a matrix, a sparse one, or an index vector, read by parts and never trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.errors import ParameterError, counted, there_are
from wcheck.measures.arraylike import as_array
from wcheck.threads import spans

PART = 1 << 21
"""Entries that are held at a time."""
MOST_OFF = 0.5
"""The most by which a plan's total may be off from 1: beyond it, it is one of other measures."""

Part = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Rows, columns and masses of some entries."""


@dataclass(frozen=True, slots=True)
class GivenPlan:
    """A plan between the n and m points that carry weight, checked to be of numbers.

    Attributes
    ----------
    form : str
        What it was given as, for people.
    shape : tuple of int
        (n, m).
    parts : callable
        Returns the entries of positive mass by parts, as often as it is called.
    entries : int
        How many these are.
    total : float
        Their mass.
    negative : float
        Negative mass, which was left out.
    astray : float
        Mass at points without weight, which was left out.
    forbidden : float
        Mass on pairs that are forbidden, which was left out.
    """

    form: str
    shape: tuple[int, int]
    parts: Callable[[], Iterator[Part]]
    entries: int
    total: float
    negative: float
    astray: float
    forbidden: float = 0.0

    def told(self) -> str:
        """Say how it was given, and what of it was left out."""
        out = (
            (self.negative, "negative mass"),
            (self.astray, "mass at points without weight"),
            (self.forbidden, "mass on forbidden pairs"),
        )
        parts = [f"{amount:.3g} of {what}" for amount, what in out if amount > 0.0]
        return f"{self.form}, without {' and '.join(parts)}" if parts else self.form


def read_plan(
    plan: Any,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    shape: tuple[int, int],
    a: NDArray[np.float64],
) -> GivenPlan:
    """Read a plan.

    Parameters
    ----------
    plan : array, tensor or sparse matrix (n, m); integers (n,); tuple (rows, columns) or (rows, columns, masses)
        The masses of all pairs; the column that each row goes to with all its mass; or pairs, as SciPy returns them
        and with masses of their own.
    rows, columns : ndarray of int64
        The points that carry weight, of all n and m.
    shape : tuple of int
        All n and m.
    a : ndarray
        The weights of the rows that carry weight.

    Raises
    ------
    ParameterError
        If it is none of these, does not fit, holds NaN or infinite mass, or has another total than 1 by far.
    """
    form, parts = _opened(plan, shape, dict(zip(rows.tolist(), a.tolist(), strict=True)))
    whole = (len(rows), len(columns)) == shape
    to_row, to_column = (_places(index, size) for index, size in zip((rows, columns), shape, strict=True))

    def positive() -> Iterator[Part]:
        for i, j, mass in parts():
            keep = mass > 0.0
            if not whole:
                keep &= (to_row[i] >= 0) & (to_column[j] >= 0)
            i, j, mass = i[keep], j[keep], mass[keep]
            yield (i, j, mass) if whole else (to_row[i], to_column[j], mass)

    entries, total, negative, astray = 0, 0.0, 0.0, 0.0
    for i, j, mass in parts():
        bad = np.flatnonzero(~np.isfinite(mass))
        if len(bad):
            raise ParameterError(
                f"the plan holds {mass[bad[0]]} at row {i[bad[0]]}, column {j[bad[0]]}: masses are finite; repair it."
            )
        negative -= float(mass[mass < 0.0].sum())
        kept = mass > 0.0
        if not whole:
            lost = kept & ((to_row[i] < 0) | (to_column[j] < 0))
            astray += float(mass[lost].sum())
            kept &= ~lost
        entries, total = entries + int(kept.sum()), total + float(mass[kept].sum())
    if abs(total - 1.0) > MOST_OFF:
        raise ParameterError(
            f"the plan has a total mass of {total:.6g}, but the measures have total mass 1: divide the plan by "
            "its total, or give the weights that it was made for."
        )
    return GivenPlan(form, (len(rows), len(columns)), positive, entries, total, negative, astray)


def _opened(
    plan: Any, shape: tuple[int, int], weight: dict[int, float]
) -> tuple[str, Callable[[], Iterator[Part]]]:
    """Return what a plan is given as, and what reads all its entries by parts."""
    if scipy.sparse.issparse(plan):
        sparse: Any = scipy.sparse.coo_array(plan)  # type: ignore[call-overload]
        _check_shape(sparse.shape, shape)
        return "a sparse matrix", _of_pairs(sparse.row, sparse.col, sparse.data, shape)
    if isinstance(plan, tuple):
        if len(plan) not in (2, 3):
            raise ParameterError(
                f"the plan is a tuple of {len(plan)}: give (rows, columns) or (rows, columns, masses)."
            )
        rows, columns, *mass = (as_array(part, "the plan") for part in plan)
        if len({part.shape for part in (rows, columns, *mass)}) > 1 or rows.ndim != 1:
            raise ParameterError(
                "the plan has rows, columns and masses that are not vectors of one length: give three of one length."
            )
        rows = _indices(rows, shape[0], "row")
        masses = mass[0] if mass else np.array([weight.get(int(row), 0.0) for row in rows])
        form = "pairs with masses" if mass else "pairs, each with all the mass of its row"
        return form, _of_pairs(rows, _indices(columns, shape[1], "column"), _numbers(masses), shape)
    array = plan if isinstance(plan, np.memmap) else as_array(_dense(plan), "the plan")
    if array.ndim == 1:
        if len(array) != shape[0]:
            raise ParameterError(
                f"the permutation has {counted(len(array), 'entry', 'entries')}, but "
                f"{there_are(shape[0], 'source point')}: give one column for each of them."
            )
        rows, columns = np.arange(shape[0]), _indices(array, shape[1], "column")
        masses = np.array([weight.get(row, 0.0) for row in range(shape[0])])
        return "an index vector with the column that receives all the mass of each row", _of_pairs(
            rows, columns, masses, shape
        )
    _check_shape(array.shape, shape)
    numbers = _numbers(array)

    def by_rows() -> Iterator[Part]:
        for some in spans(shape[0], max(1, PART // shape[1])):
            block = np.asarray(numbers[some], np.float64)
            i, j = np.nonzero(block)
            yield i + some.start, j, block[i, j]

    return "a dense matrix", by_rows


def _dense(plan: Any) -> Any:
    """Return a sparse tensor of torch as a dense one; the rest as it is."""
    return plan.to_dense() if hasattr(plan, "layout") and "sparse" in str(plan.layout) else plan


def _of_pairs(
    rows: NDArray[Any], columns: NDArray[Any], mass: NDArray[Any], shape: tuple[int, int]
) -> Callable[[], Iterator[Part]]:
    keys = rows.astype(np.int64) * shape[1] + columns
    order = np.argsort(keys, kind="stable")

    def parts() -> Iterator[Part]:
        for some in spans(len(order), PART):
            own = order[some]
            yield rows[own].astype(np.int64), columns[own].astype(np.int64), mass[own].astype(np.float64)

    return parts


def _check_shape(given: tuple[int, ...], shape: tuple[int, int]) -> None:
    if tuple(given) != shape:
        raise ParameterError(
            f"the plan has shape {tuple(given)}, but there are {shape[0]} source and {shape[1]} target points: give a "
            "plan of that shape."
        )


def _indices(index: NDArray[Any], size: int, what: str) -> NDArray[np.int64]:
    if index.dtype.kind not in "iu":
        raise ParameterError(
            f"the plan has {what} numbers of dtype {index.dtype}: give integers, counted from 0."
        )
    if len(index) and not 0 <= int(index.min()) <= int(index.max()) < size:
        wrong = int(index.min()) if index.min() < 0 else int(index.max())
        raise ParameterError(f"the plan names {what} {wrong}: there are {size}, counted from 0.")
    return index.astype(np.int64)


def _numbers(mass: NDArray[Any]) -> NDArray[Any]:
    if mass.dtype.kind not in "fiub":
        raise ParameterError(
            f"the plan has masses of dtype {mass.dtype}: masses are real numbers; give floats."
        )
    return mass


def _places(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return where each of all points stands among those that carry weight; -1 where it does not."""
    places = np.full(size, -1)
    places[index] = np.arange(len(index))
    return places
