"""wcheck and its peers, and the child process in which one of them is timed on one problem.

Each takes two arrays of points of uniform weight and returns the Wasserstein-1 distance. Run as a script this file is
that child: it reads a :class:`Task` as JSON from its argument and writes a line of JSON when a repeat starts and one
when it ends, so that what is finished survives a time limit and what is not has a lower bound.

Dense peers are handed the cost matrix by the fastest way there is here, the yardstick's own float32 product, converted
to the float64 that they compute in; ``solver_seconds`` is without that matrix.
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
from typing import Any

import numpy as np
import torch
from machine import measured
from numpy.typing import NDArray
from problems import Problem

UNLIMITED = 10**15
"""Iterations that POT may take: its default ends early with an infeasible plan."""
ALLOCATED = 1 << 30
"""Bytes up to which the yardstick allocates the whole matrix."""
STREAMED = 2 * 10**10
"""Pairs up to which the yardstick measures all of them by block."""
STARTED = "started"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer found, and how long its solver took without the cost matrix."""

    value: float
    solver_seconds: float | None = None
    lower: float | None = None
    upper: float | None = None
    rounds: int | None = None
    arcs: int | None = None
    solver_status: str = "optimal"


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to the distance.

    Attributes
    ----------
    run : callable
        ``run(x, y)`` returns an :class:`Answer`.
    module : str
        What must be installed.
    bytes_per_pair : int
        Memory that it takes per pair of points, for those that would take the machine down.
    line_only, square_only : bool
        Whether it is for d = 1, or for as many points on both sides.
    warm_up : int
        Points of the untimed first call, which compiles what is compiled and starts threads.
    """

    run: Callable[[NDArray[Any], NDArray[Any]], Answer]
    module: str
    bytes_per_pair: int = 0
    line_only: bool = False
    square_only: bool = False
    warm_up: int = 100

    def why_not(self, x: NDArray[Any], y: NDArray[Any], available: int) -> str:
        """Say why the peer cannot run on these points; nothing if it can."""
        needed = self.bytes_per_pair * len(x) * len(y)
        if find_spec(self.module.partition(".")[0]) is None:
            return f"{self.module} is not installed"
        if self.line_only and x.shape[1] != 1:
            return "for d = 1 alone"
        if self.square_only and len(x) != len(y):
            return "for n = m alone"
        if needed > 0.9 * available:
            return f"needs {needed / 1e9:.0f} GB"
        return ""


def cost_matrix(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return all distances between float32 points: one product, and a root in place."""
    norms_x, norms_y = (points.square().sum(dim=1) for points in (x, y))
    products = torch.addmm(norms_y, x, y.T, alpha=-2.0)
    return products.add_(norms_x[:, None]).clamp_(min=0.0).sqrt_()


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


def wcheck(x: NDArray[Any], y: NDArray[Any]) -> Answer:
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
        result = exact(x, y)
    finally:
        for (place, name), solver in zip(places, solvers, strict=True):
            setattr(place, name, solver)
    bracket = result.bracket
    return Answer(
        result.value, spent, bracket.lower, bracket.upper, result.rounds, result.arcs, result.status
    )


def pot_dense(x: NDArray[Any], y: NDArray[Any]) -> Answer:
    """``ot.emd``: network simplex over all pairs."""
    import ot

    cost = _cost(x, y)
    begun = time.perf_counter()
    _, log = ot.emd(*_uniform(x, y), cost, numItermax=UNLIMITED, log=True)
    if log["result_code"] != 1:
        raise RuntimeError(f"ot.emd ended with {log['warning']}")
    return Answer(float(log["cost"]), time.perf_counter() - begun)


def pot_lazy(x: NDArray[Any], y: NDArray[Any]) -> Answer:
    """``ot.lp.emd2_lazy``: network simplex that measures a pair whenever it looks at it."""
    import ot

    value, log = ot.lp.emd2_lazy(
        x.astype(np.float64), y.astype(np.float64), metric="euclidean", numItermax=UNLIMITED, log=True
    )
    if log["result_code"] != 1:
        raise RuntimeError(f"ot.lp.emd2_lazy ended with {log['warning']}")
    return Answer(float(value))


def scipy_assignment(x: NDArray[Any], y: NDArray[Any]) -> Answer:
    """``scipy.optimize.linear_sum_assignment``: shortest augmenting paths."""
    from scipy.optimize import linear_sum_assignment

    cost = _cost(x, y)
    begun = time.perf_counter()
    pairs = linear_sum_assignment(cost)
    return Answer(float(cost[pairs].mean()), time.perf_counter() - begun)


def lapx(x: NDArray[Any], y: NDArray[Any]) -> Answer:
    """``lap.lapjv``: Jonker and Volgenant."""
    import lap

    cost = _cost(x, y)
    begun = time.perf_counter()
    total, _, _ = lap.lapjv(cost)
    return Answer(float(total) / len(x), time.perf_counter() - begun)


def scipy_line(x: NDArray[Any], y: NDArray[Any]) -> Answer:
    """``scipy.stats.wasserstein_distance``: the area between the distribution functions."""
    from scipy.stats import wasserstein_distance

    return Answer(float(wasserstein_distance(x[:, 0], y[:, 0])))


def pot_line(x: NDArray[Any], y: NDArray[Any]) -> Answer:
    """``ot.emd2_1d``: sorting."""
    import ot

    return Answer(float(ot.emd2_1d(x[:, 0], y[:, 0], metric="euclidean")))


PEERS = {
    "wcheck": Peer(wcheck, "wcheck", warm_up=1000),
    "pot-dense": Peer(pot_dense, "ot", bytes_per_pair=57),
    "pot-lazy": Peer(pot_lazy, "ot"),
    "scipy": Peer(scipy_assignment, "scipy", bytes_per_pair=16, square_only=True),
    "lapx": Peer(lapx, "lap", bytes_per_pair=24, square_only=True),
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
    x, y = task.problem.points(Path(task.data_dir) if task.data_dir else None)
    reason = peer.why_not(x, y, task.available)
    if reason:
        yield {"status": f"skipped: {reason}"}
        return
    single = [torch.from_numpy(points.astype(np.float32, copy=False)) for points in (x, y)]
    few = slice(peer.warm_up)
    peer.run(x[few].copy(), y[few].copy())
    for yardstick in (cost_matrix, cost_stream):
        yardstick(*(points[few] for points in single))
    pairs = len(x) * len(y)
    size = {"n": len(x), "m": len(y), "dim": x.shape[1]}
    begun = time.monotonic()
    for repeat in range(task.repeats):
        if time.monotonic() - begun > PATIENCE:
            break
        gc.collect()
        yield {**size, "repeat": repeat, "status": STARTED, "at": time.monotonic()}
        found = measured(lambda: peer.run(x, y))
        answer = asdict(found.value)
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


def _cost(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    single = (torch.from_numpy(points.astype(np.float32, copy=False)) for points in (x, y))
    return cost_matrix(*single).numpy().astype(np.float64)


def _uniform(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.full(len(x), 1.0 / len(x)), np.full(len(y), 1.0 / len(y))


if __name__ == "__main__":
    for line in rows(Task.from_json(sys.argv[1])):
        print(json.dumps(line), flush=True)
