"""Least-squares polynomials through means with known errors, and where they are 0."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.polynomial import Polynomial
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUNDING = 1e-12
"""A power whose share of a curve is smaller, wherever it has points, is as good as not there."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A polynomial and what the errors of its points make of it.

    Attributes
    ----------
    curve : Polynomial
        By least squares without weights.
    covariance : ndarray, shape (degree + 1, degree + 1)
        The covariance of its coefficients, by the standard errors of the points.
    reach : float
        How far from 0 the points are at most.
    """

    curve: Polynomial
    covariance: Array
    reach: float

    @staticmethod
    def through(x: Array, y: Array, errors: Array, degree: int) -> Fitted:
        """Fit more points than the degree, independent and with these standard errors."""
        import numpy as np
        from numpy.polynomial import Polynomial

        inverse = np.linalg.pinv(np.vander(x, degree + 1, increasing=True))
        reach = float(np.abs(x).max())
        return Fitted(Polynomial(inverse @ y), (inverse * errors**2) @ inverse.T, reach)

    def error(self, coefficient: int) -> float:
        """Return the standard error of a coefficient."""
        return math.sqrt(float(self.covariance[coefficient, coefficient]))

    def half_width(self, x: float, factor: float) -> float:
        """Return ``factor`` standard errors of the curve at x."""
        return factor * math.sqrt(max(0.0, float(self._variance()(x))))

    def roots(self) -> list[float]:
        """Return the real roots."""
        return self._real(self.curve)

    def around(self, root: float, factor: float) -> tuple[float, float]:
        """Return the ends of all x about a root where the curve is within ``factor`` standard errors of 0.

        Fieller's theorem (1954), for a polynomial; an end is infinite where there is none.
        """
        slope = abs(float(self.curve.deriv()(root)))
        if (
            close := self.half_width(root, factor)
        ) <= 1e-9 * slope:  # too near each other to be found as roots
            return root - close / slope, root + close / slope
        ends = self._real(self.curve**2 - factor**2 * self._variance())
        below, above = ([end for end in ends if (end - root) * side > 0] for side in (-1, 1))
        return max(below, default=-math.inf), min(above, default=math.inf)

    def _variance(self) -> Polynomial:
        import numpy as np
        from numpy.polynomial import Polynomial

        count = len(self.covariance)
        sums = np.zeros(2 * count - 1)
        for power, row in enumerate(self.covariance):
            sums[power : power + count] += row
        return Polynomial(sums)

    def _real(self, curve: Polynomial) -> list[float]:
        """Return the real roots, without powers that are only rounding: their far roots would spoil the near ones."""
        import numpy as np
        from numpy.polynomial import Polynomial

        sizes = np.abs(curve.coef) * self.reach ** np.arange(len(curve.coef))
        kept = np.flatnonzero(sizes > ROUNDING * sizes.max())
        if not len(kept):
            return []
        roots = [complex(root) for root in Polynomial(curve.coef[: kept[-1] + 1]).roots()]
        return [root.real for root in roots if abs(root.imag) <= 1e-9 * max(1.0, abs(root))]
