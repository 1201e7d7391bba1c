r"""Scans of costs that are held: of few enough pairs, lower bounds of all are computed once, and every scan reads them.

What is held is ``R = c - alpha - beta``, rounded down (:mod:`reduced`), so ``c_ij - v_j < t_i`` is
``R_ij - (v_j - beta_j) < t_i - alpha_i``. Both differences round; thresholds are raised by more than that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.least import least
from wcheck.transport.cost.reduced import ReducedCosts
from wcheck.transport.programs.program import Program
from wcheck.transport.programs.sample import Sample, drawn
from wcheck.transport.scans.listing import Listing
from wcheck.transport.scans.streamed import below


@dataclass(frozen=True, slots=True)
class HeldGround:
    """Costs of which lower bounds are held; a ``Ground``.

    Attributes
    ----------
    costs : ReducedCosts
        The bounds.
    """

    costs: ReducedCosts

    def scanner(self, check: Callable[[], None]) -> Held:
        """Return what scans all pairs; see ``Ground.scanner``."""
        return Held(self.costs, check)

    def sample(
        self, program: Program, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[Sample, Sample]:
        """Draw rows and columns by weight."""
        return drawn(program.a, rows, generator), drawn(program.b, columns, generator)

    def part(self, program: Program, rows: Sample, columns: Sample) -> tuple[Program, HeldGround]:
        """Return the program between some of the points, and its ground."""
        return program.take(rows, columns), HeldGround(self.costs.part(rows.points, columns.points))


class Held:
    """Lower bounds on the costs of all pairs, which are held; a ``Scanner``.

    Parameters
    ----------
    costs : ReducedCosts
        The bounds.
    check : callable
        Called by every scan; what it raises ends it.
    """

    projected = False

    def __init__(self, costs: ReducedCosts, check: Callable[[], None] = lambda: None) -> None:
        self.costs, self._check = costs, check

    def own(
        self, threshold: NDArray[np.float64], v: NDArray[np.float64], rows: NDArray[np.int64] | slice
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return thresholds of rows, raised by the rounding, and potentials as they are for what is held."""
        alpha, beta = self.costs.alpha[rows], self.costs.beta
        size = float(np.abs(v).max() + np.abs(beta).max())
        return threshold - alpha + 2.0**-50 * (np.abs(threshold) + np.abs(alpha) + size), v - beta

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = 1 << 40,
        estimate: bool = False,
    ) -> Listing:
        """List pairs; see ``Scanner.scan``. Bounds and estimates are the same here."""
        del estimate
        self._check()
        costs, some = self.costs, slice(None) if rows is None else rows
        raised, potential = self.own(threshold, v, some)
        parts = below(costs.bounds[some], potential, raised, limit)
        counts, columns, bound, full = (np.concatenate(column) for column in zip(*parts, strict=True))
        at = np.repeat(np.arange(len(counts)), np.where(full, 0, counts))
        whole = bound + costs.alpha[some][at] + costs.beta[columns]
        return Listing(counts, columns, _down(whole), full)

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return about the costs of some columns; see ``Scanner.sample``."""
        del estimate
        costs = self.costs
        every = np.arange(len(costs.alpha)) if rows is None else rows
        taken = np.empty((len(every), len(columns)), np.float32)
        over_spans(
            len(every),
            taken.size >> 16,
            lambda s: _take(
                costs.bounds, every[s], columns, costs.alpha[every[s]], costs.beta[columns], taken[s]
            ),
        )
        return torch.from_numpy(taken)

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``min_i (c_ij - u_i)`` over some rows; see ``Scanner.extend``."""
        self._check()
        v, offset = np.full(len(self.costs.beta), np.inf), u - self.costs.alpha[rows]
        over_spans(
            len(v), len(rows) * len(v) >> 16, lambda s: _lower(self.costs.bounds, rows, offset, s.start, v[s])
        )
        extended: NDArray[np.float64] = v + self.costs.beta
        return extended


def _down(values: NDArray[np.float64]) -> NDArray[np.float32]:
    down: NDArray[np.float32] = np.nextafter(
        (values - 2.0**-50 * np.abs(values)).astype(np.float32), np.float32(-np.inf)
    )
    return down


@compiled()
def _take(bounds, rows, columns, alpha, beta, taken):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for i in range(len(rows)):
        row, offset = bounds[rows[i]], alpha[i]
        for k in range(len(columns)):
            taken[i, k] = row[columns[k]] + offset + beta[k]


@compiled()
def _lower(bounds, rows, offset, first, v):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for i in range(len(rows)):
        row, own = bounds[rows[i], first:], offset[i]
        for j in range(np.uint64(len(v))):
            v[j] = least(v[j], np.float64(row[j]) - own)
