"""``ot.emd`` and ``ot.emd2`` by :func:`wcheck.exact_cost`: POT's signatures and results, with a certificate.

To switch from POT, write ``from wcheck import pot as ot``. If there are several optimal plans, the plan can differ from
the one that POT finds. POT itself is not imported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wcheck.errors import ParameterError, SolverError
from wcheck.measures.sparse_cost import sparse_cost

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.cost import CostMatrix
    from wcheck.transport.solve.result import TransportResult

__all__ = ["emd", "emd2"]

TOL = 1e-9
"""The relative width of the bracket."""
SAME_MASS = 1.5e-6
"""The largest difference between the totals of a and b, as in POT."""


def emd(
    a: Any,
    b: Any,
    M: Any,
    numItermax: int = 100000,
    log: bool = False,
    center_dual: bool = True,
    numThreads: int = 1,
    check_marginals: bool = True,
    potentials_init: Any = None,
) -> Any:
    r"""Return an optimal plan.

    .. math:: \gamma^* = \arg\min_{\gamma \ge 0,\ \gamma 1 = a,\ \gamma^T 1 = b} \langle \gamma, M \rangle

    Parameters
    ----------
    a, b : array, tensor or list, shapes (n,) and (m,)
        The masses, with any total that is the same for both; empty or None for uniform masses.
    M : array or tensor, shape (n, m), or a sparse one
        The costs. ``inf`` forbids a pair; in a sparse matrix, pairs without an entry are forbidden.
    numItermax, numThreads, potentials_init
        Ignored: the solve ends when its result is certified.
    log : bool
        Whether a dictionary is returned as well.
    center_dual : bool
        Whether potentials are shifted so that ``sum a u = sum b v``.
    check_marginals : bool
        Whether different totals are refused; b is scaled to the total of a in any case.

    Returns
    -------
    plan : array or tensor, shape (n, m)
        The plan, in floating point: a tensor if a, b or M is one, otherwise an array; sparse (COO) if M is sparse.
    log : dict
        ``cost``, ``u``, ``v``, ``warning`` (None) and ``result_code`` (1), as in POT, and the certified bracket of the
        cost, ``lower`` and ``upper``.

    Raises
    ------
    ParameterError
        If shapes or totals differ, or a mass or a cost is not allowed.
    InfeasibleError
        If every plan uses a forbidden pair.
    SolverError
        If the bracket cannot be made as narrow as a relative 1e-9.

    Examples
    --------
    >>> emd([0.5, 0.5], [0.5, 0.5], [[0.0, 1.0], [1.0, 0.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    solved = _Problem.of(M).solve(a, b, center_dual, check_marginals)
    plan = solved.plan()
    return (plan, solved.log()) if log else plan


def emd2(
    a: Any,
    b: Any,
    M: Any,
    processes: int = 1,
    numItermax: int = 100000,
    log: bool = False,
    return_matrix: bool = False,
    center_dual: bool = True,
    numThreads: int = 1,
    check_marginals: bool = True,
    potentials_init: Any = None,
) -> Any:
    r"""Return the least cost, ``min <plan, M>``; for the parameters see :func:`emd`.

    If a, b or M is a tensor, so is the cost, with the same gradients as in POT: the plan for M, and the potentials
    minus their means for a and b.

    Parameters
    ----------
    b : array, tensor or list, shape (m,) or (m, k)
        The masses of the target; with two axes, these are k problems.
    return_matrix : bool
        Whether the plan is returned in the dictionary, as ``G``.

    Returns
    -------
    cost : float or tensor
        The least cost; for k problems, a list of k costs.
    log : dict
        Returned with ``log`` or ``return_matrix``; as in POT, the pair of cost and dictionary is then a list.

    Raises
    ------
    ParameterError, InfeasibleError, SolverError
        As :func:`emd`.

    Examples
    --------
    >>> emd2([0.5, 0.5], [1.0], [[1.0], [2.0]])
    1.5
    """
    problem = _Problem.of(M)

    def one(mass: Any) -> Any:
        solved = problem.solve(a, mass, center_dual, check_marginals)
        cost = solved.cost()
        if not (log or return_matrix):
            return cost
        more = solved.log() | {"cost": cost}
        return [cost, more | ({"G": solved.plan()} if return_matrix else {})]

    if isinstance(b, list):
        from wcheck.measures.arraylike import as_array

        b = as_array(b, "b")
    if getattr(b, "ndim", 1) == 2:
        return [one(b[:, k]) for k in range(b.shape[1])]
    return one(b)


@dataclass(frozen=True)
class _Problem:
    """Costs as they were given, and read."""

    given: Any
    costs: CostMatrix
    is_sparse: bool

    @staticmethod
    def of(costs: Any) -> _Problem:
        from wcheck.measures.cost import CostMatrix

        sparse = sparse_cost(costs, "M")
        return _Problem(costs, CostMatrix.of(costs, "M") if sparse is None else sparse, sparse is not None)

    def solve(self, a: Any, b: Any, center_dual: bool, check_marginals: bool) -> _Solved:
        """Solve for masses a and b."""
        from wcheck.transport.solve.cost import exact_cost

        sides = zip("ab", (a, b), self.costs.shape, strict=True)
        masses = [_masses(name, side, size) for name, side, size in sides]
        totals = [math.fsum(mass) for mass in masses]
        if min(totals) <= 0.0 or not math.isfinite(sum(totals)):
            raise ParameterError(
                f"a and b have totals {totals[0]!r} and {totals[1]!r}: give masses of a total above 0."
            )
        if check_marginals and abs(totals[0] - totals[1]) >= SAME_MASS:
            raise ParameterError(
                f"a has total {totals[0]!r} and b has total {totals[1]!r}: both have the same mass; rescale one, or "
                "give check_marginals=False, which scales b."
            )
        weights = (mass / total for mass, total in zip(masses, totals, strict=True))
        found = exact_cost(self.costs, *weights, tol=TOL)
        if found.status != "optimal" and found.status != "rounding":
            raise SolverError(
                f"the bracket {found.bracket} is wider than {TOL:g}: use wcheck.exact_cost instead."
            )
        u, v = found.potentials
        if center_dual:
            used = [mass > 0.0 for mass in masses]
            means = [
                float(mass[some] @ potential[some]) / total
                for mass, some, potential, total in zip(masses, used, (u, v), totals, strict=True)
            ]
            u, v = u + 0.5 * (means[1] - means[0]), v - 0.5 * (means[1] - means[0])
        return _Solved(self, a, b, totals[0], found, u, v)


@dataclass(frozen=True)
class _Solved:
    """A solution, in the kind of the arrays that were given."""

    problem: _Problem
    a: Any
    b: Any
    total: float
    found: TransportResult
    u: NDArray[np.float64]
    v: NDArray[np.float64]

    def plan(self) -> Any:
        """Return the plan."""
        plan = self.found.plan * self.total
        if not self.problem.is_sparse:
            return self._alike(plan.toarray())
        like = self._like()
        if not hasattr(like, "detach"):
            return plan.astype(self._alike(0.0).dtype)
        import torch

        index = torch.tensor([index.tolist() for index in plan.tocoo().coords], device=like.device)
        return torch.sparse_coo_tensor(index, self._alike(plan.data), plan.shape, check_invariants=True)

    def log(self) -> dict[str, Any]:
        """Return what POT does, and the bracket."""
        bracket = self.found.bracket
        return {
            "cost": self.found.value * self.total,
            "u": self._alike(self.u),
            "v": self._alike(self.v),
            "warning": None,
            "result_code": 1,
            "lower": bracket.lower * self.total,
            "upper": bracket.upper * self.total,
        }

    def cost(self) -> Any:
        """Return the cost; of tensors one with gradients: the plan in M, and the potentials less their means."""
        value, like = self.found.value * self.total, self._like()
        if not hasattr(like, "detach"):
            return value
        cost = self._alike(value)
        centred = self.u - self.u.mean(), self.v - self.v.mean()
        for given, slope in ((self.a, centred[0]), (self.b, centred[1])):
            if hasattr(given, "requires_grad") and len(given):
                cost = cost + (self._alike(slope) * (given - given.detach())).sum()
        costs = self.problem.given
        if hasattr(costs, "requires_grad") and not self.problem.is_sparse:
            cost = (
                cost
                + (self._alike(self.found.plan.toarray() * self.total) * (costs - costs.detach()))
                .nan_to_num()
                .sum()
            )
        return cost

    def _like(self) -> Any:
        """Return the first tensor that was given, or None."""
        given = (self.a, self.b, self.problem.given)
        return next((one for one in given if hasattr(one, "detach")), None)

    def _alike(self, values: Any) -> Any:
        """Return numbers as a tensor like the first that was given, or in the floating point of the first array."""
        import numpy as np

        like = self._like()
        if like is not None:
            import torch

            dtype = like.dtype if like.is_floating_point() else torch.float64
            return torch.as_tensor(values, dtype=dtype, device=like.device)
        given = (one for one in (self.a, self.b, self.problem.given) if one is not None and np.size(one))
        held = np.dtype(getattr(next(given, None), "dtype", np.float64))
        return np.asarray(values).astype(held if held.kind == "f" else np.float64)


def _masses(name: str, given: Any, size: int) -> NDArray[np.float64]:
    """Return masses; uniform ones for an empty array."""
    import numpy as np

    from wcheck.measures.arraylike import as_weights

    if given is None or len(given) == 0:
        return np.full(size, 1.0 / size)
    masses = as_weights(given, name)
    if masses.shape != (size,):
        raise ParameterError(
            f"{name} has shape {masses.shape}, but M has {size} masses on that side: give one for each."
        )
    return masses
