r"""Certificates for other people's answers: what a plan, a permutation or potentials prove of the distance.

A plan that has the right marginals costs at least the distance; one that has not is mended first, and the mending is
paid for (:mod:`mend`). From any numbers v on the target points, ``u_i = min_j (c_ij - v_j)`` is feasible, and the dual
value of (u, v) is at most the distance (:mod:`potentials` says how numbers are read). Neither asks who computed them.
"""

from __future__ import annotations

import numbers
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.device import check_device
from wcheck.errors import ParameterError
from wcheck.progress import Report, interruptible, silent
from wcheck.rng import generator
from wcheck.threads import patient
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.cost.exponent import exponent
from wcheck.transport.cost.metric import Metric, metric_of
from wcheck.transport.foreign.certificate import Certificate, Standing
from wcheck.transport.foreign.lower import lower_end
from wcheck.transport.foreign.matrix import Matrix
from wcheck.transport.foreign.mend import Mended, mend
from wcheck.transport.foreign.pairs import Below, Pairs, Places
from wcheck.transport.foreign.plan import read_plan
from wcheck.transport.foreign.points import Points
from wcheck.transport.foreign.potentials import read_potentials
from wcheck.transport.solve.budget import as_bytes
from wcheck.transport.solve.exact import check_tolerance
from wcheck.transport.solve.problem import Problem

NOT_MENDED = "it cannot be repaired, and the bound comes from a plan that needs no solver"


