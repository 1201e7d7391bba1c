r"""Programs that leave mass unmatched, at no cost or at a price: plain transport with a dummy on each side.

With A and B the masses of the two sides, and dummies that take what is left,

* the cheapest transport of exactly the mass S has a dummy row of mass ``B - S`` and a dummy column of ``A - S``, which
  cost nothing, and the pair of dummies is forbidden: whatever is not matched goes to a dummy, so S is;
* ``min <P, c> + L (mass left on both sides)`` has dummies of masses B and A that cost L, and 0 between them.

The dummy column is the first and the dummy row the last, so that the north-west corner rule never fills their pair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.programs.program import Program
from wcheck.transport.programs.simplex import Basic, SparseSimplex, masses


@dataclass(frozen=True, slots=True)
class Dummies:
    """A dummy row, which is the last, and a dummy column, which is the first; of no mass there is none.

    Attributes
    ----------
    row, column : float
        Their masses, each within two roundings.
    cost : float
        Between a dummy and what is real, in the unit of the costs.
    both : float
        Between the two dummies; infinite if that is forbidden.
    """

    row: float
    column: float
    cost: float
    both: float

    @property
    def has_row(self) -> bool:
        """Whether there is a dummy row."""
        return self.row > 0.0

    @property
    def offset(self) -> int:
        """The number of the first real column: 1 where there is a dummy column."""
        return int(self.column > 0.0)

    def turned(self) -> Dummies:
        """Return those of the sides exchanged."""
        return replace(self, row=self.column, column=self.row)

    def over(
        self, inner: Program, a: NDArray[np.float64], b: NDArray[np.float64], total: float
    ) -> WithDummies:
        """Return a program with dummies.

        Parameters
        ----------
        inner : Program
            Between what is real.
        a, b : ndarray, shapes (n,) and (m,)
            Its masses, as they are.
        total : float
            That of either side with its dummy, to one rounding.
        """
        rows = np.append(a, self.row) if self.has_row else a
        columns = np.append(self.column, b) if self.offset else b
        # Mass that is off is cut from real pairs, at most as much as marginals are off by, and then carried again, of
        # partial transport at most 1.5 times as much, or left: at 2 L for what is cut, and L for a dummy that is off.
        diameter = (
            2.0 * inner.diameter
            if np.isinf(self.both)
            else min(max(inner.diameter, self.cost), 3.0 * self.cost)
        )
        return WithDummies(
            rows / total,
            columns / total,
            self.measurer(inner.measure, len(inner.a)),
            1,
            diameter,
            inner.rounding,
            inner.underflow,
            inner.zero_is_exact,
            inner=inner,
            dummies=self,
        )

    def measurer(self, inner: MeasurePairs, n: int) -> MeasurePairs:
        """Return what measures pairs with dummies, from what measures those of n real rows: costs (k,) or (2, k)."""

        def measure(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
            left, above = i == n, j < self.offset
            real = ~(left | above)
            found = inner(i[real], j[real] - self.offset)
            cost = np.zeros((*found.shape[:-1], len(i)))
            high = cost if cost.ndim == 1 else cost[0]
            high[:] = np.where(left & above, self.both, self.cost)
            cost[..., real] = found
            return cost

        return measure


@dataclass(frozen=True, slots=True, kw_only=True)
class WithDummies(Program):
    """A program with dummies.

    Attributes
    ----------
    inner : Program
        That between what is real.
    dummies : Dummies
        The dummies.
    """

    inner: Program
    dummies: Dummies

    @property
    def is_assignment(self) -> bool:
        """No: some pairs may be forbidden."""
        return False

    def of_part(self, inner: Program) -> WithDummies:
        """Return the program of a part, whose real rows together have the mass of all, and its columns likewise."""
        rows, offset = len(self.inner.a), self.dummies.offset
        a, b = self.a[:rows].sum() * inner.a, self.b[offset:].sum() * inner.b
        left = replace(self.dummies, row=float(self.a[rows:].sum()), column=float(self.b[:offset].sum()))
        return left.over(inner, a, b, 1.0)

    def backbone(self) -> Basic:
        """Return the plan of the north-west corner rule, and all arcs of dummies, on which there may be no mass."""
        plan = Program.backbone(self)
        n, m, offset = len(self.inner.a), len(self.b), self.dummies.offset
        to_column, from_row = np.arange(n * offset), np.arange(offset, m * self.dummies.has_row)
        rows = np.concatenate([plan.rows, to_column, np.full(len(from_row), n)])
        columns = np.concatenate([plan.columns, np.zeros_like(to_column), from_row])
        mass = np.concatenate([plan.mass, np.zeros(len(to_column) + len(from_row))])
        return Basic(rows, columns, mass, plan.u, plan.v)

    def solve(self, cost: NDArray[np.float64]) -> Basic:
        """Solve over all pairs that are not forbidden."""
        rows, columns = np.nonzero(np.isfinite(cost))
        start = np.zeros(len(self.a)), np.zeros(len(self.b))
        return SparseSimplex(*masses(self.a, self.b), rows, columns, cost[rows, columns], start).solve()
