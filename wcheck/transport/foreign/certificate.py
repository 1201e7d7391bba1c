"""What :func:`wcheck.certify` returns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING
from typing import Literal

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.columns.html import shown
from wcheck.columns.rounding import between, rounded
from wcheck.transport.bounds.certificate import Bracket

Standing = Literal["optimal", "certified", "rounding", "time_limit", "interrupted", "stalled"]


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """What the plan and the potentials of another solver prove.

    Attributes
    ----------
    bracket : Bracket
        The bracket of the distance or, for a cost matrix, of the least cost; certified, rounding included.
    p : {1, 2} or None
        The exponent; None for a cost matrix.
    status : {"optimal", "certified", "rounding", "time_limit", "interrupted", "stalled"}
        ``optimal``: the bracket is as narrow as ``tol`` asks. ``certified``: it is wider, and ``polish`` was not given.
        The others are those of :func:`wcheck.exact`, after ``polish``.
    plan_read_as, potentials_read_as : str
        The origins of the two bounds: how the plan was given, how the potentials were read, or what was used in their
        place.
    transport_cost : float or None
        The cost of the plan as it was given (its p-th root), which is not a bound unless its marginals are exact.
    marginal_violation : float or None
        ``sum_i |(plan 1)_i - a_i| + sum_j |(plan^T 1)_j - b_j|`` of the plan as it was given; the upper bound takes it
        into account.
    estimate : float or None
        ``sum a_i u_i + sum b_j v_j`` of the potentials as they were given and read (its p-th root), which is not a
        bound unless they are feasible.
    infeasibility : float or None
        ``max_ij (u_i + v_j - c_ij)``, at least 0, of the potentials as they were given and read, in units of the cost;
        rounded up.
    plan : scipy.sparse.coo_array or None, shape (n, m)
        A plan that proves the upper bound; None where a dense plan was given, which proves it itself once its marginals
        are corrected.
    potentials : tuple of ndarray, shapes (n,) and (m,)
        Feasible potentials that prove the lower bound, in units of the cost; ``-inf`` at points without weight.
    seconds : float
        Wall time.

    Examples
    --------
    >>> import wcheck
    >>> found = wcheck.certify([[0.0], [1.0]], [[0.0], [1.0]], plan=[1, 0])
    >>> found.bracket.lower, found.bracket.upper
    (0.0, 1.0)
    """

    bracket: Bracket
    p: int | None
    status: Standing
    plan_read_as: str
    potentials_read_as: str
    transport_cost: float | None
    marginal_violation: float | None
    estimate: float | None
    infeasibility: float | None
    plan: scipy.sparse.coo_array | None
    potentials: tuple[NDArray[np.float64], NDArray[np.float64]]
    seconds: float

    def __repr__(self) -> str:
        """Say what ``str`` says: no matrix, in a line."""
        return f"Certificate({self})"

    def __str__(self) -> str:
        """Name the bracket, where its ends are from, and its status: a line."""
        what = "least cost" if self.p is None else f"Wasserstein-{self.p} distance"
        bracket = between(self.bracket.lower, self.bracket.upper)
        return f"{what} at most {rounded(self.value, direction=ROUND_CEILING)}, certified {bracket} ({self.status})"

    def _repr_html_(self) -> str:
        """Show the bracket and where its ends come from in a notebook."""
        row = {
            "lower": self.bracket.lower,
            "upper": self.bracket.upper,
            "status": self.status,
            "plan_read_as": self.plan_read_as,
            "transport_cost": self.transport_cost,
            "marginal_violation": self.marginal_violation,
            "potentials_read_as": self.potentials_read_as,
            "estimate": self.estimate,
            "infeasibility": self.infeasibility,
            "seconds": self.seconds,
        }
        return shown(
            "Least cost by a matrix" if self.p is None else f"Empirical Wasserstein-{self.p} distance", row
        )

    @property
    def value(self) -> float:
        """The upper bound."""
        return self.bracket.upper

    @property
    def gap(self) -> float:
        """The width of the bracket."""
        return self.bracket.gap
