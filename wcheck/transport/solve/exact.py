r"""Exact Wasserstein distances between finite measures, with a certificate.

The linear program over all n m pairs has an optimal plan on at most n + m - 1 of them. So a *restricted* program
over a sparse set of arcs is solved, every pair is *priced* against its dual, the violating ones are added, and so on
(column generation, :mod:`columns`). When the certified lower bound meets the plan's cost, the answer is exact, by a
proof that does not depend on how the arcs were chosen (:mod:`certificate`).
"""

from __future__ import annotations

import hashlib
import math
import numbers
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from wcheck.device import check_device
from wcheck.errors import ParameterError
from wcheck.measures.columns import aligned
from wcheck.measures.measure import Measure
from wcheck.progress import Report, interruptible, silent
from wcheck.rng import generator
from wcheck.transport.arithmetic.wide import Wide, common_masses, wide_costs, wide_rounding
from wcheck.transport.bounds.certificate import Bracket
from wcheck.transport.cluster.connection import Cluster, Connection, connect
from wcheck.transport.cluster.remote import elsewhere
from wcheck.transport.cost.direct import WORK, by_parts, measurer
from wcheck.transport.cost.exponent import exponent
from wcheck.transport.cost.frame import Frame, joint_frame
from wcheck.transport.cost.pairs import cost_rounding, cost_underflow, pair_costs
from wcheck.transport.programs.program import Best, Program
from wcheck.transport.programs.refinement import Exactly, refine_over_all
from wcheck.transport.scans.contraction import Features, choose_directions
from wcheck.transport.solve.budget import as_bytes, require, shares
from wcheck.transport.solve.checkpoint import Checkpoint
from wcheck.transport.solve.columns import Clock, Level, OutOfTime, solve
from wcheck.transport.solve.line import solve_line, staircase

FEW = 40
"""Points a side of a problem that is solved to have all compiled."""
DENSE_PAIRS = 250_000
"""Problems of at most so many pairs are solved over all of them."""
DENSE_WORK = 50_000_000
"""... if measuring them takes at most so many differences."""
WIDE_WORK = 32
"""How many times longer a difference takes in sums of two doubles."""
LINE_BYTES = 128
"""Bytes per point that sorting, plan and potentials take on the line."""

Status = Literal["optimal", "rounding", "time_limit", "interrupted", "stalled"]


@dataclass(frozen=True, slots=True, eq=False)
class TransportResult:
    """What :func:`exact` found.

    Attributes
    ----------
    bracket : Bracket
        Of the distance, in the points' unit; certified, rounding included.
    plan : scipy.sparse.coo_array, shape (n, m), float64
        The coupling whose cost is the upper bound; its entries sum to 1.
    potentials : tuple of ndarray, shapes (n,) and (m,), float64
        (u, v) with ``u_i + v_j <= |x_i - y_j|^p`` up to rounding, whose dual value is the lower bound.
    p : int
        The exponent.
    status : {"optimal", "rounding", "time_limit", "interrupted", "stalled"}
        ``optimal``: the bracket as it stands here is as narrow as was asked, ``upper - lower <= tol * upper``, and
        nothing else. ``rounding``: it is not, but rounding explains the gap, and float64 cannot go on.
        ``time_limit``, ``interrupted`` (by Ctrl-C): the best bracket so far. ``stalled``: no pair violates the dual
        beyond the linear program's own rounding, and the gap is wider than rounding explains.
    allowance : float
        How much of the bracket's gap rounding explains, in the points' unit.
    rounds, arcs : int
        Restricted programs solved, and the arcs of the last; 0 and n m where the dense program was solved,
        0 and the plan's arcs on the line.
    seconds : float
        Wall time.
    """

    bracket: Bracket
    plan: scipy.sparse.coo_array
    potentials: tuple[NDArray[np.float64], NDArray[np.float64]]
    p: int
    status: Status
    allowance: float
    rounds: int
    arcs: int
    seconds: float

    @property
    def value(self) -> float:
        """The distance: the upper bound, which is the cost of an actual plan (its p-th root)."""
        return self.bracket.upper


