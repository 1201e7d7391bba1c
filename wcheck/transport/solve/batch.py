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
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.lazily import torch
from wcheck.progress import Report, silent
from wcheck.threads import shared
from wcheck.transport.arithmetic.wide import Wide
from wcheck.transport.bounds.certificate import distance_bounds, relative_gap
from wcheck.transport.cost.exponent import exponent
from wcheck.transport.cost.metric import EUCLIDEAN, Metric, metric_of
from wcheck.transport.cost.pairs import cost_rounding
from wcheck.transport.cost.whole import all_costs
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.simplex import masses
from wcheck.transport.programs.small import assignment_brackets
from wcheck.transport.solve.batch_costs import cost_gap, solve_costs
from wcheck.transport.solve.batch_metrics import solve_each
from wcheck.transport.solve.batch_problems import Problems, positive
from wcheck.transport.solve.exact import check_tolerance, exact
from wcheck.transport.solve.line import staircase
from wcheck.transport.solve.result import in_words

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
    """The result of :func:`exact_batch`.

    Attributes
    ----------
    lower, upper : ndarray, shape (B,), float64
        ``lower[k] <= W_p(x[k], y[k]) <= upper[k]``, in the points' unit, or likewise the least cost of ``cost[k]``;
        certified, rounding included.
    status : ndarray, shape (B,), str
        ``optimal``: ``upper - lower <= tol upper``. ``rounding``: the bracket is wider and still valid, but float64
        cannot narrow it. Give points whose distances differ less in size, or a larger ``tol``.
    p : int or None
        The exponent; None for cost matrices.
    seconds : float
        Wall time of the whole batch.
    absolute_cost : ndarray, shape (B,), float64, or None
        For cost matrices, the sums of mass times ``|cost|`` over the plans, relative to which the statuses are decided.

    Examples
    --------
    >>> exact_batch([[[0.0]], [[1.0]]], [[[3.0]], [[3.0]]]).value.tolist()
    [3.0, 2.0]
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    status: NDArray[np.str_]
    p: int | None
    seconds: float
    absolute_cost: NDArray[np.float64] | None = None

    def __repr__(self) -> str:
        """Say what ``str`` says: no matrix, in a line."""
        return f"BatchResult({self})"

    def __str__(self) -> str:
        """Name the range of the values, the widest bracket and how many are optimal: a line."""
        return in_words(self.lower, self.upper, self.status, self.p)

    def __len__(self) -> int:
        """Return B, the number of problems."""
        return len(self.upper)

    @property
    def value(self) -> NDArray[np.float64]:
        """The distances: the upper bounds, each of which is the cost of an actual plan (its p-th root)."""
        return self.upper

    @property
    def optimal(self) -> bool:
        """Whether all brackets are as narrow as ``tol`` asks."""
        return bool((self.status == "optimal").all())

    @property
    def relative_gap(self) -> NDArray[np.float64]:
        """``(upper - lower) / upper``, and 0 where both are 0; for cost matrices, over :attr:`absolute_cost`."""
        if self.absolute_cost is None:
            return relative_gap(self.lower, self.upper)
        return cost_gap(self.lower, self.upper, self.absolute_cost)


def exact_batch(
    x: Any = None,
    y: Any = None,
    a: Any = None,
    b: Any = None,
    *,
    cost: Any = None,
    p: int = 1,
    metric: str | Callable[..., Any] | Metric = "euclidean",
    tol: float = 1e-6,
    report: Report = silent,
) -> BatchResult:
    r"""Compute the Wasserstein distances between many pairs of small measures, exactly and with certificates.

    .. math:: W_p^p = \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} d(x_i, y_j)^p \quad \text{for every pair}

    For problems of up to about 1,000 points on each side, solved in as many threads as torch uses; for larger problems,
    use :func:`wcheck.exact`. Equal numbers of points with equal weights are fastest.

    Parameters
    ----------
    x, y : array (B, n, d) and (B, m, d), or sequences of B things that :meth:`Measure.of` takes, (n_k, d) and (m_k, d)
        The points. float32 and float64 are used unchanged; columns of data frames are matched by their names.
    a, b : array (B, n) and (B, m), or sequences of B arrays (n_k,) and (m_k,), optional
        Weights, not negative, with totals within 1e-6 of 1, by which they are divided; uniform if left out, or where
        the sequence contains None.
    cost : array (B, n, m), or sequence of B matrices (n_k, m_k), optional
        Cost matrices instead of points, as for :func:`wcheck.exact_cost`.
    p : {1, 2}
        The exponent.
    metric : str or callable
        The ground metric d, as for :func:`wcheck.exact`; the Euclidean one is by far the fastest.
    tol : float
        The relative width of each bracket: ``upper - lower <= tol upper``; for cost matrices, relative to the sum of
        mass times ``|cost|``. Most brackets are far narrower.
    report : callable
        Progress in problems, see :mod:`wcheck.progress`.

    Returns
    -------
    BatchResult

    Raises
    ------
    ParameterError
        If a parameter is not as described; the message names the problem.
    InfeasibleError
        If every plan of a cost matrix uses a forbidden pair.

    Examples
    --------
    >>> exact_batch([[[0.0, 0.0]], [[0.0]]], [[[3.0, 4.0]], [[2.0]]]).value
    array([5., 2.])
    """
    begun = time.monotonic()
    p = exponent(p)
    metric = metric_of(metric)
    check_tolerance(tol)
    if cost is not None:
        if x is not None or y is not None or p != 1 or metric is not EUCLIDEAN:
            raise ParameterError(
                "cost is given beside x, y, p or metric: a batch is of points or of cost matrices; give one."
            )
        found = solve_costs(cost, a, b, tol, report)
        gap = cost_gap(found.lower, found.upper, found.absolute)
        status = np.where(gap <= tol, "optimal", "rounding")
        return BatchResult(found.lower, found.upper, status, None, time.monotonic() - begun, found.absolute)
    problems = Problems.of(x, y, a, b)

    def tell(done: int) -> None:
        report("exact_batch", done, len(problems))

    if metric is EUCLIDEAN:
        lower, upper = _solve_euclidean(problems, p, tol, tell)
    else:
        lower, upper = solve_each(problems, metric, p, tol, tell)
    status = np.where(relative_gap(lower, upper) <= tol, "optimal", "rounding")
    return BatchResult(lower, upper, status, p, time.monotonic() - begun)


def _solve_euclidean(
    problems: Problems, p: int, tol: float, tell: Callable[[int], None]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lower, upper = np.empty((2, len(problems)))
    solve = _Solver(problems, p, tol, lower, upper)
    done = 0
    with closing(shared(solve, list(_chunks(problems)), torch.get_num_threads())) as finished:
        for solved in finished:
            done += solved
            tell(done)
    return lower, upper


def _chunks(problems: Problems) -> Iterator[range]:
    """Cut the problems into runs of about equal work."""
    start = work = size = 0
    for k in range(len(problems)):
        n, m, dim = problems.size(k)
        work += n * m * (dim + LOOKS)
        size += 8 * (n + m) * dim
        if work >= CHUNK_WORK or size >= CHUNK_BYTES:
            yield range(start, k + 1)
            start, work, size = k + 1, 0, 0
    if start < len(problems):
        yield range(start, len(problems))


@dataclass(frozen=True, slots=True)
class _Solver:
    """Writes the brackets of some problems, those of one shape solved together; returns how many."""

    problems: Problems
    p: int
    tol: float
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    def __call__(self, chunk: range) -> int:
        lower, upper = self.lower, self.upper
        alike: dict[tuple[Any, Any, int | None], list[tuple[int, NDArray[Any], NDArray[Any]]]] = {}
        for k in chunk:
            (x, a), (y, b) = self.problems.side("x", k), self.problems.side("y", k)
            dtype = np.result_type(x, y)
            sorting = x.shape[1] == 1 and len(x) > SORTED
            if a is None and b is None and x.shape == y.shape and not sorting:
                alike.setdefault((x.shape, dtype, k if x.size > STACKED else None), []).append((k, x, y))
            else:
                x, y = (np.array(side, dtype, order="C") for side in (x, y))
                lower[k], upper[k] = self._general(x, y, a, b)
        for (_, dtype, _), same in alike.items():
            where, *sides = zip(*same, strict=True)
            x, y = (_stacked(side, dtype) for side in sides)
            found = distance_bounds(*assignment_brackets(x, y, self.p), self.p)
            lower[list(where)], upper[list(where)] = found
        some = slice(chunk.start, chunk.stop)
        wide = np.flatnonzero(~(relative_gap(lower[some], upper[some]) <= self.tol))
        for k in (chunk.start + wide).tolist():
            if math.isnan(upper[k]):
                self.problems.refuse(k)
            lower[k], upper[k] = self._again(k, lower[k], upper[k])
        return len(chunk)

    def _general(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        a: NDArray[np.float64] | None,
        b: NDArray[np.float64] | None,
    ) -> tuple[float, float]:
        """Solve a problem over all pairs, or on the line by sorting; return its bracket."""
        (x, a), (y, b) = positive(x, a), positive(y, b)
        cost, unit, underflow = all_costs(x, y, self.p)
        if math.isnan(unit):
            return math.nan, math.nan
        rounding = cost_rounding(x.shape[1], self.p)
        program = Program(a, b, lambda i, j: cost[i, j], self.p, math.inf, rounding, underflow).within(cost)
        if x.shape[1] == 1:
            masses_a, masses_b = map(Wide.of, masses(a, b))
            basic = staircase(masses_a, masses_b, x[:, 0], y[:, 0], unit, self.p).basic
        else:
            basic = program.solve(cost)
        bracket = Best.over_all(program, cost, basic).distance(unit)
        return bracket.lower, bracket.upper

    def _again(self, k: int, lower: float, upper: float) -> tuple[float, float]:
        """Return the bracket that digits beyond those of float64 allow, within the one there is."""
        x, y = (self.problems.measure(name, k) for name in ("x", "y"))
        try:
            bracket = exact(x, y, p=self.p, tol=self.tol).bracket
        except ParameterError:  # coordinates too large for it to square
            return lower, upper
        return max(lower, bracket.lower), min(upper, bracket.upper)


def _stacked(sides: Sequence[NDArray[Any]], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return arrays of one shape as one that compiled code may read; the only one is copied if it must be."""
    return (
        np.require(sides[0], dtype, ["C", "W"])[None]
        if len(sides) == 1
        else np.array(sides, dtype, order="C")
    )
