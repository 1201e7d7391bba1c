r"""How an error falls with the number of points, and how many points a given error would need: by several models.

The mean errors ``e(n)`` are known up to standard errors; what lies between and beyond the n is a matter of a model. On
logarithmic axes:

* **lines** by least squares, of free slope: through all sizes, and through every run of neighbouring sizes that holds
  the two next to what is asked for (beyond the largest size the last two);
* **the slope in theory**, from the nearest sizes on: between samples of one distribution in d intrinsic dimensions the
  mean W1 falls as ``n^(-1/2)`` for d = 1, ``sqrt(log n / n)`` for d = 2 and ``n^(-1/d)`` for d > 2 (enough moments).

Each has a 95 % interval from the standard errors (Student's t with the fewest repetitions less one degrees of freedom);
a range is the hull of these intervals. It holds as often as it says if one of the models is right, and models that
disagree make it wide. Beyond the largest size the truth may lie outside of all of them. Only where the curve bends
significantly does that say on which side: where its slope flattens with n (a parabola through all sizes is convex),
lines need too few points, and the range is to be read as **at least** its lower end; where it steepens, as **at most**
its upper end. That the bend does not turn is an assumption, too.

Sources: the paper, Section 5.2 and Figure 9; Ajtai, Komlós and Tusnády, On optimal matchings, 1984; Fournier and
Guillin, On the rate of convergence in Wasserstein distance of the empirical measure, 2015.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from wcheck.experiments.monte_carlo import mean_and_error
from wcheck.experiments.polynomials import Fitted
from wcheck.experiments.sampling import is_synthetic
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEVEL = 0.95
ROUNDING = 1e-9
"""Curvatures below are none."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Mean errors by size, on logarithmic axes.

    Attributes
    ----------
    x, y, spread : ndarray, shape (k,), float64
        ``log10 n`` ascending, ``log10`` of the mean errors, and their standard errors.
    factor : float
        Standard errors on either side of a 95 % interval.
    dim : int, optional
        That of the rate in theory, where one is known.
    """

    x: Array
    y: Array
    spread: Array
    factor: float
    dim: int | None

    @staticmethod
    def of(rows: Sequence[Row]) -> Errors:
        """Return those of the rows of one estimator."""
        import numpy as np
        from scipy.stats import t

        samples = samples_by_size(rows)
        means, errors = np.array([mean_and_error(sample) for sample in samples.values()]).T
        fewest = min(map(len, samples.values()))
        return Errors(
            np.log10(np.array(list(samples), dtype=np.float64)),
            np.log10(means),
            errors / means / math.log(10.0),
            float(t.ppf(0.5 + LEVEL / 2, fewest - 1)),
            _rate_dimension(rows[0]),
        )

    def line(self, first: int = 0, last: int | None = None, target: float = 0.0) -> Fitted:
        """Return the line through the sizes ``first`` to ``last`` of the errors less a target, in log10."""
        sizes = slice(first, len(self.x) if last is None else last + 1)
        return Fitted.through(self.x[sizes], self.y[sizes] - target, self.spread[sizes], 1)

    def runs(self, before: int) -> Iterator[tuple[int, int]]:
        """Yield the first and last size of each run that holds the sizes next to a place, the shortest first.

        ``before`` says how many sizes lie before that place.
        """
        left = min(max(before - 1, 0), len(self.x) - 2)
        runs = itertools.product(range(left, -1, -1), range(left + 1, len(self.x)))
        yield from sorted(runs, key=lambda run: run[1] - run[0])

    def nearest(self, before: int) -> list[int]:
        """Return the sizes next to a place, from which the slope in theory continues; none where none is known."""
        return [] if self.dim is None else [k for k in (before - 1, before) if 0 <= k < len(self.x)]

    def needed(self, error: float) -> Need:
        """Return what an error needs by the models."""
        target = math.log10(error)
        reached = (self.y <= target).nonzero()[0]
        before = int(reached[0]) if len(reached) else len(self.x)
        lines = [self._falls_to(target, *run) for run in self.runs(before)]
        theory = [self._goes_on_to(target, k) for k in self.nearest(before)]
        return Need(
            line=lines[-1][0],
            last=lines[0][0],
            theory=theory[-1][0] if theory else math.inf,
            low=min(low for _, low, _ in (*lines, *theory)),
            high=max(high for _, _, high in (*lines, *theory)),
            bound=self.bend() if before == len(self.x) else None,
        )

    def range_at(self, x: float) -> tuple[float, float]:
        """Return the range of the logarithm of the error at a place."""
        before = int((self.x < x).sum())
        found = []
        for run in self.runs(before):
            line = self.line(*run)
            found.append((float(line.curve(x)), line.half_width(x, self.factor)))
        for k in self.nearest(before):
            fallen = decay(x, cast("int", self.dim)) - decay(float(self.x[k]), cast("int", self.dim))
            found.append((float(self.y[k]) + fallen, self.factor * float(self.spread[k])))
        return min(middle - half for middle, half in found), max(middle + half for middle, half in found)

    def slopes(self) -> tuple[float, float]:
        """Return the range of the slopes of lines that hold the last two sizes."""
        lines = [self.line(*run) for run in self.runs(len(self.x))]
        found = [(float(line.curve.coef[1]), self.factor * line.error(1)) for line in lines]
        return min(slope - half for slope, half in found), max(slope + half for slope, half in found)

    def curvature(self) -> tuple[float, float] | None:
        """Return that of the parabola through all sizes, and its standard error; None with two sizes."""
        if len(self.x) < 3:
            return None
        parabola = Fitted.through(self.x, self.y, self.spread, 2)
        return float(parabola.curve.coef[2]), parabola.error(2)

    def bend(self) -> str | None:
        """Return how to read the range beyond the largest size; None where the curve does not bend significantly."""
        found = self.curvature()
        if found is None or abs(found[0]) <= max(self.factor * found[1], ROUNDING):
            return None
        return "at least" if found[0] > 0 else "at most"

    def _falls_to(self, target: float, first: int, last: int) -> tuple[float, float, float]:
        line = self.line(first, last, target)
        if line.curve.coef[1] >= 0.0:
            return math.inf, float(self.x[last]), math.inf
        (root,) = line.roots()
        low, high = line.around(root, self.factor)
        return root, low, high

    def _goes_on_to(self, target: float, k: int) -> tuple[float, float, float]:
        half = self.factor * float(self.spread[k])
        middle, low, high = (
            reached(float(self.x[k]), target - float(self.y[k]) - side * half, cast("int", self.dim))
            for side in (0.0, -1.0, 1.0)
        )
        return middle, low, high


@dataclass(frozen=True, slots=True)
class Need:
    """The points that an error needs, as exponents of 10; see :data:`COLUMNS`."""

    line: float
    last: float
    theory: float
    low: float
    high: float
    bound: str | None


def decay(x: float, dim: int) -> float:
    """Return ``log10`` of the rate in theory at ``n = 10^x``."""
    if dim == 2:
        return 0.5 * (math.log10(max(x * math.log(10.0), 1.0)) - x)
    return -x / max(dim, 2)


def reached(x: float, change: float, dim: int) -> float:
    """Return the exponent at which the rate in theory has changed by ``change`` in log10 since x."""
    if dim != 2:
        return x - change * max(dim, 2)
    from scipy.optimize import brentq

    start = decay(x, dim)
    return float(
        brentq(lambda at: decay(at, dim) - start - change, x - 2 - 4 * abs(change), x + 2 + 4 * abs(change))
    )


def samples_by_size(rows: Sequence[Row]) -> dict[int, Array]:
    """Return the errors by size, ascending."""
    import numpy as np

    sizes = sorted({cast("int", row["n"]) for row in rows})
    return {
        size: np.array(
            [
                abs(cast("float", row["value"]) - cast("float", row["truth"]))
                for row in rows
                if row["n"] == size
            ]
        )
        for size in sizes
    }


def _rate_dimension(row: Row) -> int | None:
    """Return the d of the rate in theory of an estimator's errors; None where no rate is known."""
    if row["estimator"] == "oracle":  # a mean of independent values
        return 1
    plugin_at_zero = row["estimator"] == "exact" and row["truth"] == 0.0
    return cast("int", row["dim"]) if plugin_at_zero and is_synthetic(cast("str", row["source"])) else None
