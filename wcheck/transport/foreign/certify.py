r"""Certificates for other people's answers: what a plan, a permutation or potentials prove of the distance.

A plan that has the right marginals costs at least the distance; one that has not is mended first, and the mending is
paid for (:mod:`mend`). From any numbers v on the target points, ``u_i = min_j (c_ij - v_j)`` is feasible, and the dual
value of (u, v) is at most the distance (:mod:`potentials` says how numbers are read). Neither asks who computed them.
"""

from __future__ import annotations

import numbers
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.device import check_device
from wcheck.errors import ParameterError
from wcheck.progress import Report, interruptible, silent
from wcheck.rng import generator
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.cost.costs import EuclideanCosts
from wcheck.transport.cost.exponent import exponent
from wcheck.transport.cost.metric import Metric, metric_of
from wcheck.transport.foreign.certificate import Certificate, Standing
from wcheck.transport.foreign.entropic import entropic_upper
from wcheck.transport.foreign.lower import Below, lower_end
from wcheck.transport.foreign.mend import Mended, mend
from wcheck.transport.foreign.plan import GivenPlan, Part, read_plan
from wcheck.transport.foreign.points import Points
from wcheck.transport.foreign.polish import polish as go_on
from wcheck.transport.foreign.potentials import read_potentials
from wcheck.transport.programs.program import Best
from wcheck.transport.solve.budget import as_bytes
from wcheck.transport.solve.exact import check_tolerance
from wcheck.transport.solve.problem import Problem

NOTHING = "a plan that needs no solver, as none was given"
Places: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], tuple[int, int]]
"""Which points carry weight, and how many there are."""


