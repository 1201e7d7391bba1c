"""Geometric medians of cells: the nearest of some centres to each point, and steps that bring centres to medians."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.measures.points import row_blocks
from wcheck.threads import over_spans
from wcheck.transport.arithmetic.rounding import full_float32
from wcheck.transport.cost.pairs import pair_costs

OVERSHOOT = 1.6
"""The factor by which Weiszfeld's step is lengthened: any below 2 still descends (Ostresh 1978), and this one saves a
third of the steps on images."""
SETTLING = 1e-6
"""Once a step decreases the mean distance by this share or less, centres move on within cells that stay."""
FINISHING = 30
"""Steps within such cells, before all points are assigned again."""

Array = NDArray[Any]
Told = Callable[[float, float], None]


def _untold(least: float, largest: float) -> None:
    """Tell nobody."""


def nearest(points: Array, centres: Array) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return for each point the index of the nearest centre, and its distance, by direct differences in float64.

    Parameters
    ----------
    points, centres : ndarray, shapes (n, d) and (k, d)
        C-contiguous; float32 or float64.

    Returns
    -------
    labels : ndarray, shape (n,), int
        The number of the nearest centre: any of those that are equally near up to the rounding of a float64 product.
    distances : ndarray, shape (n,), float64
    """
    middle = centres.mean(axis=0, dtype=np.float64)
    candidates = torch.from_numpy(centres - middle)
    half = 0.5 * (candidates * candidates).sum(1)
    labels = np.empty(len(points), np.intp)
    for rows in row_blocks(len(points), max(points.shape[1], len(centres))):
        block = torch.from_numpy(points[rows] - middle)
        labels[rows] = torch.addmm(half, block, candidates.T, alpha=-1.0).argmin(1).numpy()
    return labels, pair_costs(points, centres, np.arange(len(points)), labels)


@dataclass(frozen=True, slots=True)
class Refined:
    """What :func:`refine` found: the centres ``(k, d)``, the steps, and the largest slack of a cell."""

    centres: Array
    steps: int
    residual: float


def refine(
    points: Array,
    weights: NDArray[np.float64],
    centres: Array,
    *,
    tol: float = 1e-6,
    max_iter: int = 300,
    told: Told = _untold,
) -> Refined:
    r"""Descend from given centres to a local optimum of geometric k-medians.

    A step assigns every point to its nearest centre, by one matrix product, and moves the centres:

    .. math:: c_j \leftarrow c_j + s_j \frac{\sum_i w_i u_i}{\sum_i w_i / |x_i - c_j|}, \quad
              u_i = \frac{x_i - c_j}{|x_i - c_j|},

    the sums over the points of the cell that are not at the centre. The pass that sums measures the distances on its
    way, directly, so they cost no pass of their own and are right however near a point is. ``s_j`` is
    :data:`OVERSHOOT`; 1 in cells of one or two points, which a whole step settles; and ``max(0, 1 - w / |sum u|)``
    where a point of weight w is at the centre. An empty cell gets the point that weighs most by its distance.

    The mean distance in a cell is convex in its centre c, with the slope ``|sum w_i u_i| / W`` less what a point at the
    centre holds back, W the cell's weight; and no better centre is farther from c than twice the mean distance. So
    twice the slope bounds the share of it that another centre could save: the slack. Once the steps hardly descend, the
    cells stay for some steps of those centres whose slack is too large, and a centre is put on the nearest point where
    the slack is small there: Weiszfeld's steps only creep towards one that is the median.

    Parameters
    ----------
    points : ndarray, shape (n, d), float32 or float64
        C-contiguous and writeable, at least k of them distinct.
    weights : ndarray, shape (n,)
        Positive, of total 1.
    centres : ndarray, shape (k, d)
        Where to start.
    tol, max_iter
        End when no cell's slack is above ``tol``, or after ``max_iter`` steps.
    told : callable
        Called in each step with the least and the largest slack of the worst cell so far.
    """
    data = torch.from_numpy(points)
    current = centres.astype(np.float64)
    before, least, largest = math.inf, math.inf, 0.0
    for step in range(max_iter + 1):
        cells = _Cells.of(_labels(data, current), len(current))
        pulls = _pulls(points, weights, cells, current)
        loss = float(weights @ pulls.distances)
        slack = float(_slack(pulls, cells, weights).max())
        least, largest = min(least, slack), max(largest, slack)
        told(least, largest)
        settled = slack <= tol and (cells.sizes.all() or loss == 0)
        if settled or step == max_iter:
            break
        if cells.sizes.all() and before - loss <= SETTLING * before < math.inf:
            current = _finished(points, weights, cells, current, tol)
        else:
            current = _moved(current, pulls, cells, points, weights)
        before = loss
    return Refined(current.astype(points.dtype), step, slack)


def descend(
    points: Array,
    weights: NDArray[np.float64],
    labels: NDArray[np.intp],
    centres: NDArray[np.float64],
    steps: int,
) -> NDArray[np.float64]:
    """Return the centres after some of Weiszfeld's steps towards the geometric medians of cells that stay.

    Parameters
    ----------
    points, weights, labels : ndarray, shapes (n, d), (n,) and (n,)
        Each point of positive weight belongs to the centre that its label says; no cell is empty.
    centres : ndarray, shape (k, d), float64
        Where to start.
    steps : int
        How many.
    """
    cells = _Cells.of(labels, len(centres))
    for _ in range(steps):
        centres = _moved(centres, _pulls(points, weights, cells, centres), cells, points, weights)
    return centres


