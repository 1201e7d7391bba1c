r"""The city-block distance ``sum_t |x_t - y_t|`` and the Chebyshev distance ``max_t |x_t - y_t|``, by differences.

A difference of two floats is off by one rounding, and nothing cancels in a sum or a maximum of absolute values: the
relative error is at most ``gamma_(d + 3)``, however close the points are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.kernels import compiled
from wcheck.measures.measure import Measure
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.cost.costs import Some, Streamed, float_points, power_precision, powers
from wcheck.transport.cost.pairs import MeasurePairs

LARGEST = 1e150
"""Coordinates must be smaller, so that squares of their sums do not overflow."""
CHUNK = 512
"""Columns that a block is computed for at a time: what stays in the cache."""


@dataclass(frozen=True, slots=True)
class Norm:
    """A norm of differences: of pairs, of blocks, and of the sides of a box that holds all points."""

    pairs: Callable[..., None]
    block: Callable[..., None]
    of_box: Callable[[NDArray[np.float64]], float]


class Differences(Streamed):
    """The costs of a norm of differences.

    Parameters
    ----------
    x, y : Measure
        The points.
    p : {1, 2}
        The exponent.
    norm : Norm
        :data:`CITYBLOCK` or :data:`CHEBYSHEV`.

    Raises
    ------
    ParameterError
        If coordinates are too large.
    """

    def __init__(self, x: Measure, y: Measure, p: int, norm: Norm) -> None:
        self.p, self._norm = p, norm
        self.shape = len(x), len(y)
        self._x, self._y = float_points(x, y)
        self._across = np.ascontiguousarray(self._y.T)
        self.held = self._x.nbytes + 2 * self._y.nbytes
        sides = np.zeros(x.dim)
        for measure, points in ((x, self._x), (y, self._y)):
            if max(abs(float(points.min())), abs(float(points.max()))) > LARGEST:
                raise ParameterError(
                    f"{measure.name} holds coordinates above {LARGEST:.0e}: rescale the points."
                )
        for one, other in ((self._x, self._y), (self._y, self._x)):
            far = one.max(axis=0).astype(np.float64) - other.min(axis=0)
            np.maximum(sides, far, out=sides)
        diameter = norm.of_box(sides) * (1.0 + 2.0 * gamma(x.dim + 3, U64))
        self.unit = 2.0 ** max(math.frexp(diameter)[1], -900) if diameter > 0.0 else 1.0
        self.largest = (diameter / self.unit) ** p * (1.0 + 1e-12)
        self.precision = power_precision(gamma(x.dim + 3, U64), 0.0, p)

    def measurer(self, room: int) -> MeasurePairs:
        """Return what measures chosen pairs."""
        del room

        def measure(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
            distances = np.empty(len(i))
            work = len(i) * self._x.shape[1] // 100_000
            over_spans(len(i), work, lambda s: self._norm.pairs(self._x, self._y, i[s], j[s], distances[s]))
            return powers(distances, self.p, self.unit)

        return measure

    def bounds(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return lower bounds; see :meth:`Streamed.bounds`."""
        x, across = np.ascontiguousarray(self._x[rows]), np.ascontiguousarray(self._across[:, columns])
        distances = np.empty((len(x), across.shape[1]))
        over_spans(
            len(x), distances.size * len(across) >> 18, lambda s: self._norm.block(x[s], across, distances[s])
        )
        distances *= 1.0 - 2.0 * gamma(len(across) + 3, U64)
        return powers(distances, self.p, self.unit)

    def part(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Differences:
        """Return the costs between some of the points."""
        part = object.__new__(Differences)
        part.__dict__.update(self.__dict__)
        part.shape = len(rows), len(columns)
        part._x, part._y = self._x[rows], self._y[columns]
        part._across = np.ascontiguousarray(part._y.T)
        return part


def _kernel(function: Any) -> Any:
    return compiled(fastmath={"reassoc", "contract", "nsz"})(function)


@_kernel
def _cityblock_pairs(x, y, i, j, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for k in range(len(out)):
        total = 0.0
        for t in range(x.shape[1]):
            total += abs(np.float64(x[i[k], t]) - np.float64(y[j[k], t]))
        out[k] = total


@_kernel
def _cityblock_block(x, across, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for begin in range(0, out.shape[1], CHUNK):
        end = min(begin + CHUNK, out.shape[1])
        for row in range(out.shape[0]):
            out[row, begin:end] = 0.0
            for t in range(x.shape[1]):
                value = np.float64(x[row, t])
                for column in range(begin, end):
                    out[row, column] += abs(value - np.float64(across[t, column]))


@_kernel
def _chebyshev_pairs(x, y, i, j, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for k in range(len(out)):
        most = 0.0
        for t in range(x.shape[1]):
            most = max(most, abs(np.float64(x[i[k], t]) - np.float64(y[j[k], t])))
        out[k] = most


@_kernel
def _chebyshev_block(x, across, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for begin in range(0, out.shape[1], CHUNK):
        end = min(begin + CHUNK, out.shape[1])
        for row in range(out.shape[0]):
            out[row, begin:end] = 0.0
            for t in range(x.shape[1]):
                value = np.float64(x[row, t])
                for column in range(begin, end):
                    difference = abs(value - np.float64(across[t, column]))
                    if difference > out[row, column]:
                        out[row, column] = difference


CITYBLOCK = Norm(_cityblock_pairs, _cityblock_block, lambda sides: float(sides.sum()))
CHEBYSHEV = Norm(_chebyshev_pairs, _chebyshev_block, lambda sides: float(sides.max()))
