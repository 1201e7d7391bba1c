r"""Flows and potentials that are nearly optimal for a sparse transport program, by cost scaling, compiled.

A flow is eps-optimal if no arc has a reduced cost ``c_ij - u_i - v_j`` below -eps, and none that carries mass one above
eps: it then costs at most eps a unit of mass more than the least. A phase makes such a flow for one eps from that of a
larger one (Goldberg and Tarjan 1990; of assignments it is the auction of Bertsekas): rows send what they have along
their cheapest arcs, and columns that have too much send it back along their dearest or lower what they pay.

Masses are whole numbers of a small unit, so that sums of them are exact; those of the columns are rounded up, so that
all can be sent. Nothing here has to end: whatever flow there is when the work is spent is a start for the simplex.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.programs.grouped import grouped

UNIT = 2.0**-30
"""The unit of masses whose mean is 1."""
ENOUGH = 400
"""How often the arcs were looked at when no further phase begins ..."""
FEW = 1.1
"""... and how many of them carry mass, in units of the nodes: a basis that is made of these needs few pivots."""
MOST = 60
"""How often a phase may look at them."""
SLICE = 20_000_000
"""Arcs looked at between two looks at the clock: some 0.1 s."""


class Scaling:
    """A flow that becomes nearly optimal.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Masses of a mean of about 1.
    begin, rows, columns : ndarray, shapes (n + 1,), (k,) and (k,)
        The arcs, by row.
    cost : ndarray, shape (k,), float64
        Their costs.
    v : ndarray, shape (m,), float64
        Potentials of the columns to begin with.
    flow : ndarray, shape (k,), float64
        The flow to begin with.
    scales : tuple of float
        The eps of the phases, in units of the median reduced cost.

    Attributes
    ----------
    u, v : ndarray, shapes (n,) and (m,), float64
        The potentials; feasible on the arcs at the end.
    """

    def __init__(
        self,
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        arcs: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]],
        cost: NDArray[np.float64],
        v: NDArray[np.float64],
        flow: NDArray[np.float64],
        scales: tuple[float, ...],
    ) -> None:
        (n, m), (_, rows, columns) = (len(a), len(b)), arcs
        self._arcs, self._cost = arcs, cost
        self.u, self.v, self._flow = np.empty(n), v.copy(), np.floor(flow / UNIT)
        self._left = np.maximum(np.floor(a / UNIT) - np.bincount(rows, self._flow, n), 0.0)
        self._room = np.ceil(b / UNIT) - np.bincount(columns, self._flow, m)
        self._by_column = grouped(columns, m)
        self._queue, self._waiting = np.empty(n + m, np.int32), np.zeros(n + m, np.bool_)
        self._ends = np.zeros(2, np.int64)
        self._tighten(np.inf)
        reduced = cost - self.u[rows] - self.v[columns]
        unit = float(np.median(reduced)) or float(
            reduced.mean()
        )  # a few arcs may be far dearer than all others
        self._scales = [scale * unit for scale in scales if unit > 0.0]
        self._spent, self._work = 0, 0

    @property
    def flow(self) -> NDArray[np.float64]:
        """The flow, of no more mass than there is."""
        return self._flow * UNIT

    def advance(self) -> bool:
        """Work for some 0.1 s without the interpreter's lock; return whether the end is reached."""
        if not self._scales:
            return True
        eps, arcs = self._scales[0], len(self._cost)
        if self._work <= 0:
            self._tighten(eps)
            sending = np.flatnonzero(self._left > 0.0)
            self._waiting[:] = False
            self._waiting[sending] = True
            self._queue[: len(sending)] = sending
            self._ends[:] = 0, len(sending)
            self._work = MOST * arcs
        state = self.u, self.v, self._flow, self._left, self._room, eps
        before = min(SLICE, self._work)
        done = before - _relax(
            *self._arcs, self._cost, *self._by_column, *state, self._queue, self._waiting, self._ends, before
        )
        self._work, self._spent = self._work - done, self._spent + done
        if self._ends[1] == 0 or self._work <= 0:
            enough = self._spent > ENOUGH * arcs or np.count_nonzero(self._flow) < FEW * len(self._queue)
            self._scales = [] if enough else self._scales[1:]
            self._work = 0
        if not self._scales:
            self._tighten(np.inf)
        return not self._scales

    def _tighten(self, eps: float) -> None:
        begin, _, columns = self._arcs
        _tighten(begin, columns, self._cost, self.u, self.v, self._flow, self._left, self._room, eps)


