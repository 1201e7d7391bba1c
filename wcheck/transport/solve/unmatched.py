r"""Transport that leaves mass unmatched: of a given mass, or at a price, between measures of any masses."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.transport.arithmetic.wide import RAISED, WIDE, Wide
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.cluster.connection import Connection
from wcheck.transport.programs.dummies import Dummies
from wcheck.transport.programs.exactly import Exactly
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.scans.dummies import GroundWithDummies
from wcheck.transport.scans.ground import Ground
from wcheck.transport.solve.budget import Shares
from wcheck.transport.solve.problem import Problem

SAME = 1e-12
"""A mass that is larger than the lesser total by less than this share is that total."""


def check_objective(partial: Any, penalty: Any) -> None:
    """Raise a ParameterError unless at most one is given, and that is a finite number above 0."""
    if partial is not None and penalty is not None:
        raise ParameterError(
            f"partial is {partial!r} and penalty_unmatched is {penalty!r}: they are different objectives; give one of "
            "them."
        )
    for name, given, what in (
        ("partial", partial, "a mass to move"),
        ("penalty_unmatched", penalty, "the cost of a unit of mass that is left unmoved"),
    ):
        if given is not None and not (
            isinstance(given, numbers.Real) and not isinstance(given, bool) and 0.0 < float(given) < math.inf
        ):
            raise ParameterError(f"{name} is {given!r}: {what} is a finite number above 0; give one.")


def of_mass(problem: Problem, partial: float) -> Unmatched:
    """Return the problem of moving exactly a mass.

    Raises
    ------
    ParameterError
        If either side has less.
    """
    a, b = (measure.amounts.tolist() for measure in (problem.x, problem.y))
    totals = math.fsum(a), math.fsum(b)
    if partial > min(totals) * (1.0 + SAME):
        raise ParameterError(
            f"partial is {partial!r}, but {problem.x.name} has the mass {totals[0]!r} and {problem.y.name} has "
            f"{totals[1]!r}: at most the smaller mass can be moved; give that or less."
        )
    moved = min(float(partial), *totals)
    row, column = (max(0.0, math.fsum([*side, -moved])) for side in (b, a))
    return _with(problem, "partial", moved, Dummies(row, column, 0.0, math.inf))


def at_price(problem: Problem, penalty: float) -> Unmatched:
    """Return the problem of moving mass, or leaving it at a price for a unit."""
    a, b = (math.fsum(measure.amounts) for measure in (problem.x, problem.y))
    cost = float(penalty) / problem.costs.unit**problem.p
    return _with(problem, "unmatched", 0.0, Dummies(b, a, cost, 0.0))


def _with(problem: Problem, quantity: str, moved: float, dummies: Dummies) -> Unmatched:
    own = {field.name: getattr(problem, field.name) for field in fields(Problem)}
    return Unmatched(**own, named=quantity, moved=moved, dummies=dummies)


@dataclass(frozen=True, slots=True)
class Unmatched(Problem):
    """A problem whose masses are as they were given, and of which some may be left.

    Attributes
    ----------
    named : {"partial", "unmatched"}
        The quantity.
    moved : float
        The mass that must be moved.
    dummies : Dummies
        What takes the mass that is left.
    """

    named: str
    moved: float
    dummies: Dummies

    @property
    def quantity(self) -> str:
        """What is computed."""
        return self.named

    @property
    def is_line(self) -> bool:
        """No: sorting does not say what is left."""
        return False

    @property
    def total(self) -> float:
        """The mass of either side with its dummy, to one rounding."""
        return math.fsum([*self.x.amounts.tolist(), self.dummies.row])

    def key(self) -> str:
        """Return what a solve depends on beside the points and the shares of their masses."""
        return f"{Problem.key(self)} {self.named} {self.dummies} {self.total!r}"

    def turned(self) -> Self:
        """Return the problem with its sides and their dummies exchanged."""
        return replace(Problem.turned(self), dummies=self.dummies.turned())

    def turned_back(self, best: Best) -> Best:
        """Return the bracket of this problem's program from that of the turned one.

        There the dummy of a row was a column, and so the first; here it is the last.
        """
        best = Problem.turned_back(self, best)
        row, column = int(self.dummies.has_row), self.dummies.offset
        n, m = len(best.u), len(best.v)
        return replace(
            best,
            u=np.roll(best.u, -row),
            v=np.roll(best.v, column),
            rows=(best.rows - row) % n,
            columns=(best.columns + column) % m,
        )

    def program(self, room: int) -> Program:
        """Return the program with its dummies, of total 1."""
        inner = Problem.program(self, room)
        return self.dummies.over(inner, self.x.amounts, self.y.amounts, self.total)

    def exactly(self, room: int, check: Callable[[], None] = lambda: None) -> Exactly:
        """Return what the program is to 30 digits, or to as many as its costs have."""
        inner = Problem.exactly(self, room, check)
        sides = [measure.amounts.tolist() for measure in (self.x, self.y)]
        (row, row_low, rest), (column, column_low, others) = (
            _left(side, self.moved) for side in reversed(sides)
        )
        a, b = (np.array(side) for side in sides)
        if self.dummies.has_row:
            a = np.append(a, row)
        if self.dummies.offset:
            b = np.append(column, b)
        low_a, low_b = np.zeros_like(a), np.zeros_like(b)
        low_a[len(self.x) :], low_b[: self.dummies.offset] = row_low, column_low
        raised = RAISED * 2.0 ** -math.frexp(self.total)[1]
        measure = self.dummies.measurer(lambda i, j: np.stack(inner.measure(i, j)), len(self.x))
        return Exactly(
            Wide(a * raised, low_a * raised),
            Wide(b * raised, low_b * raised),
            8.0 * WIDE if rest or others else 0.0,
            lambda i, j: Wide(*measure(i, j)),
            inner.rounding,
            self.program(room).diameter,
            inner.underflow,
        )

    def ground(
        self,
        random: np.random.Generator,
        device: str,
        cluster: Connection | None,
        check: Callable[[], None],
        share: Shares,
    ) -> Ground:
        """Return the costs and those of the dummies as they are scanned."""
        inner = Problem.ground(self, random, device, cluster, check, share)
        return GroundWithDummies(inner, (len(self.x), len(self.y)), self.dummies)

    def bracket(self, best: Best) -> Bracket:
        """Return the bracket of the cost of all masses."""
        lower, upper = best.lower * self._scale, best.upper * self._scale
        return Bracket(lower * (1.0 - 2.0**-50), upper * (1.0 + 2.0**-50))

    def explained(self, best: Best) -> float:
        """Return how much of the bracket's gap rounding explains."""
        return min(best.allowance, best.upper) * self._scale + 2.0**-49 * best.upper * self._scale

    def plan(self, best: Best) -> scipy.sparse.coo_array:
        """Return what is moved."""
        offset = self.dummies.offset
        real = (best.rows < len(self.x)) & (best.columns >= offset) & (best.mass > 0.0)
        places = self.rows[best.rows[real]], self.columns[best.columns[real] - offset]
        mass = best.mass[real] * (self.total / best.mass.sum())
        return scipy.sparse.coo_array((mass, places), shape=tuple(map(len, self.given)))

    def potentials(self, best: Best) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return potentials of the points; see :class:`TransportResult`."""
        n, offset = len(self.x), self.dummies.offset
        u, v = best.u[:n], best.v[offset:]
        row = best.u[n] if self.dummies.has_row else -v.max()
        column = best.v[0] if offset else -u.max()
        shift = -row if math.isinf(self.dummies.both) else column
        u, v = self.extended(u + shift, v + row)
        if len(self.x) + len(self.y) < sum(map(len, self.given)):
            scale = self.costs.unit**self.p
            most = -row - column if math.isinf(self.dummies.both) else self.dummies.cost
            u, v = np.minimum(u, most * scale), np.minimum(v, self.dummies.cost * scale)
        return u, v

    @property
    def _scale(self) -> float:
        """The cost of the program's unit."""
        return self.total * self.costs.unit**self.p


def _left(masses: list[float], moved: float) -> tuple[float, float, float]:
    """Return what is left of the sum of masses, as a sum of two doubles, and what even they miss."""
    high = math.fsum([*masses, -moved])
    low = math.fsum([*masses, -moved, -high])
    return high, low, math.fsum([*masses, -moved, -high, -low])
