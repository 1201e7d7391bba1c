r"""Points that have many coordinates, but lie on a line, in a plane, or in a space of three dimensions.

Let Q have orthonormal rows and z0 be a point of the space. The projection ``P(z) = Q (z - z0)`` contracts:
``|x - y| >= |P(x) - P(y)|``, whatever Q is. Where points are as near the space as rounding allows, both are the same up
to that, and what is fast in few dimensions is so here: a k-d tree finds pairs, and on a line sorting does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import U64, gamma
from wcheck.transport.cost.frame import Frame
from wcheck.transport.cost.norms import row_norms
from wcheck.transport.scans.contraction import FLAT, Features

FEW, TRIED = 4, 64
"""Points a side of which it is first asked whether they lie in such a space, and from which it is then made, about."""
THIN = 2.0**-20
"""How far points may be from it, in units of the root mean square distance of either set from its mean."""
SHRUNK = 1.0 - 2.0**-46
"""What Q is multiplied by: far more than its rows are off from orthonormal."""


def flat(
    x: Measure, y: Measure, frame: Frame, check: Callable[[], None] = lambda: None
) -> tuple[Features, Features] | None:
    """Project a pair to the space of at most three dimensions, fewer than it has coordinates, that it lies in.

    Parameters
    ----------
    x, y : Measure
        n and m points in d dimensions.
    frame : Frame
        Their frame.
    check : callable
        Called before each block of points is read; what it raises ends the projection.

    Returns
    -------
    tuple of Features, or None
        P of the points, of shapes (n, r) and (m, r) with ``r <= min(3, d - 1)``, in frame units; None where points are
        not in such a space.
    """
    space = _space(x, y, frame, FEW) and _space(x, y, frame, TRIED)
    if space is None or not len(space[1]):
        return None
    origin, axes = space
    sides, reach = [], 0.0
    for measure in (x, y):
        points, farthest = np.empty((len(measure), len(axes))), 0.0
        for rows, block in measure.blocks():
            check()
            own = frame.coordinates(block.astype(np.float64))
            own -= origin
            reach = max(reach, math.sqrt(float(row_norms(own).max())))
            points[rows] = own @ axes.T
            own -= points[rows] @ axes
            farthest = max(farthest, math.sqrt(float(row_norms(own).max())))
        sides.append((points, farthest))
    spread = min(math.sqrt(float(row_norms(points, points.mean(axis=0)).mean())) for points, _ in sides)
    if not max(farthest for _, farthest in sides) <= THIN * spread:
        return None
    off = math.sqrt(len(axes)) * gamma(x.dim + 8, U64) * reach + 8.0 * U64
    own_frame = Frame(np.zeros(len(axes)), 1.0, 2.0 * reach, 2.0 * reach, False)
    source, target = (Features(Measure.of(points), own_frame, None, check, off) for points, _ in sides)
    return source, target


def _space(
    x: Measure, y: Measure, frame: Frame, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return a point and the axes of the space that about so many points a side lie in; None where it is too large."""
    few = [measure.block(slice(None, None, max(1, len(measure) // count))) for measure in (x, y)]
    some = np.concatenate([frame.coordinates(block.astype(np.float64)) for block in few])
    axes = _axes(some - some[0], min(FLAT, x.dim - 1))
    return None if axes is None else (some[0].copy(), axes)


def _axes(rest: NDArray[np.float64], most: int) -> NDArray[np.float64] | None:
    """Return the orthonormal rows that span some differences of points; None where that takes too many.

    By Gram and Schmidt, the longest of what is left first. What is left is overwritten.
    """
    axes = np.empty((0, rest.shape[1]))
    first = 0.0
    while True:
        squares = np.einsum("ij,ij->i", rest, rest)
        longest = int(squares.argmax())
        length = math.sqrt(float(squares[longest]))
        first = first or length
        if not length > THIN * first:
            return axes * SHRUNK
        if len(axes) == most:
            return None
        axis = rest[longest] / length
        axis -= (axis @ axes.T) @ axes  # once more, for what rounding has left
        axes = np.concatenate([axes, axis[None] / math.sqrt(float(axis @ axis))])
        rest -= (rest @ axes[-1])[:, None] * axes[-1]
