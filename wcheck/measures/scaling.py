"""What maps the numbers of a source to the coordinates of points: pixel scales and z-scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.measures.points import LazyPoints
from wcheck.progress import Report, silent

Convert = Callable[[NDArray[Any]], NDArray[Any]]

SCALES = ("0,1", "-1,1", "zscore")
"""The scales that can be asked for."""

ENDS = {"0,1": (0.0, 1.0), "-1,1": (-1.0, 1.0)}
"""Black and white in the scales that have them."""


@dataclass(frozen=True, slots=True)
class Moments:
    """What a zscore subtracted and divided by, so that it can be undone.

    Attributes
    ----------
    mean, deviation : tuple of float
        One for each channel of images, or for each coordinate.
    ends : (float, float), optional
        Black and white in the numbers before, where they are known.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    ends: tuple[float, float] | None = None

    def undone(self, block: NDArray[Any]) -> NDArray[np.float64]:
        """Return points ``(k, d)`` as they were before, ``deviation * z + mean``."""
        mean, deviation = np.array(self.mean)[:, None], np.array(self.deviation)[:, None]
        before: NDArray[np.float64] = _grouped(block, len(mean)) * deviation + mean
        return before.reshape(block.shape)

    def values(self) -> dict[str, object]:
        """Return plain values, of which :meth:`of` makes the same again."""
        return asdict(self)

    @staticmethod
    def of(values: Mapping[str, Any], dim: int) -> Moments:
        """Return the moments that plain values are of, for points of so many coordinates.

        Raises
        ------
        ValueError
            If they are not finite numbers, do not fit together or to the points; others if they are not numbers at all.
        """
        mean, deviation = (tuple(map(float, values[name])) for name in ("mean", "deviation"))
        ends = values["ends"] if values["ends"] is None else tuple(map(float, values["ends"]))
        if not np.isfinite([*mean, *deviation, *(ends or ())]).all() or not (ends is None or len(ends) == 2):
            raise ValueError("moments are finite numbers")
        if not mean or len(mean) != len(deviation) or dim % len(mean):
            raise ValueError("there are moments of other points")
        return Moments(mean, deviation, ends)


class ScaledPoints(LazyPoints):
    """Points that are scaled when they are read, and know by which of :data:`SCALES`, and a zscore by what."""

    def __init__(
        self,
        points: NDArray[Any] | LazyPoints,
        change: Convert,
        scale: str,
        moments: Moments | None = None,
    ) -> None:
        if isinstance(points, LazyPoints):
            store, change = points.store, partial(_chain, points.convert, change)
        else:
            store = points
        dtype = np.float64 if points.dtype == np.float64 else np.float32
        super().__init__(store, change, points.shape[1], dtype)
        self.scale, self.moments = scale, moments

    def reordered(self, columns: Sequence[int]) -> ScaledPoints:
        """Return the points with their coordinates in another order; how to undo their scale is forgotten."""
        changed = cast("ScaledPoints", super().reordered(columns))
        changed.moments = None
        return changed


def moments_of(measure: Measure) -> Moments | None:
    """Return what the zscore of a measure's points was made by, or None where they have another scale."""
    return measure.points.moments if isinstance(measure.points, ScaledPoints) else None


def scale_of(measure: Measure) -> str:
    """Return the scale of a measure's points: one of :data:`SCALES`, or "" where they are as given."""
    return measure.points.scale if isinstance(measure.points, ScaledPoints) else ""


def scales(x: Measure, y: Measure) -> dict[str, object]:
    """Return what a row says of the scales of its two measures."""
    return {"scale": scale_of(x), "target_scale": scale_of(y)}


def pixels(points: LazyPoints, ends: tuple[float, float], scale: str) -> ScaledPoints:
    """Scale pixel values from black to white, the two ends, in the precision of the points.

    ``"0,1"`` is (pixel - black) / (white - black); ``"-1,1"`` is twice that less 1. Pixels that have the scale already
    are left as they are.
    """
    if ends == ENDS[scale]:
        return ScaledPoints(points, _same, scale)
    return ScaledPoints(points, partial({"0,1": _unit, "-1,1": _symmetric}[scale], *ends), scale)


