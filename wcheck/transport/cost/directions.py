r"""Costs that see the directions of points alone: ``1 - cos`` and the angle in radians, of unit vectors.

A computed unit vector is off by two roundings in its length and one in each coordinate, so the chord
``s = |x/|x| - y/|y||`` is off by the absolute :data:`CHORD_LOST` beside the relative error of a Euclidean distance.
Then ``1 - cos = s^2 / 2``, which cancels nothing where directions are near, and the angle is ``2 asin(s / 2)``, or
beyond a right angle ``pi - 2 asin(|x/|x| + y/|y|| / 2)``. Libraries' ``asin`` is taken to be off by two units in the
last place at most.

Scans take the products of all unit vectors in float64, whose error is at most ``gamma_(d + 2)`` and the vectors' own.
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
from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.arithmetic.sums import two_sum
from wcheck.transport.cost.costs import (
    Precision,
    Some,
    Streamed,
    float_points,
    power_precision,
    powers,
)
from wcheck.transport.cost.pairs import MeasurePairs

CHORD_LOST = 8.0 * U64
"""The absolute error of a chord that comes from the roundings of two unit vectors."""
APART = 2.0**-500
"""The distance of points that differ, but whose computed unit vectors do not."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read off two unit vectors.

    Attributes
    ----------
    pairs : callable
        Compiled; writes the distances of chosen pairs.
    of_products : callable
        Turns upper bounds of the cosines, a tensor of its own, to lower bounds of the distances.
    largest : float
        An upper bound of every distance.
    precision : callable
        Maps the dimension and p to the precision of measured costs.
    unit : float
        A power of two.
    """

    pairs: Callable[..., None]
    of_products: Callable[[torch.Tensor], torch.Tensor]
    largest: float
    precision: Callable[[int, int], Precision]
    unit: float = 1.0


class Directions(Streamed):
    """The costs that a :class:`Reading` makes of points.

    Parameters
    ----------
    points : tuple of ndarray, shapes (n, d) and (m, d), float32 or float64
        The points as they are measured.
    vectors : tuple of ndarray, shapes (n, q) and (m, q), float64
        Unit vectors of them, off by ``lost`` at most.
    p : {1, 2}
        The exponent.
    reading : Reading
        What is read off them.
    lost : float
        How far a product of two computed vectors can be off the cosine, except for the rounding of the product itself.
    """

    def __init__(
        self,
        points: tuple[NDArray[Any], ...],
        vectors: tuple[NDArray[np.float64], ...],
        p: int,
        reading: Reading,
        lost: float,
    ) -> None:
        self.p, self._reading, self._points, self._vectors = p, reading, points, vectors
        self.shape = len(points[0]), len(points[1])
        self._lost = lost + gamma(vectors[0].shape[1] + 2, U64) * (1.0 + 1e-9)
        self.held = sum(side.nbytes for side in (*points, *vectors))
        self.unit = reading.unit
        self.largest = (reading.largest / reading.unit) ** p * (1.0 + 1e-12)
        self.precision = reading.precision(points[0].shape[1], p)

    @staticmethod
    def of(x: Measure, y: Measure, p: int, reading: Reading) -> Directions:
        """Return the costs between the directions of points.

        Raises
        ------
        ParameterError
            If a point is the zero vector, which has none.
        """
        points = float_points(x, y)
        vectors = tuple(_unit_vectors(side, z.name) for side, z in zip(points, (x, y), strict=True))
        return Directions(points, vectors, p, reading, CHORD_LOST)

    def measurer(self, room: int) -> MeasurePairs:
        """Return what measures chosen pairs."""
        del room

        def measure(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
            distances = np.empty(len(i))
            work = len(i) * (self._vectors[0].shape[1] + 20) // 100_000
            over_spans(
                len(i),
                work,
                lambda s: self._reading.pairs(*self._points, *self._vectors, i[s], j[s], distances[s]),
            )
            return powers(distances, self.p, self.unit)

        return measure

    def bounds(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return lower bounds; see :meth:`Streamed.bounds`."""
        x, y = (
            torch.from_numpy(side[some]) for side, some in zip(self._vectors, (rows, columns), strict=True)
        )
        products = torch.mm(x, y.T).add_(self._lost).clamp_(max=1.0)
        distances: NDArray[np.float64] = self._reading.of_products(products).numpy()
        distances *= 1.0 / self.unit
        if self.p == 2:
            distances *= distances
            distances *= 1.0 - 4.0 * U64
        return distances

    def part(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Directions:
        """Return the costs between some of the points."""
        part = object.__new__(Directions)
        part.__dict__.update(self.__dict__)
        part.shape = len(rows), len(columns)
        part._points, part._vectors = ((x[rows], y[columns]) for x, y in (self._points, self._vectors))
        return part


def _unit_vectors(points: NDArray[Any], name: str) -> NDArray[np.float64]:
    vectors, zero = np.empty(points.shape), np.zeros(len(points), np.bool_)
    over_spans(len(points), points.size >> 16, lambda s: _normalise(points[s], vectors[s], zero[s]))
    if zero.any():
        raise ParameterError(
            f"{name} holds the zero vector at row {int(np.argmax(zero))}, which has no direction: remove such points, "
            "or choose a metric that accepts them, such as euclidean."
        )
    return vectors


@compiled()
def _normalise(points, vectors, zero):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Divide each point by its norm, whose squares are summed with their rounding, in units of the largest."""
    for row in range(points.shape[0]):
        largest = 0.0
        for t in range(points.shape[1]):
            largest = max(largest, abs(np.float64(points[row, t])))
        if largest == 0.0:
            zero[row] = True
            continue
        shift = -math.frexp(largest)[1]
        total = rest = 0.0
        for t in range(points.shape[1]):
            value = math.ldexp(np.float64(points[row, t]), shift)
            vectors[row, t] = value
            total, lost = two_sum(total, value * value)
            rest += lost
        norm = math.sqrt(total + rest)
        for t in range(points.shape[1]):
            vectors[row, t] /= norm


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _chord(x, y, sign):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``|x - sign y|^2``."""
    total = 0.0
    for t in range(len(x)):
        difference = x[t] - sign * y[t]
        total += difference * difference
    return total


@compiled()
def _differ(x, y):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    different = 0
    for t in range(len(x)):
        different += x[t] != y[t]
    return different > 0


@compiled()
def _cosine_pairs(points_x, points_y, x, y, i, j, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for k in range(len(out)):
        distance = 0.5 * _chord(x[i[k]], y[j[k]], 1.0)
        if distance < APART and _differ(points_x[i[k]], points_y[j[k]]):
            distance = APART
        out[k] = distance


@compiled()
def _angular_pairs(points_x, points_y, x, y, i, j, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for k in range(len(out)):
        square = _chord(x[i[k]], y[j[k]], 1.0)
        if square <= 2.0:
            angle = 2.0 * math.asin(0.5 * math.sqrt(square))
        else:
            angle = math.pi - 2.0 * math.asin(min(0.5 * math.sqrt(_chord(x[i[k]], y[j[k]], -1.0)), 1.0))
        if angle < APART and _differ(points_x[i[k]], points_y[j[k]]):
            angle = APART
        out[k] = angle


def _cosine_precision(dim: int, p: int) -> Precision:
    """Return that of ``(s^2 / 2)^p``, s being off by ``gamma s`` and :data:`CHORD_LOST`.

    The mixed term of ``s^2 / 2`` is ``s lost <= 2^-40 s^2 / 2 + 2^40 lost^2 / 2``.
    """
    rounding = gamma(dim + 8, U64) + 2.0**-40
    return power_precision(rounding, 2.0**40 * CHORD_LOST**2, p)


def _angular_precision(dim: int, p: int) -> Precision:
    """Return that of the angle's p-th power: where ``asin`` is taken, its slope is at most the root of 2."""
    rounding = 1.5 * gamma(dim + 8, U64) + 8.0 * U64
    return power_precision(rounding, 3.0 * CHORD_LOST, p)


def _one_minus(cosines: torch.Tensor) -> torch.Tensor:
    return cosines.neg_().add_(1.0 - 4.0 * U64).clamp_(min=0.0)


def angles(cosines: torch.Tensor) -> torch.Tensor:
    """Turn upper bounds of cosines, at most 1, to lower bounds of angles, in place."""
    return cosines.clamp_(min=-1.0).acos_().sub_(32.0 * U64).clamp_(min=0.0)


COSINE = Reading(_cosine_pairs, _one_minus, 2.0, _cosine_precision)
ANGULAR = Reading(_angular_pairs, angles, math.nextafter(math.pi, 4.0), _angular_precision)
