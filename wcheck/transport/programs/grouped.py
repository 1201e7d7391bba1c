"""Arcs in order: by counting, faster here than by comparing, or by a sort that uses what order there is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled


@compiled()
def grouped(numbers, count):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return where the groups of k numbers from 0 to ``count - 1`` begin, and the places in them, group after group.

    The shapes are (count + 1,), int64, and (k,), int32. The places of a group ascend.
    """
    begin, order = np.zeros(count + 1, np.int64), np.empty(len(numbers), np.int32)
    for number in numbers:
        begin[number + 1] += 1
    for number in range(count):
        begin[number + 1] += begin[number]
    free = begin[:-1].copy()
    for place in range(len(numbers)):
        order[free[numbers[place]]] = place
        free[numbers[place]] += 1
    return begin, order


def by_row(
    rows: NDArray[np.integer], columns: NDArray[np.integer], shape: tuple[int, int]
) -> NDArray[np.int32]:
    """Return the order of k arcs by row, and within a row by column: their places, shape (k,)."""
    order: NDArray[np.int32] = grouped(columns, shape[1])[1]
    by_rows: NDArray[np.int32] = order[grouped(rows[order], shape[0])[1]]
    return by_rows


def distinct(*keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return all keys once, ascending; by a sort that is quick where most of them ascend already."""
    every = np.concatenate(keys)
    every.sort(kind="stable")
    once: NDArray[np.int64] = every[np.append(True, every[1:] != every[:-1])]
    return once