def exact(
    x: Any,
    y: Any,
    a: Any = None,
    b: Any = None,
    *,
    p: int = 1,
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

    .. math:: W_p^p = \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} |x_i - y_j|^p

    Parameters
    ----------
    x, y : array, tensor, data frame or Measure, shapes (n, d) and (m, d)
        The points. Columns of data frames are compared by their names; see :meth:`Measure.of`.
    a, b : array or str, optional
        Weights, not negative, with totals within 1e-6 of 1, or the name of a data frame's column; uniform if left out.
        The measure that is meant has them divided by their exact total.
    p : {1, 2}
        The exponent.
    tol : float
        Stop when ``upper - lower <= tol * upper``.
    device : str
        Where the scans over all pairs run: ``"cpu"``, ``"cuda"``, ``"cuda:1"``.
    memory : int or str, optional
        Bytes, or ``"2GiB"``, for wcheck's own copies and lists; a quarter of what is free if left out.
    time_limit : float, optional
        Seconds after which the best bracket so far is returned, with status ``time_limit``. They begin when all is
        compiled, which takes some seconds once on a machine.
    checkpoint : path, optional
        A file from which a long solve goes on where it was left, and in which it leaves its state every few seconds.
        Small problems and those on the line need none and write none.
    dask : str or Cluster, optional
        The address of a running Dask cluster whose workers scan all pairs; a :class:`Cluster` says besides how they
        come by the points. Nothing else moves there, and small problems stay here. The answer depends neither on the
        number of workers nor on whether some die, and differs from the one without a cluster by rounding at most: both
        brackets are valid.
    seed : int
        Of the random samples that first potentials come from. The answer does not depend on it, the work does a little.
    report : callable
        Progress, see :mod:`wcheck.progress`; the note is the bracket so far.

    Returns
    -------
    TransportResult

    Raises
    ------
    ParameterError
        If a parameter or the points are not as described, or memory is too small; if no cluster answers.
    SolverError, SourceError
        If the cluster is lost, or its workers cannot read the points.
    OutputError
        If the checkpoint belongs to other data, or cannot be read or written.

    Examples
    --------
    >>> result = exact([[0.0, 0.0]], [[3.0, 4.0]])
    >>> result.value
    5.0
    """
    begun = time.monotonic()
    p = exponent(p)
    _check_options(tol, device, time_limit)
    random = generator(seed, "exact")
    budget = as_bytes(memory)
    source, target = (
        Measure.of(points, weights, name=points.name if isinstance(points, Measure) else name)
        for points, weights, name in ((x, a, "x"), (y, b, "y"))
    )
    target = aligned(source, target)
    rows, columns = (np.flatnonzero(measure.weights) for measure in (source, target))
    whole = len(rows) == len(source) and len(columns) == len(target)
    pair = (source, target) if whole else (source.take(rows), target.take(columns))
    problem = _Problem(*pair, joint_frame(*pair), p)
    if time_limit is not None and not (problem.small or problem.x.dim == 1):
        _compile(problem, device, budget, report)
        begun = time.monotonic()
    clock = Clock(begun + time_limit) if time_limit is not None else Clock()
    with connect(dask) as cluster:
        early: Status | None = None
        if problem.x.dim == 1:
            best = _solve_on_line(problem, budget)
        elif problem.small:
            best = _solve_dense(problem, tol, budget)
        else:
            best, early = _solve_columns(
                problem, tol, device, budget, random, clock, checkpoint, cluster, report
            )
    bracket = _bracket(best, problem)
    allowance = _allowance(best, bracket, problem)
    return TransportResult(
        bracket,
        _plan(best, rows, columns, (len(source), len(target))),
        _potentials(best, problem, source, target, rows, columns),
        p,
        _status(bracket, tol, allowance, early),
        allowance,
        best.rounds,
        best.arcs,
        time.monotonic() - begun,
    )


@dataclass(frozen=True, slots=True)
class _Problem:
    """Two measures of positive weights in their frame, and the exponent."""

    x: Measure
    y: Measure
    frame: Frame
    p: int

    @property
    def small(self) -> bool:
        pairs = len(self.x) * len(self.y)
        return pairs <= DENSE_PAIRS and pairs * self.x.dim <= DENSE_WORK

    @property
    def largest(self) -> float:
        """An upper bound of every cost, in frame units."""
        return (self.frame.diameter / self.frame.unit) ** self.p * (1.0 + 1e-12)

    def program(self, room: int) -> Program:
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


def _solve_on_line(problem: _Problem, budget: int) -> Best:
    """Solve by sorting."""
    require(problem.x, problem.y, budget, LINE_BYTES * (len(problem.x) + len(problem.y)))
    x, y = (measure.dense()[:, 0] for measure in (problem.x, problem.y))
    return solve_line(problem.program(budget), problem.exactly(budget), x, y, problem.frame)


def _solve_dense(problem: _Problem, tol: float, budget: int) -> Best:
    """Solve over all pairs, in sums of two doubles where float64 does not close the bracket."""
    n, m = len(problem.x), len(problem.y)
    program = problem.program(budget)
    keys = np.arange(n * m)
    cost = program.measure(*np.divmod(keys, m)).reshape(n, m)
    largest = float(cost.max()) * (1.0 + 2.0 * program.rounding + 2.0**-50) + program.underflow
    program = replace(program, diameter=min(program.diameter, largest))
    basic = program.solve(cost)
    none = np.zeros(n), np.zeros(m)  # what proves 0, where the solver's potentials prove nothing better
    best = Best(program, *none, basic.rows, basic.columns, basic.mass, arcs=cost.size)
    best.offer_plan(basic, cost[basic.rows, basic.columns])
    best.offer_potentials(program.transform(cost, basic.v), basic.v)
    if not best.closed(tol):
        refine_over_all(best, replace(problem.exactly(budget), diameter=program.diameter), basic, tol)
    return best


def _solve_columns(
    problem: _Problem,
    tol: float,
    device: str,
    budget: int,
    random: np.random.Generator,
    clock: Clock,
    checkpoint: str | Path | None,
    cluster: Connection | None,
    report: Report,
) -> tuple[Best, Status | None]:
    """Solve by column generation; return also why it ended early, if it did."""
    length, room = shares(problem.x, problem.y, budget)
    first_gap: list[float] = []

    def tell(best: Best) -> None:
        gap = max(best.relative_gap, 1e-300)
        first_gap.append(gap)
        done = 1.0 if gap <= tol else math.log(first_gap[0] / gap) / math.log(first_gap[0] / max(tol, 1e-15))
        report("exact", min(1.0, max(0.0, done)), 1.0, str(_bracket(best, problem)))

    report("exact", 0.0, 1.0, "reading the points")
    file = _open_checkpoint(checkpoint, problem) if checkpoint is not None else None
    program = problem.program(room)
    best = Best.of(program)
    timed = replace(program, measure=by_parts(program.measure, max(1, WORK // problem.x.dim), clock.check))
    try:
        basis = choose_directions(problem.x, problem.y, problem.frame, problem.p, random)
        x, y = (Features(measure, problem.frame, basis, clock.check) for measure in (problem.x, problem.y))
        remote = (
            elsewhere(cluster, problem.x, problem.y, problem.frame, basis, problem.p, device, clock.check)
            if cluster
            else None
        )
        with interruptible():
            solve(
                Level(timed, x, y, device, remote),
                best,
                tol,
                length,
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
    report("exact", 1.0, 1.0, str(_bracket(best, problem)))
    return best, None


def _compile(problem: _Problem, device: str, budget: int, report: Report) -> None:
    """Have all that a time limit is not meant for compiled and loaded, by solving for a few of the points."""
    report("exact", 0.0, 1.0, "compiling")
    x, y = (measure.take(np.arange(min(len(measure), FEW))) for measure in (problem.x, problem.y))
    few = replace(problem, x=x, y=y)
    _solve_columns(few, 0.01, device, budget, generator(0, "exact"), Clock(), None, None, silent)


def _open_checkpoint(path: str | Path, problem: _Problem) -> Checkpoint:
    digest = hashlib.sha256(f"{problem.x.digest()} {problem.y.digest()} {problem.p}".encode()).hexdigest()
    return Checkpoint(Path(path), digest, (len(problem.x), len(problem.y)), problem.largest)


def _bracket(best: Best, problem: _Problem) -> Bracket:
    """Leave the frame's unit."""
    unit = problem.frame.unit
    lower, upper = (bound * unit for bound in best.roots)
    if lower / unit > best.roots[0]:  # among denormals a product is rounded
        lower = math.nextafter(lower, 0.0)
    if upper / unit < best.roots[1]:
        upper = math.nextafter(upper, math.inf)
    return Bracket(lower, upper)


