r"""Measures whose distances are known, and what is computed for them: what ``wcheck toys`` runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from wcheck.errors import not_one_of
from wcheck.experiments.base import Experiment
from wcheck.experiments.telling import toys as telling
from wcheck.experiments.toy import Toy, grid
from wcheck.experiments.toy_convergence import atoms, coins, tilt
from wcheck.experiments.toy_distances import peak, quantiles, segments, shift
from wcheck.experiments.toy_energy import energy
from wcheck.experiments.toy_gradient import gradient
from wcheck.experiments.toy_medians import cells, medians
from wcheck.experiments.toy_norms import layer, power
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row


@dataclass(frozen=True)
class Toys(Experiment[str]):
    """Closed forms beside computed values, over one parameter each.

    * ``segments`` (Arjovsky, Chintala and Bottou 2017, Example 1): two parallel unit segments at distance x. W1 is
      ``|x|``, and nothing else sees x: off 0 the Jensen-Shannon divergence is log 2, Kullback-Leibler infinite, total
      variation 1.
    * ``peak`` (Fleuret's lectures on deep learning): half uniform on [0, 1], half on an interval of width 0.1, which is
      moved by x. W1 is ``|x| / 2``; the others stop growing once the peaks no longer overlap.
    * ``shift``: 200 Gaussian points in five dimensions, and the same moved by a vector of length x.
    * ``quantiles``: on a line in the plane, 150 normal points and 100 exponential ones scaled by x. W1 is the integral
      of the distance between the quantile functions.
    * ``atoms``, ``coins``, ``tilt`` (Theorem 2): what converges as x falls to 0. Atoms x apart in the place of the
      uniform distribution on [0, 1] do so in W1 alone, which is x / 4. A fair coin and one that falls on one side with
      probability (1 + x) / 2, 2 from the other, do so in all: there W1 is ``w1_bound``, the diameter times the total
      variation. On random places of a line, half of them 1 + x times as likely, W1 is x times that to the half itself,
      and below ``w1_bound``. The total variation is at most ``tv_bound = sqrt(KL / 2)`` (Pinsker).
    * ``gradient`` (Theorem 3): random points that a generator turns by x, and others. In place of closed forms stand
      W1 and its slope in x by the optimal potential f, which is ``-E grad f(g(z)) g'(z)``; computed are W1,
      ``slope_differences`` of it, and ``slope_backward``, through :func:`wcheck.losses.w1`.
    * ``energy`` (Appendix D): two uniform distributions that share all but x of their atoms, and the best discriminator
      of an energy-based GAN with margin m by a linear program. ``energy`` is the generator's loss, m times
      ``tv = sup_A |P(A) - Q(A)|``; ``energy_half`` is the same as m / 2 times ``variation = |P - Q|(X)``, which is the
      convention of the appendix and twice as large as that of the paper's Section 2; ``energy_discriminator`` is the
      discriminator's loss, m less the generator's.
    * ``power``: the share of the norms of 100 random 15 x 15 matrices, in the mean (``norm_mean``) and at least
      (``norm_least``), by which a spectrally normalised layer divides after x steps of its power iteration (Fleuret's
      lectures, 11.2). The bound, 1, is approached from below.
    * ``layer``: a layer from 5 to 5 after x steps of gradient descent that make its outputs long. Its norm
      (``norm_free``) is at most that at first plus x times the step size times the norm of the inputs; with spectral
      normalisation (``norm_spectral``) it is at least 1.
    * ``cells`` (Stanczuk et al. 2021, Lemma A.1.1): points in the plane and x random others, weighted by their cells.
      W1 is the mean distance to the nearest of them.
    * ``medians`` (Theorem A.1.3): 14 points on a line and the best x of k-medians, by dynamic programming; that loss
      is W1 to them, weighted by their cells. ``loss_enumerated`` is the least over all subsets of x points;
      ``loss_lloyd``, the best of ten starts of Lloyd's iteration, and ``w1_others``, the least W1 to 100 other
      measures on x points, are at least as large.

    Elsewhere ``energy`` is the generator's loss against the best energy-based discriminator too, in closed form.

    Attributes
    ----------
    toy : tuple of str
        Which ones.
    seed : int
        The seed of what is random in ``shift``, ``quantiles``, ``tilt``, ``gradient``, ``power``, ``layer``,
        ``cells`` and ``medians``.

    Raises
    ------
    ParameterError
        If there is no such toy.
    """

    toy: tuple[str, ...] = (
        "segments", "peak", "shift", "quantiles", "atoms", "coins", "tilt", "gradient", "energy", "power", "layer",
        "cells", "medians",
    )  # fmt: skip
    seed: int = 0

    name: ClassVar[str] = "toys"
    columns: ClassVar[tuple[str, ...]] = (
        "toy", "x", "quantity", "closed_form", "computed", "lower", "upper", "seed", "status",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what is not there."""
        for toy in self.toy:
            if toy not in TOYS:
                raise not_one_of("toy", toy, TOYS)

    def tasks(self) -> Sequence[str]:
        """Return the toys."""
        return list(dict.fromkeys(self.toy))

    def run(self, task: str, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the rows of one toy: every quantity at every x."""
        toy = TOYS[task]
        for step, x in enumerate(toy.steps):
            report(task, step, len(toy.steps))
            for found in toy.facts(x, self.seed):
                yield {
                    "toy": task,
                    "x": x,
                    "quantity": found.quantity,
                    "closed_form": found.closed_form,
                    "computed": found.computed,
                    "lower": found.lower,
                    "upper": found.upper,
                    "seed": self.seed,
                    "status": "ok" if found.holds else "differs",
                }


TOYS: Mapping[str, Toy] = MappingProxyType(
    {
        "segments": Toy(grid(-20, 21, 20), segments),
        "peak": Toy(grid(0, 19, 20), peak),
        "shift": Toy(grid(0, 21, 4), shift),
        "quantiles": Toy(grid(0, 21, 10), quantiles),
        "atoms": Toy(tuple(1 / count for count in (64, 32, 16, 8, 4, 2, 1)), atoms),
        "coins": Toy(grid(0, 11, 10), coins),
        "tilt": Toy(grid(0, 11, 10), tilt),
        "gradient": Toy(grid(0, 25, 8), gradient),
        "energy": Toy(grid(0, 11, 10), energy),
        "power": Toy(grid(1, 11, 1), power),
        "layer": Toy(tuple(map(float, range(0, 101, 10))), layer),
        "cells": Toy(grid(1, 11, 1), cells),
        "medians": Toy(grid(1, 6, 1), medians),
    }
)
