r"""The transport program with general weights on a sparse, growing set of arcs.

1. **Cost scaling** (:mod:`scaling`) from potentials that may be poor makes a flow and potentials that are nearly
   optimal. Large eps carry potentials far at little cost; the small ones, which would take most of the time, are left
   out. What it finds is good enough to look for missing arcs before anything is solved.
2. **A network simplex** (:mod:`tree`) begins with a basis that is made of this flow, and needs few pivots.

Rows are shuffled. Points near each other often stand side by side, as in a picture; queues and blocks of rows that
follow such an order work on one place at a time, where each step undoes the last: three times as long in the plane.
Arcs that are added later leave the basis as it is, however many they are: of ties there are always more.
Should rounding or the arcs keep the simplex from its end, POT's solves the program. So it does where one side has so
few nodes that each of them has hundreds of neighbours in a basis: there a pivot is cheap, and potentials of all nodes,
which the simplex here computes again and again, are dear.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.programs.grouped import by_row
from wcheck.transport.programs.scaling import Scaling
from wcheck.transport.programs.simplex import Basic, SparseSimplex
from wcheck.transport.programs.tree import NoTree, Tree

SCALES, LATER = (0.5, 0.1, 0.02), (0.5, 0.1, 0.02, 0.004, 0.0008)
"""The eps of successive phases, in units of the median reduced cost: at first, and from a flow or near potentials."""
WIDE = 2
"""With more than so many columns for each row, the sides are exchanged: most nodes are leaves of the tree, and left out
of it where they are rows."""
STARS = 500
"""How many times as many nodes one side has as the other, from which on POT's simplex takes the place of the other."""
LONG = 50
"""How often it looks at as much before an end that is good enough will do."""
PIVOTING = 20_000
"""How often the simplex may look at as much as there are arcs before POT's takes over."""


