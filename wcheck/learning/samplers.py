"""What a step is given: batches drawn from frozen points, or all of them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.measures.scaling import moments_of, scale_of


class FrozenPoints:
    """The points of a measure on a device, to draw batches from.

    Attributes
    ----------
    points : Tensor, shape (n, d), float32
        On the device.
    weights : ndarray, shape (n,), float64
        The weights of the measure.
    shape : tuple of int
        The shape of one point.
    is_uniform : bool
        Whether all weights are equal.
    scale : str
        That of the points; see :func:`wcheck.measures.scaling.scale_of`.
    moments : Moments or None
        What a zscore was made by; see :func:`wcheck.measures.scaling.moments_of`.
    columns : tuple of str or None
        The names of the coordinates, where they have any.
    """

    def __init__(self, measure: Measure, device: str = "cpu") -> None:
        dense = np.require(measure.dense(), np.float32, ["C", "W"])
        self.points = torch.from_numpy(dense).to(device)
        self.weights = measure.weights
        self.shape, self.columns = measure.shape, measure.columns
        self.scale, self.moments = scale_of(measure), moments_of(measure)
        cumulative = torch.from_numpy(np.cumsum(measure.weights)).to(device)
        self.is_uniform = measure.is_uniform
        self._cumulative = None if self.is_uniform else cumulative / cumulative[-1]

    def draw(self, k: int, generator: torch.Generator) -> Tensor:
        """Return k points drawn independently by their weights, shape (k, d)."""
        return self.points[self.draw_rows(k, generator)]

    def draw_rows(self, k: int, generator: torch.Generator) -> Tensor:
        """Return which points :meth:`draw` draws, shape (k,)."""
        device = self.points.device
        if self._cumulative is None:
            return torch.randint(len(self.points), (k,), generator=generator, device=device)
        level = torch.rand(k, generator=generator, device=device, dtype=torch.float64)
        return torch.searchsorted(self._cumulative, level, right=True)


class Batches:
    """Pairs of batches of two sets.

    Parameters
    ----------
    x, y : FrozenPoints
        On one device; batches are drawn there, and no step waits for the host.
    size : int or None
        Points drawn from each set, independently, by their weights; None for all of them.

    Raises
    ------
    ParameterError
        If full batches are not of two equally large sets without weights.
    """

    def __init__(self, x: FrozenPoints, y: FrozenPoints, size: int | None) -> None:
        uniform = x.is_uniform and y.is_uniform
        if size is None and not (uniform and len(x.points) == len(y.points)):
            raise ParameterError(
                f"batch_size is full, which takes two sets of equal size without weights, and these have "
                f"{len(x.points)} and {len(y.points)} points{'' if uniform else ', some with weights'}: "
                "make them equal, or give a number."
            )
        self._x, self._y, self._size = x, y, size

    def draw(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return a batch of each set, of shape (k, d)."""
        if self._size is not None:
            return self._x.draw(self._size, generator), self._y.draw(self._size, generator)
        # in random pairs: a penalty between the sets is not to see the same n lines in every step
        points = self._y.points
        shuffled = torch.randperm(len(points), generator=generator, device=points.device)
        return self._x.points, points[shuffled]

    def first(self) -> tuple[Tensor, Tensor]:
        """Return two batches of the same size without a draw: the first points, over again where there are few."""
        x, y = (
            points[torch.arange(self._size or len(points), device=points.device) % len(points)]
            for points in (self._x.points, self._y.points)
        )
        return x, y
