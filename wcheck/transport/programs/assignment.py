r"""The transport program between equally many points of equal weight, on a sparse, growing set of arcs.

An optimal plan is then an assignment: one arc for each row and column. ``u_i + v_j <= c_ij`` on all arcs, with equality
on those assigned, proves it. Two steps keep what they know as arcs are added:

1. **Auction with eps-scaling** (Bertsekas 1988). A free row takes the column that is cheapest at the prices v, whoever
   had it, and lowers ``v_j`` until its second choice is better by eps. Large eps carry prices far in few bids, small
   ones place them; a last auction with eps = 0, which ties may cut short, keeps the assigned arcs tight.
2. **Shortest augmenting paths** (Jonker and Volgenant 1987). From each row still free, Dijkstra's algorithm over the
   reduced costs ``c_ij - u_i - v_j`` finds the nearest free column; the potentials move by the distances.
3. **Centring.** Of the many optimal potentials, some in the middle are returned rather than extreme ones, with which
   column generation needs fewer rounds (Rousseau, Gendreau and Feillet 2007 take interior ones for that reason).

The second step alone is exact from any prices, so nothing in the first has to be. A network simplex makes 100,000
pivots here, of which 200 change the plan: assignments are as degenerate as transport programs can be. General weights
are the opposite: their plans hang together in large trees, which every search has to walk, and the simplex is faster.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import SolverError
from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import least
from wcheck.transport.programs.paths import search
from wcheck.transport.programs.simplex import Basic

SCALES = (0.5, 0.1, 0.02, 0.004)
"""The eps of successive auctions, in units of the mean reduced cost."""
FURTHER = 10.0
"""By what eps is divided further, until it is as small for the median reduced cost."""
TYPICAL = 10_000
"""Arcs, about, of which the median reduced cost is taken."""
RESTART = 0.03
"""Share of free rows from which on the auctions start over."""
BIDS, LAST_BIDS = 30, 3
"""Bids per free row after which an auction, and the last one, is cut short."""
SLICE = 100_000
"""Bids, or rows reached in searches, between two looks at the clock: some 0.1 s."""
SWEEPS = 3
"""How often potentials are moved towards the middle. Over 18 problems, 3 times made 84 rounds of 96, 10 times 83."""
SLACK = 1e-14
"""Reduced cost of an assigned arc that counts as rounding, in units of the largest cost or price."""


class Assignment:
    """A sparse assignment problem that takes further arcs, and is solved again from where it stood.

    Parameters
    ----------
    n : int
        The number of rows, and of columns.
    rows, columns : ndarray, shape (k,), integer
        The arcs, in any order.
    cost : ndarray, shape (k,), float64
        Their costs.
    v : ndarray, shape (n,), optional
        Potentials of the columns near the optimum.
    """

    def __init__(
        self,
        n: int,
        rows: NDArray[np.integer],
        columns: NDArray[np.integer],
        cost: NDArray[np.float64],
        v: NDArray[np.float64] | None = None,
    ) -> None:
        self._arcs = np.zeros(n + 1, np.int64), np.empty(0, np.int32), np.empty(0)
        self._u, self._v = np.empty(n), np.zeros(n) if v is None else np.array(v, np.float64)
        self._arc, self._owner = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
        self._queue, self._ends = np.empty(n, np.int32), np.zeros(2, np.int64)
        self.add(rows, columns, cost)

    def add(self, rows: NDArray[np.integer], columns: NDArray[np.integer], cost: NDArray[np.float64]) -> int:
        """Add arcs, except for those already there; return how many were new."""
        known = len(self._arcs[2])
        self._arcs = _merged(*self._arcs, *_distinct(rows, columns, cost, len(self._v)), self._arc)
        mean = self._tighten() / max(1, len(self._arcs[2]))
        free = np.count_nonzero(self._arc < 0)
        self._restart = free > RESTART * len(self._arc)
        self._scales = [*(self._eps(mean) if self._restart and mean > 0.0 else []), 0.0]
        self._open_auction()
        self._done = False
        return len(self._arcs[2]) - known

    def advance(self) -> bool:
        """Work for some 0.1 s without the interpreter's lock; return whether the end is reached.

        Raises
        ------
        SolverError
            If the arcs admit no assignment.
        """
        state = self._v, self._arc, self._owner
        if self._done:
            return True
        if self._scales:
            bids = min(SLICE, self._bids)
            self._bids -= _auction(*self._arcs, *state, self._scales[0], self._queue, self._ends, bids)
            if self._bids <= 0 or self._ends[1] == 0:
                self._scales.pop(0)
                if self._scales:
                    self._open_auction()
                else:
                    self._tighten()
            return False
        row = search(*self._arcs, self._u, *state, SLICE)
        if row >= 0:
            raise SolverError(
                f"the arcs given admit no assignment: row {row} reaches no free column; "
                "add arcs that do, such as those of any complete assignment."
            )
        if np.any(self._arc < 0):
            return False
        _centre(*self._arcs, self._u, self._v, self._arc, SWEEPS)
        _tighten(*self._arcs, self._u, *state, np.inf)
        self._done = True
        return True

    def solve(self) -> Basic:
        """Advance to the end; return an optimal plan, of unit masses, and potentials.

        Raises
        ------
        SolverError
            If the arcs admit no assignment.
        """
        while not self.advance():
            pass
        n = len(self._arc)
        columns = self._arcs[1][self._arc].astype(np.int64)
        return Basic(np.arange(n), columns, np.ones(n), self._u.copy(), self._v.copy())

    def costs(self, plan: Basic) -> NDArray[np.float64]:
        """Return the costs, as they were given, of the arcs of a plan that :meth:`solve` has just returned."""
        cost: NDArray[np.float64] = self._arcs[2][self._arc[plan.rows]]
        return cost

    def _eps(self, mean: float) -> list[float]:
        """Return the eps of the auctions, further ones where a few arcs are far dearer than most."""
        begin, column, cost = self._arcs
        some = np.arange(0, len(cost), max(1, len(cost) // TYPICAL))
        row = np.searchsorted(begin, some, side="right") - 1
        middle = float(np.median(cost[some] - self._u[row] - self._v[column[some]]))
        scales = [scale * mean for scale in SCALES]
        while scales and middle > 0.0 and scales[-1] > FURTHER * SCALES[-1] * middle:
            scales.append(scales[-1] / FURTHER)
        return scales

    def _open_auction(self) -> None:
        """Queue the free rows: all, after a restart."""
        if self._restart:
            self._arc[:] = self._owner[:] = -1
        free = np.flatnonzero(self._arc < 0)
        self._queue[: len(free)] = free
        self._ends[:] = 0, len(free)
        self._bids = (BIDS if self._scales[0] > 0.0 else LAST_BIDS) * len(free)

    def _tighten(self) -> float:
        """Make the potentials feasible and the assigned arcs tight; return the sum of reduced costs."""
        cost = self._arcs[2]
        largest = max(np.abs(cost).max(initial=0.0), np.abs(self._v).max())
        return float(_tighten(*self._arcs, self._u, self._v, self._arc, self._owner, SLACK * largest))


def _distinct(
    rows: NDArray[np.integer], columns: NDArray[np.integer], cost: NDArray[np.float64], m: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return arcs by row and column, each once."""
    keys = rows.astype(np.int64) * m + columns
    if np.any(keys[1:] <= keys[:-1]):
        keys, order = np.unique(keys, return_index=True)
        rows, columns, cost = rows[order], columns[order], cost[order]
    return rows.astype(np.int32), columns.astype(np.int32), np.asarray(cost, np.float64)


