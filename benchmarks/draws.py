"""Small transport problems of many kinds, drawn from a seed and a number: what ``fuzz.py`` runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST = 1e140
"""Coordinates stay below: wcheck says of larger ones that it cannot square them."""
SMALLEST = 5e-324
Random = np.random.Generator
Points = NDArray[np.generic]
Weights = NDArray[np.floating]


@dataclass(frozen=True)
class Drawn:
    """A problem, and the names of how its parts were drawn.

    Attributes
    ----------
    x, y : ndarray, shapes (n, d) and (m, d)
        float64, float32 or uint8.
    a, b : ndarray, shapes (n,) and (m,), or None
        float64 or float32; equal weights where None.
    p : {1, 2}
        The exponent.
    kinds : tuple of str
        The kinds of the points, the weights, the scale and the dtype.
    """

    x: Points
    y: Points
    a: Weights | None
    b: Weights | None
    p: int
    kinds: tuple[str, ...]


def draw(seed: int, number: int) -> Drawn:
    """Draw problem ``number``; the same for the same seed."""
    random = np.random.default_rng([seed, number])
    dim = int(random.choice([1, 2, 3, 20]))
    n, m = (int(size) for size in random.integers(1, 25 if random.random() < 0.05 else 9, 2))
    m = n if random.random() < 0.5 else m
    shape = str(random.choice(list(SHAPES)))
    x, y = SHAPES[shape](random, n, m, dim)
    scale = str(random.choice(["1", "far", "any", "offset"], p=[0.4, 0.25, 0.25, 0.1]))
    if scale == "far":
        far = 10.0 ** random.integers(2, random.choice([17, 100])) * random.integers(-1, 2, dim)
        x[random.integers(n)] = y[random.integers(m)] = far
    elif scale == "offset":
        offset = 10.0 ** random.integers(2, 10)
        x, y = x + offset, y + offset
    elif scale == "any":
        unit = 10.0 ** random.integers(-320, 139)
        x, y = (np.clip(side * unit, -LARGEST, LARGEST) for side in (x, y))
    kind = str(random.choice(["float64", "float32", "uint8"], p=[0.75, 0.2, 0.05]))
    if kind == "uint8":
        x, y = (np.abs(side) % 256 for side in (x, y))
    if kind == "float32":
        x, y = (np.clip(side, -1e38, 1e38) for side in (x, y))
    x, y = x.astype(kind), y.astype(kind)
    alike = str(random.choice(list(WEIGHTS)))
    a, b = (WEIGHTS[alike](random, count) for count in (n, m))
    if random.random() < 0.1:
        a, b = (None if weights is None else weights.astype(np.float32) for weights in (a, b))
        alike += "-float32"
    return Drawn(x, y, a, b, int(random.integers(1, 3)), (shape, alike, scale, kind))


def _lattice(random: Random, n: int, m: int, dim: int) -> tuple[Points, Points]:
    most = int(random.integers(2, 7))
    return random.integers(0, most, (n, dim)).astype(float), random.integers(0, most, (m, dim)).astype(float)


def _gaussian(random: Random, n: int, m: int, dim: int) -> tuple[Points, Points]:
    return random.normal(size=(n, dim)), random.normal(size=(m, dim))


def _duplicates(random: Random, n: int, m: int, dim: int) -> tuple[Points, Points]:
    few = random.normal(size=(3, dim))
    return few[random.integers(0, 3, n)], few[random.integers(0, 3, m)]


def _collinear(random: Random, n: int, m: int, dim: int) -> tuple[Points, Points]:
    direction = random.integers(-3, 4, dim).astype(float)
    return tuple(np.outer(random.integers(-9, 10, count), direction) for count in (n, m))  # type: ignore[return-value]


def _near(random: Random, n: int, m: int, dim: int) -> tuple[Points, Points]:
    """Draw copies that differ by little, often by the last digit."""
    x = random.normal(size=(n, dim))
    y = x[random.integers(0, n, m)] if m != n else x[random.permutation(n)]
    return x, y * (1.0 + 10.0 ** -random.integers(3, 17) * random.integers(-1, 2, y.shape))


def _uneven(random: Random, n: int, m: int, dim: int) -> tuple[Points, Points]:
    """Draw coordinates of widely different size."""
    spread = float(random.integers(1, 100))
    return tuple(  # type: ignore[return-value]
        random.integers(-5, 6, (count, dim)) * 10.0 ** random.uniform(-spread, spread / 3, (count, dim))
        for count in (n, m)
    )


def _denormal(random: Random, n: int, m: int, dim: int) -> tuple[Points, Points]:
    return tuple(random.integers(-4, 5, (count, dim)) * SMALLEST for count in (n, m))  # type: ignore[return-value]


SHAPES: dict[str, Callable[[Random, int, int, int], tuple[Points, Points]]] = {
    "lattice": _lattice,
    "gaussian": _gaussian,
    "duplicates": _duplicates,
    "collinear": _collinear,
    "near": _near,
    "uneven": _uneven,
    "denormal": _denormal,
}
"""How points can lie."""


def _equal(random: Random, count: int) -> Weights | None:
    return None


def _rational(random: Random, count: int) -> Weights:
    return _normalised(random.integers(1, 6, count).astype(float))


def _zeros(random: Random, count: int) -> Weights:
    weights = random.integers(0, 3, count).astype(float)
    weights[random.integers(count)] += 1.0
    return _normalised(weights)


def _dirichlet(random: Random, count: int) -> Weights:
    return _normalised(random.dirichlet(np.ones(count)))


def _uneven_weights(random: Random, count: int) -> Weights:
    return _normalised(10.0 ** -random.uniform(0.0, float(random.integers(1, 320)), count))


def _denormal_weights(random: Random, count: int) -> Weights:
    """Put nearly all the mass on one point; the others have the least there is, or a few times that."""
    weights = random.integers(0, 4, count) * SMALLEST
    weights[random.integers(count)] = 1.0
    return weights


def _off(random: Random, count: int) -> Weights:
    """Let totals differ from 1 by up to a millionth."""
    return _dirichlet(random, count) * (1.0 + random.uniform(-0.9e-6, 0.9e-6))


def _normalised(weights: Weights) -> Weights:
    return weights / weights.sum()


WEIGHTS: dict[str, Callable[[Random, int], Weights | None]] = {
    "equal": _equal,
    "rational": _rational,
    "zeros": _zeros,
    "dirichlet": _dirichlet,
    "uneven": _uneven_weights,
    "denormal": _denormal_weights,
    "off": _off,
}
"""How mass can be shared out."""
