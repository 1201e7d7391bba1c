r"""What any plan and any potentials prove of a cost matrix as it is given: of either sign, with forbidden pairs.

* From *any* v, ``u_i = min_j (c_ij - v_j)`` is computed over the whole matrix without rounding: a difference of two
  doubles is the sum of two. So ``sum a_i u_i + sum b_j v_j`` is a lower bound.
* *Any* plan is an upper bound once what its marginals are off by is paid for: that mass goes anywhere, for at most the
  difference of the largest and the smallest cost.

Both sums are taken in sums of two doubles, with their error. Where all costs are integers, and all masses, the least
cost is an integer too: the lower bound is rounded up to one, and the upper bound is computed in integers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.measures.cost import CostMatrix
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.least import least
from wcheck.transport.arithmetic.sums import two_sum
from wcheck.transport.arithmetic.wide import RAISED, WIDE, Wide, common_masses, wide_dot, wide_less, wide_sum
from wcheck.transport.matrix.scanner import scan_blocks
from wcheck.transport.programs.exactly import off_marginals

GROUP = 64
"""Pairs whose least is found together."""
LARGE = 300
"""Costs of more than 2 to this are scaled down before they are multiplied by raised masses."""


@dataclass(frozen=True, slots=True, eq=False)
class Masses:
    """Weights as masses of equal total.

    Attributes
    ----------
    a, b : Wide, shapes (n,) and (m,)
        Masses, times :data:`wcheck.transport.arithmetic.wide.RAISED`.
    total : float
        Their total, rounded.
    error : float
        The relative error of each mass; and of the total, except for its rounding.
    integers : int or None
        The exact total, not raised, where all masses of either side are equal and so integers.
    """

    a: Wide
    b: Wide
    total: float
    error: float
    integers: int | None

    @staticmethod
    def of(a: NDArray[np.float64], b: NDArray[np.float64]) -> Masses:
        """Return the masses of positive weights, whose totals agree up to rounding."""
        wide_a, wide_b, error = common_masses(a, b)
        uniform = bool(np.all(a == a[0]) and np.all(b == b[0]))
        integers = len(a) * len(b) // math.gcd(len(a), len(b)) if uniform else None
        return Masses(wide_a, wide_b, math.fsum(wide_a.high), error, integers)

    def unit(self, mass: NDArray[np.float64]) -> float:
        """Return what the masses of a plan in another unit are multiplied by: a power of two for integers."""
        total = math.fsum(mass)
        return RAISED if total == self.integers else self.total / total


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """Feasible potentials and the lower bound that they prove.

    Attributes
    ----------
    lower : float
        The bound.
    u, v : Wide, shapes (n,) and (m,)
        The potentials.
    nearest : ndarray, shape (n,), int64
        Where ``c_ij - v_j`` is least.
    paid : float
        How much lower rounding made it.
    """

    lower: float
    u: Wide
    v: Wide
    nearest: NDArray[np.int64]
    paid: float


@dataclass(frozen=True, slots=True, eq=False)
class Primal:
    """A plan and the upper bound that it proves.

    Attributes
    ----------
    upper : float
        The bound.
    absolute : float
        The sum of mass times ``|cost|``, for masses of total 1.
    rows, columns, mass : ndarray, shape (k,)
        The plan, in the unit of the masses.
    paid : float
        How much higher rounding and marginals that are off made it.
    """

    upper: float
    absolute: float
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: NDArray[np.float64]
    paid: float


def dual_bound(matrix: CostMatrix, masses: Masses, v: Wide, check: Callable[[], None] = lambda: None) -> Dual:
    """Return what finite potentials of the columns prove, by one pass over the matrix."""
    u, nearest = transform(matrix, v, check)
    scale, lost = _scale(matrix)
    scaled_u, scaled_v = (Wide(own.high * scale, own.low * scale) for own in (u, v))
    value, error = wide_dot((masses.a, scaled_u), (masses.b, scaled_v))
    most = float(np.abs(scaled_v.high).max())
    size = float(np.dot(masses.a.high, np.abs(scaled_u.high))) + masses.total * most
    own = 4.0 * WIDE if v.low.any() else 0.0
    paid = error + (2.0 * masses.error + own) * size + lost * masses.total
    if matrix.is_integer and masses.integers is not None:
        total = math.ceil((Fraction(value) - Fraction(paid)) / Fraction(RAISED))
        return Dual(_rounded(Fraction(total, masses.integers), -math.inf), u, v, nearest, 0.0)
    lower = _outward((value - paid) / masses.total, -math.inf) / scale
    if lower < 0.0 <= matrix.least.min():  # what potentials of 0 prove
        lower = 0.0
    return Dual(lower, u, v, nearest, value / masses.total / scale - lower)


def plan_bound(
    matrix: CostMatrix, masses: Masses, rows: NDArray[np.int64], columns: NDArray[np.int64], mass: Wide
) -> Primal:
    """Return what a plan proves.

    Parameters
    ----------
    matrix : CostMatrix
        The costs.
    masses : Masses
        What its marginals should be.
    rows, columns : ndarray, shape (k,), int64
        The pairs that carry mass, none of which is forbidden.
    mass : Wide, shape (k,)
        Not negative, in the unit of the masses.
    """
    off = sum(off_marginals(own, index, mass) for own, index in ((masses.a, rows), (masses.b, columns)))
    plan = rows, columns, mass.high
    if off == 0.0 and matrix.is_integer and masses.integers is not None:
        whole = [int(each) for each in (mass.high / RAISED).tolist()]
        terms = [each * cost for each, cost in zip(whole, matrix.integers(rows, columns), strict=True)]
        upper = _rounded(Fraction(sum(terms), masses.integers), math.inf)
        return Primal(upper, float(Fraction(sum(map(abs, terms)), masses.integers)), *plan, 0.0)
    scale, lost = _scale(matrix)
    cost = Wide(matrix.pairs(rows, columns) * scale, matrix.rest_of_pairs(rows, columns) * scale)
    value, error = wide_dot((mass, cost)) if cost.high.any() else (0.0, 0.0)
    absolute = float(np.dot(mass.high, np.abs(cost.high))) / masses.total / scale
    residual = off + 2.0 * masses.error * masses.total
    paid = error + residual * (2.0 * matrix.largest * scale) * (1.0 + 2.0**-40) + lost * masses.total
    upper = _outward((value + paid) / masses.total, math.inf) / scale if value or paid else 0.0
    return Primal(upper, absolute, *plan, upper - value / masses.total / scale)


def transform(
    matrix: CostMatrix, v: Wide, check: Callable[[], None] = lambda: None
) -> tuple[Wide, NDArray[np.int64]]:
    """Return ``u_i = min_j (c_ij - v_j)``, and where it is reached: ``inf`` and 0 in a row of forbidden pairs.

    Without rounding, except for that of the low parts of v and of integers that no double holds.
    """
    n, _ = matrix.shape
    u, nearest = Wide(np.empty(n), np.empty(n)), np.empty(n, np.int64)
    none = np.empty((0, 0))
    slack = 2.01 * float(np.abs(v.low).max())
    if matrix.is_wide:
        slack += 2.0**-51 * matrix.largest
    for rows, block in scan_blocks(matrix):
        check()
        rest = matrix.rest(rows) if matrix.is_wide else none
        rest.setflags(write=False)

        def find(
            part: slice,
            block: NDArray[Any] = block,
            rest: NDArray[np.float64] = rest,
            first: int = rows.start,
        ) -> None:
            own = slice(first + part.start, first + part.stop)
            _transform(block[part], rest[part], *v, slack, u.high[own], u.low[own], nearest[own])

        over_spans(len(block), block.size >> 16, find)
    return u, nearest


def _scale(matrix: CostMatrix) -> tuple[float, float]:
    """Return the power of two that costs are multiplied by before sums, and what small ones may lose by it."""
    over = math.frexp(matrix.largest)[1] - LARGE
    return (2.0**-over, 2.0**-1070) if over > 0 else (1.0, 0.0)


def _outward(value: float, end: float) -> float:
    """Return a bound that holds for a quotient by a rounded total."""
    return math.nextafter(value + math.copysign(2.0**-51 * abs(value), end), end)


def _rounded(value: Fraction, end: float) -> float:
    """Return a fraction as a float that lies on the side of ``end``, or is equal."""
    nearest = float(value)
    beyond = Fraction(nearest) > value if end < 0.0 else Fraction(nearest) < value
    return math.nextafter(nearest, end) if beyond else nearest


@compiled()
def _transform(block, rest, v, v_low, slack, u, u_low, nearest):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Find each row's least difference: first rounded, by group, then exactly where that is near the least."""
    m = len(v)
    groups = (m + GROUP - 1) // GROUP
    lowest_of = np.empty(groups)
    for i in range(block.shape[0]):
        row, lowest = block[i], np.inf
        for group in range(groups):
            low = np.inf
            for j in range(group * GROUP, min(m, group * GROUP + GROUP)):
                low = least(low, np.float64(row[j]) - v[j])
            lowest_of[group] = low
            lowest = least(lowest, low)
        reach = lowest + slack + (2.0**-51 * abs(lowest) if slack > 0.0 else 0.0)
        found, at = (np.inf, 0.0), 0
        for group in range(groups):
            if lowest_of[group] > reach or lowest == np.inf:
                continue
            for j in range(group * GROUP, min(m, group * GROUP + GROUP)):
                if np.float64(row[j]) - v[j] > reach:
                    continue
                difference = two_sum(np.float64(row[j]), -v[j])
                if v_low[j] != 0.0:
                    difference = wide_sum(difference, (-v_low[j], 0.0))
                if rest.shape[0] > 0:
                    difference = wide_sum(difference, (rest[i, j], 0.0))
                if wide_less(difference, found):
                    found, at = difference, j
        u[i], u_low[i] = found
        nearest[i] = at
