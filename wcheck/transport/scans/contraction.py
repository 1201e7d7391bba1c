r"""A contraction to few dimensions, so that one short matrix product bounds every distance from below.

Let Q have orthonormal rows (principal directions) and ``r(z) = |z - Q'Qz|``. Then ``phi(z) = (Qz, r(z))`` satisfies,
by Pythagoras and the reverse triangle inequality,

    |x - y|^2 = |Qx - Qy|^2 + |res(x) - res(y)|^2  >=  |Qx - Qy|^2 + (r(x) - r(y))^2 = |phi(x) - phi(y)|^2.

In low dimension phi is the identity. What is computed is F = phi(z) up to an error e(z) that is bounded row by row:
products in float64, then rounded to float32. Hence
``|x - y| >= |F - G| - e(x) - e(y)``, whatever Q is: directions a little off cost speed, never correctness.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import U64, UNDERFLOW, gamma, rounding_norm
from wcheck.transport.cost.frame import Frame
from wcheck.transport.cost.norms import row_norms

FLAT = 3
"""The largest dimension in which the points themselves are kept."""
TINY = 2.0**-500
"""More than underflow moves a distance."""


class Features:
    """The contracted points of one measure, in frame units.

    Attributes
    ----------
    values : ndarray, shape (n, width), float32
        ``(Qz, r(z))``, or z itself without a basis.
    norms : ndarray, shape (n,), float64
        Squared norms of the rows of ``values``.
    full_norms : ndarray, shape (n,), float64
        Squared norms of the points themselves.
    error : ndarray, shape (n,), float64
        e: how far a row of ``values`` can be from phi of its point.
    points : ndarray, shape (n, d), float64
        The points themselves where the dimension is at most :data:`FLAT`; else empty.
    off : float
        How far any of these is from its place, at most: ``4 U64`` of its norm, and what the points that are given are
        off already.
    """

    def __init__(
        self,
        measure: Measure,
        frame: Frame,
        basis: NDArray[np.float64] | None,
        check: Callable[[], None] = lambda: None,
        off: float = 0.0,
    ) -> None:
        n, dim = len(measure), measure.dim
        self.projected = basis is not None
        self.width = dim if basis is None else len(basis) + 1
        self.values = np.empty((n, self.width), np.float32)
        self.full_norms = np.empty(n)
        self.norms = np.empty(n)
        self.error = np.empty(n)
        self.points = np.empty((n, dim if dim <= FLAT else 0))
        for rows, block in measure.blocks():
            check()
            if dim <= FLAT:
                self.points[rows] = frame.coordinates(block.astype(np.float64))
            points = frame.coordinates(block)
            norms = row_norms(points)
            self.full_norms[rows] = norms
            moved = rounding_norm(norms, dim) + 4.0 * U64 * np.sqrt(norms)
            if basis is None:
                self.values[rows] = points
            else:
                projected, lost = _contract(points, norms, basis)
                self.values[rows] = projected
                moved += lost + rounding_norm(norms, self.width)
            self.error[rows] = (moved + off) * (1.0 + 1e-9)
            self.norms[rows] = row_norms(self.values[rows])
        self.off = off + TINY
        if dim <= FLAT:
            self.off += 4.0 * U64 * math.sqrt(float(self.full_norms.max(initial=0.0)) * (1.0 + 1e-9))

    def take(self, rows: NDArray[np.int64]) -> Features:
        """Return the features of some of the points."""
        part = object.__new__(Features)
        part.projected, part.width, part.off = self.projected, self.width, self.off
        for name in ("values", "norms", "full_norms", "error", "points"):
            setattr(part, name, getattr(self, name)[rows])
        return part


def _contract(
    points: NDArray[np.float32 | np.float64], norms: NDArray[np.float64], basis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (Qz, r(z)) for the rows z of ``points``, and how far the computation can be off."""
    dim, few = points.shape[1], len(basis)
    wide = torch.from_numpy(points.astype(np.float64, copy=False))
    projected = torch.mm(wide, torch.from_numpy(basis).T).numpy()
    length = np.sqrt(norms)
    # Each of the d' sums is off by gamma_d times |z| |q|.
    off = math.sqrt(few) * (1.01 * gamma(dim, U64) * length + dim * UNDERFLOW)
    residual = np.sqrt(np.maximum(norms - row_norms(projected), 0.0))
    square_off = 2.0 * off * length + off * off + 2.0 * gamma(dim + 4, U64) * norms
    residual_off = np.minimum(np.sqrt(square_off), square_off / np.maximum(residual, 1e-300))
    return np.concatenate([projected, residual[:, None]], axis=1), np.hypot(off, residual_off)
