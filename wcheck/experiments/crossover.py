r"""The dimension from which a Dirac beats real batches of Gaussians: ``wcheck false-minima --gaussian``."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from wcheck.errors import ParameterError
from wcheck.experiments.base import Experiment
from wcheck.experiments.monte_carlo import check_reps, mean_and_error
from wcheck.experiments.polynomials import Fitted
from wcheck.experiments.sampling import FINE
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WINDOW = 1.5
"""Curves are fitted to the dimensions within this factor of the change of sign."""
NEAREST = 6
"""Or to as many as are nearest to it, if those are more."""
LEVEL = 0.95


@dataclass(frozen=True)
class Crossover(Experiment[tuple[int, int]]):
    r"""Batches of n points of the standard Gaussian: their W1 to another such batch, and to the Dirac at its mean.

    ``W1(p_n, q_n) - W1(p_n, delta_0)`` is negative in low dimensions and positive in high ones (Stanczuk et al. 2021,
    Figure 11): a generator that had learned the Gaussian would then lose to one that makes one point. The mean
    distance to the Dirac is known, ``sqrt(2) Gamma((d + 1) / 2) / Gamma(d / 2)``, and stands beside the one that was
    met.

    Attributes
    ----------
    n : tuple of int
        Batch sizes.
    dim : tuple of int
        Dimensions.
    reps : int
        Pairs of batches for each.
    seed : int
        Of the draws.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    n: tuple[int, ...] = (64, 250)
    dim: tuple[int, ...] = tuple(range(1, 101))
    reps: int = 100
    seed: int = 0

    name: ClassVar[str] = "false-minima --gaussian"
    columns: ClassVar[tuple[str, ...]] = (
        "n", "dim", "reps", "seed", "real", "real_error", "dirac", "dirac_error", "dirac_expected", "difference",
        "difference_error", "lower", "upper", "seconds", "status",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = FINE

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        for option, value in (("n", min(self.n)), ("dim", min(self.dim))):
            if value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        check_reps(self.reps)

    def tasks(self) -> Sequence[tuple[int, int]]:
        """Return the pairs (n, dim)."""
        return list(itertools.product(dict.fromkeys(self.n), dict.fromkeys(self.dim)))

    def run(self, task: tuple[int, int], report: Report, place: Place | None = None) -> Iterator[Row]:
        """Measure one size in one dimension and yield its row; ``lower`` and ``upper`` bracket ``real``."""
        import numpy as np

        from wcheck.rng import generator
        from wcheck.transport.solve.batch import exact_batch

        n, dim = task
        begun = time.perf_counter()
        x, y = generator(self.seed, "crossover", n, dim).standard_normal((2, self.reps, n, dim))
        found = exact_batch(x, y, report=report)
        to_dirac = np.linalg.norm(x, axis=2).mean(axis=1)
        real, dirac = mean_and_error(found.value), mean_and_error(to_dirac)
        difference = mean_and_error(found.value - to_dirac)
        yield {
            "n": n,
            "dim": dim,
            "reps": self.reps,
            "seed": self.seed,
            "real": real[0],
            "real_error": real[1],
            "dirac": dirac[0],
            "dirac_error": dirac[1],
            "dirac_expected": expected_norm(dim),
            "difference": difference[0],
            "difference_error": difference[1],
            "lower": float(found.lower.mean()),
            "upper": float(found.upper.mean()),
            "seconds": time.perf_counter() - begun,
            "status": "ok" if found.optimal else "rounding",
        }


def expected_norm(dim: int) -> float:
    r"""Return the mean norm of a standard Gaussian, ``sqrt(2) Gamma((d + 1) / 2) / Gamma(d / 2)``."""
    return math.sqrt(2.0) * math.exp(math.lgamma((dim + 1) / 2) - math.lgamma(dim / 2))


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a curve becomes positive, and a 95 % interval; an end is 0 or infinite where the points do not show one."""

    dim: float
    low: float
    high: float


def crossing(rows: Sequence[Row]) -> Crossing | None:
    r"""Return the dimension at which the difference becomes positive, from the rows of one n.

    The curve is concave: the root of a straight line through it is off by more than its interval. In ``x = log d`` a
    parabola describes it, so one is fitted by least squares to the dimensions about the change of sign, with one
    standard error for all of them, as they nearly have. Its root has the interval of all x about it at which the
    parabola is within t standard errors of 0 (Fieller's theorem for a polynomial). What a parabola may miss a cubic
    shows: the interval is the hull of those of both. Between integers, the root is that of the curve through them.

    None where the difference changes no sign, or there are fewer than four dimensions.
    """
    import numpy as np
    from scipy.stats import t

    ordered = sorted(rows, key=lambda row: cast("int", row["dim"]))
    dims, values, errors, reps = (
        np.array([row[column] for row in ordered], float)
        for column in ("dim", "difference", "difference_error", "reps")
    )
    if len(dims) < 4 or values[0] > 0:
        return None
    # Where the sum of all before is least: one dimension that is on the wrong side by chance moves it little.
    last = int(np.cumsum(values).argmin())
    if last == len(dims) - 1:
        return None
    middle = math.sqrt(dims[last] * dims[last + 1])
    x = np.log(dims / middle)
    near = np.abs(x) <= max(math.log(WINDOW), np.sort(np.abs(x))[:NEAREST][-1])
    error = np.full(near.sum(), math.sqrt(float((errors[near] ** 2).mean())))
    factor = float(t.ppf(0.5 + LEVEL / 2, (reps[near] - 1).sum()))
    parabola, cubic = (
        _root(Fitted.through(x[near], values[near], error, k), x[near], factor) for k in (2, 3)
    )
    if parabola is None or cubic is None:
        return None
    low, high = min(parabola.low, cubic.low), max(parabola.high, cubic.high)
    return Crossing(middle * math.exp(parabola.dim), middle * math.exp(low), middle * math.exp(high))


def _root(fitted: Fitted, x: Array, factor: float) -> Crossing | None:
    """Return where a polynomial rises through 0, nearest to x = 0 and among its points, and the interval of that."""
    slope = fitted.curve.deriv()
    inside = [root for root in fitted.roots() if x[0] <= root <= x[-1] and slope(root) > 0]
    if not inside:
        return None
    root = min(inside, key=abs)
    low, high = fitted.around(root, factor)
    return Crossing(root, low if low >= x[0] else -math.inf, high if high <= x[-1] else math.inf)
