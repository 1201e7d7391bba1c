"""wcheck and its peers, and the child process in which one of them is timed on one problem.

Each takes two sets of points and returns the Wasserstein distance. Run as a script this file is that child: it reads a
:class:`Task` as JSON from its argument and writes a line of JSON when a repeat starts and one when it ends, so that
what is finished survives a time limit and what is not has a lower bound.

Dense peers are handed the cost matrix by the fastest way there is here, the yardstick's own float32 product of centred
points, converted to float64 for those that compute in it alone; ``solver_seconds`` is without that matrix.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from machine import measured
from numpy.typing import NDArray
from problems import Points, Problem

UNLIMITED = 10**15
"""Iterations that POT may take: its default ends early with an infeasible plan."""
ALLOCATED = 1 << 30
"""Bytes up to which the yardstick allocates the whole matrix."""
STREAMED = 2 * 10**10
"""Pairs up to which the yardstick measures all of them by block."""
STARTED = "started"


Plan: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]
"""Rows, columns and masses of the pairs that a plan uses."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer found, and how long its solver took without the cost matrix.

    Attributes
    ----------
    value, lower, upper : float
        Of the distance, not of its p-th power.
    plan : callable, optional
        Returns the plan; it is called when no clock runs.
    """

    value: float
    solver_seconds: float | None = None
    lower: float | None = None
    upper: float | None = None
    rounds: int | None = None
    arcs: int | None = None
    solver_status: str = "optimal"
    plan: Callable[[], Plan] | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to the distance.

    Attributes
    ----------
    run : callable
        ``run(points)`` returns an :class:`Answer`.
    module : str
        What must be installed.
    bytes_per_pair : int
        Memory that it takes per pair of points, for those that would take the machine down.
    line_only, assignment_only : bool
        Whether it is for d = 1, or for as many points on both sides, all of one weight.
    is_single : bool
        Whether its costs are those of :func:`cost_matrix`, rounded to float32.
    warm_up : int
        Points of the untimed first call, which compiles what is compiled and starts threads.
    """

    run: Callable[[Points], Answer]
    module: str
    bytes_per_pair: int = 0
    line_only: bool = False
    assignment_only: bool = False
    is_single: bool = False
    warm_up: int = 100

    def why_not(self, points: Points, available: int) -> str:
        """Say why the peer cannot run on these points; nothing if it can."""
        needed = self.bytes_per_pair * len(points.x) * len(points.y)
        if find_spec(self.module.partition(".")[0]) is None:
            return f"{self.module} is not installed"
        if self.line_only and points.x.shape[1] != 1:
            return "for d = 1 alone"
        if self.assignment_only and not points.is_assignment:
            return "for n = m and equal weights alone"
        if needed > 0.9 * available:
            return f"needs {needed / 1e9:.0f} GB"
        return ""


def cost_matrix(x: torch.Tensor, y: torch.Tensor, p: int = 1) -> torch.Tensor:
    """Return all distances between float32 points, or their squares: one product, and a root in place."""
    norms_x, norms_y = (points.square().sum(dim=1) for points in (x, y))
    products = torch.addmm(norms_y, x, y.T, alpha=-2.0).add_(norms_x[:, None]).clamp_(min=0.0)
    return products.sqrt_() if p == 1 else products


