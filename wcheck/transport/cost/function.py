r"""Costs that a function of the user's returns, block by block, certified as they are returned.

All pairs are cut into square tiles, and a pair's cost is what the function returns for its tile: whatever is asked for,
each tile is computed from the same points. So a function whose last digits depend on the company of a pair, as those of
matrix products do, still has one cost per pair. Tiles are kept as far as memory allows, and computed again beyond.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import CostFunctionError
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import U64
from wcheck.transport.cost.costs import LEAST, Precision, Some, Streamed, powers
from wcheck.transport.cost.pairs import MeasurePairs

TILE_WORK = 1 << 23
"""Differences of coordinates that a tile may hold, so that a function that forms them all has room ..."""
LARGEST_SIDE = 512
"""... and rows and columns of a tile, at most."""
LARGEST = 1e150
"""Costs must be smaller, so that their squares do not overflow."""

Function = Callable[[NDArray[Any], NDArray[Any]], Any]


class FunctionCosts(Streamed):
    """The p-th powers of what a function returns.

    Parameters
    ----------
    x, y : Measure
        The points; the function is given blocks ``(k, d)`` and ``(l, d)`` of them and returns costs ``(k, l)``.
    p : {1, 2}
        The exponent.
    function : callable
        The function.
    name : str
        Its name, for errors.
    room : int
        Bytes that kept costs may take.

    Raises
    ------
    CostFunctionError
        If the function fails, or returns anything but finite costs of at least 0, one for each pair.
    """

    def __init__(self, x: Measure, y: Measure, p: int, function: Function, name: str, room: int) -> None:
        self.p, self._function, self.name = p, function, name
        self._x, self._y, self._room = x, y, room
        self.shape = len(x), len(y)
        side = math.isqrt(max(1, TILE_WORK // x.dim))
        self._side = max(1, min(LARGEST_SIDE, side))
        self._kept: dict[tuple[int, int], NDArray[np.float64]] = {}
        largest = max(float(self._tile(*place).max()) for place in np.ndindex(*self._tiles))
        self.unit = 2.0 ** max(math.frexp(largest)[1], -900) if largest > 0.0 else 1.0
        self.largest = (largest / self.unit) ** p * (1.0 + 1e-12)
        self.precision = Precision(2.0 * U64 if p == 2 else 0.0, LEAST, zero_is_exact=True)
        self.held = sum(tile.nbytes for tile in self._kept.values())

    def measurer(self, room: int) -> MeasurePairs:
        """Return what measures chosen pairs, tile by tile."""
        del room
        return self._measure

    def bounds(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return the costs themselves."""
        i, j = (np.arange(size)[some] for size, some in zip(self.shape, (rows, columns), strict=True))
        costs = np.empty((len(i), len(j)))
        for a in np.unique(i // self._side):
            for b in np.unique(j // self._side):
                at_i, at_j = np.flatnonzero(i // self._side == a), np.flatnonzero(j // self._side == b)
                tile = self._tile(int(a), int(b))
                costs[np.ix_(at_i, at_j)] = tile[np.ix_(i[at_i] % self._side, j[at_j] % self._side)]
        return powers(costs, self.p, self.unit)

    def guesses(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return what the function says of such pairs by themselves, in blocks of a tile's size."""
        i, j = (np.arange(size)[some] for size, some in zip(self.shape, (rows, columns), strict=True))
        costs = np.empty((len(i), len(j)))
        for a in range(0, len(i), self._side):
            for b in range(0, len(j), self._side):
                some, others = i[a : a + self._side], j[b : b + self._side]
                costs[a : a + self._side, b : b + self._side] = self._ask(some, others)
        return powers(costs, self.p, self.unit)

    def part(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> FunctionCosts:
        """Return the costs between some of the points, with tiles of their own."""
        part = object.__new__(FunctionCosts)
        part.__dict__.update(self.__dict__)
        part.shape = len(rows), len(columns)
        part._x, part._y, part._kept = self._x.take(rows), self._y.take(columns), {}
        return part

    @property
    def _tiles(self) -> tuple[int, int]:
        n, m = self.shape
        return -(-n // self._side), -(-m // self._side)

    def _measure(self, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
        places = (i // self._side) * self._tiles[1] + j // self._side
        order = np.argsort(places, kind="stable")
        costs = np.empty(len(i))
        for some in np.split(order, np.flatnonzero(np.diff(places[order])) + 1) if len(order) else ():
            tile = self._tile(int(i[some[0]] // self._side), int(j[some[0]] // self._side))
            costs[some] = tile[i[some] % self._side, j[some] % self._side]
        return powers(costs, self.p, self.unit)

    def _tile(self, a: int, b: int) -> NDArray[np.float64]:
        kept = self._kept.get((a, b))
        if kept is not None:
            return kept
        rows, columns = (
            np.arange(place * self._side, min((place + 1) * self._side, size))
            for place, size in zip((a, b), self.shape, strict=True)
        )
        costs = self._ask(rows, columns)
        if costs.nbytes * (len(self._kept) + 1) <= self._room:
            self._kept[a, b] = costs
        return costs

    def _ask(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        x, y = self._x.block(rows), self._y.block(columns)
        shapes = f"for blocks of shapes {x.shape} and {y.shape}"
        try:
            found = np.asarray(self._function(x, y))
        except Exception as error:  # whatever the user's code raises
            raise CostFunctionError(
                f"metric {self.name} failed {shapes} ({type(error).__name__}: {' '.join(str(error).split())}): "
                "repair it."
            ) from error
        if found.shape != (len(x), len(y)) or found.dtype.kind not in "fiub":
            raise CostFunctionError(
                f"metric {self.name} returned {found.dtype} of shape {found.shape} {shapes}: return real costs "
                f"({len(x)}, {len(y)}), one for each pair."
            )
        costs = found.astype(np.float64)
        if not ((costs >= 0.0) & (costs <= LARGEST)).all():
            row, column = np.argwhere(~((costs >= 0.0) & (costs <= LARGEST)))[0]
            raise CostFunctionError(
                f"metric {self.name} returned {costs[row, column]} for row {rows[row]} of x and row "
                f"{columns[column]} of y: costs are finite, not negative and at most {LARGEST:.0e}; repair it, or give "
                "a matrix of costs of either sign to wcheck.exact_cost."
            )
        return costs
