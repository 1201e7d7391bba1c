"""Kinds of data that people bring: drawn ones here, real ones in ``kinds_real``, random ones in ``kinds_generated``.

A kind draws two sets of n points from a generator of random numbers. Some draw more or fewer on one side, or bring
weights; those of which there is too little data bring what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from problems import Points

Draw: TypeAlias = Callable[[int, np.random.Generator], Points]
Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data by its name, what it is, and how it is drawn."""

    name: str
    about: str
    draw: Draw


def drawn() -> list[Kind]:
    """Return the kinds that are drawn from formulas."""
    return [
        Kind("gaussian-2", "Gaussians, d = 2", _pair(2)),
        Kind("gaussian-20", "Gaussians, d = 20", _pair(20)),
        Kind("gaussian-784-shifted", "Gaussians, d = 784, means 3 apart", _pair(784, shift=3.0)),
        Kind("far-apart", "Gaussians, d = 32, means 300 apart", _pair(32, shift=300.0)),
        Kind("heavy-tails", "Student's t with 1.5 degrees of freedom, d = 5", _two(_student)),
        Kind("cauchy", "Cauchy, d = 3", _two(lambda n, random: random.standard_cauchy((n, 3)))),
        Kind("embeddings", "unit vectors, d = 512, 64 of them strong", _two(_unit)),
        Kind("sphere", "uniform on the sphere, d = 128", _two(_sphere)),
        Kind("relu-features", "ReLU features of a random layer, d = 512", _relu),
        Kind("counts", "sparse counts of words by Zipf's law, d = 2,000", _counts),
        Kind("spectra", "spectra of 12 peaks, 1,000 channels", _spectra),
        Kind("time-series", "autoregressive series of 256 steps, coefficients 0.95 and 0.9", _series),
        Kind("random-walks", "random walks of 100 steps against walks with a drift", _walks),
        Kind("mixture", "mixtures of 20 Gaussians with other weights, d = 16", _mixture),
        Kind("clusters", "clusters around 50 centres, d = 32", _clusters),
        Kind("binary", "binary, d = 200, with other frequencies", _binary),
        Kind("ring", "a ring of eight Gaussians in the plane against a disc", _ring),
        Kind("sheet", "a curved sheet of 2 dimensions in 256", _two(_sheet)),
        Kind("near-duplicates", "a set against itself moved by 1e-3, d = 64", _near),
        Kind("copies", "draws with repetition from n / 5 points, d = 10", _copies),
        Kind("inside", "n / 2 of the n points against all, d = 50", _inside),
        Kind("lattice", "integers from 0 to 9, d = 3", _two(_lattice)),
        Kind("unequal-10", "Gaussians, d = 20, ten times as many on one side", _pair(20, ratio=10)),
        Kind("unequal-100", "Gaussians, d = 20, a hundred times as many on one side", _pair(20, ratio=100)),
        Kind("one-point", "Gaussian, d = 100, against one point", _one_point),
        Kind("dirichlet-0.05", "Gaussians, d = 10, weights Dirichlet(0.05)", _weighted(0.05)),
        Kind("dirichlet-1", "Gaussians, d = 10, weights Dirichlet(1)", _weighted(1.0)),
    ]


