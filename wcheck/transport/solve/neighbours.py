"""Many points in few dimensions, in an order in which near ones lie side by side.

Searches, auctions and pivots go from a point to others near it. If these are near it in memory as well, most of what
they read is in the processor's cache.
"""

from __future__ import annotations

import math

import numpy as np

from wcheck.measures.measure import Measure
from wcheck.transport.programs.forced import is_forced
from wcheck.transport.scans.contraction import FLAT
from wcheck.transport.scans.descents import halved
from wcheck.transport.solve.copies import Copies

MANY = 50_000
"""Points, of both measures, from which on an order pays."""


def side_by_side(x: Measure, y: Measure, copies: Copies | None) -> tuple[Measure, Measure, Copies | None]:
    """Return the measures with near points side by side, in the order of a k-d tree's leaves, where that pays.

    Parameters
    ----------
    x, y : Measure
        n and m points in d dimensions.
    copies : Copies, optional
        Which of ``x`` and ``y`` all points are; None if they are these.

    Returns
    -------
    x, y : Measure
        The same points and weights.
    copies : Copies or None
        Which of them all points are.
    """
    n, m = len(x), len(y)
    if not 1 < x.dim <= FLAT or n + m < MANY or is_forced(n, m):
        return x, y, copies
    orders = [halved(side.dense(), math.ceil(math.log2(len(side)))) for side in (x, y)]
    places = [np.argsort(order) for order in orders]
    if copies is not None:
        places = [place[each] for place, each in zip(places, (copies.x, copies.y), strict=True)]
    return x.take(orders[0]), y.take(orders[1]), Copies(*places)
