r"""What a plan costs once it is mended: its marginals are brought to what they should be, and all of it is paid for.

As Altschuler, Weed and Rigollet do (Near-linear time approximation algorithms for optimal transport via Sinkhorn
iteration, 2017, algorithm 2), rows that hold too much are scaled down, then columns; what is then missing is put back.
They put it back by the product of what is missing; here it goes by the north-west corner rule along an order in which
neighbours are near, on n + m pairs at most. What rounding leaves is carried anywhere, for the largest cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.arithmetic.rounding import U64
from wcheck.transport.arithmetic.sums import accurate_sum
from wcheck.transport.bounds.certificate import SMALL, UNDERFLOW64
from wcheck.transport.bounds.corner import north_west
from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.foreign.plan import GivenPlan, Part

SLIGHT = 2.0**-44
"""Residuals up to this are rounding, and carried anywhere rather than mended."""
KEPT = 64
"""A mended plan is kept if it has at most this many pairs a point, on average."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The costs that plans are measured by.

    Attributes
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive weights of total 1, each within a factor ``1 +- 2^-51``.
    measure : callable
        Measures pairs.
    rounding, underflow : float
        The relative and the absolute error of measured costs.
    carried : float
        What carrying a unit of mass anywhere else may cost at most.
    fill : callable
        Returns pairs that carry given masses of rows to given masses of columns, both of one total, where they can.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    measure: MeasurePairs
    rounding: float
    underflow: float
    carried: float
    fill: Callable[[NDArray[np.float64], NDArray[np.float64]], Part]


@dataclass(frozen=True, slots=True)
class Mended:
    """What :func:`mend` found.

    Attributes
    ----------
    value, paid : float
        The cost of the mended plan, and what its rounding may add: ``value + paid`` is an upper bound.
    size : float
        The sum of mass times ``|cost|`` of the mended plan.
    residual : float
        What the marginals of the mended plan are still off, which was carried anywhere.
    cost : float
        The cost of the plan as it was given.
    violation : float
        ``sum_i |(plan 1)_i - a_i| + sum_j |(plan^T 1)_j - b_j|`` of the plan as it was given.
    arcs : Part or None
        The mended plan, if it has few pairs.
    """

    value: float
    paid: float
    size: float
    residual: float
    cost: float
    violation: float
    arcs: Part | None


def mend(plan: GivenPlan, ground: Ground) -> Mended:
    """Mend a plan and measure it, by three passes over its entries at most."""
    a, b = ground.a, ground.b
    rows, columns = _marginals(plan.parts(), a, b)
    violation = float(np.abs(rows - a).sum() + np.abs(columns - b).sum())
    slight = violation <= SLIGHT
    shrink_rows, shrink_columns = np.ones(len(a)), np.ones(len(b))
    if not slight:
        shrink_rows = np.minimum(1.0, a / np.where(rows > 0.0, rows, 1.0))
        shrunk = ((i, j, mass * shrink_rows[i]) for i, j, mass in plan.parts())
        columns = _marginals(shrunk, a, b)[1]
        shrink_columns = np.minimum(1.0, b / np.where(columns > 0.0, columns, 1.0))
    kept: list[Part] | None = [] if plan.entries <= KEPT * (len(a) + len(b)) else None
    sums = _Sums(ground)
    for i, j, mass in plan.parts():
        cost = ground.measure(i, j)
        part = (i, j, mass * shrink_rows[i] * shrink_columns[j])
        sums.add(part, cost, mass)
        if kept is not None:
            kept.append(part)
    if not slight:
        part = _missing(ground, sums.rows, sums.columns)
        sums.add(part, ground.measure(part[0], part[1]), np.zeros(len(part[2])))
        if kept is not None:
            kept.append(part)
    value, paid, residual = sums.bound()
    arcs = None if kept is None else tuple(np.concatenate(column) for column in zip(*kept, strict=True))
    return Mended(value, paid, sums.size, residual, sums.raw, violation, arcs)  # type: ignore[arg-type]


class _Sums:
    """Sums over the entries of a plan: its cost, its marginals, and the plain cost before it was mended."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.rows, self.columns = np.zeros(len(ground.a)), np.zeros(len(ground.b))
        self._terms = np.zeros(len(ground.a), np.int64), np.zeros(len(ground.b), np.int64)
        self._costs, self._sizes, self._raw, self._lost = [0.0], [0.0], [0.0], 0

    def add(self, part: Part, cost: NDArray[np.float64], raw: NDArray[np.float64]) -> None:
        i, j, mass = part
        for have, terms, index in zip((self.rows, self.columns), self._terms, (i, j), strict=True):
            have += np.bincount(index, mass, minlength=len(have))
            terms += np.bincount(index, minlength=len(have)) + 1
        used = (mass > 0.0) | (raw > 0.0)
        mass, cost, raw = mass[used], cost[used], raw[used]
        products = mass * cost
        self._costs.append(accurate_sum(products))
        self._sizes.append(accurate_sum(np.abs(products)))
        self._raw.append(float(raw @ cost))
        self._lost += int(np.count_nonzero((np.abs(products) < SMALL) & (cost != 0.0)))

    @property
    def raw(self) -> float:
        return float(np.sum(self._raw))

    @property
    def size(self) -> float:
        return float(np.sum(self._sizes))

    def bound(self) -> tuple[float, float, float]:
        """Return the cost, what may be added to it, and what the marginals are off."""
        ground, residual = self._ground, 0.0
        for weights, have, terms in zip(
            (ground.a, ground.b), (self.rows, self.columns), self._terms, strict=True
        ):
            off = np.abs(have - weights) + (terms + 16) * U64 * (have + weights)
            residual += accurate_sum(off) + len(weights) * UNDERFLOW64
        value, size = float(np.sum(self._costs)), self.size
        paid = size * (ground.rounding + (8.0 + len(self._costs)) * U64) + ground.underflow
        paid += residual * ground.carried * (1.0 + 8.0 * U64)
        return value, paid + (self._lost + 2.0) * UNDERFLOW64, residual


def _marginals(
    parts: Iterator[Part], a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the marginals of a plan."""
    rows, columns = np.zeros(len(a)), np.zeros(len(b))
    for i, j, mass in parts:
        rows += np.bincount(i, mass, minlength=len(a))
        columns += np.bincount(j, mass, minlength=len(b))
    return rows, columns


def _missing(ground: Ground, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Part:
    """Return pairs that carry what rows and columns lack."""
    left, room = np.maximum(ground.a - rows, 0.0), np.maximum(ground.b - columns, 0.0)
    total = min(left.sum(), room.sum())
    if not total > 0.0:
        none = np.empty(0, np.int64)
        return none, none, np.empty(0)
    return ground.fill(left * (total / left.sum()), room * (total / room.sum()))


def fill_along(order_a: NDArray[np.int64], order_b: NDArray[np.int64]) -> Callable[..., Part]:
    """Return what fills by the north-west corner rule along orders in which neighbours are near."""

    def fill(left: NDArray[np.float64], room: NDArray[np.float64]) -> Part:
        i, j, mass = north_west(left[order_a], room[order_b])
        return order_a[i], order_b[j], np.maximum(mass, 0.0)

    return fill
