r"""The ground cost ``|x_i - y_j|^p`` between the points of two measures, and how far a computed one can be off.

Two ways to it, for two needs:

* :func:`pair_costs` measures chosen pairs by direct differences in float64. Every squared distance is a sum of
  non-negative terms, so its relative error is at most :func:`cost_rounding`, however close the points are.
* :class:`SquaredDistances` measures all pairs by matrix products in float32, by block. Its error is absolute and is
  handed out with the numbers; it *screens*: only pairs that its error cannot decide are measured directly.

Notation: ``u = 2^-24`` (float32) or ``2^-53`` (float64) and ``gamma_k = k u / (1 - k u)``: a sum of k products in
any order is off by at most ``gamma_k`` times the sum of the absolute products (Higham, Accuracy and Stability of
Numerical Algorithms, 2002, Section 3.1).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.kernels import compiled
from wcheck.measures.measure import Measure
from wcheck.measures.space import check_one_space

U32 = 2.0**-24
U64 = 2.0**-53
UNDERFLOW = 2.0**-148
"""More than a float32 product or sum can lose to underflow."""
SMALLEST = 2.0**-120
"""Smallest unit that float32 coordinates are divided by."""
FAR = 100.0
"""Squared distance from the centre, in units of the median, from which on a point may draw the mean away."""
MAX_DIM = 1 << 22
"""Above this a float32 product has no useful error bound."""


def gamma(terms: int, unit: float) -> float:
    """Return ``gamma_k = k u / (1 - k u)``, the relative rounding of a sum of k products."""
    return terms * unit / (1.0 - terms * unit)


def cost_rounding(dim: int, p: int = 1) -> float:
    """Bound the relative error of :func:`pair_costs`: ``gamma_(d + 4)`` covers differences, squares, sum and root."""
    return gamma(dim + 4, U64) * (1.0 if p == 2 else 0.75)


def cost_underflow(dim: int, p: int = 1) -> float:
    """Bound the absolute error of :func:`pair_costs`, in the unit, where the frame says that squares underflow."""
    return dim * 2.0**-1073 if p == 2 else math.sqrt(dim) * 2.0**-536


def pair_costs(
    x: NDArray[Any], y: NDArray[Any], i: NDArray[Any], j: NDArray[Any], p: int = 1, unit: float = 1.0
) -> NDArray[np.float64]:
    r"""Measure chosen pairs: ``(|x[i_k] - y[j_k]| / unit)^p`` by direct differences in float64.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d) and (m, d), float32 or float64
        Points, C-contiguous.
    i, j : ndarray, shape (k,), integers
        Rows of x and of y; fastest when i is sorted.
    p : {1, 2}
        The exponent.
    unit : float
        A power of two: that of :func:`joint_frame` keeps squares from overflow and underflow.

    Returns
    -------
    ndarray, shape (k,), float64
        Off by at most the factor ``1 +- cost_rounding(d, p)``, and by :func:`cost_underflow` where squares underflow.
    """
    out = np.empty(len(i))
    rows, columns = np.asarray(i, np.int64), np.asarray(j, np.int64)
    over_spans(
        len(out),
        len(out) * x.shape[1] // 100_000,
        lambda span: _squared_pairs(x, y, rows[span], columns[span], 1.0 / unit, out[span]),
    )
    return out if p == 2 else np.sqrt(out)


def over_spans(count: int, parts: int, work: Callable[[slice], None]) -> None:
    """Run ``work`` on about equal spans of ``range(count)``, in at most ``parts`` threads and as many as torch uses.

    For compiled work that releases the interpreter, and whose results do not depend on the cuts.
    """
    parts = min(parts, torch.get_num_threads())
    if parts <= 1:
        work(slice(0, count))
    else:
        cuts = np.linspace(0, count, parts + 1).astype(int)
        list(_pool(parts).map(work, [slice(int(s), int(e)) for s, e in pairwise(cuts)]))


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="wcheck")


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _squared_pairs(x, y, i, j, factor, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Measure up to four columns of a row at a time: their reads overlap, and the row is converted once.

    Fewer than four are filled up with the last: so the sums, and their rounding, do not depend on the company.
    """
    dim, k = x.shape[1], 0
    while k < len(out):
        row, last = i[k], k
        while last < min(k + 4, len(out)) - 1 and i[last + 1] == row:
            last += 1
        k1, k2, k3 = min(k + 1, last), min(k + 2, last), min(k + 3, last)
        column, column1, column2, column3 = j[k], j[k1], j[k2], j[k3]
        total, total1, total2, total3 = 0.0, 0.0, 0.0, 0.0
        for t in range(dim):
            value = np.float64(x[row, t])
            difference = (value - np.float64(y[column, t])) * factor
            difference1 = (value - np.float64(y[column1, t])) * factor
            difference2 = (value - np.float64(y[column2, t])) * factor
            difference3 = (value - np.float64(y[column3, t])) * factor
            total += difference * difference
            total1 += difference1 * difference1
            total2 += difference2 * difference2
            total3 += difference3 * difference3
        out[k], out[k1], out[k2], out[k3] = total, total1, total2, total3
        k = last + 1


