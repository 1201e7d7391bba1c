r"""All distances between two measures in float64, by block of rows, with a bound on their error.

They come from matrix products, so their error is absolute: with e the bound on the error of a *squared* distance, a
computed distance D is off by at most ``e / max(D, sqrt(e))``. That matters for near-duplicates alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import psutil
import torch
from torch import Tensor

from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.norms import row_norms

BLOCK_ENTRIES = 1 << 17
"""Pairs that a pass works on at a time: what a core's cache holds."""
PRODUCT_ENTRIES = 1 << 22
"""Pairs measured by one matrix product."""


class Distances:
    """The distances of all pairs, kept where memory allows and measured anew by every pass otherwise.

    Parameters
    ----------
    x, y : Measure
        n and m points of one dimension.
    device : str
        Where they live.
    memory : int, optional
        Bytes that kept distances (8 n m) may take; if left out, a quarter of one core's share of what is free, since
        as many processes may ask, for several pairs each.

    Attributes
    ----------
    shape : tuple of int
        (n, m).
    squared_error : float
        e above, in the points' squared unit.
    diameter : float
        An upper bound of every distance.
    """

    def __init__(self, x: Measure, y: Measure, device: str = "cpu", memory: int | None = None) -> None:
        frame = joint_frame(x, y)
        self.shape = (len(x), len(y))
        self.diameter = frame.diameter
        self._unit = frame.unit
        self._x, self._y = (
            torch.from_numpy(
                np.concatenate([frame.coordinates(block.astype(np.float64)) for _, block in z.blocks()])
            )
            for z in (x, y)
        )
        self._norms = [torch.from_numpy(row_norms(points.numpy())) for points in (self._x, self._y)]
        radius = max(frame.radius_x, frame.radius_y)
        # Norms, products and sums: gamma_(d+6) (|F| + |G|)^2; coordinates rounded once: see SquaredDistances.
        error = 4.0 * (gamma(x.dim + 6, U64) + 2.5 * U64) * radius**2 + 1e-300
        self.squared_error = error * frame.unit**2
        self._x, self._y, *self._norms = (t.to(device) for t in (self._x, self._y, *self._norms))
        self._kept: Tensor | None = None
        free = (
            psutil.virtual_memory().available // (4 * (psutil.cpu_count() or 1)) if memory is None else memory
        )
        if 8 * len(x) * len(y) <= free:
            self._kept = torch.empty(self.shape, dtype=torch.float64, device=device)
            for rows, block in self._products():
                self._kept[rows] = block

    def blocks(self) -> Iterator[tuple[slice, Tensor]]:
        """Yield all distances by blocks of rows; a block may be overwritten only where it is a copy."""
        whole = self._products() if self._kept is None else [(slice(0, self.shape[0]), self._kept)]
        step = max(16, BLOCK_ENTRIES // self.shape[1])
        for rows, distances in whole:
            for start in range(0, len(distances), step):
                part = distances[start : start + step]
                yield slice(rows.start + start, rows.start + start + len(part)), part

    def error(self, distances: Tensor) -> Tensor:
        """Bound how far computed distances are from the true ones."""
        return self.squared_error * (1.0 + 8.0 * U64) / distances.clamp(min=self.squared_error**0.5)

    def _products(self) -> Iterator[tuple[slice, Tensor]]:
        n, m = self.shape
        step = max(1, PRODUCT_ENTRIES // m)
        for start in range(0, n, step):
            rows = slice(start, min(start + step, n))
            squares = torch.addmm(self._norms[1], self._x[rows], self._y.T, alpha=-2.0)
            squares.add_(self._norms[0][rows, None]).clamp_(min=0.0)
            yield rows, squares.sqrt_().mul_(self._unit)
