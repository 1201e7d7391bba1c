r"""Bernoulli measures, where all of the bias of batches is known: what ``wcheck bernoulli`` runs."""

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
from wcheck.experiments.telling import bernoulli as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

EXACT = 1e-9
"""``n theta*`` this near an integer is that integer: 0.7 is not a binary number."""


@dataclass(frozen=True)
class Bernoulli(Experiment[tuple[float, int]]):
    r"""The batch loss ``W1(p*_n, p_theta)`` of Bernoulli measures, and how its gradient and its minimum mislead.

    (Stanczuk et al. 2021, Theorem 5.3.1, after Bellemare et al. 2017.) With ``k ~ Binomial(n, theta*)`` the batch loss
    is ``|k/n - theta|``. Its expected gradient is ``P(k/n < theta) - P(k/n > theta)``, while that of
    ``|theta* - theta|`` is the sign of ``theta - theta*``; its expectation is least at the medians of ``k/n``, not at
    ``theta*``. The gradient is taken at the ``theta`` next to ``theta*`` where it is worst: half-way to the nearest
    multiple of ``1/n`` on the side that has more mass beyond ``theta*``. Its bias there is twice that mass.

    Attributes
    ----------
    theta_star : tuple of float
        Parameters of the data, between 0 and 1.
    n : tuple of int
        Batch sizes.
    reps : int
        Batches of the Monte Carlo columns.
    seed : int
        The seed of the batches.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    theta_star: tuple[float, ...] = (0.1, 0.25, 0.4, 0.5, 0.7, 0.9)
    n: tuple[int, ...] = (1, 2, 5, 10, 64, 1000)
    reps: int = 10_000
    seed: int = 0

    name: ClassVar[str] = "bernoulli"
    columns: ClassVar[tuple[str, ...]] = (
        "theta_star", "n", "reps", "seed", "theta", "true_gradient", "gradient", "gradient_mc", "gradient_mc_error",
        "bias", "argmin_low", "argmin_high", "argmin_mc", "loss_argmin", "loss_theta_star", "loss_theta_star_mc",
        "loss_theta_star_mc_error", "seconds", "status",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        for theta_star in self.theta_star:
            if not 0 < theta_star < 1:
                raise ParameterError(f"theta_star is {theta_star}: give a number between 0 and 1.")
        if min(self.n) < 1:
            raise ParameterError(f"n is {min(self.n)}: give an integer of at least 1.")
        check_reps(self.reps)

    def tasks(self) -> Sequence[tuple[float, int]]:
        """Return the pairs (theta_star, n)."""
        return list(itertools.product(dict.fromkeys(self.theta_star), dict.fromkeys(self.n)))

    def run(self, task: tuple[float, int], report: Report, place: Place | None = None) -> Iterator[Row]:
        """Compute one pair in closed form and by Monte Carlo, and yield its row."""
        import numpy as np

        from wcheck.rng import generator

        theta_star, n = task
        begun = time.perf_counter()
        law = Batches(n, theta_star)
        theta, low, high = law.worst_theta(), *law.medians()
        means = generator(self.seed, "bernoulli", n, repr(theta_star)).binomial(n, theta_star, self.reps) / n
        gradient = mean_and_error(np.sign(theta - means))
        loss = mean_and_error(np.abs(means - theta_star))
        true_gradient = math.copysign(1.0, theta - theta_star)
        yield {
            "theta_star": theta_star,
            "n": n,
            "reps": self.reps,
            "seed": self.seed,
            "theta": theta,
            "true_gradient": true_gradient,
            "gradient": law.gradient(theta),
            "gradient_mc": gradient[0],
            "gradient_mc_error": gradient[1],
            "bias": abs(law.gradient(theta) - true_gradient),
            "argmin_low": low,
            "argmin_high": high,
            "argmin_mc": float(np.median(means)),
            "loss_argmin": law.loss(low),
            "loss_theta_star": law.loss(theta_star),
            "loss_theta_star_mc": loss[0],
            "loss_theta_star_mc_error": loss[1],
            "seconds": time.perf_counter() - begun,
            "status": "ok",
        }


class Batches:
    """The law of the mean ``k/n`` of n Bernoulli variables, and the loss of a batch under it.

    Parameters
    ----------
    n : int
        How many variables.
    theta_star : float
        Their parameter.
    """

    def __init__(self, n: int, theta_star: float) -> None:
        import numpy as np
        import scipy.stats

        self.n, self.theta_star = n, theta_star
        self.masses = scipy.stats.binom.pmf(np.arange(n + 1), n, theta_star)
        self.means = np.arange(n + 1) / n
        centre = n * theta_star
        whole = abs(centre - round(centre)) < EXACT
        self._above = round(centre) + 1 if whole else math.ceil(centre)
        self._below = round(centre) - 1 if whole else math.floor(centre)

    def loss(self, theta: float) -> float:
        """Return ``E |k/n - theta|``, the expected W1 from a batch to ``p_theta``."""
        return float(self.masses @ abs(self.means - theta))

    def gradient(self, theta: float) -> float:
        """Return ``P(k/n < theta) - P(k/n > theta)``, the derivative of the loss between multiples of 1/n."""
        return float(self.masses[self.means < theta].sum() - self.masses[self.means > theta].sum())

    def worst_theta(self) -> float:
        """Return the theta at which the gradient is most biased; see :class:`Bernoulli`."""
        beyond_above, beyond_below = self.masses[self._above :].sum(), self.masses[: self._below + 1].sum()
        step = self._above if beyond_above >= beyond_below else self._below
        return (self.theta_star + step / self.n) / 2

    def medians(self) -> tuple[float, float]:
        """Return the ends of the interval of all theta at which the loss is least."""
        from scipy.stats import binom

        low, high = (float(binom.ppf(0.5 + side, self.n, self.theta_star)) for side in (-EXACT, EXACT))
        return low / self.n, high / self.n
