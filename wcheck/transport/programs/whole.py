r"""The transport program over all pairs, whatever the weights, by a network simplex that reads whole rows of costs.

1. **First potentials** come from the same problem between a quarter as many points, drawn by weight, and so on.
2. **First basis** (:mod:`crash`): the pairs of least reduced cost carry all they can, one after another.
3. **Pivots** (:mod:`pivots`): the least reduced cost of a row is found by vector instructions, over all its pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.transport.arithmetic.least import least
from wcheck.transport.programs.sample import drawn
from wcheck.transport.programs.simplex import Basic, masses, solve_dense
from wcheck.transport.programs.tree import NoTree, Tree

SHRINK, FEWEST = 4, 60
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
    cost = np.ascontiguousarray(cost)
    try:
        tree = _solved(a, b, cost, np.random.default_rng(0))
    except NoTree:
        return solve_dense(a, b, cost)
    places, mass = tree.basis()
    return Basic(*np.divmod(places, cost.shape[1]), mass, *tree.potentials())


def _solved(
    a: NDArray[np.float64], b: NDArray[np.float64], cost: NDArray[np.float64], random: np.random.Generator
) -> Tree:
    """Return an optimal basis.

    Raises
    ------
    NoTree
        If none is found with reasonable work.
    """
    n, m = cost.shape
    if min(n, m) < FEWEST:
        v = cost.min(axis=0)
    else:
        rows, columns = (drawn(side, len(side) // SHRINK, random) for side in (a, b))
        some = cost[np.ix_(rows.points, columns.points)]
        u, _ = _solved(*masses(rows.weights, columns.weights), some, random).potentials()
        v = (cost[rows.points] - u[:, None]).min(axis=0)
    first, reduced = _first_pairs(cost, v, min(FIRST_PER_ROW, m))
    tree = Tree.over_all(np.concatenate([a, b]), cost, v, first[np.argsort(reduced, kind="stable")])
    done, left = False, MOST_WORK
    while not done:
        done, work = tree.advance()
        left -= work
        if left < 0:
            raise NoTree("the network simplex did not end.")
    return tree


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