@dataclass(frozen=True, slots=True)
class Frame:
    """A shift and a power-of-two unit in which both measures are centred and at most about 1 from the origin.

    Attributes
    ----------
    centre : ndarray, shape (d,), float64
        Near the joint mean, and a float32 value where the points are. Any value is exact: distances do not see it.
    unit : float
        A power of two; frame coordinates are ``(point - centre) / unit``.
    radius_x, radius_y : float
        Upper bounds of the largest norm of a point in frame coordinates.
    underflows : bool
        Whether squares of differences, in the unit, may fall below the range of float64.
    """

    centre: NDArray[np.float64]
    unit: float
    radius_x: float
    radius_y: float
    underflows: bool

    @property
    def diameter(self) -> float:
        """An upper bound of every distance between the two measures, in the points' own unit."""
        return (self.radius_x + self.radius_y) * self.unit * (1.0 + 4.0 * U64)

    def coordinates(self, block: NDArray[Any]) -> NDArray[Any]:
        """Return a block of points in frame coordinates: exact but for one rounding to the block's own dtype."""
        if block.dtype == np.float32 and not SMALLEST <= self.unit <= 1.0 / SMALLEST:
            block = block.astype(np.float64)  # where float32 has no such unit
        shifted: NDArray[Any] = block - self.centre.astype(block.dtype)
        shifted *= block.dtype.type(1.0 / self.unit)
        return shifted


def joint_frame(x: Measure, y: Measure) -> Frame:
    """Choose the frame of a pair.

    Without centring, float32 products of data far from the origin lose all digits; without the unit they overflow
    or underflow for very large or small data.

    Raises
    ------
    ParameterError
        If the dimensions differ or exceed 4,194,304, coordinates are too large to square, or the points of the two
        are images and vectors, of other layouts or other scales.
    """
    check_one_space(x, y)
    if x.dim > MAX_DIM:
        raise ParameterError(
            f"{x.name} has dimension {x.dim}: at most {MAX_DIM:,} can be certified; reduce it."
        )
    centre = _centre(x, y)
    radii = [_radius(measure, centre) for measure in (x, y)]
    largest = max(radii)
    unit = 2.0 ** max(math.frexp(largest)[1], -900) if largest > 0 else 1.0
    least = min(_least(measure) for measure in (x, y))
    return Frame(centre, unit, radii[0] / unit, radii[1] / unit, least < 2.0**-400 * unit)


def _least(measure: Measure) -> float:
    """Return the least size of a coordinate that is not 0; differences are at least 2^-53 times that, or 0."""
    least = math.inf
    if measure.dtype == np.float64:
        for _, block in measure.blocks():
            least = min(least, float(np.abs(block).min(where=block != 0, initial=np.inf)))
    return least if measure.dtype == np.float64 else 2.0**-149


def _centre(x: Measure, y: Measure) -> NDArray[np.float64]:
    """Return about the joint mean, from at most 1,000 rows of each, in the coarser of the two dtypes.

    Where a few points are so far that they draw the mean away from all others, it is the median instead.
    """
    samples = [measure.block(slice(None, None, max(1, len(measure) // 1000))) for measure in (x, y)]
    coarse = min(x.dtype, y.dtype, key=lambda dtype: dtype.itemsize)
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.zeros(x.dim)
        for measure, sample in zip((x, y), samples, strict=True):
            total += sample.mean(axis=0, dtype=np.float64) * len(measure)
        centre = (total / (len(x) + len(y))).astype(coarse).astype(np.float64)
        norms = _norms(samples, centre)
        if norms.max() > FAR * np.median(norms):
            middle = np.median(np.concatenate(samples), axis=0).astype(coarse).astype(np.float64)
            if np.median(_norms(samples, middle)) < np.median(norms) / FAR:
                centre = middle
    return centre if np.isfinite(centre).all() else np.zeros(x.dim)


def _norms(samples: list[NDArray[Any]], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([row_norms(sample, centre) for sample in samples])


def _radius(measure: Measure, centre: NDArray[np.float64]) -> float:
    """Bound the distance of the farthest point from the centre, from above."""
    largest = 0.0
    for _, block in measure.blocks():
        radius = math.sqrt(float(row_norms(block, centre).max()))
        if (
            not 1e-140 < radius < 1e140
        ):  # squares may have left the range of float64: measure in units of the largest
            shifted = block - centre.astype(block.dtype)
            peak = float(np.abs(shifted).max())
            if not peak <= 1e150:
                raise ParameterError(
                    f"{measure.name} holds coordinates too large to square in {block.dtype}: rescale the points."
                )
            radius = peak * math.sqrt(float(row_norms(shifted / peak).max())) if peak > 0 else 0.0
        largest = max(largest, radius)
    return largest * (1.0 + 8.0 * U32 + gamma(measure.dim + 8, U64))


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


def row_norms(points: NDArray[Any], centre: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the squared Euclidean norms of the rows, or of their differences from a centre, summed in float64."""
    norms = np.empty(len(points))
    origin = np.zeros(points.shape[1]) if centre is None else centre
    over_spans(len(points), points.size >> 16, lambda span: _row_norms(points[span], origin, norms[span]))
    return norms


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _row_norms(points, centre, norms):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for row in range(points.shape[0]):
        total = 0.0
        for column in range(points.shape[1]):
            value = np.float64(points[row, column]) - centre[column]
            total += value * value
        norms[row] = total


def rounding_norm(norms: NDArray[np.float64], dim: int) -> NDArray[np.float64]:
    """Bound how far points of squared ``norms`` moved when they were rounded to float32, underflow included."""
    moved: NDArray[np.float64] = 1.01 * U32 * np.sqrt(norms) + math.sqrt(dim) * 2.0**-149
    return moved


def as_float32(values: NDArray[np.float64]) -> torch.Tensor:
    """Round float64 values to a float32 tensor."""
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


class full_float32:
    """Within it, float32 products are computed in float32: no TF32, no bfloat16."""

    def __enter__(self) -> None:
        """Set the precision and remember the former one."""
        self._precision = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("highest")

    def __exit__(self, *_: object) -> None:
        """Restore the former precision."""
        torch.set_float32_matmul_precision(self._precision)