@compiled()
def _tighten(begin, column, cost, u, v, flow, left, room, eps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Let ``u = min (c - v)``, and give back the mass of arcs that are dearer by eps."""
    for i in range(len(u)):
        lowest = np.inf
        for k in range(begin[i], begin[i + 1]):
            lowest = min(lowest, cost[k] - v[column[k]])
        u[i] = lowest
        for k in range(begin[i], begin[i + 1]):
            reduced = cost[k] - v[column[k]] - lowest
            if flow[k] > 0.0 and reduced > eps:
                left[i] += flow[k]
                room[column[k]] += flow[k]
                flow[k] = 0.0


@compiled()
def _relax(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    begin, row, column, cost, begin_column, by_column, u, v, flow, left, room, eps, queue, waiting, ends, work
):
    """Let nodes in the circular ``queue`` send what they have by about ``work`` looks at arcs; return what is left.

    Rows are nodes i and columns n + j; ``room`` of a column that has too much is below 0.
    """
    n, nodes = len(u), len(queue)
    first, count = ends
    while count > 0 and work > 0:
        node = queue[first]
        first = first + 1 if first + 1 < nodes else 0
        count -= 1
        waiting[node] = False
        if node < n:
            i, cheapest, lowest = node, -1, np.inf
            work -= 2 * (begin[i + 1] - begin[i])
            for k in range(begin[i], begin[i + 1]):
                price = cost[k] - v[column[k]]
                if price < lowest:
                    lowest, cheapest = price, k
            if cheapest < 0:
                continue
            u[i] = max(u[i], lowest + eps)
            for k in range(begin[i], begin[i + 1]):
                j = column[k]
                if room[j] > 0.0 and cost[k] - v[j] < u[i]:
                    amount = min(left[i], room[j])
                    flow[k] += amount
                    room[j] -= amount
                    left[i] -= amount
                    if left[i] <= 0.0:
                        break
            if left[i] > 0.0:
                j = column[cheapest]
                flow[cheapest] += left[i]
                room[j] -= left[i]
                left[i] = 0.0
                if not waiting[n + j]:
                    count = _wait(queue, waiting, first, count, n + j)
            continue
        j = node - n
        while room[j] < 0.0 and work > 0:  # eps may be less than prices are rounded by
            dearest = -np.inf
            work -= begin_column[j + 1] - begin_column[j]
            for position in range(begin_column[j], begin_column[j + 1]):
                k = by_column[position]
                if flow[k] <= 0.0:
                    continue
                i = row[k]
                price = cost[k] - u[i]
                if price > v[j]:
                    amount = min(flow[k], -room[j])
                    flow[k] -= amount
                    room[j] += amount
                    left[i] += amount
                    if not waiting[i]:
                        count = _wait(queue, waiting, first, count, i)
                    if room[j] >= 0.0:
                        break
                if flow[k] > 0.0:
                    dearest = max(dearest, price)
            if room[j] < 0.0:
                v[j] = dearest - eps
    ends[0], ends[1] = first, count
    return work


@compiled(inline="always")
def _wait(queue, waiting, first, count, node):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Put a node at the end of the queue; return how many wait."""
    last = first + count
    queue[last if last < len(queue) else last - len(queue)] = node
    waiting[node] = True
    return count + 1
