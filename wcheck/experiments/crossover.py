r"""The dimension from which a Dirac beats real batches of Gaussians: ``wcheck false-minima --gaussian``."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, cast

from wcheck.errors import ParameterError
from wcheck.experiments.monte_carlo import Z95, check_reps, mean_and_error
from wcheck.progress import Report
from wcheck.table import Row

WINDOW = 4
"""Dimensions on either side of a change of sign that a line is fitted to."""


@dataclass(frozen=True)
class Crossover:
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
    fine: ClassVar[frozenset[str]] = frozenset({"ok"})
    neutral: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        for option, value in (("n", min(self.n)), ("dim", min(self.dim))):
            if value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        check_reps(self.reps)

    def config(self, report: Report) -> dict[str, object]:
        """Return all options."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def tasks(self) -> Sequence[tuple[int, int]]:
        """Return the pairs (n, dim)."""
        return list(itertools.product(dict.fromkeys(self.n), dict.fromkeys(self.dim)))

    def run(self, task: tuple[int, int], report: Report) -> Iterator[Row]:
        """Measure one size in one dimension and yield its row; ``lower`` and ``upper`` bracket ``real``."""
        import numpy as np

        from wcheck.rng import generator
        from wcheck.transport.batch import exact_batch

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
            "status": "ok",
        }


def expected_norm(dim: int) -> float:
    r"""Return the mean norm of a standard Gaussian, ``sqrt(2) Gamma((d + 1) / 2) / Gamma(d / 2)``."""
    return math.sqrt(2.0) * math.exp(math.lgamma((dim + 1) / 2) - math.lgamma(dim / 2))


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a curve changes its sign, and a 95 % interval; an end is infinite where the slope may be none."""

    dim: float
    low: float
    high: float


def crossing(rows: Sequence[Row]) -> Crossing | None:
    """Return the dimension at which the difference becomes positive for good, from the rows of one n.

    A line is fitted by weighted least squares to the dimensions near the last change of sign; its root has the interval
    of Fieller's theorem (1954). None where there is no such change, or fewer than three dimensions are near it.
    """
    import numpy as np

    ordered = sorted(rows, key=lambda row: cast("int", row["dim"]))
    dims, values, errors = (
        np.array([row[column] for row in ordered], float)
        for column in ("dim", "difference", "difference_error")
    )
    negative = np.flatnonzero(values <= 0)
    if len(negative) == 0 or negative[-1] == len(dims) - 1:
        return None
    last = int(negative[-1])
    near = slice(max(0, last + 1 - WINDOW), last + 1 + WINDOW)
    middle = float(dims[last])
    if len(dims[near]) < 3 or not (errors[near] > 0).all():
        return None
    design = np.stack([np.ones(len(dims[near])), dims[near] - middle], axis=1) / errors[near, None]
    covariance = np.linalg.inv(design.T @ design)
    level, slope = covariance @ design.T @ (values[near] / errors[near])
    low, high = _fieller(float(level), float(slope), covariance.tolist())
    return Crossing(middle - float(level / slope), middle + low, middle + high)


def _fieller(level: float, slope: float, covariance: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return all x with ``|level + slope x| <= z sd(level + slope x)`` where that is an interval."""
    (variance, mixed), (_, slope_variance) = covariance
    square = slope * slope - Z95**2 * slope_variance
    if square <= 0 or slope <= 0:
        return -math.inf, math.inf
    half = level * slope - Z95**2 * mixed
    root = math.sqrt(max(0.0, half * half - square * (level * level - Z95**2 * variance)))
    return (-half - root) / square, (-half + root) / square
