"""A plan that avoids forbidden pairs, or the rows and columns that prove that there is none.

Each row first sends its mass to the first columns that it is allowed and that have room, in one pass over the matrix:
where pairs are forbidden by blocks or bands that moves nearly all. The rest is sent along augmenting paths over the
pairs of this flow and a few more of the allowed ones. Where no path is left, all that the rows still waiting can reach
is a set R of rows and a set C of columns without room. Either some row of R is allowed a column outside C, which the
matrix is scanned for, and these pairs are added; or R has more mass than all columns it may use: the condition of Hall
(1935) and Gale (1957) fails, which anyone can check.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.measures.cost import CostMatrix
from wcheck.transport.matrix.scanner import Piece, over_rows, scan_blocks
from wcheck.transport.programs.simplex import Basic, masses

FEW = 8
"""Allowed pairs of a row that are added at a time."""
ROUNDING = 2.0**-40
"""A lack of mass, in units of the total, that is taken for the weights' rounding."""


class NoPlan(Exception):
    """Every plan uses a forbidden pair: these rows have more mass than the columns, which alone they are allowed."""

    def __init__(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> None:
        super().__init__(rows, columns)
        self.rows, self.columns = rows, columns


def feasible_plan(
    matrix: CostMatrix,
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    check: Callable[[], None] = lambda: None,
) -> Basic:
    """Return a plan on allowed pairs, whose potentials are 0.

    Parameters
    ----------
    matrix : CostMatrix
        n rows and m columns.
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive weights of total 1.
    check : callable
        Called every now and then; what it raises ends the search.

    Raises
    ------
    NoPlan
        If there is none. Weights that would admit one except for their rounding are taken to do so.
    """
    n, m = matrix.shape
    left, room = masses(a, b)
    least = ROUNDING * float(left.sum()) / (n + m)
    sent, amounts = _greedy(matrix, left, room, check)
    few = _allowed(matrix, np.arange(n), np.ones(m, np.bool_), check)
    keys = np.union1d(sent, few)
    flow = np.zeros(len(keys))
    flow[np.searchsorted(keys, sent)] = amounts
    while True:
        rows, columns = keys // m, keys % m
        begin = np.searchsorted(rows, np.arange(n + 1))
        by_column = np.argsort(columns, kind="stable")
        begin_column = np.searchsorted(columns[by_column], np.arange(m + 1))
        graph = begin, rows, columns, begin_column, by_column, flow, left, room, least
        while True:
            check()
            moved, reached, used = _send(*graph)
            if not moved:
                break
        if not reached.any():
            break
        new = _allowed(matrix, np.flatnonzero(reached), ~used, check)
        if not len(new):
            proof = np.flatnonzero(reached), np.flatnonzero(used)
            if math.fsum(a[proof[0]]) - math.fsum(b[proof[1]]) > ROUNDING:
                raise NoPlan(*proof)
            break
        every_key = np.concatenate([keys, new])
        order = np.argsort(every_key, kind="stable")
        keys, flow = every_key[order], np.concatenate([flow, np.zeros(len(new))])[order]
    carried = np.flatnonzero(flow > 0.0)
    return Basic(keys[carried] // m, keys[carried] % m, flow[carried], np.zeros(n), np.zeros(m))


def _greedy(
    matrix: CostMatrix, left: NDArray[np.float64], room: NDArray[np.float64], check: Callable[[], None]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Send mass row by row to the first columns with room; return keys of pairs and masses, and lower left and room."""
    n, m = matrix.shape
    keys, amounts = np.empty(n + m, np.int64), np.empty(n + m)
    following = np.arange(1, m + 2)
    end = 0
    for rows, block in scan_blocks(matrix):
        check()
        end = _fill(block, rows.start, left, room, following, keys, amounts, end)
    return keys[:end], amounts[:end]


def _allowed(
    matrix: CostMatrix, rows: NDArray[np.int64], wanted: NDArray[np.bool_], check: Callable[[], None]
) -> NDArray[np.int64]:
    """Return keys of a few allowed pairs of each row with wanted columns, ascending."""

    def find(piece: Piece) -> NDArray[np.int64]:
        costs, index, span = piece
        keys = np.empty(len(index) * FEW, np.int64)
        return keys[: _take_allowed(costs, index, rows[span], wanted, keys)]

    found: list[Any] = over_rows(matrix, rows, find, check)
    keys = np.concatenate(found)
    keys.sort()
    return keys


@compiled()
def _fill(block, first, left, room, following, keys, amounts, end):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fill columns with room, which are a list: ``following[0]`` is one more than the first, and so on up to m + 1."""
    m = len(room)
    for k in range(block.shape[0]):
        i, row, before = first + k, block[k], 0
        column = following[0]
        while column <= m and left[i] > 0.0:
            j, after = column - 1, following[column]
            if row[j] < np.inf:
                amount = min(left[i], room[j])
                keys[end], amounts[end] = i * m + j, amount
                end += 1
                left[i] -= amount
                room[j] -= amount
            if room[j] > 0.0:
                before = column
            else:
                following[before] = after
            column = after
    return end


@compiled()
def _take_allowed(costs, index, rows, wanted, keys):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Take the first allowed pairs of each row from somewhere on: every row begins elsewhere."""
    m, end = len(wanted), 0
    for position in range(len(index)):
        row, taken = costs[index[position]], 0
        j = (rows[position] * 40503) % m
        for _ in range(m):
            if wanted[j] and row[j] < np.inf:
                keys[end] = rows[position] * m + j
                end, taken = end + 1, taken + 1
                if taken == FEW:
                    break
            j = j + 1 if j + 1 < m else 0
    return end


@compiled()
def _send(begin, rows, columns, begin_column, by_column, flow, left, room, least):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Send mass along a tree of shortest paths; return whether any was, and the rows and columns that were reached."""
    n, m = len(left), len(room)
    entry, back = np.full(m, -1), np.full(n, -1)
    reached, used = np.zeros(n, np.bool_), np.zeros(m, np.bool_)
    queue, targets = np.empty(n, np.int64), np.empty(m, np.int64)
    head = end = found = 0
    for i in range(n):
        if left[i] > least:
            reached[i] = True
            queue[end] = i
            end += 1
    while head < end:
        i = queue[head]
        head += 1
        for arc in range(begin[i], begin[i + 1]):
            j = columns[arc]
            if used[j]:
                continue
            used[j], entry[j] = True, arc
            if room[j] > least:
                targets[found] = j
                found += 1
                continue
            for k in range(begin_column[j], begin_column[j + 1]):
                other = by_column[k]
                if flow[other] > least and not reached[rows[other]]:
                    reached[rows[other]], back[rows[other]] = True, other
                    queue[end] = rows[other]
                    end += 1
    moved = False
    for target in targets[:found]:
        amount, i = room[target], rows[entry[target]]
        while back[i] >= 0:
            amount = min(amount, flow[back[i]])
            i = rows[entry[columns[back[i]]]]
        amount = min(amount, left[i])
        if amount <= least:
            continue
        moved = True
        left[i] -= amount
        room[target] -= amount
        arc = entry[target]
        while True:
            flow[arc] += amount
            i = rows[arc]
            if back[i] < 0:
                break
            flow[back[i]] -= amount
            arc = entry[columns[back[i]]]
    return moved, reached, used
