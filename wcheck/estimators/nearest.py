"""The distances from points to the nearest two of many others: products in float32 screen, differences measure.

A product of centred points is off by a known amount, so that only pairs which it cannot decide are measured, directly
and in float64: a copy of a point is at a distance of 0, and nothing that is nearer is missed.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wcheck.measures.measure import Measure
from wcheck.measures.space import check_one_space
from wcheck.threads import spans
from wcheck.transport.arithmetic.rounding import U32, UNDERFLOW, full_float32, gamma
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.pairs import pair_costs

ENTRIES = 1 << 22
"""Pairs that are screened at a time."""
BLOCK_NUMBERS = 1 << 23
"""Coordinates that are converted at a time."""


class Neighbours:
    """The distinct points of a measure, among which neighbours are sought, block by block.

    Parameters
    ----------
    among : Measure
        Points of weight 0 do not belong to it, and equal points are one.
    device : str
        Where products are computed.
    """

    def __init__(self, among: Measure, device: str = "cpu") -> None:
        among = among.support()
        rows = _distinct(among)
        self._among = among if len(rows) == len(among) else among.take(rows)
        self._frame = joint_frame(among, among)
        self._device = device

    def __len__(self) -> int:
        """Return the number of distinct points."""
        return len(self._among)

    def distances(self, points: Measure) -> NDArray[np.float64]:
        """Return the distances of points to their nearest and second nearest neighbours.

        Parameters
        ----------
        points : Measure
            n points of the same dimension.

        Returns
        -------
        ndarray, shape (n, 2), float64
            Ascending, by direct differences; infinite where there is no such neighbour.

        Raises
        ------
        ParameterError
            If the points lie in another space.
        """
        check_one_space(points, self._among)
        # in one dtype, so that both sides are centred at the same point
        x = points.dense().astype(np.result_type(points.dtype, self._among.dtype), copy=False)
        found = np.full((len(points), 2), np.inf)
        left = _Side(self._frame.coordinates(x), self._device)
        step = min(ENTRIES // len(x), BLOCK_NUMBERS // self._among.dim)
        for rows in spans(len(self._among), max(1, step)):
            block = self._among.block(rows)
            right = _Side(self._frame.coordinates(block), self._device)
            i, j = _undecided(left, right, (found[:, 1] / self._frame.unit) ** 2)
            _keep_nearest(found, i, pair_costs(x, block, i, j))
        return found


class _Side:
    """Points in float32, their squared norms, and their parts of the error of squared distances."""

    def __init__(self, coordinates: NDArray[np.floating], device: str) -> None:
        with np.errstate(over="ignore"):  # what float32 does not hold is measured
            single = torch.from_numpy(coordinates.astype(np.float32, copy=False))
        norms = (single.double() ** 2).sum(1)
        # gamma (|F| + |G|)^2 for norms and products, and 2 u (|F| + |G|)^2 for points that are rounded to float32
        error = (2.0 * gamma(coordinates.shape[1] + 6, U32) + 5.0 * U32) * norms
        error += (coordinates.shape[1] + 6) * UNDERFLOW
        self.points, self.norms = single.to(device), norms.float().to(device)
        self.error = (error * (1 + 4 * U32)).float().to(device)


def _undecided(
    x: _Side, y: _Side, second: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs that may be among the nearest two of a row, whose second is as near as ``second`` already."""
    with full_float32():
        squares = torch.addmm(y.norms, x.points, y.points.T, alpha=-2.0).add_(x.norms[:, None])
    error = x.error[:, None] + y.error
    limit = _single(second * (1.0 + 1e-6), squares)
    if squares.shape[1] > 1:
        limit = torch.minimum(limit, (squares + error).topk(2, dim=1, largest=False).values[:, 1])
    beyond = squares.sub_(error) > limit[:, None]  # never of what is not a number
    i, j = (~beyond).nonzero(as_tuple=True)
    return i.cpu().numpy(), j.cpu().numpy()


def _single(values: NDArray[np.float64], like: Tensor) -> Tensor:
    with np.errstate(over="ignore"):
        return torch.from_numpy(values.astype(np.float32)).to(like.device)


def _keep_nearest(
    found: NDArray[np.float64], rows: NDArray[np.int64], distances: NDArray[np.float64]
) -> None:
    """Put the least two distances of each row, sorted by row, beside those found before."""
    order = np.lexsort((distances, rows))
    rows, distances = rows[order], distances[order]
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    place = np.arange(len(rows)) - np.repeat(first, np.diff(first, append=len(rows)))
    both = np.concatenate([found, np.full_like(found, np.inf)], axis=1)
    nearest = place < 2
    both[rows[nearest], 2 + place[nearest]] = distances[nearest]
    found[:] = np.sort(both, axis=1)[:, :2]


def _distinct(measure: Measure) -> NDArray[np.intp]:
    """Return the first row of each distinct point, ascending; points are told by a hash of 128 bits."""
    names = np.empty(len(measure), "V16")
    for rows, block in measure.blocks():
        block = block + block.dtype.type(0)  # -0 is 0
        names[rows] = [np.void(hashlib.blake2b(row.data, digest_size=16).digest()) for row in block]
    return np.sort(np.unique(names, return_index=True)[1])
