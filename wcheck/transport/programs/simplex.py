"""The transport linear program, solved by POT's network simplex: the one place that speaks to POT.

POT's public ``ot.emd`` hides what is needed here: it drops the potentials of a warm start for sparse costs, and its
default ``numItermax`` only warns when it is hit, with an infeasible plan. So the functions below it are called, with
an iteration limit that cannot be hit, and any status but optimal is an error.

Three of the solver's absolute numbers would hurt. It drops flow below 1e-15, and forgives 1e-8 of mass that its
artificial arcs still carry: :func:`masses` therefore scales the weights up; for uniform weights it makes them
integers, with which the simplex computes exactly. And artificial arcs cost at least 1: costs far below that are raised.

POT imports much of what it may need for other things, so it is imported where it is called: most programs do without.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SolverError

ITERATIONS = (1 << 63) - 1
SMALL_COSTS = 2.0**-20
"""Costs that are all below this are raised to about 1, by a power of two."""
OPTIMAL = 1
STATUS = {0: "infeasible", 2: "unbounded", 3: "iteration limit reached"}


@dataclass(frozen=True, slots=True)
class Basic:
    """A basic solution of a transport program: plan and potentials.

    Attributes
    ----------
    rows, columns : ndarray, shape (k,), int64
        The arcs that carry mass.
    mass : ndarray, shape (k,), float64
        Non-negative; in the unit of the masses that were given.
    u, v : ndarray, shapes (n,) and (m,), float64
        ``u_i + v_j <= c_ij`` on the arcs that were given, with equality where there is mass, up to rounding.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    mass: NDArray[np.float64]
    u: NDArray[np.float64]
    v: NDArray[np.float64]


def masses(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scale weights so that the simplex computes well: integers ``m/g``, ``n/g`` if uniform, a mean of 1 otherwise."""
    n, m = len(a), len(b)
    if np.all(a == a[0]) and np.all(b == b[0]):
        divisor = math.gcd(n, m)
        return np.full(n, float(m // divisor)), np.full(m, float(n // divisor))
    scale = float(max(n, m))
    return a * scale, b * scale


def solve_dense(a: NDArray[np.float64], b: NDArray[np.float64], cost: NDArray[np.float64]) -> Basic:
    """Solve the transport program with masses a, b of equal total over all pairs, by POT's network simplex.

    Raises
    ------
    SolverError
        If the solver does not report an optimum.
    """
    from ot.lp.emd_wrap import emd_c

    unit = _unit(cost)
    scaled = cost if unit == 1.0 else cost / unit
    plan, _, u, v, status = emd_c(a, b, np.ascontiguousarray(scaled), ITERATIONS, 1)
    _check(status)
    rows, columns = np.nonzero(plan)
    return Basic(rows, columns, plan[rows, columns], u * unit, v * unit)


def _unit(cost: NDArray[np.float64]) -> float:
    """Return the power of two that costs are divided by: 1, unless all are small."""
    largest = max(float(cost.max(initial=0.0)), -float(cost.min(initial=0.0)))
    return 2.0 ** max(math.frexp(largest)[1], -1000) if 0.0 < largest < SMALL_COSTS else 1.0


class SparseSimplex:
    """The transport program on a growing set of arcs, solved from its last potentials each time.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive masses of equal total.
    rows, columns : ndarray, shape (k,), integer
        The arcs, each once; they must admit a feasible plan.
    cost : ndarray, shape (k,), float64
        Their costs.
    start : tuple of ndarray
        Potentials (u, v) near the optimum.
    """

    def __init__(
        self,
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        rows: NDArray[np.integer],
        columns: NDArray[np.integer],
        cost: NDArray[np.float64],
        start: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> None:
        self._a, self._b = a, b
        self._keys = rows.astype(np.int64) * len(b) + columns
        self._cost = cost
        self._potentials = start
        self._thread: threading.Thread | None = None
        self._outcome: Basic | Exception | None = None

    def add(self, rows: NDArray[np.integer], columns: NDArray[np.integer], cost: NDArray[np.float64]) -> int:
        """Add arcs; return how many were new."""
        known = len(self._keys)
        keys = np.concatenate([self._keys, rows.astype(np.int64) * len(self._b) + columns])
        order = np.argsort(keys, kind="stable")
        order = order[np.append(True, np.diff(keys[order]) != 0)]
        self._keys, self._cost = keys[order], np.concatenate([self._cost, cost])[order]
        self._thread = None
        return len(self._keys) - known

    def advance(self) -> bool:
        """Let the solver, which runs in a thread, work for 0.1 s; return whether it is done."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._thread.join(0.1)
        return not self._thread.is_alive()

    def solve(self) -> Basic:
        """Return an optimal plan and potentials.

        Raises
        ------
        SolverError
            If the solver does not report an optimum.
        """
        while not self.advance():
            pass
        if isinstance(self._outcome, Basic):
            return self._outcome
        raise self._outcome or SolverError("the network simplex ended without an outcome.")

    def _run(self) -> None:
        try:
            from ot.lp.emd_wrap import emd_c_sparse

            unit = _unit(self._cost)
            rows, columns, mass, _, u, v, status = emd_c_sparse(
                self._a,
                self._b,
                (self._keys // len(self._b)).astype(np.uint64),
                (self._keys % len(self._b)).astype(np.uint64),
                self._cost / unit,
                ITERATIONS,
                *(np.ascontiguousarray(potential / unit) for potential in self._potentials),
            )
            _check(status)
            u, v = u * unit, v * unit
            shift = float(np.median(v))  # large artificial potentials would cost the screen its digits
            self._potentials = u + shift, v - shift
            self._outcome = Basic(rows.astype(np.int64), columns.astype(np.int64), mass, *self._potentials)
        except Exception as error:
            self._outcome = error


def _check(status: int) -> None:
    if status != OPTIMAL:
        raise SolverError(
            f"the network simplex ended as {STATUS.get(status, status)}: no answer can be certified; "
            "check that the totals of the weights agree, and report the data if they do."
        )
