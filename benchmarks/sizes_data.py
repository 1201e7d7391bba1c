"""The pairs of ``sizes.py``, each drawn from a seed."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.sources import Preprocessing, load

PLANE = ("gaussian-2", "gaussian-3", "ring", "clusters", "unequal")
CLASSES = ("noise", "rough", "moderate", "smooth", "shapes", "picture")
"""The classes of DOTmark that are drawn from: its ten are these, with finer steps between rough and smooth."""
PAIRS = 10
SIGMA, WIDTH, SHIFT = 1.0, 15, 2
"""Of the blur, in pixels, and how far images are moved."""
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Points:
    """Two sets of points.

    Attributes
    ----------
    x, y : ndarray
        The points.
    a, b : ndarray, optional
        Their weights.
    known : float, optional
        The answer, or an upper bound of it.
    index : tuple of ndarray, optional
        Of each point of x and of y, which image it was made of.
    name : str
        What is drawn where that is at random.
    """

    x: Array
    y: Array
    a: NDArray[np.float64] | None = None
    b: NDArray[np.float64] | None = None
    known: float | None = None
    index: tuple[Array, Array] | None = None
    name: str = ""


def kinds(part: str) -> list[str]:
    """Return what a part is run on."""
    return {"plane": list(PLANE), "grids": [f"pair-{k}" for k in range(PAIRS)]}.get(part, ["cifar10"])


def draw(task: dict[str, Any]) -> Points:
    """Draw the points of a task: the same for all peers, exponents and numbers of workers."""
    part, kind, n = task["part"], task["kind"], task["n"]
    random = np.random.default_rng([task["seed"], n, zlib.crc32(kind.encode())])
    if part == "plane":
        few = n // 10 if kind == "unequal" else n
        shape = np.random.default_rng([task["seed"], 1])  # of the clusters: the same for both sets
        centres = 5.0 * shape.standard_normal((20, 2))
        return Points(*(_plane(kind, size, random, centres) for size in (n, few)))
    if part == "grids":
        return _grids(n, random, task)
    return _shifted(n, random, task) if part == "shifted" else _blurred(n, random, task)


def _plane(kind: str, n: int, random: np.random.Generator, centres: Array) -> Array:
    if kind == "ring":
        angle = random.uniform(0.0, 2.0 * math.pi, n)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.02 * random.standard_normal((n, 2))
    if kind == "clusters":
        return centres[random.integers(0, len(centres), n)] + 0.1 * random.standard_normal((n, 2))
    return random.standard_normal((n, 3 if kind == "gaussian-3" else 2))


def _grids(side: int, random: np.random.Generator, task: dict[str, Any]) -> Points:
    names = [str(random.choice(CLASSES)) for _ in range(2)]
    points = np.stack(np.meshgrid(*[np.arange(side, dtype=np.float64)] * 2, indexing="ij"), axis=2)
    points = points.reshape(-1, 2)
    sets, weights = [], []
    for name in names:
        weight = _image(name, side, random, task).ravel()
        kept = weight > 0.0
        sets.append(points[kept])
        weights.append(weight[kept] / weight[kept].sum())
    return Points(*sets, *weights, name=f"{task['kind']}: {' to '.join(names)}")


def _image(name: str, side: int, random: np.random.Generator, task: dict[str, Any]) -> Array:
    """Return a grey picture: pixels of at least 0."""
    if name == "noise":
        return random.uniform(size=(side, side))
    if name == "shapes":  # discs, squares and rings of mass on nothing
        image, grid = np.zeros((side, side)), np.stack(np.meshgrid(*[np.arange(side)] * 2))
        for _ in range(3):
            centre, size = random.uniform(0.2, 0.8, (2, 1, 1)) * side, random.uniform(0.1, 0.25) * side
            away = np.abs(grid - centre)
            far = away.max(axis=0) if random.integers(2) else np.hypot(*away)
            image[(far < size) & (far >= random.choice([0.0, 0.6]) * size)] = 1.0
        return image
    if (
        name == "picture"
    ):  # a photograph, scaled up without new detail: each pixel is a mean of its neighbours
        photos = _images(slice(0, 1000), task)
        photo = photos[random.integers(len(photos))].mean(axis=0)
        at = np.linspace(0.0, 31.0, side)
        rows = np.stack([np.interp(at, np.arange(32), row) for row in photo])
        return np.stack([np.interp(at, np.arange(32), column) for column in rows.T], axis=1) + 1e-3
    # a Gaussian field with the Matern spectrum, made positive as DOTmark's are
    smooth = {"rough": 0.25, "moderate": 1.0, "smooth": 2.5}[name]
    frequency = np.fft.fftfreq(side) * side
    power = (1.0 + (frequency[:, None] ** 2 + frequency**2) / 4.0) ** (-(smooth + 1.0) / 2.0)
    field = np.fft.ifft2(np.fft.fft2(random.standard_normal((side, side))) * power).real
    return np.exp(field / field.std())


def _images(some: slice, task: dict[str, Any]) -> Array:
    """Return training images as float32 of shape (k, 3, 32, 32), from 0 to 1."""
    folder = Path(task["data_dir"]) if task["data_dir"] else None
    source = f"cifar10:train[{some.start}:{some.stop}]"
    measure = load(source, preprocessing=Preprocessing(scale="0,1", data_dir=folder))
    return np.array(measure.dense(), np.float32).reshape(-1, 3, 32, 32)


def _with_mirrors(images: Array) -> Array:
    return np.concatenate([images, images[..., ::-1]])


def _blurred(n: int, random: np.random.Generator, task: dict[str, Any]) -> Points:
    images = _with_mirrors(_images(slice(0, n // 2), task))
    reach = np.arange(32)
    kernel = np.exp(-((reach[:, None] - reach) ** 2) / (2.0 * SIGMA**2))
    kernel[np.abs(reach[:, None] - reach) > WIDTH // 2] = 0.0
    kernel /= np.exp(-((np.arange(WIDTH) - WIDTH // 2) ** 2) / (2.0 * SIGMA**2)).sum()
    if np.linalg.eigvalsh(kernel)[0] < 0.0:
        raise ValueError("the blur is not positive semi-definite: for p = 2 the identity may not be optimal.")
    y, known = np.empty_like(images), 0.0
    for begin in range(0, len(images), 5000):
        block = slice(begin, begin + 5000)
        y[block] = np.einsum(
            "ij,ncjk,lk->ncil", kernel, images[block].astype(np.float64), kernel, optimize=True
        )
        square = np.square(images[block].astype(np.float64) - y[block]).sum(axis=(1, 2, 3))
        known += float((square if task["p"] == 2 else np.sqrt(square)).sum())
    x, y = (side.reshape(len(side), -1) for side in (images, y))
    order = random.permutation(len(y))
    known = (known / len(x)) ** (1.0 / task["p"])
    return Points(x, _shuffled(y, order), known=known, index=(np.arange(len(x)), order))


def _shuffled(points: Array, order: Array) -> Array:
    """Return the points in another order, a block of columns at a time: no second copy of all."""
    for begin in range(0, points.shape[1], 256):
        block = slice(begin, begin + 256)
        points[:, block] = points[order, block]
    return points


def _shifted(n: int, random: np.random.Generator, task: dict[str, Any]) -> Points:
    half = 25_000
    few = n // 4
    sides = []
    for start in (0, half):
        images = _with_mirrors(_images(slice(start, start + few), task))
        moved = np.zeros_like(images)
        moved[..., SHIFT:] = images[..., :-SHIFT]
        sides.append(np.concatenate([images, moved]).reshape(4 * few, -1))
        del images, moved
    index = np.tile(np.arange(few), 4)
    return Points(*sides, index=(index, index))