@compiled()
def _merged(begin, column, cost, new_row, new_column, new_cost, arc):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Merge new arcs, sorted by row and column, into the old; ``arc`` is renumbered in place."""
    n, most = len(arc), len(cost) + len(new_cost)
    starts, columns, costs = np.zeros(n + 1, np.int64), np.empty(most, np.int32), np.empty(most)
    end = new = 0
    for i in range(n):
        old, assigned = begin[i], arc[i]
        while True:
            is_new = new < len(new_row) and new_row[new] == i
            if old < begin[i + 1] and (not is_new or column[old] <= new_column[new]):
                new += is_new and column[old] == new_column[new]
                if old == assigned:
                    arc[i] = end
                columns[end], costs[end] = column[old], cost[old]
                old += 1
            elif is_new:
                columns[end], costs[end] = new_column[new], new_cost[new]
                new += 1
            else:
                break
            end += 1
        starts[i + 1] = end
    return starts, columns[:end], costs[:end]


@compiled()
def _tighten(begin, column, cost, u, v, arc, owner, slack):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Let ``u = min (c - v)``, free rows whose arc has more than ``slack``, and return the sum of reduced costs."""
    total = 0.0
    for i in range(len(u)):
        lowest = np.inf
        for k in range(begin[i], begin[i + 1]):
            lowest = min(lowest, cost[k] - v[column[k]])
        for k in range(begin[i], begin[i + 1]):
            total += cost[k] - v[column[k]] - lowest
        u[i] = lowest
        if arc[i] >= 0 and cost[arc[i]] - v[column[arc[i]]] - lowest > slack:
            owner[column[arc[i]]] = arc[i] = -1
    return total


