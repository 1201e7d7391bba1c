r"""A network simplex that continues from its own basis as arcs are added, compiled.

Column generation solves one transport program after another, each with a few more arcs. A basis of the last is one of
the next: a spanning tree with its flow, from which only the new arcs must be priced.

Most of the time of a network simplex goes into potentials: a pivot moves those of all nodes on one side of the arc
that leaves. Here they are computed again once for a block of rows, from the tree, and serve to choose one entering arc
of each of these rows: the one that may take most from the cost, since it can carry no more than the lesser mass of its
ends. Before such an arc enters, its reduced cost is summed along its cycle, which is walked anyway to find the arc that
leaves; earlier pivots may have made it useless. So a tree is no more than each node's parent, and a pivot turns round a
path of it: 200 nodes where potentials are 20,000.

The first basis comes of a flow that is nearly optimal: the arcs that carry most, as far as they make no cycle, and from
the leaves of that forest inwards each node sends all it has to its only neighbour left. What does not fit goes by other
arcs in the order of their cost, and at last by artificial ones from the root, which become dearer until they leave. The
arc that leaves is chosen such that the tree stays strongly feasible, so that no basis comes twice (Cunningham 1976).

Nodes are rows i, columns n + j, and the root n + m. Real arcs lead from rows to columns, so a row's arc to its parent
leads up, and a column's down.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SolverError
from wcheck.transport.programs.crash import crash, inwards, make_dear
from wcheck.transport.programs.pivots import (
    ARC,
    COST,
    ENOUGH,
    LEFT,
    LISTED,
    PARENT,
    PLAIN,
    find_potentials,
    lowered,
    pivot_on,
    settled,
    unplaced,
)

SLICE = 10_000_000
"""Nodes and arcs looked at between two looks at the clock: some 0.1 s."""
TIGHT = 2.0**-46
"""Reduced cost that counts as 0, in units of what an artificial arc costs at first."""
DEARER = 4.0
"""By what the cost of artificial arcs is multiplied while mass is left on them."""

CHEAP = 8
"""Arcs per node, about, that are put in the order of their costs for the first basis."""

Arcs = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]


class NoTree(SolverError):
    """The arcs admit no plan, as far as rounding lets it be seen."""


class Tree:
    """A basis of a transport program.

    Parameters
    ----------
    masses : ndarray, shape (n + m,), float64
        Those of rows and columns, of equal total.
    arcs : tuple of ndarray, shapes (n + 1,), (k,) and (k,)
        Where those of each row begin, and their rows and columns, by row.
    cost : ndarray, shape (k,), float64
        Their costs, best less potentials near the optimum.
    flow : ndarray, shape (k,), float64
        Nearly optimal.

    Attributes
    ----------
    early : bool
        Whether pivots ended where they would take little from the cost, and not for want of any.
    """

    def __init__(
        self,
        masses: NDArray[np.float64],
        arcs: Arcs,
        cost: NDArray[np.float64],
        flow: NDArray[np.float64],
    ) -> None:
        begin, rows, columns = arcs
        n, nodes = len(begin) - 1, len(masses) + 1
        self._masses, self._n = masses, n
        self._arcs, self._cost, self._none = (begin, columns), cost, np.empty((0, 0))
        self._dear = float(np.abs(cost).max(initial=0.0)) or 1.0
        self._tight = TIGHT * self._dear
        self._links, self._values = np.full((nodes, 4), -1, np.int32), np.zeros((nodes, 2))
        self._potential, self._order = np.zeros(nodes), np.empty((2, nodes), np.int32)
        self._short, self._state, self.early = np.zeros(2), np.zeros(5, np.int64), False
        self._state[LISTED], self._order[0, : nodes - n] = nodes - n, np.arange(n, nodes)
        carrying = np.flatnonzero(flow > 0.0)
        carrying = carrying[np.argsort(-flow[carrying], kind="stable")]
        within = inwards(rows, columns, n, len(masses), carrying)
        order = np.concatenate([within, _cheapest_first(cost, CHEAP * nodes)])
        first = order, rows[order], columns[order], self._none
        room, v = masses.copy(), np.zeros(len(masses) - n)
        crash(*first, cost, v, room, n, self._dear, self._links, self._values)

    def set_arcs(
        self,
        arcs: Arcs,
        cost: NDArray[np.float64],
        moved: NDArray[np.int64],
    ) -> None:
        """Continue with other arcs, among which arc k is ``moved[k]``."""
        begin, _, columns = arcs
        self._arcs, self._cost = (begin, columns), cost
        arc = self._links[:, ARC]
        real = arc >= 0
        arc[real] = moved[arc[real]]
        self._state[: PLAIN + 1] = 0

    def advance(self, enough: float = 0.0) -> tuple[bool, int]:
        """Pivot for some 0.1 s without the interpreter's lock; return whether the end is reached, and the work done.

        The end is also where further pivots would take about ``enough`` or less from the cost.

        Raises
        ------
        NoTree
            If the arcs admit no plan.
        """
        tree = self._masses, self._links, self._values, self._potential, self._order
        self._short[ENOUGH] = enough
        left = pivot_on(
            *self._arcs, self._none, self._cost, *tree, self._tight, self._short, self._state, SLICE
        )
        if left <= 0:
            return False, SLICE - left
        if unplaced(self._links, self._values) <= LEFT * self._masses.sum():
            self.early = enough > 0.0
            return True, SLICE - left
        if self._dear > len(self._links) * float(np.abs(self._cost).max(initial=0.0)):
            raise NoTree("the arcs given admit no plan: add those of any plan.")
        self._dear *= DEARER
        make_dear(self._links, self._values, self._n, self._dear)
        self._state[: PLAIN + 1] = 0
        return False, SLICE - left

    def basis(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the arcs that carry mass, and how much, computed again from the leaves."""
        find_potentials(self._links, self._values, self._potential, self._order, self._n, self._state)
        flow = settled(self._links, self._masses.copy(), self._order, self._n, self._state)
        arcs = self._links[:-1, ARC]
        carries = (arcs >= 0) & (flow > 0.0)
        return arcs[carries].astype(np.int64), flow[carries]

    def potentials(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return potentials of rows and columns, those of the columns about 0."""
        own = self._links[: self._n, PARENT]
        u, v = self._values[: self._n, COST] - self._potential[own], self._potential[self._n : -1].copy()
        if self.early:
            lowered(*self._arcs, self._cost, self._masses, u, v)
        middle = float(np.median(v))  # large artificial potentials would cost the screen its digits
        return u + middle, v - middle


def _cheapest_first(cost: NDArray[np.float64], few: int) -> NDArray[np.int64]:
    """Return the order of arcs by cost, in which all but the ``few`` cheapest may be out of place."""
    if few >= len(cost):
        return np.argsort(cost, kind="stable")
    order: NDArray[np.int64] = np.argpartition(cost, few)
    order[:few] = order[:few][np.argsort(cost[order[:few]], kind="stable")]
    return order
