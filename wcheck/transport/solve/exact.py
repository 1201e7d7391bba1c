r"""Exact Wasserstein distances between finite measures, with a certificate.

The linear program over all n m pairs has an optimal plan on at most n + m - 1 of them. So a *restricted* program
over a sparse set of arcs is solved, every pair is *priced* against its dual, the violating ones are added, and so on
(column generation, :mod:`columns`). When the certified lower bound meets the plan's cost, the answer is exact, by a
proof that does not depend on how the arcs were chosen (:mod:`certificate`). Few pairs are solved all at once
(:mod:`small`), and points on a line are sorted (:mod:`line`), however many coordinates they have.
"""

from __future__ import annotations

import hashlib
import math
import numbers
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from wcheck.device import check_device
from wcheck.errors import ParameterError
from wcheck.progress import Report, interruptible, silent
from wcheck.rng import check_seed, generator
from wcheck.threads import patient
from wcheck.transport.cluster.connection import Cluster, Connection, connect
from wcheck.transport.cost.costs import EuclideanCosts
from wcheck.transport.cost.direct import WORK, by_parts
from wcheck.transport.cost.exponent import exponent
from wcheck.transport.cost.metric import EUCLIDEAN, Metric, metric_of
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.refinement import PLAIN_TOL
from wcheck.transport.programs.transport import compile_kernels
from wcheck.transport.scans.euclidean import Euclidean
from wcheck.transport.solve.budget import WORKSPACE, Shares, as_bytes, require, shares
from wcheck.transport.solve.checkpoint import Checkpoint
from wcheck.transport.solve.clock import Clock, OutOfTime
from wcheck.transport.solve.columns import solve
from wcheck.transport.solve.level import Level
from wcheck.transport.solve.line import offer_line, solve_line
from wcheck.transport.solve.problem import Problem
from wcheck.transport.solve.result import Status, TransportResult, result_of
from wcheck.transport.solve.small import is_small, solve_at_once, solve_small
from wcheck.transport.solve.unmatched import at_price, check_objective, of_mass

WIDE = 2
"""With more than so many columns for each row, a problem is scanned with its sides exchanged: pairs are found by row.
Costs that are not Euclidean would have to be turned block by block, and nothing would be gained."""
FEW = 40
"""Points a side of a problem that is solved to have all compiled."""
LINE_BYTES = 128
"""Bytes per point that sorting, plan and potentials take on the line."""


