"""A transport problem between two measures, as programs in float64 and in sums of two doubles."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self, cast

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.measures.columns import aligned
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import bfloat16_speed
from wcheck.transport.arithmetic.wide import Wide, common_masses
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.cluster.connection import Connection
from wcheck.transport.cluster.remote import elsewhere
from wcheck.transport.cost.costs import Costs, EuclideanCosts, Streamed
from wcheck.transport.cost.direct import WORK, by_parts
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.metric import EUCLIDEAN, Metric
from wcheck.transport.cost.reduced import Products
from wcheck.transport.programs.dense import is_assignment
from wcheck.transport.programs.exactly import Exactly
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.scans.contraction import FLAT, Features
from wcheck.transport.scans.euclidean import Euclidean
from wcheck.transport.scans.flat import flat
from wcheck.transport.scans.ground import Ground
from wcheck.transport.scans.held import HeldGround
from wcheck.transport.scans.partners import directions_of_partners
from wcheck.transport.scans.principal import choose_directions
from wcheck.transport.scans.products import LARGEST_DIRECT, ProductGround
from wcheck.transport.scans.streamed import StreamedGround
from wcheck.transport.solve.budget import Shares
from wcheck.transport.solve.copies import Copies, merged
from wcheck.transport.solve.line import staircase
from wcheck.transport.solve.neighbours import side_by_side

TILES = 8
"""How many times as fast as float32 products in bfloat16 must be for all coordinates to cost less than a projection."""
LONG = 1 << 33
"""Multiplications of a product in float32 from which on partners are looked for that would save it."""
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
        Those points, copies of one taken together where that makes them far fewer.
    costs : Costs
        The costs between x and y.
    metric : Metric
        The ground metric.
    copies : Copies or None
        Which of x and y the points at ``rows`` and ``columns`` are; None where they are these.
    """

    given: tuple[Measure, Measure]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    x: Measure
    y: Measure
    costs: Costs
    metric: Metric
    copies: Copies | None

    @staticmethod
    def of(
        x: Any,
        y: Any,
        a: Any,
        b: Any,
        p: int,
        metric: Metric = EUCLIDEAN,
        room: int = 1 << 30,
        *,
        amounts: bool = False,
        merging: bool = False,
    ) -> Problem:
        """Read points and weights; see :func:`wcheck.exact`.

        Costs may keep ``room`` bytes. Weights may have any total if they are ``amounts``. Copies of one point may be
        taken together where there is ``merging``.
        """
        source, target = (
            Measure.of(
                points, weights, name=points.name if isinstance(points, Measure) else name, normalise=amounts
            )
            for points, weights, name in ((x, a, "x"), (y, b, "y"))
        )
        target = aligned(source, target)
        rows, columns = (np.flatnonzero(measure.weights) for measure in (source, target))
        first, second = (
            measure if len(kept) == len(measure) else measure.take(kept)
            for measure, kept in ((source, rows), (target, columns))
        )
        if metric is not EUCLIDEAN and (first is not source or second is not target):
            metric.costs(
                source, target, p, 0
            )  # points without weight get potentials, too: refused before the solve
        copies = None
        if merging and not (
            metric is EUCLIDEAN and first.dim == 1
        ):  # on the line, sorting puts copies side by side
            first, second, copies = merged(first, second)
            if metric is EUCLIDEAN:
                first, second, copies = side_by_side(first, second, copies)
        costs = metric.costs(first, second, p, room)
        return Problem((source, target), rows, columns, first, second, costs, metric, copies)

    @property
    def p(self) -> int:
        """The exponent."""
        return self.costs.p

    @property
    def quantity(self) -> str:
        """What is computed: the Wasserstein distance."""
        return "distance"

    @property
    def is_line(self) -> bool:
        """Whether the points lie on the line, and sorting solves the problem."""
        return self.x.dim == 1 and isinstance(self.costs, EuclideanCosts)

    def key(self) -> str:
        """Return what a solve depends on beside the points and their weights."""
        return str(self.p) if self.metric is EUCLIDEAN else f"{self.p} {self.metric.name}"

    def turned(self) -> Self:
        """Return the problem with its sides exchanged."""
        return replace(
            self,
            given=self.given[::-1],
            rows=self.columns,
            columns=self.rows,
            x=self.y,
            y=self.x,
            costs=self.costs.turned(),
            copies=self.copies and self.copies.turned(),
        )

    def turned_back(self, best: Best) -> Best:
        """Return the bracket of this problem's program from that of the turned one."""
        return replace(
            best, program=self.program(0), u=best.v, v=best.u, rows=best.columns, columns=best.rows
        )

    def few(self, count: int) -> Problem:
        """Return the distance between the first points of both, at most ``count`` a side."""
        x, y = (measure.take(np.arange(min(len(measure), count))) for measure in (self.x, self.y))
        return Problem(
            (x, y),
            np.arange(len(x)),
            np.arange(len(y)),
            x,
            y,
            self.metric.costs(x, y, self.p, 1 << 30),
            self.metric,
            None,
        )

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
        a, b = (side.masses[some] for side, some in zip(self.given, (self.rows, self.columns), strict=True))
        masses = common_masses(a, b)
        return Exactly(
            *(self.copies.masses(*masses) if self.copies else masses),
            lambda i, j: Wide(*measured(i, j)),
            rounding,
            self.costs.largest,
            underflow,
        )

    def ground(
        self,
        random: np.random.Generator,
        device: str,
        cluster: Connection | None,
        check: Callable[[], None],
        share: Shares,
    ) -> Ground:
        """Return the costs as they are scanned, on a device or a cluster; ``check`` may end it."""
        if not isinstance(self.costs, EuclideanCosts):
            return StreamedGround(cast(Streamed, self.costs))
        frame, pair = self.costs.frame, (self.x, self.y)
        here = device == "cpu" and cluster is None
        if cluster is None and (thin := flat(*pair, frame, check)):
            return Euclidean(*thin, self.p, device)
        by_products = here and self.x.dim > LARGEST_DIRECT
        speed = bfloat16_speed(self.x.dim) if by_products else 1
        if share.holds and here and self.x.dim > FLAT:
            basis = (
                self._directions_of_partners(random.spawn(1)[0], 1.0 / speed, check) if by_products else None
            )
            if basis is None:
                return HeldGround(Products(*pair, frame, self.p, check).held())
        elif speed >= TILES and share.whole:
            return ProductGround(Products(*pair, frame, self.p, check))
        else:
            basis = choose_directions(*pair, frame, self.p, random, 1.0 / speed if share.whole else math.inf)
            if by_products and basis is None:
                return ProductGround(Products(*pair, frame, self.p, check))
        x, y = (Features(measure, frame, basis, check) for measure in pair)
        remote = elsewhere(cluster, *pair, frame, basis, self.p, device, check) if cluster else None
        return Euclidean(x, y, self.p, device, remote)

    def _directions_of_partners(
        self, random: np.random.Generator, whole: float, check: Callable[[], None]
    ) -> NDArray[np.float64] | None:
        """Return few directions that pay if the points have partners, and a product of all coordinates is long."""
        frame = cast(EuclideanCosts, self.costs).frame
        long = len(self.x) * len(self.y) * self.x.dim * whole >= LONG
        if not (long and is_assignment(self.x.weights, self.y.weights)):
            return None
        return directions_of_partners(self.x, self.y, frame, random, whole, check)

    def bracket(self, best: Best) -> Bracket:
        """Return the bracket of what is computed, in the points' unit, from that of the program."""
        return best.distance(self.costs.unit)

    def explained(self, best: Best) -> float:
        """Return how much of the bracket's gap rounding explains, from what it explains of the program's."""
        upper, least = best.distance(1.0).upper, max(best.upper - best.allowance, 0.0)
        return (upper - (math.sqrt(least) if self.p == 2 else least)) * self.costs.unit

    def plan(self, best: Best) -> scipy.sparse.coo_array:
        """Return the plan between all points that were given."""
        rows, columns, mass = best.rows, best.columns, best.mass / best.mass.sum()
        if self.copies:
            a, b = (
                side.weights[some] for side, some in zip(self.given, (self.rows, self.columns), strict=True)
            )
            rows, columns, mass = self.copies.spread(rows, columns, mass, a, b)
        places = self.rows[rows], self.columns[columns]
        return scipy.sparse.coo_array((mass, places), shape=tuple(map(len, self.given)))

    def potentials(self, best: Best) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return potentials of all points, in cost units; points without weight get theirs by c-transform."""
        source, target = self.given
        if self.is_line and len(self.x) + len(self.y) < len(source) + len(target):
            frame = joint_frame(source, target)
            x, y = (measure.dense()[:, 0] for measure in (source, target))
            basic = staircase(
                Wide.of(source.weights), Wide.of(target.weights), x, y, frame.unit, self.p
            ).basic
            return basic.u * frame.unit**self.p, basic.v * frame.unit**self.p
        return self.extended(best.u, best.v)

    def extended(
        self, own_u: NDArray[np.float64], own_v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return potentials of x and y in cost units, and those of points without weight by c-transform."""
        (source, target), unit = self.given, self.costs.unit
        u, v = np.full(len(source), np.inf), np.full(len(target), np.inf)
        if self.copies:
            own_u, own_v = own_u[self.copies.x], own_v[self.copies.y]
        u[self.rows], v[self.columns] = own_u, own_v
        u, v = (side * unit if self.p == 1 else side * unit * unit for side in (u, v))
        if len(self.rows) + len(self.columns) < len(source) + len(target):
            costs = self.metric.costs(source, target, self.p, 0)
            measure, scale = costs.measurer(1 << 40), costs.unit**self.p
            known = np.flatnonzero(np.isfinite(v))
            for row in np.flatnonzero(np.isinf(u)):
                u[row] = (measure(np.full(len(known), row), known) * scale - v[known]).min()
            known = np.flatnonzero(np.isfinite(u))
            for column in np.flatnonzero(np.isinf(v)):
                v[column] = (measure(known, np.full(len(known), column)) * scale - u[known]).min()
        return u, v
