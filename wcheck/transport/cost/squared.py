r"""All squared distances of a pair by matrix products in float32, with rigorous bounds on their error.

The error is absolute and is handed out with the numbers: they *screen*, and only pairs that the error cannot decide are
measured directly.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

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


class SquaredDistances:
    r"""All squared distances between two measures in float32, by block of rows, with rigorous error bounds.

    With F, G the points in frame coordinates rounded to float32,
    ``block(rows)[i, j] = |F_i|^2 + |G_j|^2 - 2 F_i . G_j`` (never below 0), and
    ``|block[i, j] - |x_i - y_j|^2 / unit^2| <= error_x[i] + error_y[j]``.

    Parameters
    ----------
    x, y : Measure
        n and m points of one dimension d.
    device : str
        Where points and blocks live. TF32 is not used.

    Attributes
    ----------
    unit : float
        A distance is ``unit * sqrt(block)``.
    error_x, error_y : Tensor, shapes (n,) and (m,), float32
        The absolute error of the squared distances, as above.
    """

    def __init__(self, x: Measure, y: Measure, device: str = "cpu") -> None:
        self.frame = joint_frame(x, y)
        self.unit = self.frame.unit
        self.x, norm_x, self.error_x = self._to_device(x, device)
        self.y, norm_y, self.error_y = self._to_device(y, device)
        self._norm_x, self._norm_y = norm_x[:, None], norm_y

    def __len__(self) -> int:
        """Return n, the number of rows."""
        return len(self.x)

    def blocks(self, entries: int = 1 << 23) -> Iterator[tuple[slice, torch.Tensor]]:
        """Yield all rows in blocks of at most about ``entries`` squared distances."""
        step = max(1, entries // len(self.y))
        for start in range(0, len(self), step):
            rows = slice(start, min(start + step, len(self)))
            yield rows, self.block(rows)

    def block(self, rows: slice) -> torch.Tensor:
        """Return the squared distances of some rows to all columns, float32, in frame units."""
        with full_float32():
            products = torch.addmm(self._norm_y, self.x[rows], self.y.T, alpha=-2.0)
        return products.add_(self._norm_x[rows]).clamp_(min=0.0)

    def _to_device(self, measure: Measure, device: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        points = torch.empty((len(measure), measure.dim), dtype=torch.float32)
        norms = np.empty(len(measure))
        for rows, block in measure.blocks():
            single = self.frame.coordinates(block).astype(np.float32, copy=False)
            norms[rows] = row_norms(single)
            points[rows] = torch.from_numpy(single)
        radius = max(self.frame.radius_x, self.frame.radius_y)
        # Products and norms: gamma_(d+6) (|F| + |G|)^2 <= 2 gamma (|F|^2 + |G|^2). Rounding of the points to float32:
        # off by e = 2^-24 |F| each, and |S - S'| <= (e_i + e_j) (|F_i| + |G_j|) (2 + small).
        error = 2.0 * gamma(measure.dim + 6, U32) * norms + 4.5 * radius * rounding_norm(norms, measure.dim)
        error += (measure.dim + 6) * UNDERFLOW
        return points.to(device), as_float32(norms).to(device), as_float32(error * (1 + 4 * U32)).to(device)
