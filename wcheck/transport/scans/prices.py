"""What prices all pairs: bounds that are held, searches in few dimensions, else lists of candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.programs.program import Program
from wcheck.transport.programs.refinement import Pricing
from wcheck.transport.scans.candidates import Candidates
from wcheck.transport.scans.cells import Cells
from wcheck.transport.scans.held import Held
from wcheck.transport.scans.held_pricing import HeldPricing
from wcheck.transport.scans.listing import Scanner
from wcheck.transport.scans.nearest import Nearest
from wcheck.transport.scans.products import ProductScanner
from wcheck.transport.scans.streamed import Blocks


def prices(
    screen: Scanner,
    program: Program,
    length: int,
    sample: NDArray[np.int64],
    arcs: NDArray[np.int64],
    costs: NDArray[np.float64],
    scale: float = 1.0,
) -> Pricing:
    """Return what prices all pairs; the arguments are those of :class:`Candidates`."""
    m = len(program.b)
    if isinstance(screen, Held):
        return HeldPricing(screen, program.measure, arcs // m, arcs % m, costs, program.rounding)
    if isinstance(screen, Cells):
        return Nearest(screen, program, scale)
    return Candidates(screen, program, length, sample, arcs, costs, scale)


def cost_scale(costs: NDArray[np.float64]) -> float:
    """Return what small differences of costs are measured by: 1, in frame units, unless most costs are far smaller."""
    some = costs[:: max(1, len(costs) // 1000)]
    some = some[some > 0.0]
    return min(1.0, 1e3 * float(np.median(some))) if len(some) else 1.0


def lists_first(screen: Scanner) -> bool:
    """Whether lists begin with the scan that finds first arcs: where a scan costs more than programs do."""
    return isinstance(screen, ProductScanner | Blocks)
