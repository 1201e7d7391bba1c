r"""Certificates: a lower and an upper bound that do not take any solver's word.

* From *any* potentials v on the target, ``u_i = min_j (c_ij - v_j)`` makes (u, v) feasible for the dual, so
  ``sum_i a_i u_i + sum_j b_j v_j`` is a lower bound (weak duality).
* From *any* plan with non-negative mass, ``sum mass_ij c_ij`` plus the diameter times the mass by which its marginals
  are off is an upper bound: remove the excess, carry what is missing anywhere.

The rounding of every step is bounded and paid for, so the bracket holds for the real numbers that the points'
floating-point coordinates are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wcheck.columns.html import shown
from wcheck.columns.rounding import DIGITS, between
from wcheck.transport.arithmetic.rounding import U64
from wcheck.transport.arithmetic.sums import accurate_sum

UNDERFLOW64 = 2.0**-1073
"""More than a float64 product, or the division of a weight by a total near 1, can lose to underflow."""

SMALL = 2.0**-960
"""Products below this may lose digits to underflow."""

Bounds: TypeAlias = float | NDArray[np.float64]

Target = Literal["empirical", "population"]


@dataclass(frozen=True, slots=True)
class Bracket:
    """``lower <= truth <= upper``, rounding included.

    Attributes
    ----------
    lower, upper : float
        The bounds, in the unit of the points.
    target : {"empirical", "population"}
        Which distance it brackets: the one between the two finite measures, or between the distributions that they were
        drawn from.

    Examples
    --------
    >>> bracket = Bracket(1.0, 1.25)
    >>> bracket.gap, bracket.relative_gap
    (0.25, 0.2)
    """

    lower: float
    upper: float
    target: Target = "empirical"

    @property
    def gap(self) -> float:
        """``upper - lower``."""
        return self.upper - self.lower

    @property
    def relative_gap(self) -> float:
        """``(upper - lower) / upper``, and 0 where both bounds are 0."""
        return float(relative_gap(self.lower, self.upper))

    def _repr_html_(self) -> str:
        """Show both bounds in a notebook, rounded outward."""
        return shown(f"Bracket of the {self.target} distance", {"lower": self.lower, "upper": self.upper})

    def __str__(self) -> str:
        """Show both bounds with the digits that matter, rounded outwards, or one number and how far it may be off."""
        relative = self.relative_gap
        digits = min(DIGITS, max(4, 2 - math.floor(math.log10(relative)))) if 0 < relative < 1 else 6
        words = between(self.lower, self.upper, digits).split()
        if words[0] == "between":
            return f"[{words[1]}, {words[3]}]"
        return words[-1] if words[0] == "at" else f"{words[3]} to within {words[1]}"


def relative_gap(lower: Bounds, upper: Bounds) -> NDArray[np.float64]:
    """Return ``(upper - lower) / upper``: 0 where ``upper`` is, 1 where it is infinite.

    A quotient is not rounded among denormals, as ``tol * upper`` is.
    """
    upper = np.asarray(upper, np.float64)
    plain = ~((upper <= 0.0) | (upper == np.inf))
    gap: NDArray[np.float64] = np.where(plain, upper - lower, upper > 0.0) / np.where(plain, upper, 1.0)
    return gap


def distance_bounds(
    lower: Bounds, upper: Bounds, unit: Bounds, p: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bounds of ``W_p``, rounded outward, from those of ``W_p^p`` in units of ``unit^p``.

    Parameters
    ----------
    lower, upper : float or ndarray
        Not negative; NaN stays NaN.
    unit : float or ndarray
        Powers of two.
    p : {1, 2}
        The exponent.
    """
    if p == 2:
        lower, upper = np.sqrt(lower) * (1.0 - 2.0**-52), np.sqrt(upper) * (1.0 + 2.0**-52)
    low, high = np.asarray(lower * unit), np.asarray(upper * unit)  # exact, but among denormals
    return (
        np.where(low / unit > lower, np.nextafter(low, 0.0), low),
        np.where(high / unit < upper, np.nextafter(high, np.inf), high),
    )


def dual_value(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    potential_rounding: float = 0.0,
) -> tuple[float, float]:
    r"""Return ``sum a_i u_i + sum b_j v_j`` and a bound on its rounding.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,)
        Weights, each within a factor ``1 +- 2^-51`` of the true one, or within 2^-1074 of it.
    u, v : ndarray, shapes (n,) and (m,)
        Feasible potentials; each u_i may be too large by ``potential_rounding``.
    """
    terms = np.concatenate([a * u, b * v])
    rounding = 8.0 * U64 * accurate_sum(np.abs(terms)) + potential_rounding
    rounding += UNDERFLOW64 * (len(terms) + float(np.abs(u).sum() + np.abs(v).sum()))
    return accurate_sum(terms), rounding


def plan_value(
    mass: NDArray[np.float64],
    cost: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    diameter_cost: float,
    cost_rounding: float,
) -> tuple[float, float]:
    r"""Return the cost of a plan and what its rounding and its marginals' residual may add to it.

    Parameters
    ----------
    mass, cost, rows, columns : ndarray, shape (k,)
        The plan's arcs; mass is not negative and of the same unit as a and b.
    a, b : ndarray, shapes (n,) and (m,)
        The marginals that the plan should have; integers are taken as exact, others to a factor ``1 +- 2^-51`` or
        to 2^-1074.
    diameter_cost : float
        An upper bound of every cost.
    cost_rounding : float
        The relative error of the costs.

    Returns
    -------
    value, paid : float
        Divided by the total mass: ``value + paid`` is an upper bound.
    """
    total = accurate_sum(a)
    residual = 0.0
    for weights, index in ((a, rows), (b, columns)):
        sums = np.bincount(index, mass, minlength=len(weights))
        off = np.abs(sums - weights)
        if not _integers(weights) or not _integers(mass):
            terms = np.bincount(index, minlength=len(weights))
            off += (terms + 8) * U64 * weights
            residual += len(weights) * UNDERFLOW64
        residual += accurate_sum(off)
    products = mass * cost
    value = accurate_sum(products) / total
    paid = value * (cost_rounding + 6.0 * U64) + residual / total * diameter_cost * (1.0 + 8.0 * U64)
    if np.any((products < SMALL) & (mass > 0.0) & (cost > 0.0)):
        paid += (len(products) + 2.0) * UNDERFLOW64
    return value, paid


def _integers(values: NDArray[np.float64]) -> bool:
    """Whether all are integers that float64 sums exactly."""
    return bool(np.all(values == np.rint(values)) and values.sum() < 2.0**53)