class Transport:
    """The transport program on a growing set of arcs, solved from where it stood each time.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive masses of equal total and a mean of about 1.
    rows, columns : ndarray, shape (k,), integer
        The arcs, each once; they must admit a feasible plan.
    cost : ndarray, shape (k,), float64
        Their costs.
    v : ndarray, shape (m,), float64
        Potentials of the columns, the nearer to the optimum the better.
    near : bool
        Whether they are near it.

    Attributes
    ----------
    enough : float
        By how much the cost of a plan may be above the least, about, per unit of mass, where it takes long to find the
        least. Set before each solve; 0 at first.
    early : bool
        Whether the last solve ended for that.
    """

    enough, early = 0.0, False

    def __init__(
        self,
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        rows: NDArray[np.integer],
        columns: NDArray[np.integer],
        cost: NDArray[np.float64],
        v: NDArray[np.float64],
        *,
        near: bool = False,
    ) -> None:
        self._turned = len(b) > WIDE * len(a)
        if self._turned:
            a, b, rows, columns, v = b, a, columns, rows, _least(rows, cost - v[columns], len(a))
        self._shuffled = np.random.default_rng(0).permutation(len(a))
        self._place = np.argsort(self._shuffled)
        self._a, self._b, self._v = a[self._shuffled], b, v
        self._done, self._work = False, 0.0
        order = by_row(self._place[rows], columns, (len(a), len(b)))
        self._set_arcs(self._keys_of(rows[order], columns[order]), cost[order])
        self._flow = np.zeros(len(cost))
        self._scales = LATER if near else SCALES
        self._scaling: Scaling | None = None
        self._tree: Tree | None = None
        self._pot: SparseSimplex | None = None

    def add(self, rows: NDArray[np.integer], columns: NDArray[np.integer], cost: NDArray[np.float64]) -> int:
        """Add arcs, except for those already there; return how many were new."""
        rows, columns = self._own(rows, columns)
        keys, first = np.unique(self._keys_of(rows, columns), return_index=True)
        places = np.searchsorted(self._keys, keys)
        new = np.append(self._keys, -1)[places] != keys
        keys, first, places = keys[new], first[new], places[new]
        if len(keys) == 0:
            return 0
        if self._scaling is not None:
            self._v, self._flow, self._scales = self._scaling.v, self._scaling.flow, LATER
        self._scaling = self._pot = None
        before = np.cumsum(np.bincount(places, minlength=len(self._keys)))[: len(self._keys)]
        moved = np.arange(len(before)) + before
        self._set_arcs(np.insert(self._keys, places, keys), np.insert(self._cost, places, cost[first]))
        self._flow = np.insert(self._flow, places, 0.0)
        if self._tree is not None:
            self._tree.set_arcs(self._arcs, self._reduced(), moved)
        return len(keys)

    def nearly(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Work for some 0.1 s towards potentials near the optimum; return them, feasible on the arcs, at the end."""
        near = self._scale()
        return self._own(near.u[self._place], near.v) if near else None

    def _scale(self) -> Scaling | None:
        """Do :meth:`nearly`; return all of it at the end, its rows shuffled."""
        if self._scaling is None:
            self._scaling = Scaling(
                self._a, self._b, self._arcs, self._cost, self._v, self._flow, self._scales
            )
        return self._scaling if self._scaling.advance() else None

    def advance(self) -> bool:
        """Work for some 0.1 s without the interpreter's lock; return whether the end is reached."""
        if self._done:
            return True
        if self._pot is not None:
            self._done = self._pot.advance()
        elif self._tree is not None:
            self._done = self._pivot(self._tree)
        elif near := self._scale():
            self._base = near.u, near.v
            masses = np.concatenate([self._a, self._b])
            if max(len(self._a), len(self._b)) > STARS * min(len(self._a), len(self._b)):
                self._leave_to_pot()
            else:
                self._tree = Tree(masses, self._arcs, self._reduced(), near.flow)
        return self._done

    def solve(self) -> Basic:
        """Advance to the end; return an optimal plan and potentials, up to what is ``enough``.

        Raises
        ------
        SolverError
            If the arcs admit no plan.
        """
        while not self.advance():
            pass
        if self._tree is not None:
            arcs, mass = self._tree.basis()
            u, v = self._tree.potentials()
            rows, columns = (side[arcs].astype(np.int64) for side in self._arcs[1:])
            found = Basic(rows, columns, mass, self._base[0] + u, self._base[1] + v)
        elif self._pot is not None:
            found = self._pot.solve()
        basic = replace(found, rows=self._shuffled[found.rows], u=found.u[self._place])
        self._flow = np.zeros(len(self._keys))
        self._flow[self._places(basic.rows, basic.columns)] = basic.mass
        self._v, self._scales, self._scaling = basic.v, LATER, None
        self._done = not self.early
        rows, columns, (u, v) = *self._own(basic.rows, basic.columns), self._own(basic.u, basic.v)
        return Basic(rows, columns, basic.mass, u, v)

    def costs(self, plan: Basic) -> NDArray[np.float64]:
        """Return the costs, as they were given, of the arcs of a plan that :meth:`solve` has just returned."""
        cost: NDArray[np.float64] = self._cost[self._places(*self._own(plan.rows, plan.columns))]
        return cost

    def _own(self, of_rows: Any, of_columns: Any) -> tuple[Any, Any]:
        """Return what is of rows and of columns in the order of the program's own sides, or back."""
        return (of_columns, of_rows) if self._turned else (of_rows, of_columns)

    def _places(self, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.int64]:
        places: NDArray[np.int64] = np.searchsorted(self._keys, self._keys_of(rows, columns))
        return places

    def _keys_of(self, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return what arcs are sorted by: shuffled rows, then columns."""
        keys: NDArray[np.int64] = self._place[rows] * len(self._b) + columns
        return keys

    def _pivot(self, tree: Tree) -> bool:
        """Pivot for some 0.1 s, and leave the program to POT where there is no end; return whether it is reached."""
        done = False
        try:
            enough = self.enough * float(self._a.sum()) if self._work > LONG * len(self._keys) else 0.0
            done, work = tree.advance(enough)
            self.early = done and tree.early
            self._work += work
        except NoTree:
            self._work = math.inf
        if not done and self._work > PIVOTING * len(self._keys):
            self._leave_to_pot()
        return done

    def _leave_to_pot(self) -> None:
        _, rows, columns = self._arcs
        self._pot = SparseSimplex(self._a, self._b, rows, columns, self._cost, self._base)
        self._tree = None

    def _set_arcs(self, keys: NDArray[np.int64], cost: NDArray[np.float64]) -> None:
        rows, columns = np.divmod(keys, len(self._b))
        begin = np.searchsorted(rows, np.arange(len(self._a) + 1))
        self._keys, self._cost = keys, cost
        self._arcs = begin, rows.astype(np.int32), columns.astype(np.int32)
        self._done, self._work = False, 0.0

    def _reduced(self) -> NDArray[np.float64]:
        """Return the costs less the potentials of which the tree knows nothing."""
        _, rows, columns = self._arcs
        reduced: NDArray[np.float64] = self._cost - self._base[0][rows] - self._base[1][columns]
        return reduced


def _least(index: NDArray[np.integer], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    least = np.full(size, np.inf)
    np.minimum.at(least, index, values)
    return least


def compile_kernels() -> None:
    """Have what a time limit is not meant for compiled and loaded, by solving a program of four arcs."""
    masses, nodes = np.array([1.25, 0.75]), np.arange(2)
    cost = np.array([1.0, 2.0, 3.0, 5.0])
    Transport(masses, masses[::-1].copy(), nodes.repeat(2), np.tile(nodes, 2), cost, np.zeros(2)).solve()
