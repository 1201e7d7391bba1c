"""Whether the points of two measures are in one space: the same coordinates, in one order and on one scale."""

from __future__ import annotations

import numpy as np

from wcheck.errors import ParameterError
from wcheck.measures.layout import times
from wcheck.measures.measure import Measure

IN_PYTHON = "convert both to one layout and one scale, as arrays of one shape and one dtype"
"""What to do where no option says more."""


def check_one_space(x: Measure, y: Measure, repair: str = IN_PYTHON) -> None:
    """Refuse measures whose coordinates would be compared though they are not the same.

    Points that have another shape, but as many numbers, are compared only if their order is beyond doubt: axes of
    length 1 say nothing, and one channel can be flattened in one way only. Numbers of uint8 are not compared with
    floats that all lie in [-1, 1], for those would be pixels of another scale.

    Parameters
    ----------
    x, y : Measure
        The two.
    repair : str
        What to do, for the error.

    Raises
    ------
    ParameterError
        If the dimensions differ, or the order or the scale of the coordinates.
    """
    if x.dim != y.dim:
        raise ParameterError(
            f"{x.name} has dimension {x.dim} and {y.name} has dimension {y.dim}: both must have the same; "
            f"give points of one dimension{_shapes(x, y)}."
        )
    if not _one_order(x.shape, y.shape):
        raise ParameterError(
            f"{x.name} has points of shape {times(x.shape)} and {y.name} of shape {times(y.shape)}: their numbers are "
            f"not in the same order; {repair}."
        )
    for eight, other in ((x, y), (y, x)):
        if not (eight.points.dtype == np.uint8 and other.points.dtype.kind == "f"):
            continue
        low, high = extent(other)
        if low >= -1.0 and high <= 1.0 and extent(eight)[1] > 1.0:
            raise ParameterError(
                f"{eight.name} holds uint8 up to {extent(eight)[1]:g} (points of shape {times(eight.shape)}) and "
                f"{other.name} floats from {low:g} to {high:g} (shape {times(other.shape)}): these look like pixels "
                f"of two scales; {repair}."
            )


def extent(measure: Measure) -> tuple[float, float]:
    """Return the least and the greatest coordinate."""
    low, high = np.inf, -np.inf
    for _, block in measure.blocks():
        low, high = min(low, float(block.min())), max(high, float(block.max()))
    return low, high


def _one_order(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    first, second = (tuple(length for length in shape if length > 1) for shape in (first, second))
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    return len(short) <= 1 and not (len(long) == 3 and 3 in (long[0], long[2]))


def _shapes(x: Measure, y: Measure) -> str:
    if len(x.shape) == len(y.shape) == 1:
        return ""
    return f" (theirs have shapes {times(x.shape)} and {times(y.shape)})"