def _allowance(best: Best, bracket: Bracket, problem: _Problem) -> float:
    """Return how much of the bracket's gap rounding explains, where it allows so much in the p-th power."""
    unit, upper = problem.frame.unit, best.roots[1]
    least = max(best.upper - best.allowance, 0.0)
    explained = (upper - (math.sqrt(least) if problem.p == 2 else least)) * unit
    return explained + 4.0 * math.ulp(bracket.upper)


def _status(bracket: Bracket, tol: float, allowance: float, early: Status | None) -> Status:
    """Return what the bracket, as it is shown, deserves."""
    if bracket.relative_gap <= tol:  # a quotient is not rounded among denormals, as tol * upper is
        return "optimal"
    return early or ("rounding" if bracket.gap <= allowance else "stalled")


def _plan(
    best: Best, rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> scipy.sparse.coo_array:
    return scipy.sparse.coo_array(
        (best.mass / best.mass.sum(), (rows[best.rows], columns[best.columns])), shape=shape
    )


def _potentials(
    best: Best,
    problem: _Problem,
    source: Measure,
    target: Measure,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return potentials of all points, in cost units; points without weight get theirs by c-transform."""
    u, v = np.full(len(source), np.inf), np.full(len(target), np.inf)
    u[rows], v[columns] = best.u, best.v
    unit, p = problem.frame.unit, problem.p
    if problem.x.dim == 1 and len(rows) + len(columns) < len(source) + len(target):
        frame = joint_frame(source, target)
        x, y = (measure.dense()[:, 0] for measure in (source, target))
        basic = staircase(Wide.of(source.weights), Wide.of(target.weights), x, y, frame, p).basic
        return basic.u * frame.unit**p, basic.v * frame.unit**p
    u, v = u * unit if p == 1 else u * unit * unit, v * unit if p == 1 else v * unit * unit
    for potential, other, of, to in ((u, v, source, target), (v, u, target, source)):
        missing = np.flatnonzero(np.isinf(potential))
        known = np.flatnonzero(np.isfinite(other))
        if len(missing):
            points, others = of.dense(), to.dense()
            wide = joint_frame(source, target).unit
            for row in missing:
                cost = pair_costs(points, others, np.full(len(known), row), known, p, wide)
                potential[row] = (cost * wide**p - other[known]).min()
    return u, v


def _check_options(tol: float, device: str, time_limit: float | None) -> None:
    check_tolerance(tol)
    if time_limit is not None and not (isinstance(time_limit, numbers.Real) and time_limit > 0):
        raise ParameterError(f"time_limit is {time_limit!r}: seconds are more than 0; give such a number.")
    check_device(device)


def check_tolerance(tol: float) -> None:
    """Raise a ParameterError unless ``tol`` is a finite number of at least 0."""
    if not (isinstance(tol, numbers.Real) and math.isfinite(tol) and tol >= 0):
        raise ParameterError(
            f"tol is {tol!r}: a relative tolerance is a number of at least 0; give one such as 1e-6."
        )
