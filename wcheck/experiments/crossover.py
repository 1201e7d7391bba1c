r"""The dimension from which a Dirac beats real batches of Gaussians: what ``wcheck crossover`` runs."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from wcheck.errors import ParameterError
from wcheck.experiments.base import Experiment
from wcheck.experiments.monte_carlo import check_reps, mean_and_error
from wcheck.experiments.sampling import FINE
from wcheck.experiments.telling import crossover as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row


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
        The seed of the draws.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    n: tuple[int, ...] = (64, 250)
    dim: tuple[int, ...] = tuple(range(1, 101))
    reps: int = 100
    seed: int = 0

    name: ClassVar[str] = "crossover"
    columns: ClassVar[tuple[str, ...]] = (
        "n", "dim", "reps", "seed", "real", "real_error", "dirac", "dirac_error", "dirac_expected", "difference",
        "difference_error", "lower", "upper", "seconds", "status",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = FINE
    told = staticmethod(telling.told)

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
