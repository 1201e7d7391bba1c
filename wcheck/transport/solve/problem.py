"""A transport problem between two measures, as programs in float64 and in sums of two doubles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.columns import aligned
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.wide import Wide, common_masses
from wcheck.transport.cost.direct import WORK, by_parts, measurer
from wcheck.transport.cost.frame import Frame, joint_frame
from wcheck.transport.cost.pairs import cost_rounding, cost_underflow
from wcheck.transport.cost.wide_pairs import wide_costs, wide_rounding
from wcheck.transport.programs.exactly import Exactly
from wcheck.transport.programs.program import Program

WIDE_WORK = 32
"""How many times longer a difference takes in sums of two doubles."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Two measures in their frame, and the exponent.

    Attributes
    ----------
    given : tuple of Measure
        Source and target as they were given.
    rows, columns : ndarray of int64
        Which of their points have weight.
    x, y : Measure
        Those points.
    frame : Frame
        The frame of x and y.
    p : {1, 2}
        The cost is ``|x_i - y_j|^p``.
    """

    given: tuple[Measure, Measure]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    x: Measure
    y: Measure
    frame: Frame
    p: int

    @staticmethod
    def of(x: Any, y: Any, a: Any, b: Any, p: int) -> Problem:
        """Read points and weights; see :func:`wcheck.exact`."""
        source, target = (
            Measure.of(points, weights, name=points.name if isinstance(points, Measure) else name)
            for points, weights, name in ((x, a, "x"), (y, b, "y"))
        )
        target = aligned(source, target)
        rows, columns = (np.flatnonzero(measure.weights) for measure in (source, target))
        whole = len(rows) == len(source) and len(columns) == len(target)
        pair = (source, target) if whole else (source.take(rows), target.take(columns))
        return Problem((source, target), rows, columns, *pair, joint_frame(*pair), p)

    @property
    def largest(self) -> float:
        """An upper bound of every cost, in frame units."""
        return (self.frame.diameter / self.frame.unit) ** self.p * (1.0 + 1e-12)

    def program(self, room: int) -> Program:
        """Return the program; ``room`` is the bytes that float copies of the points may take."""
        return Program(
            self.x.weights,
            self.y.weights,
            measurer(self.x, self.y, self.frame, self.p, room),
            self.p,
            self.largest,
            cost_rounding(self.x.dim, self.p),
            cost_underflow(self.x.dim, self.p) if self.frame.underflows else 0.0,
        )

    def exactly(self, room: int, check: Callable[[], None] = lambda: None) -> Exactly:
        """Return what the program is to 30 digits."""
        measure = measurer(self.x, self.y, self.frame, self.p, room, wide_costs)
        measure = by_parts(measure, max(1, WORK // (WIDE_WORK * self.x.dim)), check)
        return Exactly(
            *common_masses(self.x.masses, self.y.masses),
            lambda i, j: Wide(*measure(i, j)),
            wide_rounding(self.x.dim),
            self.largest,
        )
