"""The plan of the north-west corner rule, which needs no costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def north_west(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Fill the pairs from the first rows and columns on; return rows, columns and masses of the arcs.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Masses of equal total.
    """
    ends_a, ends_b = np.cumsum(a), np.cumsum(b)
    cuts = np.union1d(ends_a, ends_b)
    rows = np.minimum(np.searchsorted(ends_a, cuts), len(a) - 1)
    columns = np.minimum(np.searchsorted(ends_b, cuts), len(b) - 1)
    return rows, columns, np.diff(cuts, prepend=0.0)