def dirichlet(n: int, alpha: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Return positive weights: gamma draws over their sum, those that vanish in float64 a little above 0."""
    weights = np.maximum(random.gamma(alpha, size=n), 1e-12)
    return weights / weights.sum()


def _two(one: Callable[[int, np.random.Generator], Array]) -> Draw:
    """Draw both sides alike."""
    return lambda n, random: Points(one(n, random), one(n, random))


def _pair(dim: int, shift: float = 0.0, ratio: int = 1) -> Draw:
    def draw(n: int, random: np.random.Generator) -> Points:
        x, y = random.normal(size=(n, dim)), random.normal(size=(max(1, n // ratio), dim))
        return Points(x, y + shift / np.sqrt(dim))

    return draw


def _student(n: int, random: np.random.Generator) -> Array:
    return random.standard_t(1.5, (n, 5))


def _unit(n: int, random: np.random.Generator) -> Array:
    vectors = random.normal(size=(n, 512)) * np.where(np.arange(512) < 64, 1.0, 0.1)
    return _normalised(vectors).astype(np.float32)


def _sphere(n: int, random: np.random.Generator) -> Array:
    return _normalised(random.normal(size=(n, 128))).astype(np.float32)


def _normalised(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _relu(n: int, random: np.random.Generator) -> Points:
    layer = random.normal(size=(64, 512)) / 8.0
    x, y = random.normal(size=(2, n, 64))
    return Points(*(np.maximum(side @ layer, 0.0).astype(np.float32) for side in (x, 1.1 * y + 0.1)))


def _counts(n: int, random: np.random.Generator) -> Points:
    rates = 1.0 / np.arange(1, 2001)
    topics = random.gamma(0.3, size=(10, 2000)) * rates

    def side(weights: Array) -> Array:
        mean = random.dirichlet(weights, n) @ topics
        return random.poisson(100.0 * mean / mean.sum(axis=1, keepdims=True)).astype(np.float32)

    return Points(side(np.full(10, 0.2)), side(np.linspace(0.1, 0.5, 10)))


def _spectra(n: int, random: np.random.Generator) -> Points:
    channels, centres = np.arange(1000.0), random.uniform(0, 1000, 12)

    def side(drift: float) -> Array:
        total = np.zeros((n, 1000))
        for centre in centres:
            at = centre + drift + random.normal(size=(n, 1)) * 3.0
            width = random.uniform(4.0, 8.0, (n, 1))
            total += random.gamma(2.0, size=(n, 1)) / (1.0 + ((channels - at) / width) ** 2)
        return total.astype(np.float32)

    return Points(side(0.0), side(2.0))


def _series(n: int, random: np.random.Generator) -> Points:
    def side(coefficient: float) -> Array:
        noise = random.normal(size=(256, n))
        for step in range(1, 256):
            noise[step] += coefficient * noise[step - 1]
        return np.ascontiguousarray(noise.T)

    return Points(side(0.95), side(0.9))


def _walks(n: int, random: np.random.Generator) -> Points:
    x, y = random.normal(size=(2, n, 100)).cumsum(axis=2)
    return Points(x, y + np.linspace(0.0, 5.0, 100))


def _mixture(n: int, random: np.random.Generator) -> Points:
    centres = random.normal(size=(20, 16)) * 3.0

    def side() -> Array:
        chosen = random.choice(20, n, p=random.dirichlet(np.ones(20)))
        return centres[chosen] + random.normal(size=(n, 16))

    return Points(side(), side())


def _clusters(n: int, random: np.random.Generator) -> Points:
    centres = random.normal(size=(50, 32)) * 4.0
    return _two(lambda k, draws: centres[draws.integers(50, size=k)] + draws.normal(size=(k, 32)) * 0.3)(
        n, random
    )


def _binary(n: int, random: np.random.Generator) -> Points:
    rates = random.uniform(0.05, 0.5, 200)
    return Points(*((random.random((n, 200)) < rates**power).astype(np.float32) for power in (1.0, 1.1)))


def _ring(n: int, random: np.random.Generator) -> Points:
    angles = random.integers(8, size=n) * (np.pi / 4.0)
    ring = 2.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + 0.02 * random.normal(size=(n, 2))
    turns, radius = random.uniform(0.0, 2.0 * np.pi, n), 2.5 * np.sqrt(random.random(n))
    return Points(ring, radius[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1))


def _sheet(n: int, random: np.random.Generator) -> Array:
    frequencies = np.random.default_rng(0).normal(size=(2, 256)) * 2.0  # the same sheet on both sides
    return np.cos(random.random((n, 2)) @ frequencies + np.arange(256.0)).astype(np.float32)


def _near(n: int, random: np.random.Generator) -> Points:
    x = random.normal(size=(n, 64))
    return Points(x, random.permutation(x + 1e-3 * random.normal(size=x.shape)))


def _copies(n: int, random: np.random.Generator) -> Points:
    atoms = random.normal(size=(max(1, n // 5), 10))
    return Points(*(atoms[random.integers(len(atoms), size=n)] for _ in range(2)))


def _inside(n: int, random: np.random.Generator) -> Points:
    x = random.normal(size=(n, 50))
    return Points(x, x[random.permutation(n)[: max(1, n // 2)]])


def _lattice(n: int, random: np.random.Generator) -> Array:
    return random.integers(10, size=(n, 3)).astype(np.float32)


def _one_point(n: int, random: np.random.Generator) -> Points:
    return Points(random.normal(size=(n, 100)), random.normal(size=(1, 100)))


def _weighted(alpha: float) -> Draw:
    def draw(n: int, random: np.random.Generator) -> Points:
        x, y = random.normal(size=(2, n, 10))
        return Points(x, y + 0.5, dirichlet(n, alpha, random), dirichlet(n, alpha, random))

    return draw
