"""Many points in few dimensions, in an order in which near ones lie side by side.

Searches, auctions and pivots go from a point to others near it. If these are near it in memory as well, most of what
they read is in the processor's cache.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.measure import Measure
from wcheck.transport.scans.contraction import FLAT
from wcheck.transport.scans.descents import halved
from wcheck.transport.solve.copies import Copies

MANY = 50_000
"""Points, of both measures, from which on an order pays."""


def side_by_side(x: Measure, y: Measure, copies: Copies | None) -> tuple[Measure, Measure, Copies | None]:
    """Return the measures with near points side by side, where that pays, and which of them are the points of both.

    Parameters
    ----------
    copies : Copies, optional
        Which of ``x`` and ``y`` all points are; None if they are these.
    """
    if not 1 < x.dim <= FLAT or len(x) + len(y) < MANY:
        return x, y, copies
    orders = [halved(side.dense(), math.ceil(math.log2(len(side)))) for side in (x, y)]
    places = [_places(order) for order in orders]
    if copies is not None:
        places = [place[each] for place, each in zip(places, (copies.x, copies.y), strict=True)]
    return x.take(orders[0]), y.take(orders[1]), Copies(*places)


def _places(order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the inverse of a permutation."""
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places
