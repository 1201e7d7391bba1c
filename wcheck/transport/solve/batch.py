r"""Thousands of small exact transport problems at once, each with a certified bracket.

Equal weights on both sides make an assignment problem, which compiled code (:mod:`small`) brings from points to bracket
without a call into Python; others go through the network simplex. Both let go of the interpreter's lock, so threads
share the problems out. What they leave wider than asked, for float64 loses the digits of small distances among large
ones, is solved again by :func:`wcheck.exact`. Nothing of a problem is seen by another, and none is split: its bracket
is the same, to the last bit, in any batch and with any number of threads.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
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
from wcheck.transport.arithmetic.rounding import U64
from wcheck.transport.arithmetic.wide import Wide
from wcheck.transport.cost.exponent import exponent
from wcheck.transport.cost.frame import MAX_DIM, Frame
from wcheck.transport.cost.pairs import cost_rounding
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.simplex import masses
from wcheck.transport.programs.small import LARGEST, all_costs, assignment_brackets
from wcheck.transport.solve.exact import check_tolerance, exact
from wcheck.transport.solve.line import staircase

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
    status : ndarray, shape (B,), str
        ``optimal``: ``upper - lower <= tol upper``. ``rounding``: the bracket is wider, and float64 cannot narrow it;
        it holds all the same. Give points whose distances differ less in size, or ask for less.
    p : int
        The exponent.
    seconds : float
        Wall time of the whole batch.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    status: NDArray[np.str_]
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
    def optimal(self) -> bool:
        """Whether all brackets are as narrow as was asked."""
        return bool((self.status == "optimal").all())

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
    tol: float = 1e-6,
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
        Weights, not negative, with totals within 1e-6 of 1, by which they are divided; uniform if left out, or where
        the sequence holds None.
    p : {1, 2}
        The exponent.
    tol : float
        How narrow each bracket shall be: ``upper - lower <= tol upper``. Most are far narrower.
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
    p = exponent(p)
    check_tolerance(tol)
    a, b = _weights("a", a), _weights("b", b)
    batch = _Batch(_sides("x", x, a), _sides("y", y, b), a, b, p, tol)
    lower, upper = np.empty((2, len(batch.x)))
    done = 0
    pool = ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="wcheck")
    try:
        for solved in pool.map(lambda chunk: batch.solve(chunk, lower, upper), list(batch.chunks())):
            done += solved
            report("exact_batch", done, len(batch.x))
    finally:
        pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C, the chunks not yet begun
    status = np.where(_narrow(lower, upper, tol), "optimal", "rounding")
    return BatchResult(lower, upper, status, p, time.monotonic() - begun)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The problems; where there are no weights, points are arrays not yet checked to be finite, or measures."""

    x: list[NDArray[Any] | Measure]
    y: list[NDArray[Any] | Measure]
    a: list[Any] | None
    b: list[Any] | None
    p: int
    tol: float

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

    def solve(self, chunk: range, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> int:
        """Write the brackets of some problems, those of one shape solved together; return how many."""
        alike: dict[tuple[Any, Any, int | None], list[tuple[int, NDArray[Any], NDArray[Any]]]] = {}
        for k in chunk:
            (x, a), (y, b) = self._side("x", k), self._side("y", k)
            dtype = np.result_type(x, y)
            sorting = x.shape[1] == 1 and len(x) > SORTED
            if a is None and b is None and x.shape == y.shape and not sorting:
                alike.setdefault((x.shape, dtype, k if x.size > STACKED else None), []).append((k, x, y))
            else:
                x, y = (np.array(side, dtype, order="C") for side in (x, y))
                lower[k], upper[k] = self._solve_general(x, y, a, b)
        for (_, dtype, _), same in alike.items():
            problems, *sides = zip(*same, strict=True)
            x, y = (_stacked(side, dtype) for side in sides)
            where = list(problems)
            lower[where], upper[where] = _in_the_points_unit(*assignment_brackets(x, y, self.p), self.p)
        some = slice(chunk.start, chunk.stop)
        for k in (chunk.start + np.flatnonzero(~_narrow(lower[some], upper[some], self.tol))).tolist():
            if math.isnan(upper[k]):
                self._refuse(k)
            lower[k], upper[k] = self._solve_again(k, lower[k], upper[k])
        return len(chunk)

    def _measure(self, name: str, k: int) -> Measure:
        sides, weights = (self.x, self.a) if name == "x" else (self.y, self.b)
        return Measure.of(sides[k], None if weights is None else weights[k], name=f"{name}[{k}]")

    def _side(self, name: str, k: int) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
        """Return the points of a side, and its weights unless they are equal."""
        sides, weights = (self.x, self.a) if name == "x" else (self.y, self.b)
        points, given = sides[k], None if weights is None else weights[k]
        if isinstance(points, np.ndarray) and given is None:
            return points, None
        measure = self._measure(name, k)
        return measure.dense(), None if measure.is_uniform else measure.weights

    def _solve_general(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        a: NDArray[np.float64] | None,
        b: NDArray[np.float64] | None,
    ) -> tuple[Any, Any]:
        """Solve a problem over all pairs, or on the line by sorting; return its bracket."""
        (x, a), (y, b) = _positive(x, a), _positive(y, b)
        costs = all_costs(x, y, self.p)
        if math.isnan(costs.unit):
            return math.nan, math.nan
        cost, rounding = costs.cost, cost_rounding(x.shape[1], self.p)
        largest = float(cost.max()) * (1.0 + 2.0 * rounding + 8.0 * U64) + costs.underflow
        program = Program(a, b, lambda i, j: cost[i, j], self.p, largest, rounding, costs.underflow)
        if x.shape[1] == 1:
            frame = Frame(x[0].astype(np.float64), costs.unit, 0.5, 0.5, costs.underflow > 0.0)
            masses_a, masses_b = map(Wide.of, masses(a, b))
            basic = staircase(masses_a, masses_b, x[:, 0], y[:, 0], frame, self.p).basic
        else:
            basic = program.solve(cost)
        best = Best(program, basic.u, basic.v, basic.rows, basic.columns, basic.mass)
        best.offer_plan(basic, cost[basic.rows, basic.columns])
        best.offer_potentials(program.transform(cost, basic.v), basic.v)
        return _in_the_points_unit(np.float64(best.lower), np.float64(best.upper), costs.unit, self.p)

    def _solve_again(self, k: int, lower: float, upper: float) -> tuple[float, float]:
        """Return the bracket that digits beyond those of float64 allow, within the one there is."""
        try:
            bracket = exact(self._measure("x", k), self._measure("y", k), p=self.p, tol=self.tol).bracket
        except ParameterError:  # coordinates too large for it to square
            return lower, upper
        return max(lower, bracket.lower), min(upper, bracket.upper)

    def _refuse(self, k: int) -> None:
        """Say what is wrong with coordinates that have no unit."""
        for name in ("x", "y"):
            self._measure(name, k)
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
    return points[weights > 0.0], weights[weights > 0.0]


def _narrow(lower: Any, upper: Any, tol: float) -> Any:
    """Whether brackets are as narrow as was asked; a quotient is not rounded among denormals, as a product is."""
    return (upper - lower) / np.where(upper > 0.0, upper, 1.0) <= tol


def _in_the_points_unit(lower: Any, upper: Any, unit: Any, p: int) -> tuple[Any, Any]:
    """Take roots of brackets of costs, and leave the unit, both outward."""
    if p == 2:
        lower, upper = np.sqrt(lower) * (1.0 - 2.0**-52), np.sqrt(upper) * (1.0 + 2.0**-52)
    low, high = lower * unit, upper * unit  # among denormals a product rounds by more than its share
    low = np.where(low < 1e-300, np.nextafter(low, 0.0), low)
    return low, np.where((upper > 0.0) & (high < 1e-300), np.nextafter(high, np.inf), high)


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
