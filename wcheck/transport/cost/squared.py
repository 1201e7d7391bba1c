r"""All squared distances of a pair by matrix products, and in float32 rigorous bounds on their error.

The error is absolute and is handed out with the numbers: they *screen*, and only pairs that the error cannot decide are
measured directly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import (
    U32,
    UNDERFLOW,
    as_float32,
    full_float32,
    gamma,
    rounding_norm,
)
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.norms import row_norms


class Squares:
    """All squared distances between two measures, in their frame's unit.

    Parameters
    ----------
    x, y : Measure
        n and m points of one dimension d.
    device : str
        Where points and blocks live. TF32 is not used.
    dtype : torch.dtype
        In which they are computed.

    Attributes
    ----------
    shape : tuple of int
        (n, m).
    frame : Frame
        The frame of the two.
    norms : tuple of ndarray, shapes (n,) and (m,), float64
        Squared norms of the points, in the frame.
    """

    def __init__(self, x: Measure, y: Measure, device: str, dtype: torch.dtype) -> None:
        self.shape, self.frame = (len(x), len(y)), joint_frame(x, y)
        points, norms = zip(*(self._read(measure, dtype) for measure in (x, y)), strict=True)
        self.norms: tuple[NDArray[np.float64], NDArray[np.float64]] = norms
        self._x, self._y = (side.to(device) for side in points)
        self._norm_x, self._norm_y = (torch.from_numpy(own).to(dtype).to(device) for own in norms)

    def block(self, rows: slice | Tensor) -> Tensor:
        """Return those of some rows to all columns."""
        with full_float32():
            products = torch.addmm(self._norm_y, self._x[rows], self._y.T, alpha=-2.0)
        return products.add_(self._norm_x[rows, None]).clamp_(min=0.0)

    def _read(self, measure: Measure, dtype: torch.dtype) -> tuple[Tensor, NDArray[np.float64]]:
        points, norms = torch.empty((len(measure), measure.dim), dtype=dtype), np.empty(len(measure))
        for rows, block in measure.blocks():
            wide = block.astype(np.promote_types(block.dtype, points.numpy().dtype), copy=False)
            coordinates = self.frame.coordinates(wide).astype(points.numpy().dtype, copy=False)
            norms[rows] = row_norms(coordinates)
            points[rows] = torch.from_numpy(coordinates)
        return points, norms


class SquaredDistances(Squares):
    r"""All squared distances in float32, with bounds of their error.

    With F, G the points in frame coordinates rounded to float32,
    ``block(rows)[i, j] = |F_i|^2 + |G_j|^2 - 2 F_i . G_j`` (never below 0), and
    ``|block[i, j] - |x_i - y_j|^2 / unit^2| <= error_x[i] + error_y[j]``.

    Attributes
    ----------
    error_x, error_y : Tensor, shapes (n,) and (m,), float32
        The absolute error of the squared distances, as above.
    """

    def __init__(self, x: Measure, y: Measure, device: str = "cpu") -> None:
        super().__init__(x, y, device, torch.float32)
        self.error_x, self.error_y = (self._error(norms, x.dim).to(device) for norms in self.norms)

    def _error(self, norms: NDArray[np.float64], dim: int) -> Tensor:
        radius = max(self.frame.radius_x, self.frame.radius_y)
        # Products and norms: gamma_(d+6) (|F| + |G|)^2 <= 2 gamma (|F|^2 + |G|^2). Rounding of the points to float32:
        # off by e = 2^-24 |F| each, and |S - S'| <= (e_i + e_j) (|F_i| + |G_j|) (2 + small).
        error = 2.0 * gamma(dim + 6, U32) * norms + 4.5 * radius * rounding_norm(norms, dim)
        return as_float32((error + (dim + 6) * UNDERFLOW) * (1 + 4 * U32))
