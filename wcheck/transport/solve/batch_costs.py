"""Thousands of small cost matrices at once: assignments from matrix to bracket in compiled code, others one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.measures.cost import EXACT, CostMatrix
from wcheck.progress import Report
from wcheck.threads import shared
from wcheck.transport.arithmetic.least import least
from wcheck.transport.arithmetic.rounding import U64
from wcheck.transport.arithmetic.sums import compiled_sum
from wcheck.transport.bounds.certificate import UNDERFLOW64
from wcheck.transport.programs.dense import assignment
from wcheck.transport.solve.batch_problems import LARGEST_PAIRS
from wcheck.transport.solve.cost import exact_cost

CHUNK_PAIRS = 1_000_000
"""Pairs that a thread solves for at a time."""


@dataclass(frozen=True, slots=True)
class CostBrackets:
    """Certified brackets of the least costs, and the sums of mass times ``|cost|`` of the plans: each of shape (B,)."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    absolute: NDArray[np.float64]


def solve_costs(cost: Any, a: Any, b: Any, tol: float, report: Report) -> CostBrackets:
    """Solve for many cost matrices; see :func:`wcheck.exact_batch`.

    Parameters
    ----------
    cost : array (B, n, m), or sequence of B matrices (n_k, m_k)
        As :func:`wcheck.exact_cost` takes them.
    a, b : array (B, n) and (B, m), or sequences of B arrays or None, optional
        Weights.
    tol : float
        How narrow each bracket shall be.
    report : callable
        Progress in problems.
    """
    matrices = _matrices(cost)
    weights = [_side(name, side, len(matrices)) for name, side in (("a", a), ("b", b))]
    brackets = CostBrackets(*np.empty((3, len(matrices))))

    def solve(chunk: range) -> int:
        for k in chunk:
            brackets.lower[k], brackets.upper[k], brackets.absolute[k] = _bracket(
                matrices[k], weights[0][k], weights[1][k], tol, f"cost[{k}]"
            )
        return len(chunk)

    done = 0
    with closing(shared(solve, list(_chunks(matrices)), torch.get_num_threads())) as finished:
        for solved in finished:
            done += solved
            report("exact_batch", done, len(matrices))
    return brackets


def cost_gap(
    lower: NDArray[np.float64], upper: NDArray[np.float64], absolute: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ``(upper - lower) / absolute``, and 0 where the bounds are equal."""
    gap = upper - lower
    relative: NDArray[np.float64] = np.divide(
        gap, absolute, out=np.full(len(gap), np.inf), where=absolute > 0.0
    )
    return np.where(gap <= 0.0, 0.0, relative)


def _bracket(
    matrix: Any, a: NDArray[np.float64] | None, b: NDArray[np.float64] | None, tol: float, name: str
) -> tuple[float, float, float]:
    given = CostMatrix.of(matrix, name)
    n, m = given.shape
    if n == m and a is None and b is None and not given.forbids and given.largest < EXACT:
        found: tuple[float, float, float] = _assigned(given.block(slice(0, n)).astype(np.float64))
        if found[1] - found[0] <= tol * found[2]:
            return found
    result = exact_cost(given, a, b, tol=tol)
    return result.bracket.lower, result.bracket.upper, float(result.absolute_cost or 0.0)


def _matrices(cost: Any) -> Sequence[Any]:
    shape = getattr(cost, "shape", None)
    if not (isinstance(cost, Sequence) if shape is None else len(shape) == 3):
        what = f"of shape {tuple(shape)}" if shape is not None else f"a {type(cost).__name__}"
        raise ParameterError(
            f"cost is {what}: a batch is an array (B, n, m) or a sequence of matrices (n_k, m_k); give one, or give a "
            "single matrix to wcheck.exact_cost."
        )
    matrices = [cost[k] for k in range(len(cost))]
    for k, matrix in enumerate(matrices):
        size = int(np.prod(np.shape(matrix)))
        if size > LARGEST_PAIRS:
            raise ParameterError(
                f"cost[{k}] has {size:,} pairs: a batch takes up to {LARGEST_PAIRS:,}; give larger ones to "
                "wcheck.exact_cost."
            )
    return matrices


def _side(name: str, weights: Any, count: int) -> Sequence[Any]:
    if weights is None:
        return [None] * count
    if not hasattr(weights, "__len__") or len(weights) != count:
        raise ParameterError(
            f"cost holds {count} problems and {name} does not: give the weights of every problem, or none."
        )
    return [weights[k] for k in range(count)]


def _chunks(matrices: Sequence[Any]) -> Iterator[range]:
    """Cut the problems into runs of about equal work."""
    start = work = 0
    for k, matrix in enumerate(matrices):
        work += int(np.prod(np.shape(matrix)))
        if work >= CHUNK_PAIRS:
            yield range(start, k + 1)
            start, work = k + 1, 0
    if start < len(matrices):
        yield range(start, len(matrices))


@compiled()
def _assigned(cost):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return lower and upper bound of the least mean cost of an assignment, and the mean ``|cost|`` of the one found.

    ``u_i = min_j (c_ij - v_j)`` is rounded once, and every sum is accurate: both are paid for.
    """
    n = len(cost)
    columns, _, v = assignment(cost)
    u, taken = np.empty(n), np.empty(n)
    for i in range(np.uint64(n)):
        taken[i] = cost[i, columns[i]]
        lowest = np.inf
        for j in range(np.uint64(n)):
            lowest = least(lowest, cost[i, j] - v[j])
        u[i] = lowest
    absolute = compiled_sum(np.abs(taken)) / n
    upper = compiled_sum(taken) / n + (6.0 * U64 * absolute + UNDERFLOW64)
    size = (compiled_sum(np.abs(u)) + compiled_sum(np.abs(v))) / n
    lower = (compiled_sum(u) + compiled_sum(v)) / n - (12.0 * U64 * size + UNDERFLOW64)
    return lower, upper, absolute
