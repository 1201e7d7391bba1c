"""The costs of all pairs of two measures, whatever the ground metric: the one thing that a solve takes."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import U64
from wcheck.transport.cost.direct import measurer
from wcheck.transport.cost.frame import Frame, joint_frame
from wcheck.transport.cost.pairs import MeasurePairs, cost_rounding, cost_underflow
from wcheck.transport.cost.wide_pairs import wide_costs, wide_rounding

Some = slice | NDArray[np.int64]
"""Some rows or columns: a slice of them, or their numbers."""
LEAST = 2.0**-1070
"""The least cost that is measured between points that differ; what is below it has underflowed."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How far measured costs are from the true ones: ``|measured - true| <= rounding true + underflow``.

    Attributes
    ----------
    rounding, underflow : float
        The relative and the absolute error, in ``unit^p``.
    zero_is_exact : bool
        Whether a measured 0 is a true 0, so that the absolute error is one of other pairs alone.
    """

    rounding: float
    underflow: float = 0.0
    zero_is_exact: bool = False


class Costs(ABC):
    """The costs ``(d(x_i, y_j) / unit)^p`` of n m pairs.

    Attributes
    ----------
    p : {1, 2}
        The exponent.
    unit : float
        A power of two.
    largest : float
        An upper bound of every cost, in ``unit^p``.
    precision : Precision
        How far measured costs can be off.
    held : int
        The bytes that measuring and scanning keep beside the points.
    """

    p: int
    unit: float
    largest: float
    precision: Precision
    held: int = 0

    @abstractmethod
    def measurer(self, room: int) -> MeasurePairs:
        """Return what measures chosen pairs, with ``room`` bytes to spare for copies of the points."""

    def measurer_in_wide(self, room: int) -> tuple[MeasurePairs, float, float]:
        """Return what measures chosen pairs in sums of two doubles, and the relative and the absolute error of that.

        What it returns has the shape (2, k): high and low parts.
        """
        measure = self.measurer(room)

        def widened(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
            costs = measure(i, j)
            return np.stack([costs, np.zeros_like(costs)])

        return widened, self.precision.rounding, self.precision.underflow

    @abstractmethod
    def turned(self) -> Costs:
        """Return the costs seen from the other side: their rows are the columns of these."""


class Streamed(Costs):
    """Costs that are scanned by computing blocks of them, as those of other metrics than the Euclidean are."""

    shape: tuple[int, int]

    @abstractmethod
    def bounds(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return lower bounds of the costs of all pairs of some rows and some columns, in an array of their own."""

    def guesses(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return about the costs of such pairs, of which nothing is certified."""
        return self.bounds(rows, columns)

    @abstractmethod
    def part(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Streamed:
        """Return the costs between some of the points, in the same unit."""

    def turned(self) -> Streamed:
        """Return the costs seen from the other side; see :meth:`Costs.turned`."""
        return Turned(self)


class Turned(Streamed):
    """Costs whose rows are the columns of others."""

    def __init__(self, costs: Streamed) -> None:
        self._costs = costs
        self.p, self.unit, self.largest = costs.p, costs.unit, costs.largest
        self.precision, self.held = costs.precision, costs.held
        self.shape = costs.shape[1], costs.shape[0]

    def measurer(self, room: int) -> MeasurePairs:
        """Return what measures chosen pairs; see :meth:`Costs.measurer`."""
        measure = self._costs.measurer(room)
        return lambda i, j: measure(j, i)

    def bounds(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return lower bounds; see :meth:`Streamed.bounds`."""
        return np.ascontiguousarray(self._costs.bounds(columns, rows).T)

    def guesses(self, rows: Some, columns: Some) -> NDArray[np.float64]:
        """Return guesses; see :meth:`Streamed.guesses`."""
        return np.ascontiguousarray(self._costs.guesses(columns, rows).T)

    def part(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Streamed:
        """Return the costs between some of the points; see :meth:`Streamed.part`."""
        return Turned(self._costs.part(columns, rows))

    def turned(self) -> Streamed:
        """Return the others."""
        return self._costs


class EuclideanCosts(Costs):
    """The costs of Euclidean distances, of which the engine knows more ways than this one.

    Attributes
    ----------
    x, y : Measure
        The points.
    frame : Frame
        Their frame, which gives the unit.
    """

    def __init__(self, x: Measure, y: Measure, p: int) -> None:
        self.x, self.y, self.p = x, y, p
        self.frame: Frame = joint_frame(x, y)
        self.unit = self.frame.unit
        self.largest = (self.frame.diameter / self.unit) ** p * (1.0 + 1e-12)
        underflow = cost_underflow(x.dim, p) if self.frame.underflows else 0.0
        self.precision = Precision(cost_rounding(x.dim, p), underflow)

    def measurer(self, room: int) -> MeasurePairs:
        """Return what measures chosen pairs by differences; see :func:`wcheck.transport.cost.direct.measurer`."""
        return measurer(self.x, self.y, self.frame, self.p, room)

    def measurer_in_wide(self, room: int) -> tuple[MeasurePairs, float, float]:
        """Return what measures chosen pairs to 30 digits."""
        measure = measurer(self.x, self.y, self.frame, self.p, room, wide_costs)
        return measure, wide_rounding(self.x.dim), 0.0

    def turned(self) -> EuclideanCosts:
        """Return the costs seen from the other side, in the same frame turned."""
        turned, frame = copy.copy(self), self.frame
        turned.x, turned.y = self.y, self.x
        turned.frame = replace(frame, radius_x=frame.radius_y, radius_y=frame.radius_x)
        return turned


def powers(distances: NDArray[np.float64], p: int, unit: float) -> NDArray[np.float64]:
    """Return ``(distance / unit)^p`` in place, at least :data:`LEAST` where the distance is not 0."""
    apart = distances > 0.0
    distances *= 1.0 / unit
    if p == 2:
        distances *= distances
    np.maximum(distances, LEAST, out=distances, where=apart)
    return distances


def power_precision(rounding: float, lost: float, p: int) -> Precision:
    """Return the precision of :func:`powers`, where distances are off by the factor ``1 +- rounding`` and by ``lost``.

    For p = 2 the mixed term ``2 distance lost`` is at most ``2^-40 distance^2 + 2^40 lost^2``.
    """
    if p == 2:
        mixed = 2.0**-40 if lost else 0.0
        rounding, lost = 2.0 * rounding + 4.0 * U64 + mixed, 2.0**41 * lost * lost
    return Precision(rounding, lost + LEAST, zero_is_exact=True)


def float_points(*measures: Measure) -> tuple[NDArray[Any], ...]:
    """Return the points as float arrays of one type."""
    points = [measure.dense() for measure in measures]
    kind = np.result_type(*points)
    return tuple(np.ascontiguousarray(side, kind) for side in points)