@dataclass(frozen=True, slots=True)
class _Cells:
    """The points cell by cell: ``order[starts[j]:starts[j + 1]]`` are those of cell j."""

    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    @staticmethod
    def of(labels: NDArray[np.intp], k: int) -> _Cells:
        sizes = np.bincount(labels, minlength=k)
        return _Cells(np.argsort(labels, kind="stable"), np.concatenate([[0], np.cumsum(sizes)]))

    def some(self, which: NDArray[np.intp]) -> _Cells:
        sizes = self.sizes[which]
        parts = [self.order[self.starts[j] : self.starts[j + 1]] for j in which]
        return _Cells(np.concatenate(parts), np.concatenate([[0], np.cumsum(sizes)]))

    @property
    def sizes(self) -> NDArray[np.intp]:
        return np.diff(self.starts)


@dataclass(frozen=True, slots=True)
class _Pulls:
    """The sums in Weiszfeld's step for each cell, and the distance of each point to its centre."""

    towards: NDArray[np.float64]
    stiffness: NDArray[np.float64]
    at_centre: NDArray[np.float64]
    distances: NDArray[np.float64]


def _labels(data: torch.Tensor, centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the nearest centres in the dtype of the data, relative to the centres' mean so that no digits cancel."""
    middle = centres.mean(axis=0)
    relative = centres - middle
    offsets = torch.from_numpy(0.5 * (relative * relative).sum(axis=1) + relative @ middle).to(data.dtype)
    candidates = torch.from_numpy(relative).to(data.dtype)
    labels = np.empty(len(data), np.intp)
    with full_float32():
        for rows in row_blocks(len(data), len(centres)):
            labels[rows] = torch.addmm(offsets, data[rows], candidates.T, alpha=-1.0).argmin(1).numpy()
    return labels


def _pulls(
    points: Array, weights: NDArray[np.float64], cells: _Cells, centres: NDArray[np.float64]
) -> _Pulls:
    k = len(centres)
    pulls = _Pulls(np.zeros(centres.shape), np.zeros(k), np.zeros(k), np.zeros(len(points)))
    # A cell is summed by one thread, so the sums do not depend on how many there are.
    over_spans(
        k,
        points.size // 100_000,
        lambda span: _sum_pulls(
            points, weights, cells.order, cells.starts, centres, span.start, span.stop,
            pulls.towards, pulls.stiffness, pulls.at_centre, pulls.distances,
        ),
    )  # fmt: skip
    return pulls


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _sum_pulls(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    points, weights, order, starts, centres, first, last, towards, stiffness, at_centre, distances
):
    dim = points.shape[1]
    for j in range(first, last):
        for position in range(starts[j], starts[j + 1]):
            i = order[position]
            square = 0.0
            for t in range(dim):
                difference = np.float64(points[i, t]) - centres[j, t]
                square += difference * difference
            distance = np.sqrt(square)
            distances[i] = distance
            if distance > 0.0:
                factor = weights[i] / distance
                stiffness[j] += factor
                for t in range(dim):
                    towards[j, t] += factor * (np.float64(points[i, t]) - centres[j, t])
            else:
                at_centre[j] += weights[i]


def _slack(pulls: _Pulls, cells: _Cells, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return of each cell the share of its mean distance that another centre could save at most; 0 of an empty one."""
    totals = np.bincount(
        np.repeat(np.arange(len(cells.sizes)), cells.sizes), weights[cells.order], minlength=len(cells.sizes)
    )
    slope = np.maximum(0.0, np.linalg.norm(pulls.towards, axis=1) - pulls.at_centre)
    return np.asarray(np.divide(2.0 * slope, totals, out=np.zeros(len(totals)), where=totals > 0))


def _finished(
    points: Array, weights: NDArray[np.float64], cells: _Cells, centres: NDArray[np.float64], tol: float
) -> NDArray[np.float64]:
    """Return centres whose slack in cells that stay, none of them empty, is at most ``tol`` after some steps."""
    centres, open_ = centres.copy(), np.arange(len(centres))
    for step in range(FINISHING):
        part = cells.some(open_)
        pulls = _pulls(points, weights, part, centres[open_])
        wide = _slack(pulls, part, weights) > tol
        if not wide.any():
            break
        centres[open_[wide]] = _moved(centres[open_], pulls, part, points, weights)[wide]
        if step == 0:
            ends = zip(part.starts[:-1], part.starts[1:], strict=True)
            members = [part.order[first:last] for first, last in ends]
            vertices = points[[some[pulls.distances[some].argmin()] for some in members]].astype(np.float64)
            there = _slack(_pulls(points, weights, part, vertices), part, weights) <= tol
            centres[open_[wide & there]] = vertices[wide & there]
            wide &= ~there
        if not wide.any():
            break
        open_ = open_[wide]
    return centres


def _moved(
    centres: NDArray[np.float64], pulls: _Pulls, cells: _Cells, points: Array, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    force = np.linalg.norm(pulls.towards, axis=1)
    held = np.maximum(0.0, 1.0 - pulls.at_centre / np.where(force > 0, force, 1.0))
    share = np.where(pulls.at_centre > 0, held, np.where(cells.sizes > 2, OVERSHOOT, 1.0))
    scale = np.divide(share, pulls.stiffness, out=np.zeros(len(centres)), where=pulls.stiffness > 0)
    moved = centres + scale[:, None] * pulls.towards
    empty = np.flatnonzero(cells.sizes == 0)
    if len(empty):
        farthest = np.argsort(-weights * pulls.distances, kind="stable")[: len(empty)]
        moved[empty] = points[farthest]
    return moved
