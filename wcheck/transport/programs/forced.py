"""Transport from or to a single point: every other point sends it all that it has, so there is but one plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.programs.simplex import Basic, masses


def is_forced(n: int, m: int) -> bool:
    """Whether one of two sides is a single point."""
    return min(n, m) == 1


def solve(a: NDArray[np.float64], b: NDArray[np.float64], cost: NDArray[np.float64]) -> Basic:
    """Return the only plan between n points and one, or one and m, and potentials that prove it optimal.

    Parameters
    ----------
    a, b : ndarray, shapes (n,) and (m,), float64
        Positive weights of total 1; n or m is 1.
    cost : ndarray, shape (n, m), float64
        Finite.

    Returns
    -------
    Basic
        With mass in the unit of ``masses(a, b)``; the potential of the single point is 0.
    """
    (n, m), (a, b) = cost.shape, masses(a, b)
    rows, columns = np.divmod(np.arange(n * m), m)
    if m == 1:
        return Basic(rows, columns, a, cost[:, 0], np.zeros(1))
    return Basic(rows, columns, b, np.zeros(1), cost[0])