def cost_stream(x: torch.Tensor, y: torch.Tensor) -> None:
    """Compute what :func:`cost_matrix` does, by block of rows in one buffer."""
    norms_x, norms_y = (points.square().sum(dim=1) for points in (x, y))
    step = min(len(x), max(256, (1 << 22) // len(y)))
    buffer = torch.empty((step, len(y)))
    for start in range(0, len(x), step):
        rows = slice(start, min(start + step, len(x)))
        block = buffer[: rows.stop - rows.start]
        torch.addmm(norms_y, x[rows], y.T, alpha=-2.0, out=block)
        block.add_(norms_x[rows, None]).clamp_(min=0.0).sqrt_()


def wcheck(points: Points) -> Answer:
    """Return wcheck's own answer; its linear programs are timed as the solver."""
    from wcheck.transport.programs.program import Program
    from wcheck.transport.solve import columns
    from wcheck.transport.solve.exact import exact

    spent = 0.0

    def timed(solver: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            nonlocal spent
            begun = time.perf_counter()
            try:
                return solver(*arguments)
            finally:
                spent += time.perf_counter() - begun

        return run

    places: list[tuple[Any, str]] = [(columns.Clock, "solve"), (Program, "solve")]
    solvers = [getattr(place, name) for place, name in places]
    for (place, name), solver in zip(places, solvers, strict=True):
        setattr(place, name, timed(solver))
    try:
        result = exact(points.x, points.y, points.a, points.b, p=points.p)
    finally:
        for (place, name), solver in zip(places, solvers, strict=True):
            setattr(place, name, solver)
    bracket = result.bracket
    return Answer(
        *(result.value, spent, bracket.lower, bracket.upper, result.rounds, result.arcs, result.status),
        lambda: (result.plan.row, result.plan.col, result.plan.data),
    )


def pot_dense(points: Points) -> Answer:
    """``ot.emd``: network simplex over all pairs."""
    import ot

    cost = _cost(points).astype(np.float64)
    begun = time.perf_counter()
    plan, log = ot.emd(*points.weights(), cost, numItermax=UNLIMITED, log=True)
    if log["result_code"] != 1:
        raise RuntimeError(f"ot.emd ended with {log['warning']}")
    return Answer(
        _root(log["cost"], points.p),
        time.perf_counter() - begun,
        plan=lambda: (*np.nonzero(plan), plan[np.nonzero(plan)]),
    )


def pot_lazy(points: Points) -> Answer:
    """``ot.lp.emd2_lazy``: network simplex that measures a pair whenever it looks at it."""
    import ot

    value, log = ot.lp.emd2_lazy(
        points.x.astype(np.float64),
        points.y.astype(np.float64),
        *points.weights(),
        metric={1: "euclidean", 2: "sqeuclidean"}[points.p],
        numItermax=UNLIMITED,
        log=True,
    )
    if log["result_code"] != 1:
        raise RuntimeError(f"ot.lp.emd2_lazy ended with {log['warning']}")
    found = log["G"]
    return Answer(_root(value, points.p), plan=lambda: (found.row, found.col, found.data))


def scipy_assignment(points: Points) -> Answer:
    """``scipy.optimize.linear_sum_assignment``: shortest augmenting paths."""
    from scipy.optimize import linear_sum_assignment

    cost = _cost(points).astype(np.float64)
    begun = time.perf_counter()
    found = linear_sum_assignment(cost)
    return _assigned(cost, *found, points.p, time.perf_counter() - begun)


def lapx(name: str) -> Callable[[Points], Answer]:
    """``lap.lapjvr`` or ``lap.lapjvh``: two ways to complete what Jonker and Volgenant's reductions leave."""

    def run(points: Points) -> Answer:
        import lap

        cost = _cost(points)
        begun = time.perf_counter()
        found = getattr(lap, name)(cost, return_cost=False)
        return _assigned(cost, *found, points.p, time.perf_counter() - begun)

    return run


def scipy_line(points: Points) -> Answer:
    """``scipy.stats.wasserstein_distance``: the area between the distribution functions."""
    from scipy.stats import wasserstein_distance

    return Answer(float(wasserstein_distance(points.x[:, 0], points.y[:, 0], points.a, points.b)))


def pot_line(points: Points) -> Answer:
    """``ot.emd2_1d``: sorting."""
    import ot

    return Answer(float(ot.emd2_1d(points.x[:, 0], points.y[:, 0], points.a, points.b, metric="euclidean")))


PEERS = {
    "wcheck": Peer(wcheck, "wcheck", warm_up=1000),
    "pot-dense": Peer(pot_dense, "ot", bytes_per_pair=57, is_single=True),
    "pot-lazy": Peer(pot_lazy, "ot"),
    "scipy": Peer(scipy_assignment, "scipy", bytes_per_pair=16, assignment_only=True, is_single=True),
    "lapjvr": Peer(lapx("lapjvr"), "lap", bytes_per_pair=12, assignment_only=True, is_single=True),
    "lapjvh": Peer(lapx("lapjvh"), "lap", bytes_per_pair=12, assignment_only=True, is_single=True),
    "pot-1d": Peer(pot_line, "ot", line_only=True),
    "scipy-1d": Peer(scipy_line, "scipy", line_only=True),
}

PATIENCE = 60.0
"""Seconds after which a peer is not repeated again."""


@dataclass(frozen=True, slots=True)
class Task:
    """A problem, a peer, how often, and where CIFAR-10 is."""

    problem: Problem
    peer: str
    repeats: int
    data_dir: str | None = None
    available: int = field(default=1 << 62)

    def to_json(self) -> str:
        """Return the task as the child's argument."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Task:
        """Return the task of :meth:`to_json`."""
        task = Task(**json.loads(text))
        return replace(task, problem=Problem(**task.problem))  # type: ignore[arg-type]


def rows(task: Task) -> Iterator[dict[str, object]]:
    """Yield what one repeat after another starts and measures; the yardstick is timed after each, in this process."""
    peer = PEERS[task.peer]
    points = task.problem.points(Path(task.data_dir) if task.data_dir else None)
    reason = peer.why_not(points, task.available)
    if reason:
        yield {"status": f"skipped: {reason}"}
        return
    x, y = points.x, points.y
    single = [torch.from_numpy(side.astype(np.float32, copy=False)) for side in (x, y)]
    peer.run(points.few(peer.warm_up))
    for yardstick in (cost_matrix, cost_stream):
        yardstick(*(side[: peer.warm_up] for side in single))
    pairs = len(x) * len(y)
    size = {"n": len(x), "m": len(y), "dim": x.shape[1]}
    begun = time.monotonic()
    for repeat in range(task.repeats):
        if time.monotonic() - begun > PATIENCE:
            break
        gc.collect()
        yield {**size, "repeat": repeat, "status": STARTED, "at": time.monotonic()}
        found = measured(lambda: peer.run(points))
        answer = asdict(found.value)
        del answer["plan"]
        status = answer.pop("solver_status")
        yield {
            **size,
            "repeat": repeat,
            "status": status,
            "seconds": found.seconds,
            "peak_bytes": found.peak_bytes,
            "above_input_bytes": found.above_bytes,
            **answer,
            "cost_matrix_seconds": _timed(cost_matrix, single) if 4 * pairs <= ALLOCATED else None,
            "cost_stream_seconds": _timed(cost_stream, single) if pairs <= STREAMED else None,
        }


def _timed(yardstick: Callable[..., object], points: list[torch.Tensor]) -> float:
    begun = time.perf_counter()
    yardstick(*points)
    return time.perf_counter() - begun


def _cost(points: Points) -> NDArray[np.float32]:
    """Return all costs ``d(x_i, y_j)^p``, of points centred first, which leaves fewer digits to be lost."""
    centre = (points.x.mean(axis=0, dtype=np.float64) + points.y.mean(axis=0, dtype=np.float64)) / 2.0
    single = (
        torch.from_numpy((side - centre.astype(side.dtype)).astype(np.float32, copy=False))
        for side in (points.x, points.y)
    )
    return cost_matrix(*single, points.p).numpy()


def _assigned(
    cost: NDArray[Any], rows: NDArray[np.intp], columns: NDArray[np.intp], p: int, seconds: float
) -> Answer:
    value = cost[rows, columns].mean(dtype=np.float64)
    return Answer(_root(value, p), seconds, plan=lambda: (rows, columns, np.full(len(rows), 1.0 / len(rows))))


def _root(cost: Any, p: int) -> float:
    return float(cost) ** (1.0 / p)


if __name__ == "__main__":
    for line in rows(Task.from_json(sys.argv[1])):
        print(json.dumps(line), flush=True)