def certify(
    x: Any,
    y: Any,
    a: Any = None,
    b: Any = None,
    *,
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
    r"""Bracket the Wasserstein distance by somebody else's plan or potentials, or both.

    .. math:: \sum_i a_i \min_j (c_{ij} - v_j) + \sum_j b_j v_j \le W_p^p \le \sum_{ij} \pi_{ij} c_{ij}, \quad
        c_{ij} = d(x_i, y_j)^p

    Nothing is trusted: infeasible potentials are made feasible by their c-transform, marginals that are off are mended
    and paid for, rounding is bounded. Where only one of the two is given, the other bound is that of a plan, or of
    potentials, that need no solver.

    Parameters
    ----------
    x, y : array, tensor, data frame or Measure, shapes (n, d) and (m, d)
        The points.
    a, b : array, optional
        Weights, not negative, with totals within 1e-6 of 1; uniform if left out.
    plan : array, tensor or sparse matrix (n, m); integers (n,); (rows, columns); (rows, columns, masses), optional
        The masses of all pairs, dense (POT) or sparse; a permutation, the target point that each source point goes to
        with all its mass; pairs as ``scipy.optimize.linear_sum_assignment`` returns them; pairs with their masses.
    potentials : tuple or mapping of arrays (n,) and (m,), optional
        ``(u, v)``, of which one may be None, or a mapping with the names u and v, f and g, alpha and beta, or log_u and
        log_v. They may have either sign, be those of ``|x - y|^2 / 2``, and with ``epsilon`` scalings of a Sinkhorn
        iteration or their logarithms: whichever reading proves most is taken, and told in ``potentials_read_as``.
    p : {1, 2}
        The exponent.
    metric : str or callable
        The ground metric d, as for :func:`wcheck.exact`; costs are ``d(x_i, y_j)^p``.
    epsilon : float, optional
        The regularisation that the potentials belong to, in units of the cost that they are of. Where no plan is given,
        the upper bound is that of the entropic plan that they make with it, rounded to the marginals (with the metric
        euclidean).
    polish : float, optional
        Seconds for which to go on from there, until the bracket is closed.
    tol : float
        The relative width at which the bracket is closed: ``upper - lower <= tol * upper``.
    device : str
        Where the scan over all pairs runs.
    memory : int or str, optional
        Bytes, or ``"2GiB"``, for wcheck's own copies and lists; a quarter of what is free if left out.
    seed : int
        The seed of samples, which decide how much work is done and, among readings, which is taken.
    report : callable
        Progress, see :mod:`wcheck.progress`.

    Returns
    -------
    Certificate

    Raises
    ------
    ParameterError
        If neither plan nor potentials are given, they do not fit the points or hold NaN, or a parameter is not as
        described.

    Examples
    --------
    >>> certify([[0.0], [1.0]], [[1.5], [0.5]], plan=[1, 0], potentials=([0.0, -1.0], None)).bracket
    Bracket(lower=0.5, upper=0.5, target='empirical')
    """
    begun = time.monotonic()
    p = exponent(p)
    _check_options(plan, potentials, epsilon, polish, tol, device)
    budget = as_bytes(memory)
    problem = Problem.of(x, y, a, b, p, metric_of(metric), budget // 2)
    random = generator(seed, "certify")
    report("certify", 0.0, 0.0, "reading the points")
    pairs = Points(problem, device, budget, random)
    shape = len(problem.given[0]), len(problem.given[1])
    places = problem.rows, problem.columns, shape
    given = None if plan is None else read_plan(plan, *places, pairs.weights[0])
    theirs = None if potentials is None else read_potentials(potentials, *places)
    with interruptible():
        report("certify", 0.0, 0.0, "the plan")
        mended = None if given is None else mend(given, pairs.ground())
        report("certify", 0.0, 0.0, "the potentials")
        below = lower_end(pairs, theirs, epsilon)
        upper, above = _upper_end(
            problem, pairs, given, mended, below, None if theirs is None else epsilon, device
        )
    bracket = pairs.bracket(below.lower, upper)
    status: Standing = "optimal" if bracket.relative_gap <= tol else "certified"
    arcs = None if mended is None else mended.arcs
    solved = None
    if polish is not None and status != "optimal":
        solved = go_on(problem, pairs, below, mended, tol, polish, random, report)
        bracket = Bracket(max(bracket.lower, solved.bracket.lower), min(bracket.upper, solved.bracket.upper))
        status = "optimal" if bracket.relative_gap <= tol else solved.status
    return Certificate(
        bracket,
        p,
        status,
        above,
        below.told,
        None if mended is None else pairs.shown(mended.cost),
        None if mended is None else mended.violation,
        0.0 if given is None else given.negative,
        0.0 if given is None else given.astray,
        None if below.estimate is None else pairs.shown(below.estimate),
        None if below.infeasibility is None else pairs.cost_shown(below.infeasibility),
        _sparse(arcs, places) if solved is None else solved.plan,
        _whole(pairs, below, places) if solved is None else solved.potentials,
        time.monotonic() - begun,
    )


def _upper_end(
    problem: Problem,
    pairs: Points,
    given: GivenPlan | None,
    mended: Mended | None,
    below: Below,
    epsilon: float | None,
    device: str,
) -> tuple[float, str]:
    """Return the upper bound, in the unit of the pairs, and what it comes from."""
    if given is not None and mended is not None:
        return mended.value + mended.paid, f"{given.form}{_left_out(given)}"
    if epsilon is not None and isinstance(problem.costs, EuclideanCosts):
        upper = entropic_upper(problem, below, epsilon, device)
        for _ in range(problem.p):
            upper = float(np.nextafter(upper / problem.costs.unit, np.inf))
        return upper, "the entropic plan of the potentials, rounded to the marginals"
    return Best.of(pairs.program).upper, NOTHING


def _left_out(given: GivenPlan) -> str:
    """Say what of a plan was not taken."""
    told = [
        f"{amount:.3g} of {what}"
        for amount, what in (
            (given.negative, "negative mass"),
            (given.astray, "mass at points without weight"),
        )
        if amount > 0.0
    ]
    return f", without {' and '.join(told)}" if told else ""


def _sparse(arcs: Part | None, places: Places) -> scipy.sparse.coo_array | None:
    """Return a plan of all points."""
    if arcs is None:
        return None
    (rows, columns, shape), (i, j, mass) = places, arcs
    return scipy.sparse.coo_array((mass / mass.sum(), (rows[i], columns[j])), shape=shape)


def _whole(pairs: Points, below: Below, places: Places) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return potentials of all points, in the points' unit to the p-th power."""
    whole = []
    for own, index, size in zip((below.u, below.v), places[:2], places[2], strict=True):
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
    check_tolerance(tol)
    check_device(device)