def zscore(
    measures: Sequence[Measure],
    *,
    per_channel: bool,
    ends: tuple[float, float] | None = None,
    report: Report = silent,
) -> list[NDArray[Any] | LazyPoints]:
    """Return the points of all measures less their joint mean, over their joint standard deviation.

    Mean and (population) standard deviation are those of all points of all measures together, each point
    counted once whatever its weight; computed in float64, block by block.

    Parameters
    ----------
    measures : sequence of Measure
        All of one dimension.
    per_channel : bool
        Whether there is one mean and one deviation for each first index of ``shape`` (images), or one for
        each coordinate (vectors).
    ends : (float, float), optional
        Black and white of images, where they are known.

    Raises
    ------
    ParameterError
        If a coordinate or channel is constant, or its deviation overflows.
    """
    groups = measures[0].shape[0] if per_channel else measures[0].dim
    mean, deviation, constant = _moments(measures, groups, report)
    unusable = np.flatnonzero(constant | ~np.isfinite(deviation))
    names = " and ".join(dict.fromkeys(measure.name for measure in measures))
    if len(unusable):
        index = int(unusable[0])
        problem = "is constant" if constant[index] else "has too large a deviation"
        raise ParameterError(
            f"{'channel' if per_channel else 'coordinate'} {index} of {names} {problem}: zscore divides by "
            "the standard deviation; leave it out of the data, or use another scale."
        )
    change = partial(_standardise, mean[:, None], deviation[:, None])
    moments = Moments(tuple(mean.tolist()), tuple(deviation.tolist()), ends)
    return [ScaledPoints(measure.points, change, "zscore", moments) for measure in measures]


def _chain(first: Convert, second: Convert, block: NDArray[Any]) -> NDArray[Any]:
    return second(first(block))


def _same(block: NDArray[Any]) -> NDArray[Any]:
    return block


def _unit(black: float, white: float, block: NDArray[Any]) -> NDArray[Any]:
    number = block.dtype.type
    shares: NDArray[Any] = (block - number(black)) / number(white - black)
    return shares


def _symmetric(black: float, white: float, block: NDArray[Any]) -> NDArray[Any]:
    number = block.dtype.type
    shares: NDArray[Any] = (block - number(black)) / number((white - black) / 2)
    shares -= number(1)
    return shares


def _standardise(
    mean: NDArray[np.float64], deviation: NDArray[np.float64], block: NDArray[Any]
) -> NDArray[np.float64]:
    return (_grouped(block, len(mean)) - mean) / deviation


def _grouped(block: NDArray[Any], groups: int) -> NDArray[np.float64]:
    """Return a block as ``(rows, groups, numbers in a group)`` in float64."""
    size = block[:1].size // max(1, len(block[:1]))
    return block.reshape(len(block), groups, size // groups).astype(np.float64)


def _moments(
    measures: Sequence[Measure], groups: int, report: Report
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return each group's mean, deviation, and whether it is constant, which rounding hides from the two."""
    rows = sum(map(len, measures))
    count = rows * measures[0].dim // groups
    total, low, high = np.zeros(groups), np.full(groups, np.inf), np.full(groups, -np.inf)
    done = 0
    for measure in measures:
        for _, block in measure.blocks():
            values = _grouped(block, groups)
            total += values.sum(axis=(0, 2))
            low = np.minimum(low, values.min(axis=(0, 2)))
            high = np.maximum(high, values.max(axis=(0, 2)))
            done += len(block)
            report("zscore", done, 2 * rows)
    mean, squares = total / count, np.zeros(groups)
    with np.errstate(over="ignore"):
        for measure in measures:
            for _, block in measure.blocks():
                squares += ((_grouped(block, groups) - mean[:, None]) ** 2).sum(axis=(0, 2))
                done += len(block)
                report("zscore", done, 2 * rows)
    return mean, np.sqrt(squares / count), low == high
