"""The problems of a batch as they are given: arrays, or sequences of anything that a measure is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.measures.columns import aligned
from wcheck.measures.frames import is_frame
from wcheck.measures.measure import Measure
from wcheck.measures.space import check_one_space
from wcheck.transport.cost.frame import MAX_DIM
from wcheck.transport.cost.whole import LARGEST

LARGEST_PAIRS = 4_000_000
"""Pairs of points that a problem may have; each takes 8 bytes in an assignment, 60 in the network simplex."""


@dataclass(frozen=True, slots=True)
class Problems:
    """Pairs of point sets; where there are no weights, points are arrays not yet checked to be finite, or measures."""

    x: list[NDArray[Any] | Measure]
    y: list[NDArray[Any] | Measure]
    a: list[Any] | None
    b: list[Any] | None

    @staticmethod
    def of(x: Any, y: Any, a: Any, b: Any) -> Problems:
        """Read points and weights; see :func:`wcheck.exact_batch`."""
        a, b = _weights("a", a), _weights("b", b)
        return Problems(_sides("x", x, a), _sides("y", y, b), a, b)

    def __post_init__(self) -> None:
        """Compare what problems and their sides must have in common."""
        for name, given in (("y", self.y), ("a", self.a), ("b", self.b)):
            if given is not None and len(given) != len(self.x):
                raise ParameterError(
                    f"x holds {len(self.x)} problems and {name} holds {len(given)}: give one entry per problem."
                )
        for k, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            if isinstance(x, Measure) and isinstance(y, Measure):
                self.y[k] = aligned(x, y)
            if _dim(x) != _dim(y):
                raise ParameterError(
                    f"x[{k}] has dimension {_dim(x)} and y[{k}] has dimension {_dim(y)}: "
                    "both must have the same; give points of one dimension."
                )
            if isinstance(x, Measure) or isinstance(y, Measure):
                check_one_space(Measure.of(x, name=f"x[{k}]"), Measure.of(y, name=f"y[{k}]"))
            if _dim(x) > MAX_DIM or len(x) * len(y) > LARGEST_PAIRS:
                raise ParameterError(
                    f"x[{k}] and y[{k}] are {len(x):,} x {len(y):,} points in dimension {_dim(x):,}: a batch takes "
                    f"up to {LARGEST_PAIRS:,} pairs and dimension {MAX_DIM:,}; give larger problems to wcheck.exact."
                )

    def __len__(self) -> int:
        """Return how many problems there are."""
        return len(self.x)

    def size(self, k: int) -> tuple[int, int, int]:
        """Return how many points the two sides of a problem have, and their dimension."""
        return len(self.x[k]), len(self.y[k]), _dim(self.x[k])

    def measure(self, name: str, k: int) -> Measure:
        """Return a side of a problem, ``"x"`` or ``"y"``, as a measure."""
        sides, weights = (self.x, self.a) if name == "x" else (self.y, self.b)
        return Measure.of(sides[k], None if weights is None else weights[k], name=f"{name}[{k}]")

    def side(self, name: str, k: int) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
        """Return the points of a side, and its weights unless they are equal."""
        sides, weights = (self.x, self.a) if name == "x" else (self.y, self.b)
        points, given = sides[k], None if weights is None else weights[k]
        if isinstance(points, np.ndarray) and given is None:
            return points, None
        measure = self.measure(name, k)
        return measure.dense(), None if measure.is_uniform else measure.weights

    def refuse(self, k: int) -> None:
        """Say what is wrong with coordinates that have no unit."""
        for name in ("x", "y"):
            self.measure(name, k)
        raise ParameterError(
            f"x[{k}] or y[{k}] holds coordinates of {LARGEST:.0e} and more: rescale the points."
        )


def _sides(name: str, given: Any, weights: list[Any] | None) -> list[NDArray[Any] | Measure]:
    """Return one side of all problems: float arrays (n_k, d) as they are, and measures of everything else.

    A data frame takes its weights, which may be one of its columns, along.
    """
    shape = None if isinstance(given, Measure) else getattr(given, "shape", None)
    if not isinstance(given, Sequence) and (shape is None or len(shape) < 3):
        what = f"of shape {tuple(shape)}" if shape is not None else f"a {type(given).__name__}"
        raise ParameterError(
            f"{name} is {what}: a batch is an array (B, n, d) or a sequence of arrays (n_k, d); "
            "give one, or give a single problem to wcheck.exact."
        )
    sides: list[NDArray[Any] | Measure] = []
    for k, points in enumerate(given):
        own = None
        if is_frame(points) and weights is not None and k < len(weights):
            own, weights[k] = weights[k], None
        sides.append(points if _is_plain(points) else Measure.of(points, own, name=f"{name}[{k}]"))
    return sides


def _is_plain(points: Any) -> bool:
    """Whether points are an array that compiled code reads as it is."""
    return (
        isinstance(points, np.ndarray)
        and type(points) is not np.ma.MaskedArray
        and points.ndim == 2
        and points.dtype in (np.float32, np.float64)
        and points.size > 0
    )


def _weights(name: str, given: Any) -> list[Any] | None:
    if given is None:
        return None
    if not isinstance(given, Sequence) and not getattr(given, "shape", ()):
        raise ParameterError(
            f"{name} is a {type(given).__name__}: weights are an array (B, n) or a sequence of arrays (n_k,); give one."
        )
    return list(given)


def _dim(points: NDArray[Any] | Measure) -> int:
    return points.dim if isinstance(points, Measure) else int(points.shape[1])


def positive(
    points: NDArray[Any], weights: NDArray[np.float64] | None
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the points that have weight, and their weights."""
    if weights is None:
        return points, np.full(len(points), 1.0 / len(points))
    if weights.all():
        return points, weights
    return points[weights > 0.0], weights[weights > 0.0]
