"""Bringing two sources into one space: images and arrays, layouts, and scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.measures.layout import EIGHT_BITS, Ends, channels_last, last_to_first, times
from wcheck.measures.measure import Measure
from wcheck.measures.points import LazyPoints
from wcheck.measures.scaling import ENDS, pixels, zscore
from wcheck.measures.space import check_one_space, extent
from wcheck.progress import Report

REPAIR = (
    "say how arrays lie with --layout chw or hwc (images, channels first or last) or --layout vectors (compare "
    "them in file order), or convert both to one shape"
)

ROUNDING = 1e-6
"""By which means of pixels may leave their scale."""


@dataclass(frozen=True, slots=True)
class Part:
    """A measure before its points are scaled.

    Attributes
    ----------
    measure : Measure
        Images have the shape ``(channels, height, width)``.
    is_image : bool
        Whether the points are known to be images.
    ends : (float, float), optional
        Black and white in their numbers.
    """

    measure: Measure
    is_image: bool = False
    ends: Ends | None = None


def scaled(parts: Sequence[Part], scale: str | None, layout: str | None, report: Report) -> list[Measure]:
    """Bring one source, or several that are compared with the first, to their scale.

    Parameters
    ----------
    parts : sequence of Part
        At least one.
    scale : str, optional
        As for :class:`wcheck.measures.sources.Preprocessing`.
    layout : str, optional
        ``"vectors"``: what lies in one place is compared, whatever it is.
    report : Report
        Told the passes of a zscore.

    Raises
    ------
    ParameterError
        If they have not one dimension, one order of coordinates and one scale.
    """
    if len(parts) > 1:
        parts = _as_they_lie(parts) if layout == "vectors" else _aligned(parts)
        for other in parts[1:]:
            _check(parts[0], other, scale, layout)
    measures = [part.measure for part in parts]
    if scale == "zscore":
        ends = parts[0].ends
        if len({part.ends for part in parts}) > 1:
            measures, ends = (
                [replace(part.measure, points=_pixels(part, "0,1")) for part in parts],
                ENDS["0,1"],
            )
        points = zscore(measures, per_channel=parts[0].is_image, ends=ends, report=report)
    else:
        points = [_pixels(part, scale or "0,1") for part in parts]
    return [replace(measure, points=own) for measure, own in zip(measures, points, strict=True)]


def _pixels(part: Part, scale: str) -> NDArray[Any] | LazyPoints:
    points = part.measure.points
    return pixels(points, part.ends, scale) if part.ends and isinstance(points, LazyPoints) else points


def _as_they_lie(parts: Sequence[Part]) -> list[Part]:
    """Return vectors: their shapes are forgotten, and uint8 becomes float."""
    flat = []
    for part in parts:
        measure, points = part.measure, part.measure.points
        if points.dtype == np.uint8:
            points = LazyPoints(np.asarray(points), _same, measure.dim)
        same = len({other.measure.shape for other in parts}) == 1
        flat.append(
            replace(
                part,
                measure=replace(measure, points=points, shape=measure.shape if same else (measure.dim,)),
            )
        )
    return flat


def _aligned(parts: Sequence[Part]) -> list[Part]:
    first, *others = parts
    for other in others:
        first = _beside(first, other)
    return [first, *(_beside(other, first) for other in others)]


def _beside(part: Part, other: Part) -> Part:
    """Read an array that was vectors so far as the images that the other source shows it to be."""
    measure, shape, wanted = part.measure, part.measure.shape, other.measure.shape
    if part.is_image or shape == wanted:
        return part
    store = np.asarray(measure.points).reshape(len(measure), *shape)
    if channels_last(shape) and (shape[2], *shape[:2]) == wanted:
        points = LazyPoints(last_to_first(store), _same, measure.dim, measure.dtype)
        return replace(part, measure=replace(measure, points=points, shape=wanted))
    if measure.points.dtype == np.uint8 and other.is_image and (1, *shape) == wanted:
        points = LazyPoints(store[:, None], _same, measure.dim)
        return Part(replace(measure, points=points, shape=wanted), True, EIGHT_BITS)
    return part


def _repair(x: Part, y: Part) -> str:
    """Say what brings two sources of other dimensions together."""
    if x.is_image and y.is_image:
        return "--image-size and --channels bring images to one shape"
    return "take sources of one kind"


def _check(x: Part, y: Part, scale: str | None, layout: str | None) -> None:
    if x.measure.dim != y.measure.dim or (x.is_image and y.is_image and x.measure.shape != y.measure.shape):
        raise ParameterError(
            f"{x.measure.name} and {y.measure.name} have dimensions {x.measure.dim} and {y.measure.dim} (points of "
            f"shapes {times(x.measure.shape)} and {times(y.measure.shape)}): both must be in the same space; "
            f"{_repair(x, y)}."
        )
    check_one_space(x.measure, y.measure, REPAIR)
    if scale == "zscore" and x.measure.shape != y.measure.shape:
        raise ParameterError(
            f"{x.measure.name} and {y.measure.name} have points of shapes {times(x.measure.shape)} and "
            f"{times(y.measure.shape)}: a zscore needs points of one shape; use sources of one kind."
        )
    for image, array in ((x, y), (y, x)):
        if image.ends and array.ends and array.ends != image.ends:
            _check_white(image, array)
        elif image.ends and not array.ends and layout != "vectors":
            _check_scale(image, array, scale or "0,1")


def _check_white(image: Part, array: Part) -> None:
    """Refuse uint8 images so dark that their white may be that of the other source."""
    store = getattr(array.measure.points, "store", None)
    if array.ends != EIGHT_BITS or image.ends is None or store is None or store.dtype != np.uint8:
        return
    if 0 < store.max() <= image.ends[1] < EIGHT_BITS[1]:  # black alone is black in both
        raise ParameterError(
            f"{array.measure.name} holds uint8 images up to {store.max()}, and white is {image.ends[1]:g} in "
            f"{image.measure.name} but 255 in uint8: if it is {image.ends[1]:g} in both, save them as floats and give "
            f"--pixel-range={image.ends[0]:g},{image.ends[1]:g}."
        )


def _check_scale(image: Part, array: Part, scale: str) -> None:
    """Refuse numbers without a scale beside images that have one, unless they lie in it."""
    low, high = extent(array.measure)
    fits = scale in ENDS and ENDS[scale][0] - ROUNDING <= low and high <= ENDS[scale][1] + ROUNDING
    if fits and array.measure.points.dtype != np.uint8:
        return
    ranges = [(-1, 1), (0, 255)] if low < 0 or high > 1 else [(0, 1)]
    guess = next((ends for ends in ranges if ends[0] <= low and high <= ends[1]), ("BLACK", "WHITE"))
    flat = " with --layout chw or hwc" if len(array.measure.shape) == 1 else ""
    raise ParameterError(
        f"{image.measure.name} holds images of shape {times(image.measure.shape)}, brought to the scale {scale}, and "
        f"{array.measure.name} numbers of shape {times(array.measure.shape)} from {low:g} to {high:g}, whose scale is "
        f"not known: if they are images, give their black and white, --pixel-range={guess[0]},{guess[1]}{flat}, and if "
        "not, --layout vectors compares them in file order."
    )


def _same(block: NDArray[Any]) -> NDArray[Any]:
    return block
