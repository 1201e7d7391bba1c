"""Norms of the rows of an array of points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans


def row_norms(points: NDArray[Any], centre: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the squared Euclidean norms of the rows, or of their differences from a centre, summed in float64."""
    norms = np.empty(len(points))
    origin = np.zeros(points.shape[1]) if centre is None else centre
    over_spans(len(points), points.size >> 18, lambda span: _row_norms(points[span], origin, norms[span]))
    return norms


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _row_norms(points, centre, norms):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for row in range(points.shape[0]):
        total = 0.0
        for column in range(points.shape[1]):
            value = np.float64(points[row, column]) - centre[column]
            total += value * value
        norms[row] = total
