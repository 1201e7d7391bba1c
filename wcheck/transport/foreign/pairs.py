"""What a certificate asks of the costs of all pairs, be they between points or a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wcheck.progress import Report
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.foreign.mend import Ground, Mended
from wcheck.transport.foreign.plan import GivenPlan
from wcheck.transport.foreign.potentials import Side
from wcheck.transport.solve.result import TransportResult

NO_PLAN = "a plan that needs no solver, as none was given"
Places: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], tuple[int, int]]
"""Which rows and columns carry weight, and how many there are."""


@dataclass(frozen=True, slots=True)
class Below:
    """The lower end, in the unit of the costs.

    Attributes
    ----------
    lower : float
        The bound.
    side : {"u", "v"}
        Whose values it comes from.
    u, v : ndarray, shapes (n,) and (m,)
        Feasible potentials that prove it.
    told : str
        What it comes from.
    scale : float
        What potentials of the cost are, in units of those that were given.
    lessened : bool
        Whether epsilon times the logarithm of the weights was subtracted from what was given.
    estimate, infeasibility : float or None
        The dual value of the potentials as they were given, and by how much a pair of them exceeds its cost at most.
    """

    lower: float
    side: Side
    u: NDArray[np.float64]
    v: NDArray[np.float64]
    told: str
    scale: float
    lessened: bool
    estimate: float | None
    infeasibility: float | None


class Proved(NamedTuple):
    """What potentials of one side prove.

    Attributes
    ----------
    bound : float
        The lower bound.
    facing : ndarray
        The c-transform of the values, on the other side.
    u, v : ndarray
        Feasible potentials that prove the bound.
    """

    bound: float
    facing: NDArray[np.float64]
    u: NDArray[np.float64]
    v: NDArray[np.float64]


class Pairs(Protocol):
    """The costs of all pairs, in a unit of their own, as the lower end asks for them."""

    @property
    def weights(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The weights of rows and of columns."""

    @property
    def p(self) -> int | None:
        """The exponent of the cost, None of a matrix."""

    @property
    def spread(self) -> float:
        """How far below the largest potential of a side one has no effect."""

    def in_unit(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return potentials in the unit."""

    def sample(self, side: Side) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Draw points that face ``side``; return which, and the costs from each of them to all of ``side``."""

    def lower(self, side: Side, values: NDArray[np.float64]) -> Proved:
        """Return what the values prove, by one pass over all pairs."""

    @property
    def places(self) -> Places:
        """Which rows and columns carry weight, of all."""

    def allowed(self, plan: GivenPlan) -> GivenPlan:
        """Return a plan without the mass that it sends where none may go."""

    def ground(self) -> Ground:
        """Return what plans are measured by."""

    def upper(self, mended: Mended) -> float:
        """Return what a mended plan proves."""

    def upper_without(self, below: Below, epsilon: float | None) -> tuple[float, str]:
        """Return an upper bound where no plan is given, and what it comes from."""

    def bracket(self, lower: float, upper: float) -> Bracket:
        """Return the bracket, in the unit of the points or of the matrix."""

    def closed(self, bracket: Bracket, tol: float, mended: Mended | None) -> bool:
        """Whether a bracket is as narrow as was asked."""

    def shown(self, value: float) -> float:
        """Return a cost in the unit of the bracket; not rounded outward."""

    def cost_shown(self, value: float) -> float:
        """Return a cost in the unit of costs."""

    def polish(
        self, below: Below, mended: Mended | None, tol: float, seconds: float, report: Report
    ) -> TransportResult:
        """Solve from where a plan and potentials have got, for some seconds at most."""
