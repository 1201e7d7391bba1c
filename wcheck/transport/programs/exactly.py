r"""What a transport program is to 30 digits, and the bracket that a plan and potentials of 30 digits prove."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.arithmetic.wide import LOST, SMALL, WIDE, Wide, wide_dot
from wcheck.transport.programs import augmentation
from wcheck.transport.programs.program import Best


@dataclass(frozen=True, slots=True)
class Exactly:
    """What a program is to 30 digits.

    Attributes
    ----------
    a, b : Wide, shapes (n,) and (m,)
        Masses of equal total; see :func:`wcheck.transport.arithmetic.wide.common_masses`.
    error : float
        The relative error of the masses.
    measure : callable
        ``measure(rows, columns)`` returns the costs of pairs in frame units.
    rounding : float
        The relative error of the costs.
    diameter : float
        An upper bound of every cost.
    underflow : float
        The absolute error of costs other than 0.
    """

    a: Wide
    b: Wide
    error: float
    measure: Callable[[NDArray[np.int64], NDArray[np.int64]], Wide]
    rounding: float
    diameter: float
    underflow: float = 0.0

    def offer_plan(self, best: Best, plan: Refined) -> None:
        """Take the cost of a plan as the upper bound if it is better; its marginals are summed again."""
        total = math.fsum(self.a.high)
        residual = 2.0 * self.error
        for masses, index in ((self.a, plan.rows), (self.b, plan.columns)):
            residual += off_marginals(masses, index, plan.mass) / total
        value, error = wide_dot((plan.mass, plan.cost))
        paid = error / total + residual * self.diameter + value / total * (self.rounding + 2.0**-50)
        paid += self.underflow if plan.cost.high.any() else 0.0
        small = (plan.cost.high > 0.0) & (plan.cost.high < SMALL)
        lost = small.any() or 0.0 < value < SMALL * total or (0.0 < residual < SMALL and self.diameter > 0.0)
        best.take_plan(plan.rows, plan.columns, plan.mass.high, value / total, paid + (LOST if lost else 0.0))

    def offer_potentials(self, best: Best, u: Wide, v: Wide) -> None:
        """Take the dual value of potentials as the lower bound if it is better; see :func:`transform`."""
        total = math.fsum(self.a.high)
        value, error = wide_dot((self.a, u), (self.b, v))
        own = 4.0 * WIDE * float(np.dot(self.a.high / total, np.abs(u.high)))
        most = float(np.abs(u.high).max() + np.abs(v.high).max())
        paid = (
            error / total
            + own
            + 2.0 * self.error * most
            + abs(value / total) * 2.0**-50
            + self.underflow
            + LOST
        )
        best.take_potentials(u.high, v.high, value / total, paid)


@dataclass(frozen=True, slots=True)
class Refined:
    """What :func:`wcheck.transport.programs.refinement.refine` found.

    Attributes
    ----------
    u, v : Wide, shapes (n,) and (m,)
        Potentials, ``u_i = min_j (c_ij - v_j)`` over the arcs.
    rows, columns : ndarray, shape (k,)
        The arcs that carry mass.
    mass : Wide, shape (k,)
        The masses of these arcs, in the unit of the masses that were given.
    cost : Wide, shape (k,)
        Their costs.
    """

    u: Wide
    v: Wide
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: Wide
    cost: Wide


@dataclass(frozen=True, slots=True)
class Arcs:
    """The arcs of a program, by row and by column.

    Attributes
    ----------
    begin : ndarray, shape (n + 1,), int64
        Where each row's arcs begin.
    rows, columns : ndarray, shape (k,), int32
        Ascending by row, then by column.
    cost : Wide, shape (k,)
        Costs.
    begin_column, by_column : ndarray, shapes (m + 1,) and (k,)
        Where each column's arcs begin in the list of arcs by column.
    """

    begin: NDArray[np.int64]
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    cost: Wide
    begin_column: NDArray[np.int64]
    by_column: NDArray[np.int64]

    @staticmethod
    def of(shape: tuple[int, int], keys: NDArray[np.int64], cost: Wide) -> Arcs:
        """Return arcs with the ascending keys ``i m + j``."""
        n, m = shape
        rows, columns = (keys // m).astype(np.int32), (keys % m).astype(np.int32)
        return Arcs(
            np.searchsorted(rows, np.arange(n + 1)),
            rows,
            columns,
            cost,
            np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=m))]),
            np.argsort(columns, kind="stable"),
        )


def transform(arcs: Arcs, v: Wide, rounding: float) -> Wide:
    """Return ``u_i = min_j (c_ij - v_j)`` over the arcs, costs cut by their rounding: feasible except for u's own."""
    n = len(arcs.begin) - 1
    u = Wide(np.empty(n), np.empty(n))
    augmentation.transform(arcs.begin, arcs.columns, *arcs.cost, *v, rounding, *u)
    return u


def off_marginals(masses: Wide, index: NDArray[np.int64], mass: Wide) -> float:
    """Return by how much, in all, the sums of a plan's mass at some index differ from the masses there."""
    order = np.argsort(index, kind="stable")
    ends = np.cumsum(np.bincount(index, minlength=len(masses.high))).tolist()
    high, low = mass.high[order].tolist(), mass.low[order].tolist()
    wanted, begin, off = zip((-masses.high).tolist(), (-masses.low).tolist(), strict=True), 0, 0.0
    for own, end in zip(wanted, ends, strict=True):
        off += abs(math.fsum([*own, *high[begin:end], *low[begin:end]]))
        begin = end
    return off * (1.0 + 1e-9)
