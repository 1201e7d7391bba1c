"""The frame of a pair: coordinates in which products of its points neither cancel, overflow nor underflow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.measures.space import check_one_space
from wcheck.transport.arithmetic.rounding import U32, U64, gamma
from wcheck.transport.cost.norms import row_norms
from wcheck.transport.cost.whole import count_below

SMALLEST = 2.0**-120
"""Smallest unit that float32 coordinates are divided by."""
FAR = 100.0
"""Squared distance from the centre, in units of the median, from which on a point may draw the mean away."""
MOST_SAMPLED, LEAST_SAMPLED, SAMPLED = 1000, 64, 1 << 22
"""Points of each side that its middle is taken from, at most and at least, and their coordinates in between."""
MAX_DIM = 1 << 22
"""Above this a float32 product has no useful error bound."""


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

    def coordinates(self, block: NDArray[Any], centre: NDArray[np.float64] | None = None) -> NDArray[Any]:
        """Return a block of points in frame coordinates: exact except for one rounding to the block's own dtype.

        They may be those from another ``centre``, whose coordinates are values of that dtype.
        """
        if block.dtype == np.float32 and not SMALLEST <= self.unit <= 1.0 / SMALLEST:
            block = block.astype(np.float64)  # where float32 has no such unit
        origin = self.centre if centre is None else centre
        shifted: NDArray[Any] = block - origin.astype(block.dtype)
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
    centre = middle(x, y) if min(len(x), len(y)) > 1 else _only_point(x, y)
    radii = [_radius(measure, centre) for measure in (x, y)]
    largest = max(radii)
    unit = 2.0 ** max(math.frexp(largest)[1], -900) if largest > 0 else 1.0
    underflows = any(_is_below(measure, 2.0**-400 * unit) for measure in (x, y))
    return Frame(centre, unit, radii[0] / unit, radii[1] / unit, underflows)


def _is_below(measure: Measure, small: float) -> bool:
    """Whether a coordinate may be smaller and not 0: differences are at least 2^-53 times the least of them, or 0."""
    if measure.dtype == np.float32:
        return small > 2.0**-149
    return any(count_below(block, small) for _, block in measure.blocks())


def _only_point(x: Measure, y: Measure) -> NDArray[np.float64]:
    """Return the point of the measure that has one, in the coarser of both dtypes: every distance is one from it."""
    coarse = min((x.dtype, y.dtype), key=lambda dtype: dtype.itemsize)
    with np.errstate(over="ignore"):
        point = min((x, y), key=len).block(slice(1))[0].astype(coarse).astype(np.float64)
    return point if np.isfinite(point).all() else np.zeros(len(point))


def middle(*measures: Measure) -> NDArray[np.float64]:
    """Return about the joint mean, from a part of each measure where it is large, in the coarsest of their dtypes.

    Where a few points are so far that they draw the mean away from all others, it is the median instead.
    """
    most = min(MOST_SAMPLED, max(LEAST_SAMPLED, SAMPLED // measures[0].dim))
    samples = [measure.block(slice(None, None, max(1, len(measure) // most))) for measure in measures]
    coarse = min((measure.dtype for measure in measures), key=lambda dtype: dtype.itemsize)
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.zeros(measures[0].dim)
        for measure, sample in zip(measures, samples, strict=True):
            total += sample.mean(axis=0, dtype=np.float64) * len(measure)
        centre = (total / sum(map(len, measures))).astype(coarse).astype(np.float64)
        norms = _norms(samples, centre)
        if norms.max() > FAR * np.median(norms):
            middle = np.median(np.concatenate(samples), axis=0).astype(coarse).astype(np.float64)
            if np.median(_norms(samples, middle)) < np.median(norms) / FAR:
                centre = middle
    return centre if np.isfinite(centre).all() else np.zeros(len(centre))


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