def exact(
    x: Any,
    y: Any,
    a: Any = None,
    b: Any = None,
    *,
    p: int = 1,
    metric: str | Callable[..., Any] | Metric = "euclidean",
    partial: float | None = None,
    penalty_unmatched: float | None = None,
    tol: float = 1e-6,
    device: str = "cpu",
    memory: int | str | None = None,
    time_limit: float | None = None,
    checkpoint: str | Path | None = None,
    dask: str | Cluster | None = None,
    seed: int = 0,
    report: Report = silent,
) -> TransportResult:
    r"""Compute the Wasserstein distance between two finite measures, exactly and with a certificate.

    .. math:: W_p^p = \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} d(x_i, y_j)^p

    Parameters
    ----------
    x, y : array, tensor, data frame or Measure, shapes (n, d) and (m, d)
        The points. Columns of data frames are matched by their names; see :meth:`Measure.of`.
    a, b : array or str, optional
        Weights, not negative, with totals within 1e-6 of 1, or the name of a data frame's column; uniform, of total 1,
        if left out. The weights are divided by their exact total. With ``partial`` or ``penalty_unmatched``, they are
        masses of any total and are used unchanged.
    p : {1, 2}
        The exponent.
    metric : {"euclidean", "cityblock", "chebyshev", "cosine", "angular", "haversine"}, str or callable
        The ground metric d. ``cosine`` is ``1 - cos`` of the angle between two points, which violates the triangle
        inequality; ``angular`` is that angle in radians. Both refuse zero vectors. ``haversine`` takes (latitude,
        longitude) in degrees and returns kilometres on a sphere of radius 6371.0088 km. ``"module:function"`` or a
        function maps blocks ``(k, d)`` and ``(l, d)`` of points to costs ``(k, l)``, finite and not negative, and the
        bracket is certified for the costs that it returns. For metrics other than the Euclidean one, all costs are
        computed block by block on the CPU.
    partial : float, optional
        A mass S, at most the smaller of the two totals. The result is then the least cost of moving exactly this mass,
        ``min sum pi_ij d(x_i, y_j)^p`` over plans of total S whose marginals are at most a and b; this is not ``W_p``.
    penalty_unmatched : float, optional
        A cost L for each unit of mass that is left unmatched on either side. The result is then the minimum of ``sum
        pi_ij d(x_i, y_j)^p + L (sum a + sum b - 2 sum pi)`` over plans whose marginals are at most a and b, so that
        pairs with a cost above 2 L are never used; this is not ``W_p``.
    tol : float
        Stop when ``upper - lower <= tol * upper``.
    device : str
        The device on which the scans over all pairs run: ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.
    memory : int or str, optional
        The memory for wcheck's own copies and lists, in bytes or as ``"2GiB"``; a quarter of the free memory if left
        out.
    time_limit : float, optional
        The time in seconds after which the best bracket so far is returned, with the status ``time_limit``. It begins
        after compilation, which takes some seconds once per machine.
    checkpoint : path, optional
        A file in which a long solve stores its state every few seconds, and from which it continues. Small problems and
        problems on a line do not use it.
    dask : str or Cluster, optional
        The address of a running Dask cluster whose workers scan all pairs, or a :class:`Cluster`, which also says how
        they get the points. Everything else, and all small problems, are solved on this machine. The answer depends
        neither on the number of workers nor on whether some of them die. It differs from the answer without a cluster
        only by rounding, and both brackets are valid.
    seed : int
        The seed of the random samples from which the first potentials are computed. The answer does not depend on it,
        and the amount of work depends on it only slightly.
    report : callable
        Progress, see :mod:`wcheck.progress`; the note is the bracket so far.

    Returns
    -------
    TransportResult

    Raises
    ------
    ParameterError
        If a parameter or the points are not as described, if ``memory`` is too small, or if no cluster answers.
    SolverError, SourceError
        If the cluster is lost, or if its workers cannot read the points.
    OutputError
        If the checkpoint belongs to other data, or cannot be read or written.

    Examples
    --------
    >>> result = exact([[0.0, 0.0]], [[3.0, 4.0]])
    >>> result.value
    5.0
    """
    begun = time.monotonic()
    p, metric = exponent(p), metric_of(metric)
    check_limits(tol, time_limit)
    check_device(device)
    _check_place(metric, device, dask)
    check_seed(seed)
    budget = as_bytes(memory)
    room = max(0, budget // 2 - WORKSPACE)
    problem = _problem(x, y, a, b, p, metric, room, partial, penalty_unmatched, dask is None)
    if time_limit is not None and not (is_small(problem) or problem.is_line):
        _compile(problem, device, budget, report)
        begun = time.monotonic()
    clock = Clock(begun + time_limit) if time_limit is not None else Clock()
    plain = time_limit is None and checkpoint is None and dask is None and device == "cpu"
    with connect(dask) as cluster:
        early: Status | None = None
        if problem.is_line:
            best = _solve_on_line(problem, budget)
        elif is_small(problem):
            best = solve_small(problem, tol, budget)
        elif plain and (found := solve_at_once(problem, tol, budget)) is not None:
            best = found
        else:
            here = device == "cpu" and dask is None
            wide = len(problem.y) > WIDE * len(problem.x) and isinstance(problem.costs, EuclideanCosts)
            tall = problem.turned() if wide else problem
            share = shares(tall.x, tall.y, budget, tall.costs.held, here=here)
            place = device, share, generator(seed, "exact"), clock, checkpoint, cluster
            best, early = _solve_columns(tall, tol, *place, report)
            best = best if tall is problem else problem.turned_back(best)
    return result_of(best, problem, tol, early, time.monotonic() - begun)


def _problem(
    x: Any,
    y: Any,
    a: Any,
    b: Any,
    p: int,
    metric: Metric,
    room: int,
    moved: float | None,
    penalty: float | None,
    merging: bool,
) -> Problem:
    if moved is None and penalty is None:
        return Problem.of(x, y, a, b, p, metric, room, merging=merging)
    check_objective(moved, penalty)
    problem = Problem.of(x, y, a, b, p, metric, room, amounts=True)
    return of_mass(problem, moved) if moved is not None else at_price(problem, cast(float, penalty))


def _solve_on_line(problem: Problem, budget: int) -> Best:
    """Solve by sorting."""
    require(problem.x, problem.y, budget, LINE_BYTES * (len(problem.x) + len(problem.y)))
    x, y = (measure.dense()[:, 0] for measure in (problem.x, problem.y))
    costs = cast(EuclideanCosts, problem.costs)
    return solve_line(problem.program(budget), problem.exactly(budget), x, y, costs.unit)


@patient()
def _solve_columns(
    problem: Problem,
    tol: float,
    device: str,
    share: Shares,
    random: np.random.Generator,
    clock: Clock,
    checkpoint: str | Path | None,
    cluster: Connection | None,
    report: Report,
) -> tuple[Best, Status | None]:
    """Solve by column generation; return also why it ended early, if it did."""
    first_gap: list[float] = []

    def tell(best: Best) -> None:
        gap = max(best.relative_gap, 1e-300)
        first_gap.append(gap)
        done = 1.0 if gap <= tol else math.log(first_gap[0] / gap) / math.log(first_gap[0] / max(tol, 1e-15))
        report("exact", min(1.0, max(0.0, done)), 1.0, str(problem.bracket(best)))

    clock = replace(clock, say=lambda what: report("exact", 0.0, 1.0, what))
    clock.say("reading the points")
    program = problem.program(share.room)
    file = _open_checkpoint(checkpoint, problem, program) if checkpoint is not None else None
    best = Best.of(program)
    timed = replace(program, measure=by_parts(program.measure, max(1, WORK // problem.x.dim), clock.check))
    try:
        ground = problem.ground(random, device, cluster, clock.check, share)
        if isinstance(ground, Euclidean) and ground.x.width == 1:
            offer_line(best, ground)
            if best.closed(max(tol, PLAIN_TOL)):
                tell(best)
                return best, None
        with interruptible():
            solve(
                Level(timed, ground),
                best,
                tol,
                share.length,
                random,
                clock,
                tell,
                file.state if file else None,
                file.save if file else lambda _: None,
                lambda: problem.exactly(0, clock.check),
            )
    except OutOfTime:
        return best, "time_limit"
    except KeyboardInterrupt:
        return best, "interrupted"
    report("exact", 1.0, 1.0, str(problem.bracket(best)))
    return best, None


def _compile(problem: Problem, device: str, budget: int, report: Report) -> None:
    """Have all that a time limit is not meant for compiled and loaded, by solving for a few of the points."""
    report("exact", 0.0, 1.0, "compiling")
    share = shares(problem.x, problem.y, budget, problem.costs.held, here=device == "cpu")
    compile_kernels()
    _solve_columns(problem.few(FEW), 0.01, device, share, generator(0, "exact"), Clock(), None, None, silent)


def _open_checkpoint(path: str | Path, problem: Problem, program: Program) -> Checkpoint:
    digest = hashlib.sha256(f"{problem.x.digest()} {problem.y.digest()} {problem.key()}".encode()).hexdigest()
    return Checkpoint(Path(path), digest, (len(program.a), len(program.b)), problem.costs.largest)


def check_limits(tol: float, time_limit: float | None) -> None:
    """Raise a ParameterError unless both say when a solve ends."""
    check_tolerance(tol)
    if time_limit is not None and not (isinstance(time_limit, numbers.Real) and time_limit > 0):
        raise ParameterError(f"time_limit is {time_limit!r}: give a number of seconds above 0.")


def _check_place(metric: Metric, device: str, dask: str | Cluster | None) -> None:
    """Refuse other places than this machine's processors for metrics that are scanned there alone."""
    for name, given, default in (("device", device, "cpu"), ("dask", dask, None)):
        if metric is not EUCLIDEAN and given != default:
            shown = "given" if name == "dask" else repr(given)
            raise ParameterError(
                f"{name} is {shown}, but costs of the metric {metric.name} are computed on this machine's processors "
                f"only: leave --{name} out, or choose the metric euclidean."
            )


def check_tolerance(tol: float) -> None:
    """Raise a ParameterError unless ``tol`` is a finite number of at least 0."""
    if not (isinstance(tol, numbers.Real) and math.isfinite(tol) and tol >= 0):
        raise ParameterError(
            f"tol is {tol!r}: a relative tolerance is a number of at least 0, such as 1e-6; give one."
        )
