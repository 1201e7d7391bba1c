r"""Arithmetic on sums of two doubles, for where cancellation leaves nothing of one: costs, masses and products.

A number is ``high + low`` with ``|low| <= 2^-53 |high|``: about 32 digits, with the range of float64. The operations
are those of Dekker (1971) and Knuth, with the relative errors of Joldes, Muller and Popescu (Tight and rigorous error
bounds for basic building blocks of double-word arithmetic, 2017): 3 u^2 for sums, 5 u^2 for products, ``u = 2^-53``,
as long as low parts stay above 2^-1022.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.sums import two_sum

WIDE = 2.0**-103
"""More than the relative error of one operation."""
SMALL, LOST = 2.0**-960, 2.0**-1072
"""Costs below the first have lost digits to underflow, but not more than the second."""
RAISED = 2.0**600
"""Masses are raised by this, so that the least weight and its products keep their low parts."""


class Wide(NamedTuple):
    """Numbers as unevaluated sums of two doubles."""

    high: NDArray[np.float64]
    low: NDArray[np.float64]

    @staticmethod
    def of(values: NDArray[np.float64]) -> Wide:
        """Return plain doubles as sums of two."""
        return Wide(values, np.zeros_like(values))

    def take(self, index: Any) -> Wide:
        """Return some of the numbers."""
        return Wide(self.high[index], self.low[index])


def common_masses(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[Wide, Wide, float]:
    """Return weights as masses of equal total, without normalising either side by a division.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive weights of any totals A and B.

    Returns
    -------
    tuple of Wide, Wide and float
        ``a_i B`` and ``b_j A``, times :data:`RAISED`; the integers ``m / g`` and ``n / g`` where all weights of a side
        are equal; a and b themselves where the totals are equal. And their relative error: 0 in the last two cases.
    """
    n, m = len(a), len(b)
    if np.all(a == a[0]) and np.all(b == b[0]):
        divisor = math.gcd(n, m)
        return Wide.of(np.full(n, m // divisor * RAISED)), Wide.of(np.full(m, n // divisor * RAISED)), 0.0
    a, b = a * RAISED, b * RAISED
    if math.fsum([*a.tolist(), *(-b).tolist()]) == 0.0:
        return Wide.of(a), Wide.of(b), 0.0
    masses = []
    for own, other in ((a, b), (b, a)):
        total = math.fsum(other) / RAISED
        rest = math.fsum([*other.tolist(), -total * RAISED]) / RAISED
        mass = Wide(np.empty(len(own)), np.empty(len(own)))
        _scaled(own, total, rest, mass.high, mass.low)
        masses.append(mass)
    return masses[0], masses[1], 2.0 * WIDE


def wide_dot(*factors: tuple[Wide, Wide]) -> tuple[float, float]:
    """Return the sum of all products of paired numbers, and a bound of its error."""
    high = low = size = 0.0
    count = 0
    for left, right in factors:
        high, low, size = _dot(*left, *right, high, low, size)
        count += len(left.high)
    return high + low, 2.0**-53 * abs(high + low) + (2.0 * count + 16.0) * WIDE * size + count * 2.0**-1070


@compiled(inline="always")
def wide_sum(a, b):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``a + b``."""
    s, e = two_sum(a[0], b[0])
    t, f = two_sum(a[1], b[1])
    s, e = two_sum(s, e + t)
    return two_sum(s, e + f)


@compiled(inline="always")
def wide_minus(a, b):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``a - b``."""
    return wide_sum(a, (-b[0], -b[1]))


@compiled(inline="always")
def wide_less(a, b):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Whether ``a < b``."""
    return a[0] < b[0] or (a[0] == b[0] and a[1] < b[1])


@compiled(inline="always")
def wide_product(a, b):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return ``a b``."""
    product = a[0] * b[0]
    t = 134217729.0 * a[0]  # 2^27 + 1: Veltkamp's splitting
    a_high = t - (t - a[0])
    a_low = a[0] - a_high
    t = 134217729.0 * b[0]
    b_high = t - (t - b[0])
    b_low = b[0] - b_high
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return two_sum(product, error + (a[0] * b[1] + a[1] * b[0]))


@compiled()
def _scaled(values, total, rest, high, low):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for k in range(len(values)):
        high[k], low[k] = wide_product((values[k], 0.0), (total, rest))


@compiled()
def _dot(a_high, a_low, b_high, b_low, high, low, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = (high, low)
    for k in range(len(a_high)):
        product = wide_product((a_high[k], a_low[k]), (b_high[k], b_low[k]))
        total = wide_sum(total, product)
        size += abs(product[0])
    return total[0], total[1], size