@compiled()
def _auction(begin, column, cost, v, arc, owner, eps, queue, ends, bids):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Let the rows in the circular ``queue`` make at most ``bids`` bids; return how many were made.

    A row's least price, its place and the second are found one after another, the first and the last in vectors.
    """
    n = len(arc)
    first, waiting = ends
    made = 0
    while waiting > 0 and made < bids:
        i = queue[first]
        first = first + 1 if first + 1 < n else 0
        waiting, made = waiting - 1, made + 1
        begun, count = np.uint64(begin[i]), np.uint64(begin[i + 1] - begin[i])
        if count == 0:
            continue
        lowest, chosen, second = np.inf, begin[i], np.inf
        for k in range(begun, begun + count):
            lowest = least(lowest, cost[k] - v[np.uint32(column[k])])
        while cost[chosen] - v[column[chosen]] != lowest:
            chosen += 1
        for k in range(begun, begun + count):
            price = cost[k] - v[np.uint32(column[k])]
            second = least(second, np.inf if k == np.uint64(chosen) else price)
        raised = eps + (second - lowest if second < np.inf else 0.0)
        j = column[chosen]
        other = owner[j]
        if other >= 0:
            if raised == 0.0:  # a tie, which only a search resolves
                continue
            arc[other] = -1
            last = first + waiting
            queue[last if last < n else last - n] = other
            waiting += 1
        v[j] -= raised
        arc[i], owner[j] = chosen, i
    ends[0], ends[1] = first, waiting
    return made


@compiled()
def _centre(begin, column, cost, u, v, arc, sweeps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Shift the potentials of assigned pairs, each to where the row's and the column's other arcs have equal slack.

    All shift at once by half the difference of the two, which keeps every reduced cost non-negative.
    """
    n = len(arc)
    row_slack, column_slack = np.empty(n), np.empty(n)
    for _ in range(sweeps):
        row_slack[:] = column_slack[:] = np.inf
        for i in range(n):
            for k in range(begin[i], begin[i + 1]):
                if k != arc[i]:
                    slack = max(0.0, cost[k] - u[i] - v[column[k]])
                    row_slack[i] = min(row_slack[i], slack)
                    column_slack[column[k]] = min(column_slack[column[k]], slack)
        for i in range(n):
            j = column[arc[i]]
            if row_slack[i] < np.inf and column_slack[j] < np.inf:
                v[j] -= 0.5 * (row_slack[i] - column_slack[j])
                u[i] = cost[arc[i]] - v[j]
