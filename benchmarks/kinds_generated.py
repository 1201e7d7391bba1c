"""Kinds that nobody has chosen: a seed draws the family, dimension, shift, scale, copies, sizes, weights and dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from kinds import Array, Kind, dirichlet
from problems import Points

COUNT = 10
"""How many kinds a seed gives."""


def generated(seed: int, count: int = COUNT) -> list[Kind]:
    """Return the kinds of a seed."""
    return [_kind(seed, index) for index in range(count)]


def _kind(seed: int, index: int) -> Kind:
    random = np.random.default_rng([seed, index])
    dim = round(float(np.exp(random.uniform(np.log(2.0), np.log(2000.0)))))
    names = random.choice(list(FAMILIES), 2)
    one, other = names[0], names[1] if random.random() < 0.4 else names[0]
    shift = 0.0 if random.random() < 0.4 else float(np.exp(random.normal(0.0, 2.0)))
    scale = 1.0 if random.random() < 0.5 else float(np.exp(random.normal(0.0, 0.7)))
    decay = float(random.choice([0.0, 0.0, 0.5, 1.0]))
    copied = random.random() < 0.2
    rounded = random.random() < 0.15
    ratio = int(random.choice([1, 1, 1, 1, 1, 1, 2, 10]))
    alpha = float(random.choice([0.0, 0.0, 0.0, 0.05, 0.3, 1.0]))
    dtype = random.choice([np.float32, np.float64])
    few_first = ratio > 1 and random.random() < 0.5

    def draw(n: int, draws: np.random.Generator) -> Points:
        base = np.random.default_rng([seed, index, 1])  # what both sides have in common
        spectrum = np.arange(1, dim + 1.0) ** -decay
        shared = base.integers(1 << 62)
        sides = []
        sizes = (n, max(1, n // ratio))
        for name, size in zip((one, other), sizes[::-1] if few_first else sizes, strict=True):
            drawn = size if not copied else max(1, size // 4)
            points = FAMILIES[name](drawn, dim, draws, np.random.default_rng(shared)) * spectrum
            sides.append(points[draws.integers(drawn, size=size)] if copied else points)
        sides[1] = sides[1] * scale + shift / np.sqrt(dim)
        x, y = (np.round(2.0 * side) if rounded else side for side in sides)
        weights = [dirichlet(len(side), alpha, draws) if alpha else None for side in (x, y)]
        return Points(x.astype(dtype), y.astype(dtype), *weights)

    about = [one if one == other else f"{one} against {other}", f"d = {dim:,}"]
    about += [text for text, there in (
        (f"a shift of {shift:.3g}", shift), (f"a scale of {scale:.2g}", scale != 1.0),
        (f"a spectrum k^-{decay:g}", decay), ("with copies", copied), ("rounded", rounded),
        (f"{ratio} times as many" + " on the other side" * few_first, ratio > 1),
        (f"weights Dirichlet({alpha:g})", alpha),
    ) if there]  # fmt: skip
    return Kind(f"generated-{index}", ", ".join([*about, np.dtype(dtype).name]), draw)


def _normal(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    return random.normal(size=(n, dim))


def _student(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    return random.standard_t(base.uniform(1.0, 4.0), (n, dim))


def _uniform(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    return random.uniform(-1.0, 1.0, (n, dim))


def _mixture(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    count = int(base.integers(2, 50))
    centres, width = base.normal(size=(count, dim)) * 3.0, base.uniform(0.05, 1.0)
    return centres[random.integers(count, size=n)] + width * random.normal(size=(n, dim))


def _sheet(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    inner = int(base.integers(1, 6))
    return np.cos(random.random((n, inner)) @ base.normal(size=(inner, dim)) * 3.0 + np.arange(dim))


def _counts(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    return random.poisson(base.gamma(0.3, 3.0, dim), (n, dim)).astype(np.float64)


def _walk(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    return random.normal(size=(n, dim)).cumsum(axis=1)


def _binary(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    return (random.random((n, dim)) < base.uniform(0.02, 0.5, dim)).astype(np.float64)


def _sphere(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    points = random.normal(size=(n, dim))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def _relu(n: int, dim: int, random: np.random.Generator, base: np.random.Generator) -> Array:
    inner = max(1, dim // 8)
    return np.maximum(random.normal(size=(n, inner)) @ base.normal(size=(inner, dim)), 0.0)


FAMILIES: dict[str, Callable[[int, int, np.random.Generator, np.random.Generator], Any]] = {
    "normal": _normal,
    "student": _student,
    "uniform": _uniform,
    "mixture": _mixture,
    "sheet": _sheet,
    "counts": _counts,
    "walk": _walk,
    "binary": _binary,
    "sphere": _sphere,
    "relu": _relu,
}