def certify(
    x: Any = None,
    y: Any = None,
    a: Any = None,
    b: Any = None,
    *,
    cost: Any = None,
    plan: Any = None,
    potentials: Any = None,
    p: int = 1,
    metric: str | Callable[..., Any] | Metric = "euclidean",
    epsilon: float | None = None,
    polish: float | None = None,
    tol: float = 1e-6,
    device: str = "cpu",
    memory: int | str | None = None,
    seed: int = 0,
    report: Report = silent,
) -> Certificate:
    r"""Bracket the Wasserstein distance by a plan or potentials of another solver, or both.

    .. math:: \sum_i a_i \min_j (c_{ij} - v_j) + \sum_j b_j v_j \le W_p^p \le \sum_{ij} \pi_{ij} c_{ij}, \quad
        c_{ij} = d(x_i, y_j)^p

    Nothing is trusted: infeasible potentials are made feasible by their c-transform, wrong marginals are corrected and
    the correction is added to the cost, and rounding is bounded. If only one of the two is given, the other bound comes
    from a plan, or from potentials, that need no solver.

    Parameters
    ----------
    x, y : array, tensor, data frame or Measure, shapes (n, d) and (m, d)
        The points; not allowed with ``cost``.
    a, b : array, optional
        Weights, not negative, with totals within 1e-6 of 1; uniform if left out.
    cost : array, tensor or CostMatrix, shape (n, m), optional
        The costs, instead of points, as for :func:`wcheck.exact_cost`: of either sign, and ``inf`` forbids a pair. The
        bracket is that of the least cost, and its width is relative to the sum of mass times ``|cost|``.
    plan : array, tensor or sparse matrix (n, m); integers (n,); (rows, columns); (rows, columns, masses), optional
        The masses of all pairs, dense (POT) or sparse; a permutation, the target point that each source point goes to
        with all its mass; pairs as ``scipy.optimize.linear_sum_assignment`` returns them; pairs with their masses.
    potentials : tuple or mapping of arrays (n,) and (m,), optional
        ``(u, v)``, of which one may be None, or a mapping with the names u and v, f and g, alpha and beta, or log_u and
        log_v. They can have either sign, belong to ``|x - y|^2 / 2``, or, with ``epsilon``, be the scalings of a
        Sinkhorn iteration or their logarithms. The reading that proves most is used, and ``potentials_read_as`` names
        it.
    p : {1, 2}
        The exponent.
    metric : str or callable
        The ground metric d, as for :func:`wcheck.exact`; costs are ``d(x_i, y_j)^p``.
    epsilon : float, optional
        The regularisation with which the potentials were computed, in units of their cost. If no plan is given, the
        upper bound is the cost of the resulting entropic plan, rounded to the marginals (only for the Euclidean
        metric).
    polish : float, optional
        The time in seconds for which the solve may continue from this answer to close the bracket.
    tol : float
        The relative width at which the bracket counts as closed: ``upper - lower <= tol * upper``.
    device : str
        The device on which the scan over all pairs runs.
    memory : int or str, optional
        The memory for wcheck's own copies and lists, in bytes or as ``"2GiB"``; a quarter of the free memory if left
        out.
    seed : int
        The seed of random samples, which affect the amount of work and the choice between readings.
    report : callable
        Progress, see :mod:`wcheck.progress`.

    Returns
    -------
    Certificate

    Raises
    ------
    ParameterError
        If neither a plan nor potentials are given, if they do not fit the points or contain NaN, or if a parameter is
        not as described.
    InfeasibleError
        If every plan uses a forbidden pair of ``cost``.

    Examples
    --------
    >>> certify([[0.0], [1.0]], [[1.5], [0.5]], plan=[1, 0], potentials=([0.0, -1.0], None)).bracket
    Bracket(lower=0.5, upper=0.5, target='empirical')
    """
    begun = time.monotonic()
    _check_options(plan, potentials, epsilon, polish, tol, device)
    random = generator(seed, "certify")
    report("certify", 0.0, 0.0, "reading the costs")
    pairs: Pairs
    if cost is not None:
        of_points = {
            "p": p != 1,
            "metric": metric != "euclidean",
            "memory": memory is not None,
            "device": device != "cpu",
        }
        if x is not None or y is not None:
            raise ParameterError("--cost gives the costs, and so do points: give one or the other.")
        if any(of_points.values()):
            name = next(name for name, given in of_points.items() if given)
            raise ParameterError(f"--{name} is for points, but --cost is a matrix: give one or the other.")
        pairs = Matrix(cost, a, b, random)
    elif x is None or y is None:
        raise ParameterError("there are no costs: give two sets of points, or a cost matrix.")
    else:
        budget = as_bytes(memory)
        problem = Problem.of(x, y, a, b, exponent(p), metric_of(metric), budget // 2)
        pairs = Points(problem, device, budget, random)
    given = None if plan is None else pairs.allowed(read_plan(plan, *pairs.places, pairs.weights[0]))
    theirs = None if potentials is None else read_potentials(potentials, *pairs.places)
    with interruptible(), patient():
        report("certify", 0.0, 0.0, "the plan")
        mended = None if given is None else mend(given, pairs.ground())
        report("certify", 0.0, 0.0, "the potentials")
        below = lower_end(pairs, theirs, epsilon)
        if given is None or mended is None:
            upper, above = pairs.upper_without(below, epsilon)
        else:
            upper, above = pairs.upper(mended), given.told()
        if not np.isfinite(upper):
            upper, above = pairs.upper_without(below, None)[0], f"{above}; {NOT_MENDED}"
    bracket = pairs.bracket(below.lower, upper)
    status: Standing = "optimal" if pairs.closed(bracket, tol, mended) else "certified"
    solved = None
    if polish is not None and status != "optimal":
        solved = pairs.polish(below, mended, tol, polish, report)
        lower = max(bracket.lower, solved.bracket.lower)
        bracket = Bracket(lower, max(lower, min(bracket.upper, solved.bracket.upper)))
        status = solved.status
    return Certificate(
        bracket,
        pairs.p,
        status,
        above,
        below.told,
        None if mended is None else pairs.shown(mended.cost),
        None if mended is None else mended.violation,
        None if below.estimate is None else pairs.shown(below.estimate),
        None if below.infeasibility is None else pairs.cost_shown(below.infeasibility),
        _sparse(mended, above, pairs.places) if solved is None else solved.plan,
        _whole(pairs, below) if solved is None else solved.potentials,
        time.monotonic() - begun,
    )


def _sparse(mended: Mended | None, above: str, places: Places) -> scipy.sparse.coo_array | None:
    """Return the mended plan of all points, where it proves the upper bound and has few pairs."""
    if mended is None or mended.arcs is None or above.endswith(NOT_MENDED):
        return None
    (rows, columns, shape), (i, j, mass) = places, mended.arcs
    return scipy.sparse.coo_array((mass / mass.sum(), (rows[i], columns[j])), shape=shape)


def _whole(pairs: Pairs, below: Below) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return potentials of all points, in the unit of costs."""
    rows, columns, shape = pairs.places
    whole = []
    for own, index, size in zip((below.u, below.v), (rows, columns), shape, strict=True):
        potential = np.full(size, -np.inf)
        potential[index] = pairs.cost_shown(1.0) * own
        whole.append(potential)
    return whole[0], whole[1]


def _check_options(
    plan: Any, potentials: Any, epsilon: float | None, polish: float | None, tol: float, device: str
) -> None:
    """Raise a ParameterError if an option is not allowed, before any points are read."""
    if plan is None and potentials is None:
        raise ParameterError("there is nothing to certify: give a plan, a permutation or potentials.")
    for name, value in (("epsilon", epsilon), ("polish", polish)):
        if value is not None and not (isinstance(value, numbers.Real) and 0 < value < float("inf")):
            raise ParameterError(f"--{name} is {value!r}: give a finite number above 0.")
    if epsilon is not None and potentials is None:
        raise ParameterError(
            f"--epsilon {epsilon:g} says how --potentials are read, and none are given: leave it out."
        )
    check_tolerance(tol)
    check_device(device)
