"""The pairs of measures that wcheck and its peers are timed on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.sources import Preprocessing, load_pair

PRINCIPAL = 800
"""Points whose first principal direction is taken for that of all."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Two sets of points, their weights (of total 1; equal ones where there are none), and the exponent."""

    x: NDArray[Any]
    y: NDArray[Any]
    a: NDArray[np.float64] | None = None
    b: NDArray[np.float64] | None = None
    p: int = 1

    @property
    def is_assignment(self) -> bool:
        """Whether there are as many points on both sides, all of one weight."""
        return len(self.x) == len(self.y) and self.a is None and self.b is None

    def weights(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both sides' weights, equal ones written out."""
        a, b = (
            np.full(len(side), 1.0 / len(side)) if given is None else given
            for side, given in ((self.x, self.a), (self.y, self.b))
        )
        return a, b

    def in_order(self) -> Points:
        """Return each side in the order of its first principal coordinate, as in a sorted table."""
        every = np.concatenate([self.x, self.y]).astype(np.float64)
        centre = every.mean(axis=0)
        some = np.random.default_rng(0).permutation(len(every))[:PRINCIPAL]
        axis = np.linalg.svd(every[some] - centre, full_matrices=False)[2][0]
        orders = [np.argsort((side - centre) @ axis, kind="stable") for side in (self.x, self.y)]
        weights = (
            given if given is None else given[order]
            for given, order in zip((self.a, self.b), orders, strict=True)
        )
        return Points(self.x[orders[0]], self.y[orders[1]], *weights, self.p)

    def few(self, count: int) -> Points:
        """Return the first points of both sides, with equal weights."""
        return Points(self.x[:count].copy(), self.y[:count].copy(), p=self.p)


@dataclass(frozen=True, slots=True)
class Problem:
    """A pair of sources by their texts.

    Attributes
    ----------
    name : str
        In tables.
    source, target : str
        See ``wcheck data list``.
    scale, image_size
        As in :class:`wcheck.measures.sources.Preprocessing`.
    """

    name: str
    source: str
    target: str
    scale: str | None = None
    image_size: int | None = None

    def points(self, data_dir: Path | None = None) -> Points:
        """Return both sets as plain float32 or float64 arrays, so that reading them is in nobody's time."""
        preprocessing = Preprocessing(scale=self.scale, image_size=self.image_size, data_dir=data_dir)
        x, y = load_pair(self.source, self.target, preprocessing=preprocessing)
        return Points(np.array(x.dense()), np.array(y.dense()))


def gaussian(dim: int, n: int, name: str) -> Problem:
    """Return two independent samples of one standard Gaussian."""
    text = f"gaussian:dim={dim},n={n}"
    return Problem(name, text, text)


def cifar10(n: int, name: str) -> Problem:
    """Return two disjoint sets of n images out of all 60,000."""
    return Problem(name, f"cifar10[0:{n}]", f"cifar10[30000:{30000 + n}]")


CATALOGUE = {
    problem.name: problem
    for problem in (
        Problem("cifar10", "cifar10:train[0:10000]", "cifar10:train[10000:20000]"),
        Problem("cifar10-64", "cifar10:train[0:10000]", "cifar10:train[10000:20000]", "-1,1", 64),
        cifar10(30_000, "cifar10-all"),
        gaussian(20, 10_000, "gaussian-20"),
        gaussian(2, 10_000, "gaussian-2"),
        gaussian(20, 100_000, "gaussian-20-large"),
        gaussian(1, 1_000_000, "gaussian-1-large"),
    )
}
STANDARD = ("cifar10", "cifar10-64", "cifar10-all", "gaussian-20", "gaussian-2")
"""The problems that are run if none is named; the others take long."""

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)


def growth(largest: int) -> list[Problem]:
    """Return the series in n, up to ``largest``, in dimensions 2, 20 and 3,072; the images end at 30,000."""
    sizes = [n for n in SIZES if n <= largest]
    return [
        *(gaussian(dim, n, f"growth-{dim}") for dim in (2, 20) for n in sizes),
        *(cifar10(n, "growth-3072") for n in sizes if n <= 30_000),
    ]
