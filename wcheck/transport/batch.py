r"""Thousands of small exact transport problems at once, each with a certified bracket.

Equal weights on both sides make an assignment problem, which compiled code (:mod:`small`) brings from points to bracket
without a call into Python; others go through the network simplex. Both let go of the interpreter's lock, so threads
share the problems out. Nothing of a problem is seen by another, and none is split: its bracket is the same, to the
last bit, in any batch and with any number of threads.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.measures.columns import aligned
from wcheck.measures.frames import is_frame
from wcheck.measures.measure import Measure
from wcheck.measures.space import check_one_space
from wcheck.progress import Report, silent
from wcheck.transport.cost import MAX_DIM, U64, Frame, cost_rounding
from wcheck.transport.line import staircase
from wcheck.transport.program import Best, Program
from wcheck.transport.simplex import masses
from wcheck.transport.small import LARGEST, all_costs, assignment_brackets
from wcheck.transport.wide import Wide

LARGEST_PAIRS = 4_000_000
"""Pairs of points that a problem may have; each takes 8 bytes in an assignment, 60 in the network simplex."""
CHUNK_WORK = 50_000_000
"""Differences of coordinates, and looks at pairs, that a thread does at a time: some 20 ms."""
CHUNK_BYTES = 1 << 26
"""Bytes of points that a thread gathers at a time."""
STACKED = 10_000
"""Coordinates a side up to which problems of one shape are handed on together."""
SORTED = 200
"""Points a side from which on sorting beats an assignment on the line."""
LOOKS = 50
"""How often an assignment looks at each pair, about."""


@dataclass(frozen=True, slots=True, eq=False)
class BatchResult:
    """What :func:`exact_batch` found.

    Attributes
    ----------
    lower, upper : ndarray, shape (B,), float64
        ``lower[k] <= W_p(x[k], y[k]) <= upper[k]``, in the points' unit; certified, rounding included.
    p : int
        The exponent.
    seconds : float
        Wall time of the whole batch.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    p: int
    seconds: float

    def __len__(self) -> int:
        """Return B, the number of problems."""
        return len(self.upper)

    @property
    def value(self) -> NDArray[np.float64]:
        """The distances: the upper bounds, each of which is the cost of an actual plan (its p-th root)."""
        return self.upper

    @property
    def relative_gap(self) -> NDArray[np.float64]:
        """``(upper - lower) / upper``, and 0 where both are 0."""
        return (self.upper - self.lower) / np.where(self.upper > 0.0, self.upper, 1.0)


def exact_batch(
    x: Any,
    y: Any,
    a: Any = None,
    b: Any = None,
    *,
    p: int = 1,
    report: Report = silent,
) -> BatchResult:
    r"""Compute the Wasserstein distances between many pairs of small measures, exactly and with certificates.

    .. math:: W_p^p = \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} |x_i - y_j|^p \quad \text{for every pair}

    Made for problems of up to about 1,000 points a side, in as many threads as torch uses; larger ones are what
    :func:`wcheck.exact` is for. Equal weights on equally many points are fastest.

    Parameters
    ----------
    x, y : array (B, n, d) and (B, m, d), or sequences of B things that :meth:`Measure.of` takes, (n_k, d) and (m_k, d)
        The points. float32 and float64 are read as they are; columns of data frames are compared by their names.
    a, b : array (B, n) and (B, m), or sequences of B arrays (n_k,) and (m_k,), optional
        Weights, not negative, with totals within 1e-6 of 1; uniform if left out, or where the sequence holds None.
    p : {1, 2}
        The exponent.
    report : callable
        Progress in problems, see :mod:`wcheck.progress`.

    Returns
    -------
    BatchResult

    Raises
    ------
    ParameterError
        If a parameter is not as described; the message names the problem.

    Examples
    --------
    >>> exact_batch([[[0.0, 0.0]], [[0.0]]], [[[3.0, 4.0]], [[2.0]]]).value
    array([5., 2.])
    """
    begun = time.monotonic()
    if not isinstance(p, int) or p not in (1, 2):
        raise ParameterError(f"p is {p!r}: the exponent is 1 or 2; give one of them.")
    a, b = _weights("a", a), _weights("b", b)
    batch = _Batch(_sides("x", x, a), _sides("y", y, b), a, b, p)
    found, done = _Found.empty(len(batch.x)), 0
    pool = ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="wcheck")
    try:
        for solved in pool.map(lambda chunk: batch.solve(chunk, found), list(batch.chunks())):
            done += solved
            report("exact_batch", done, len(batch.x))
    finally:
        pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C, the chunks not yet begun
    return BatchResult(*found.brackets(p), p, time.monotonic() - begun)


