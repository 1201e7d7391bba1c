"""Points that have partners: each point and the nearest of the other set are nearest to each other.

So it is between points and what became of them by a small change, such as images and their reconstructions. Samples of
the two sets hold few pairs of partners, so that nothing that is asked of samples holds for the sets: points are drawn
with their partners instead.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.threads import spans
from wcheck.transport.cost.frame import Frame
from wcheck.transport.cost.norms import row_norms
from wcheck.transport.programs.sample import random_part
from wcheck.transport.scans.listing import Scanner
from wcheck.transport.scans.principal import (
    PASSES,
    UNDECIDED_COST,
    approximate,
    principal_directions,
    squares,
)

ASKED = 16
"""Points of each side that are asked for their nearest."""
TRIED, DIRECTIONS = 64, 64
"""Points that directions are tried on, with their partners; and how many these are."""
AT_A_TIME = 2048
"""Points among which a nearest one is looked for at a time: they are copied."""

Nearest: TypeAlias = Callable[[NDArray[np.int64]], NDArray[np.int64]]
"""Returns the points of the other set that are nearest to some."""


def have_partners(scanner: Scanner, n: int, m: int, generator: np.random.Generator) -> bool:
    """Whether some of the n rows and m columns of a scanner have partners."""
    sample = partial(scanner.sample, estimate=True)
    partners = some_partners(
        lambda rows: nearest(m, lambda some: sample(some, rows)),
        lambda columns: nearest(n, lambda some: sample(columns, some).T),
        random_part(n, ASKED, generator),
    )
    return partners is not None


def some_partners(
    to_y: Nearest, to_x: Nearest, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Return points of x and the points of y nearest to them; None unless they are partners.

    At most :data:`ASKED` of the points that are found are asked for their own nearest, where they must have come from.
    """
    columns = to_y(rows)
    if len(np.unique(columns)) < len(columns):
        return None
    asked = slice(None, None, -(-len(rows) // ASKED))
    return (rows, columns) if np.array_equal(to_x(columns[asked]), rows[asked]) else None


def nearest(count: int, costs: Callable[[NDArray[np.int64]], torch.Tensor]) -> NDArray[np.int64]:
    """Return, in each row of costs, the place of the least; ``costs`` returns some of so many columns at a time."""
    least, places = [], []
    for some in spans(count, AT_A_TIME):
        cost, place = costs(np.arange(some.start, some.stop)).min(dim=1)
        least.append(cost.cpu().numpy())
        places.append(some.start + place.cpu().numpy())
    found: NDArray[np.int64] = np.take_along_axis(np.array(places), np.argmin(least, axis=0)[None], axis=0)[0]
    return found


def directions_of_partners(
    x: Measure,
    y: Measure,
    frame: Frame,
    generator: np.random.Generator,
    whole: float,
    check: Callable[[], None],
) -> NDArray[np.float64] | None:
    """Return few principal directions if the points have partners, and are told by them from all others.

    Between partners the potentials 0 are nearly optimal. So pairs are undecided whose bound is less than the distance
    from the partner.

    Parameters
    ----------
    x, y : Measure
        Equally many points in d dimensions, all of equal weight.
    frame : Frame
        Their frame.
    generator : Generator
        Draws the points.
    whole : float
        The time of products over all coordinates, those in float32 taking 1.
    check : callable
        Called before points are looked at; what it raises ends the search.

    Returns
    -------
    ndarray, shape (q, d), float64, or None
        Orthonormal rows.
    """

    def to(other: Measure, measure: Measure) -> Nearest:
        def ask(points: NDArray[np.int64]) -> NDArray[np.int64]:
            check()
            return _nearest(_coordinates(other, points, frame), measure, frame)

        return ask

    partners = some_partners(to(x, y), to(y, x), random_part(len(x), TRIED, generator))
    if partners is None:
        return None
    basis = principal_directions(x, y, frame, DIRECTIONS, generator)
    points = [_coordinates(side, some, frame) for side, some in zip((x, y), partners, strict=True)]
    near = squares(*points).diagonal()[:, None]
    undecided = squares(*(approximate(side, basis) for side in points)) < near
    share = float(undecided.fill_diagonal_(False).float().mean()) + 1.0 / len(y)
    return basis if PASSES * DIRECTIONS / x.dim + UNDECIDED_COST * share < whole else None


def _nearest(points: torch.Tensor, measure: Measure, frame: Frame) -> NDArray[np.int64]:
    """Return the points of a measure that are nearest to some in frame coordinates; it is read as it is."""
    scaled = points * (-2.0 * frame.unit)

    def costs(some: NDArray[np.int64]) -> torch.Tensor:
        block = measure.block(slice(int(some[0]), int(some[-1]) + 1))
        norms = torch.from_numpy(row_norms(block, frame.centre)).float()
        return torch.addmm(norms, scaled, torch.from_numpy(block).float().T)  # less the norm of the point

    return nearest(len(measure), costs)


def _coordinates(measure: Measure, rows: NDArray[np.int64], frame: Frame) -> torch.Tensor:
    return torch.from_numpy(frame.coordinates(measure.block(rows))).float()
