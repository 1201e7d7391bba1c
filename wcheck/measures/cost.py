"""A cost matrix: checked once, read by block, never copied whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError
from wcheck.kernels import compiled
from wcheck.measures.arraylike import as_array
from wcheck.measures.arrays import mapped_npy, mapped_npz
from wcheck.threads import over_spans, spans

BLOCK_BYTES = 1 << 22
"""Bytes of a matrix that a pass holds at a time, where its numbers must be converted: what a cache holds ..."""
VIEW_BYTES = 1 << 28
"""... and bytes that it looks at between two looks at the clock, where they need not."""
DEFAULT_KEY = "cost"
"""The array of an archive that is taken where none is named."""
EXACT = 2.0**53
"""Integers up to this are numbers of float64."""


@dataclass(frozen=True, slots=True, eq=False)
class CostMatrix:
    """The cost of every pair of a row and a column; ``inf`` forbids a pair.

    Use :meth:`of` or :func:`read_cost` to make one; the constructor does not check.

    Attributes
    ----------
    costs : ndarray, shape (n, m)
        As given: float32, float64 or integers of any size, in any order of memory, memory-mapped if it was.
    name : str
        How the matrix is called in tables and errors: its file.
    least : ndarray, shape (n,), float64
        The least cost of each row; ``inf`` where all its pairs are forbidden.
    largest : float
        The largest ``|cost|`` other than ``inf``.
    forbids : bool
        Whether some pair is forbidden.
    rows, columns : ndarray of int64, optional
        Which of the rows and columns of ``costs`` the matrix has, ascending; all if left out.
    """

    costs: NDArray[Any]
    name: str
    least: NDArray[np.float64]
    largest: float
    forbids: bool
    rows: NDArray[np.int64] | None = None
    columns: NDArray[np.int64] | None = None

    @staticmethod
    def of(costs: Any, name: str = "the cost matrix") -> CostMatrix:
        """Check a matrix.

        Parameters
        ----------
        costs : array, tensor, nested sequence or CostMatrix, shape (n, m)
            Real numbers of either sign, or ``inf``; float16 becomes float32. Arrays are not copied.
        name : str
            How it is called in errors.

        Raises
        ------
        ParameterError
            If it is not a matrix of real numbers, is empty, or holds NaN or ``-inf``.
        """
        if isinstance(costs, CostMatrix):
            return costs
        array = costs if isinstance(costs, np.memmap) else as_array(costs, name)
        if (array.dtype.kind == "f" and array.dtype.itemsize > 8) or array.dtype.kind not in "fiub":
            raise ParameterError(
                f"{name} has dtype {array.dtype}: costs are real numbers; give float32, float64 or integers."
            )
        if array.ndim != 2 or 0 in array.shape:
            raise ParameterError(
                f"{name} has shape {array.shape}: a cost matrix has a row for each source and a column for each "
                "target; give an array (n, m) that is not empty."
            )
        return CostMatrix.of_held(array, name)

    @staticmethod
    def of_held(array: NDArray[Any], name: str) -> CostMatrix:
        """Look at real numbers, of whatever holds them as an array does."""
        return _checked(CostMatrix(array, name, np.empty(0), 0.0, False))

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns (n, m)."""
        n, m = self.costs.shape
        return (
            n if self.rows is None else len(self.rows),
            m if self.columns is None else len(self.columns),
        )

    @property
    def direct(self) -> NDArray[Any] | None:
        """The costs where they lie in memory, or in a file that is mapped, as :meth:`block` returns them; else None."""
        plain = self.costs.dtype in (np.dtype("f4"), np.dtype("f8")) and self.costs.flags.c_contiguous
        return np.asarray(self.costs) if plain and self.rows is None and self.columns is None else None

    @property
    def is_integer(self) -> bool:
        """Whether the costs are integers."""
        return self.costs.dtype.kind != "f"

    @property
    def is_wide(self) -> bool:
        """Whether some cost is an integer that one double cannot hold."""
        return self.is_integer and self.largest >= EXACT

    def part(self, rows: NDArray[np.int64] | None, columns: NDArray[np.int64] | None) -> CostMatrix:
        """Return the matrix of some of the rows and columns, ascending, which is not copied.

        With fewer columns, it is looked at again.
        """
        least = self.least if rows is None else self.least[rows]
        rows, columns = (
            own if chosen is None else chosen if own is None else own[chosen]
            for own, chosen in ((self.rows, rows), (self.columns, columns))
        )
        part = replace(self, least=least, rows=rows, columns=columns)
        return part if columns is self.columns else _checked(part)

    def blocks(self) -> Iterator[slice]:
        """Cut the rows into slices for :meth:`block`."""
        n, m = self.shape
        held = BLOCK_BYTES if self.direct is None else VIEW_BYTES
        return spans(n, max(1, held // (8 * m)))

    def block(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        """Return some rows, C-contiguous, of float32 or float64: a slice of a direct matrix is a view.

        Integers that no double holds are rounded; see :meth:`rest`.
        """
        part = self._taken(rows)
        single = (part.dtype.kind == "f" and part.dtype.itemsize <= 4) or part.dtype.itemsize <= 2
        return np.ascontiguousarray(part, np.float32 if single else np.float64)

    def rest(self, rows: slice | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what :meth:`block` rounded away of integers: with it, each is a sum of two doubles."""
        return _rest(self._taken(rows))

    def pairs(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the costs of some pairs, rounded to float64 where they are larger integers."""
        return self._pairs(rows, columns).astype(np.float64)

    def rest_of_pairs(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what :meth:`pairs` rounded away."""
        return _rest(self._pairs(rows, columns)) if self.is_wide else np.zeros(len(rows))

    def integers(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> list[int]:
        """Return the costs of some pairs of a matrix of integers, whatever their size."""
        return [int(cost) for cost in self._pairs(rows, columns).tolist()]

    def _taken(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        part = np.asarray(self.costs[rows if self.rows is None else self.rows[rows]])
        return part if self.columns is None else part[:, self.columns]

    def _pairs(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[Any]:
        i = rows if self.rows is None else self.rows[rows]
        j = columns if self.columns is None else self.columns[columns]
        return np.asarray(self.costs[i, j])

    def digest(self) -> str:
        """Return the SHA-256 of the costs' type, shape and values: equal for equal matrices, however they lie."""
        dtype = self.costs.dtype.newbyteorder("<")
        sha = hashlib.sha256(f"{dtype.str} {self.shape}".encode())
        for rows in self.blocks():
            sha.update(np.ascontiguousarray(self._taken(rows), dtype).data)
        return sha.hexdigest()


def read_cost(path: str | Path) -> CostMatrix:
    """Read a cost matrix from a ``.npy`` or ``.npz`` file, memory-mapped where it is not compressed.

    Parameters
    ----------
    path : str or Path
        The file; ``FILE.npz:KEY`` names an array of an archive, which is else the one called ``cost`` or the only one.

    Raises
    ------
    SourceError
        If the file cannot be read, or holds no matrix of costs.
    """
    try:
        return CostMatrix.of(_array(path, DEFAULT_KEY), str(path))
    except ParameterError as error:
        raise SourceError(error.line) from error


def read_vector(path: str | Path, what: str) -> NDArray[Any]:
    """Read a vector of numbers, such as weights, from a ``.npy`` or ``.npz`` file.

    Parameters
    ----------
    path : str or Path
        The file; ``FILE.npz:KEY`` names an array of an archive, which is else the one called ``weights`` or the only
        one.
    what : str
        What it holds, for errors.

    Raises
    ------
    SourceError
        If the file cannot be read or holds no vector.
    """
    array = _array(path, "weights")
    if array.ndim != 1:
        raise SourceError(f"{path} has shape {array.shape}: {what} are a vector; give an array (n,).")
    return np.array(array)


def _array(path: str | Path, default: str) -> NDArray[Any]:
    text = str(path)
    name, _, key = text.rpartition(":")
    file, inner = (Path(name), key) if name.endswith(".npz") and key else (Path(text), None)
    if not file.exists():
        raise SourceError(f"{text} does not exist: give a .npy or .npz file.")
    if file.suffix == ".npy":
        return mapped_npy(file)
    if file.suffix == ".npz":
        return mapped_npz(file, inner, default)
    raise SourceError(f"{text} is neither .npy nor .npz: save the array with numpy.save, and give that file.")


def _checked(matrix: CostMatrix) -> CostMatrix:
    """Look at all costs once; return the matrix with what was seen."""
    n, _ = matrix.shape
    least, largest = np.empty((2, n))
    forbidden = np.empty(n, np.int64)
    for rows in matrix.blocks():
        block = matrix.block(rows).view()
        block.setflags(write=False)  # one type, and so one compilation, for all
        bits = block.view(np.int32 if block.dtype == np.float32 else np.int64)
        found = least[rows], largest[rows], forbidden[rows]

        def look(part: slice, given: Any = (block, bits), found: Any = found) -> None:
            infinite = np.array(np.inf, given[0].dtype).view(given[1].dtype)[()]
            _look(*(array[part] for array in given), infinite, *(array[part] for array in found))

        over_spans(len(block), block.size >> 16, look)
        bad = np.flatnonzero(forbidden[rows] < 0)
        if len(bad):
            row = int(bad[0])
            column = int(np.flatnonzero(np.isnan(block[row]) | np.isneginf(block[row]))[0])
            raise ParameterError(
                f"{matrix.name} holds {block[row, column]} at row {rows.start + row}, column {column}: costs are "
                "finite, or inf for a pair that is forbidden; repair the matrix."
            )
    return replace(matrix, least=least, largest=float(largest.max()), forbids=bool(forbidden.any()))


@compiled(fastmath={"nnan", "nsz"})
def _look(block, bits, infinite, lowest, largest, forbidden):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Find each row's least cost, its largest size, and how many are ``inf``, or -1 if one is not a cost.

    What is not finite is told by its bits: without NaN, a row's least is found in vectors.
    """
    for i in range(block.shape[0]):
        finite, low, high = np.int64(0), np.inf, -np.inf
        for j in range(np.uint64(block.shape[1])):
            cost = np.float64(block[i, j])
            low, high = cost if cost < low else low, cost if cost > high else high
            finite += (bits[i, j] & infinite) != infinite
        forbidden[i] = 0
        if finite < block.shape[1]:
            low, high = np.inf, -np.inf
            for j in range(block.shape[1]):
                if (bits[i, j] & infinite) != infinite:
                    cost = np.float64(block[i, j])
                    low, high = min(low, cost), max(high, cost)
                forbidden[i] += bits[i, j] == infinite
            if finite + forbidden[i] < block.shape[1]:
                forbidden[i] = -1
        lowest[i] = low
        largest[i] = max(abs(low), abs(high)) if finite > 0 else 0.0


def _rest(costs: NDArray[Any]) -> NDArray[np.float64]:
    """Return integers less their rounding to float64: the exact error of a sum of two halves."""
    if costs.dtype.kind == "f" or costs.dtype.itemsize < 8:
        return np.zeros(costs.shape)
    upper, lower = (costs >> 32).astype(np.float64) * 2.0**32, (costs & 0xFFFFFFFF).astype(np.float64)
    rounded = upper + lower
    shifted = rounded - upper
    rest: NDArray[np.float64] = (upper - (rounded - shifted)) + (lower - shifted)
    return rest