@dataclass(frozen=True, slots=True)
class _Found:
    """Brackets of the least costs in ``unit^p``, a bound of every cost, and how far the weights' totals are off."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    unit: NDArray[np.float64]
    diameter: NDArray[np.float64]
    residual: NDArray[np.float64]

    @staticmethod
    def empty(count: int) -> _Found:
        return _Found(*np.zeros((5, count)))

    def brackets(self, p: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pay the residuals, take roots outward, and leave the units."""
        paid = self.residual * self.diameter
        lower, upper = np.maximum(self.lower - paid, 0.0), self.upper + paid
        if p == 2:
            lower, upper = np.sqrt(lower) * (1.0 - 2.0**-52), np.sqrt(upper) * (1.0 + 2.0**-52)
        lower, upper = lower * self.unit, upper * self.unit
        tiny = (upper > 0.0) & (upper < 1e-300)  # among denormals a product rounds by more than its share
        lower[tiny], upper[tiny] = np.nextafter(lower[tiny], 0.0), np.nextafter(upper[tiny], np.inf)
        return lower, upper


@dataclass(frozen=True, slots=True)
class _Batch:
    """The problems; where there are no weights, points are arrays not yet checked to be finite, or measures."""

    x: list[NDArray[Any] | Measure]
    y: list[NDArray[Any] | Measure]
    a: list[Any] | None
    b: list[Any] | None
    p: int

    def __post_init__(self) -> None:
        """Compare what problems and their sides must have in common."""
        for name, given in (("y", self.y), ("a", self.a), ("b", self.b)):
            if given is not None and len(given) != len(self.x):
                raise ParameterError(
                    f"x holds {len(self.x)} problems and {name} holds {len(given)}: give one entry a problem."
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

    def chunks(self) -> Iterator[range]:
        """Cut the problems into runs of about equal work."""
        start = work = size = 0
        for k, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            work += len(x) * len(y) * (_dim(x) + LOOKS)
            size += 8 * (len(x) + len(y)) * _dim(x)
            if work >= CHUNK_WORK or size >= CHUNK_BYTES:
                yield range(start, k + 1)
                start, work, size = k + 1, 0, 0
        if start < len(self.x):
            yield range(start, len(self.x))

    def solve(self, chunk: range, found: _Found) -> int:
        """Solve some problems, those of one shape together; return how many."""
        alike: dict[tuple[Any, Any, int | None], list[tuple[int, NDArray[Any], NDArray[Any]]]] = {}
        for k in chunk:
            (x, a, off_a), (y, b, off_b) = self._side("x", k), self._side("y", k)
            dtype = np.result_type(x, y)
            found.residual[k] = off_a + off_b
            sorting = x.shape[1] == 1 and len(x) > SORTED
            if a is None and b is None and x.shape == y.shape and not sorting:
                alike.setdefault((x.shape, dtype, k if x.size > STACKED else None), []).append((k, x, y))
            else:
                self._solve_general(
                    k, np.array(x, dtype, order="C"), np.array(y, dtype, order="C"), a, b, found
                )
        for (_, dtype, _), same in alike.items():
            problems, *sides = zip(*same, strict=True)
            x, y = (_stacked(side, dtype) for side in sides)
            where = list(problems)
            found.lower[where], found.upper[where], found.unit[where], found.diameter[where] = (
                assignment_brackets(x, y, self.p)
            )
        for k in chunk:
            if math.isnan(found.unit[k]):
                self._refuse(k)
        return len(chunk)

    def _side(self, name: str, k: int) -> tuple[NDArray[Any], NDArray[np.float64] | None, float]:
        """Return the points of a side, its weights unless they are equal, and how far their total was off."""
        sides, weights = (self.x, self.a) if name == "x" else (self.y, self.b)
        points, given = sides[k], None if weights is None else weights[k]
        if isinstance(points, np.ndarray) and given is None:
            return points, None, 0.0
        measure = Measure.of(points, given, name=f"{name}[{k}]")
        return measure.dense(), None if measure.is_uniform else measure.weights, measure.residual

    def _solve_general(
        self,
        k: int,
        x: NDArray[Any],
        y: NDArray[Any],
        a: NDArray[np.float64] | None,
        b: NDArray[np.float64] | None,
        found: _Found,
    ) -> None:
        """Solve problem k over all pairs, or on the line by sorting."""
        (x, a), (y, b) = _positive(x, a), _positive(y, b)
        costs = all_costs(x, y, self.p)
        found.unit[k] = costs.unit
        if math.isnan(costs.unit):
            return
        cost, rounding = costs.cost, cost_rounding(x.shape[1], self.p)
        largest = float(cost.max()) * (1.0 + 2.0 * rounding + 8.0 * U64) + costs.underflow
        program = Program(a, b, lambda i, j: cost[i, j], self.p, largest, rounding, costs.underflow)
        if x.shape[1] == 1:
            frame = Frame(np.zeros(1), costs.unit, 0.5, 0.5, costs.underflow > 0.0)
            masses_a, masses_b = map(Wide.of, masses(a, b))
            basic = staircase(masses_a, masses_b, x[:, 0], y[:, 0], frame, self.p).basic
        else:
            basic = program.solve(cost)
        best = Best(program, basic.u, basic.v, basic.rows, basic.columns, basic.mass)
        best.offer_plan(basic, cost[basic.rows, basic.columns])
        best.offer_potentials(program.transform(cost, basic.v), basic.v)
        found.lower[k], found.upper[k], found.diameter[k] = best.lower, best.upper, largest

    def _refuse(self, k: int) -> None:
        """Say what is wrong with coordinates that have no unit."""
        for name in ("x", "y"):
            points, *_ = self._side(name, k)
            Measure.of(points, name=f"{name}[{k}]")
        raise ParameterError(
            f"x[{k}] or y[{k}] holds coordinates of {LARGEST:.0e} and more: rescale the points."
        )


def _positive(
    points: NDArray[Any], weights: NDArray[np.float64] | None
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the points that have weight, and their weights."""
    if weights is None:
        return points, np.full(len(points), 1.0 / len(points))
    if weights.all():
        return points, weights
    some = weights > 0.0
    return points[some], weights[some] / math.fsum(weights[some])


def _stacked(sides: Sequence[NDArray[Any]], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return arrays of one shape as one that compiled code may read; the only one is copied if it must be."""
    return (
        np.require(sides[0], dtype, ["C", "W"])[None]
        if len(sides) == 1
        else np.array(sides, dtype, order="C")
    )


def _sides(name: str, given: Any, weights: list[Any] | None) -> list[NDArray[Any] | Measure]:
    """Return one side of all problems: float arrays (n_k, d) as they are, and measures of everything else.

    A data frame takes its weights, which may be one of its columns, along.
    """
    shape = None if isinstance(given, Measure) else getattr(given, "shape", None)
    if (
        isinstance(given, Measure)
        or not isinstance(given, Collection)
        or (shape is not None and len(shape) < 3)
    ):
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
    if not isinstance(given, Collection):
        raise ParameterError(
            f"{name} is a {type(given).__name__}: weights are an array (B, n) or a sequence of arrays (n_k,); give one."
        )
    return list(given)


def _dim(points: NDArray[Any] | Measure) -> int:
    return points.dim if isinstance(points, Measure) else int(points.shape[1])
