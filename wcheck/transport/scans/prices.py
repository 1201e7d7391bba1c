"""What prices all pairs: bounds that are held, searches in few dimensions, else lists of candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.cost.pairs import MeasurePairs
from wcheck.transport.programs.refinement import Pricing
from wcheck.transport.scans.candidates import Candidates
from wcheck.transport.scans.cells import Cells
from wcheck.transport.scans.held import Held
from wcheck.transport.scans.held_pricing import HeldPricing
from wcheck.transport.scans.listing import Scanner
from wcheck.transport.scans.nearest import Nearest


def prices(
    screen: Scanner,
    measure: MeasurePairs,
    shape: tuple[int, int],
    length: int,
    sample: NDArray[np.int64],
    arcs: NDArray[np.int64],
    costs: NDArray[np.float64],
    rounding: float,
    scale: float = 1.0,
) -> Pricing:
    """Return what prices all pairs; the arguments are those of :class:`Candidates`."""
    if isinstance(screen, Held):
        return HeldPricing(screen, measure, arcs // shape[1], arcs % shape[1], costs, rounding)
    if isinstance(screen, Cells):
        return Nearest(screen, measure, shape, rounding, scale)
    return Candidates(screen, measure, shape, length, sample, arcs, costs, rounding, scale)
