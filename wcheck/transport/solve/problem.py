"""A transport problem between two measures, as programs in float64 and in sums of two doubles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.columns import aligned
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.wide import Wide, common_masses
from wcheck.transport.cost.costs import Costs, EuclideanCosts
from wcheck.transport.cost.direct import WORK, by_parts
from wcheck.transport.cost.metric import EUCLIDEAN, Metric
from wcheck.transport.programs.exactly import Exactly
from wcheck.transport.programs.program import Program

WIDE_WORK = 32
"""How many times longer a difference takes in sums of two doubles."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Two measures and the costs of their pairs.

    Attributes
    ----------
    given : tuple of Measure
        Source and target as they were given.
    rows, columns : ndarray of int64
        Which of their points have weight.
    x, y : Measure
        Those points.
    costs : Costs
        The costs between x and y.
    metric : Metric
        The ground metric.
    """

    given: tuple[Measure, Measure]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    x: Measure
    y: Measure
    costs: Costs
    metric: Metric

    @staticmethod
    def of(
        x: Any, y: Any, a: Any, b: Any, p: int, metric: Metric = EUCLIDEAN, room: int = 1 << 30
    ) -> Problem:
        """Read points and weights; see :func:`wcheck.exact`. Costs may keep ``room`` bytes."""
        source, target = (
            Measure.of(points, weights, name=points.name if isinstance(points, Measure) else name)
            for points, weights, name in ((x, a, "x"), (y, b, "y"))
        )
        target = aligned(source, target)
        rows, columns = (np.flatnonzero(measure.weights) for measure in (source, target))
        whole = len(rows) == len(source) and len(columns) == len(target)
        pair = (source, target) if whole else (source.take(rows), target.take(columns))
        if not whole and metric is not EUCLIDEAN:
            metric.costs(
                source, target, p, 0
            )  # points without weight get potentials, too: refused before the solve
        return Problem((source, target), rows, columns, *pair, metric.costs(*pair, p, room), metric)

    @property
    def p(self) -> int:
        """The exponent."""
        return self.costs.p

    @property
    def is_line(self) -> bool:
        """Whether the points lie on the line, and sorting solves the problem."""
        return self.x.dim == 1 and isinstance(self.costs, EuclideanCosts)

    def few(self, count: int) -> Problem:
        """Return the problem between the first points of both, at most ``count`` a side."""
        x, y = (measure.take(np.arange(min(len(measure), count))) for measure in (self.x, self.y))
        return replace(self, x=x, y=y, costs=self.metric.costs(x, y, self.p, 1 << 30))

    def program(self, room: int) -> Program:
        """Return the program; ``room`` is the bytes that float copies of the points may take."""
        costs = self.costs
        return Program(
            self.x.weights,
            self.y.weights,
            costs.measurer(room),
            costs.p,
            costs.largest,
            costs.precision.rounding,
            costs.precision.underflow,
            costs.precision.zero_is_exact,
        )

    def exactly(self, room: int, check: Callable[[], None] = lambda: None) -> Exactly:
        """Return what the program is to 30 digits, or to as many as its costs have."""
        measure, rounding, underflow = self.costs.measurer_in_wide(room)
        measured = by_parts(measure, max(1, WORK // (WIDE_WORK * self.x.dim)), check)
        return Exactly(
            *common_masses(self.x.masses, self.y.masses),
            lambda i, j: Wide(*measured(i, j)),
            rounding,
            self.costs.largest,
            underflow,
        )
