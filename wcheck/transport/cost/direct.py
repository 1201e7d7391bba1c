r"""Direct measurement of chosen pairs: of float copies where memory allows them, else of points read as needed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.measure import Measure
from wcheck.threads import spans
from wcheck.transport.cost.frame import Frame
from wcheck.transport.cost.pairs import MeasurePairs, pair_costs

WORK = 1 << 28
"""Differences that are taken between two looks at the clock: some 0.1 s."""
READ_BYTES = 1 << 25
"""Bytes of points that are read at a time where they are not held as floats."""


def measurer(
    x: Measure,
    y: Measure,
    frame: Frame,
    p: int,
    room: int,
    costs: Callable[..., NDArray[np.float64]] = pair_costs,
) -> MeasurePairs:
    """Return what measures ``(|x_i - y_j| / unit)^p`` for chosen pairs, as :func:`pair_costs` does.

    Parameters
    ----------
    x, y : Measure
        Points that are float arrays are measured where they lie.
    frame : Frame
        Gives the unit.
    p : {1, 2}
        The exponent.
    room : int
        Bytes that float copies of other points may take. If they take more, the points stay as they are stored
        (bytes, or a mapped file), and each part of the pairs reads its own: slower, in little memory.
    costs : callable
        :func:`pair_costs`, or :func:`wcheck.transport.cost.wide_pairs.wide_costs`.
    """
    unit = frame.unit
    if float_copies(x, y) <= room:
        points_x, points_y = x.dense(), y.dense()
        return lambda i, j: costs(points_x, points_y, i, j, p, unit)

    def read(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
        (rows, at_x), (columns, at_y) = (np.unique(index, return_inverse=True) for index in (i, j))
        return costs(x.block(rows), y.block(columns), at_x, at_y, p, unit)

    return by_parts(read, max(1, READ_BYTES // (16 * x.dim)))


def by_parts(measure: MeasurePairs, size: int, check: Callable[[], None] = lambda: None) -> MeasurePairs:
    """Return what measures at most ``size`` pairs at a time, and calls ``check`` before each part."""

    def measured(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
        parts = []
        for some in spans(max(1, len(i)), size):
            check()
            parts.append(measure(i[some], j[some]))
        return np.concatenate(parts, axis=-1)

    return measured


def float_copies(*measures: Measure) -> int:
    """Return the bytes that float copies of the points would take, of those that are not float arrays already."""
    return sum(
        len(measure) * measure.dim * measure.dtype.itemsize
        for measure in measures
        if not (
            isinstance(measure.points, np.ndarray)
            and measure.points.dtype == measure.dtype
            and measure.points.flags.c_contiguous
        )
    )
