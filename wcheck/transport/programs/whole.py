r"""The transport program over all pairs, whatever the weights, by a network simplex that reads whole rows of costs.

1. **First potentials** come from the same problem between a quarter as many points, drawn by weight, and so on; of few
   points they lie halfway between the least and the mean cost of each column.
2. **First basis** (:mod:`crash`): the pairs of least reduced cost carry all they can, one after another.
3. **Pivots** (:mod:`pivots`): the least reduced cost of a row is found by vector instructions, over all its pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import least
from wcheck.transport.programs.crash import crash, make_dear
from wcheck.transport.programs.pivots import (
    ARC,
    LEFT,
    LISTED,
    PLAIN,
    find_potentials,
    pivot_on,
    potential_of,
    settled,
    unplaced,
)
from wcheck.transport.programs.sample import drawn
from wcheck.transport.programs.simplex import Basic, masses, solve_dense
from wcheck.transport.programs.tree import DEARER, TIGHT

SHRINK, FEWEST = 4, 200
"""How many times fewer points first potentials come from, unless a side has less than so many."""
FIRST_PER_ROW = 4
"""Pairs per row of which the first basis is made."""
MOST_WORK = 1 << 32
"""Nodes and pairs that may be looked at: what takes more, some ten seconds, POT's simplex finishes."""


def solve(a: NDArray[np.float64], b: NDArray[np.float64], cost: NDArray[np.float64]) -> Basic:
    """Solve the transport program with masses a, b of equal total over all pairs.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive, of a mean of about 1 on the side of more points.
    cost : ndarray, shape (n, m), float64
        Finite.

    Raises
    ------
    SolverError
        If no optimum is found.
    """
    if len(b) > len(a):  # most nodes are leaves, which pivots leave out where they are rows
        turned = solve(b, a, cost.T)
        return Basic(turned.columns, turned.rows, turned.mass, turned.v, turned.u)
    cost = np.ascontiguousarray(cost)
    places, mass, potential = _solve(a, b, cost)
    if not len(places):
        return solve_dense(a, b, cost)
    u, v = np.split(potential[:-1], [len(a)])
    return Basic(*np.divmod(places, cost.shape[1]), mass, u, v)


def _solve(
    a: NDArray[np.float64], b: NDArray[np.float64], cost: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the places of the pairs that carry mass, how much, and potentials; nothing if that takes too long."""
    n, m = cost.shape
    if min(n, m) < FEWEST:
        v = 0.5 * (cost.min(axis=0) + a @ cost / a.sum())
    else:
        random = np.random.default_rng(n)
        rows, columns = (drawn(side, len(side) // SHRINK, random) for side in (a, b))
        some = cost[np.ix_(rows.points, columns.points)]
        *_, potential = _solve(*masses(rows.weights, columns.weights), some)
        v = (cost[rows.points] - potential[: len(rows), None]).min(axis=0)
    return _pivot_from(cost, np.concatenate([a, b]), v, MOST_WORK)  # type: ignore[no-any-return]


@compiled()
def _pivot_from(cost, masses, v, work):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Make the first basis by potentials v, and pivot to the end."""
    (n, m), nodes = cost.shape, len(masses) + 1
    first, reduced = _first_pairs(cost, v, min(FIRST_PER_ROW, m))
    first = first[np.argsort(reduced)]
    flat = cost.reshape(n * m)
    largest = np.abs(flat).max()
    dear = largest if largest > 0.0 else 1.0
    links, values = np.full((nodes, 4), -1, np.int32), np.zeros((nodes, 2))
    potential, order = np.zeros(nodes), np.empty((2, nodes), np.int32)
    short, state = np.zeros(2), np.zeros(5, np.int64)
    state[LISTED], order[0, : m + 1] = m + 1, np.arange(n, nodes)
    crash(first, first // m, first % m, cost, flat, v, masses.copy(), n, dear, links, values)
    begin, columns, tight = np.empty(0, np.int64), np.empty(0, np.int32), TIGHT * dear
    while True:
        work = pivot_on(
            begin, columns, cost, flat, masses, links, values, potential, order, tight, short, state, work
        )  # fmt: skip
        if work > 0 and unplaced(links, values) <= LEFT * masses.sum():
            break
        if work <= 0 or dear > nodes * largest:
            return np.empty(0, np.int64), np.empty(0), potential
        dear *= DEARER
        make_dear(links, values, n, dear)
        state[: PLAIN + 1] = 0
    find_potentials(links, values, potential, order, n, state)
    for i in range(n):
        potential[i] = potential_of(i, links, values, potential)
    flow = settled(links, masses.copy(), order, n, state)
    arcs = links[:-1, ARC]
    carries = (arcs >= 0) & (flow > 0.0)
    return arcs[carries].astype(np.int64), flow[carries], potential


@compiled()
def _first_pairs(cost, v, per_row):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the places of the pairs of least reduced cost of each row, and these costs."""
    n, m = cost.shape
    first, reduced = np.empty(n * per_row, np.int64), np.empty(n * per_row)
    price = np.empty(m)
    for i in range(n):
        lowest, held, begin = np.inf, 0, i * per_row
        for j in range(np.uint64(m)):
            price[j] = cost[i, j] - v[j]
            lowest = least(lowest, price[j])
        for j in range(m):
            if held == per_row and price[j] >= reduced[begin + held - 1]:
                continue
            place = min(held, per_row - 1)
            while place > 0 and reduced[begin + place - 1] > price[j]:
                reduced[begin + place] = reduced[begin + place - 1]
                first[begin + place] = first[begin + place - 1]
                place -= 1
            reduced[begin + place], first[begin + place] = price[j], i * m + j
            held = min(held + 1, per_row)
        reduced[begin : begin + per_row] -= lowest
    return first, reduced
