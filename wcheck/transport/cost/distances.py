r"""All distances between two measures in float64, or their squares, by block of rows, with a bound on their error.

They come from matrix products, so their error is absolute: with e the bound on the error of a *squared* distance, a
computed distance D is off by at most ``e / max(D, sqrt(e))``. That matters for near-duplicates alone.
"""

from __future__ import annotations

from torch import Tensor

from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.parallel import cores
from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.cost.passes import Passes, room
from wcheck.transport.cost.squared import Squares

BLOCK_ENTRIES = 1 << 17
"""Pairs that a pass works on at a time: what a core's cache holds."""
PRODUCT_ENTRIES = 1 << 22
"""Pairs measured by one matrix product."""


class Distances(Passes):
    """The distances of all pairs (p = 1) or their squares (p = 2), measured by every pass, or kept where memory allows.

    Parameters
    ----------
    x, y : Measure
        n and m points of one dimension.
    device : str
        Where they live.
    keep : bool
        Whether to keep them, for many passes, if 8 n m bytes are less than a quarter of one core's share of what is
        free: as many processes may ask, for several pairs each.
    p : {1, 2}
        The exponent.

    Attributes
    ----------
    shape : tuple of int
        (n, m).
    squared_error : float
        e above, in the points' squared unit.
    diameter : float
        An upper bound of every distance, or of its square.
    """

    def __init__(
        self, x: Measure, y: Measure, device: str = "cpu", *, keep: bool = False, p: int = 1
    ) -> None:
        self._squares, self._p = Squares(x, y, device, torch.float64), p
        self.shape, frame = self._squares.shape, self._squares.frame
        self._unit = frame.unit
        self.diameter = frame.diameter if p == 1 else frame.diameter**2 * (1.0 + 4.0 * U64)
        radius = max(frame.radius_x, frame.radius_y)
        # Norms, products and sums: gamma_(d+6) (|F| + |G|)^2; coordinates rounded once: see SquaredDistances.
        error = 4.0 * (gamma(x.dim + 6, U64) + 2.5 * U64) * radius**2 + 1e-300
        self.squared_error = error * frame.unit**2
        kept = room(self.shape, torch.float64, device, 0.25 / cores()) if keep else None
        super().__init__(self._measured, self.shape, PRODUCT_ENTRIES, BLOCK_ENTRIES, kept)
        for _ in self if keep else ():
            pass  # all passes alike, the first as well, go over the same blocks

    def error(self, distances: Tensor) -> Tensor:
        """Bound how far computed distances, or squares, are from the true ones."""
        if self._p == 2:
            return torch.full_like(distances, self.squared_error * (1.0 + 8.0 * U64))
        return self.squared_error * (1.0 + 8.0 * U64) / distances.clamp(min=self.squared_error**0.5)

    def _measured(self, rows: slice | Tensor) -> Tensor:
        squares = self._squares.block(rows)
        return squares.sqrt_().mul_(self._unit) if self._p == 1 else squares.mul_(self._unit).mul_(self._unit)
