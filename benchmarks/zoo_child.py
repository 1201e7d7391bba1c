"""A process that times peers on points that it reads, one call after another, for ``zoo.py``.

Each line that it is given is a task in JSON: a file of points, the exponent, and the peer. It answers with a line: what
was measured, the value, and the plan's cost, measured anew in float64 when no clock runs. Peers named as arguments are
called on small problems first; a first line says that everything is loaded and compiled.
"""

from __future__ import annotations

import gc
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from machine import measured
from numpy.typing import NDArray
from peers import PEERS, Plan
from problems import Points

from wcheck.memory import give_back

WARM = ((2, 1200), (20, 1200), (3072, 1200), (20, 100))
"""Dimension and number of the points on which everything is compiled."""
SINGLE = 2.0**-22
"""How far off a squared distance is in float32, of the mean squared norm of centred points: four roundings."""


def main() -> None:
    """Answer one line after another."""
    warm_up(sys.argv[1:])
    print(json.dumps({"status": "ready"}), flush=True)
    held: tuple[str, Points | None] = ("", None)
    for line in sys.stdin:
        task = json.loads(line)
        if held[0] != task["file"]:
            held = ("", None)  # gone before the others come
            held = task["file"], read(Path(task["file"]))
        points = held[1]
        assert points is not None
        given = Points(points.x, points.y, points.a, points.b, task["p"])
        try:
            answer = answered(task["peer"], given)
        except Exception as error:  # a peer's failure is a row
            answer = {"status": f"failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}"}
        print(json.dumps(answer), flush=True)


def warm_up(peers: list[str]) -> None:
    """Call each peer on small problems of both exponents."""
    random = np.random.default_rng(0)
    for peer in peers:
        for dim, count in WARM if peer == "wcheck" else WARM[-1:]:
            x, y = random.normal(size=(2, count, dim)).astype(np.float32)
            for p in (1, 2):
                with suppress(ImportError):
                    PEERS[peer].run(Points(x, y, p=p))
        if peer == "wcheck":
            a, b = random.dirichlet(np.ones(1200), 2)
            PEERS[peer].run(Points(*random.normal(size=(2, 1200, 10)), a, b))


def write(path: Path, points: Points) -> None:
    """Write points for :func:`read`."""
    weights = {name: side for name, side in (("a", points.a), ("b", points.b)) if side is not None}
    np.savez(path, x=points.x, y=points.y, **weights)


def read(path: Path) -> Points:
    """Read the points."""
    with np.load(path, allow_pickle=False) as file:
        a, b = (file.get(name) for name in ("a", "b"))
        return Points(np.ascontiguousarray(file["x"]), np.ascontiguousarray(file["y"]), a, b)


def answered(name: str, points: Points) -> dict[str, Any]:
    """Call a peer once, and return what a row says of it."""
    peer = PEERS[name]
    reason = peer.why_not(points, int(psutil.virtual_memory().available))
    if reason:
        return {"status": f"skipped: {reason}"}
    gc.collect()
    give_back()  # memory that earlier calls have left would hide what this one takes
    found = measured(lambda: peer.run(points))
    answer = found.value
    assert answer.plan is not None
    cost = plan_cost(points, answer.plan())
    return {
        "status": answer.solver_status,
        "seconds": found.seconds,
        "solver_seconds": answer.solver_seconds,
        "peak_bytes": found.peak_bytes,
        "above_input_bytes": found.above_bytes,
        "value": answer.value,
        "lower": answer.lower,
        "upper": answer.upper,
        "rounds": answer.rounds,
        "arcs": answer.arcs,
        "plan_value": cost ** (1.0 / points.p),
        "rounding": single_rounding(points, cost) if peer.is_single else 0.0,
    }


def plan_cost(points: Points, plan: Plan) -> float:
    """Return the cost of a plan by direct differences in float64, its mass scaled to 1."""
    rows, columns, mass = plan
    costs = np.empty(len(mass))
    step = max(1, (1 << 22) // points.x.shape[1])
    for start in range(0, len(mass), step):
        part = slice(start, start + step)
        apart = points.x[rows[part]].astype(np.float64) - points.y[columns[part]]
        costs[part] = np.einsum("ij,ij->i", apart, apart)
    if points.p == 1:
        costs = np.sqrt(costs)
    return float(costs @ mass / mass.sum())


def single_rounding(points: Points, cost: float) -> float:
    """Return how much costs in float32 may add to the cost of the plan that they lead to, relative to the cost."""
    centre = (points.x.mean(axis=0, dtype=np.float64) + points.y.mean(axis=0, dtype=np.float64)) / 2.0
    square = SINGLE * 2.0 * (_largest(points.x, centre) + _largest(points.y, centre))
    if cost <= 0.0:
        return float("inf")
    if points.p == 2:
        return 2.0 * square / cost
    return 2.0 * min(float(np.sqrt(square)), square / cost) / cost


def _largest(side: NDArray[Any], centre: NDArray[np.float64]) -> float:
    """Return the largest squared norm, but for the thousandth part: a few far points concern few pairs."""
    squares = np.concatenate(
        [np.square(side[start : start + 1024] - centre).sum(axis=1) for start in range(0, len(side), 1024)]
    )
    return float(np.quantile(squares, 0.999))


if __name__ == "__main__":
    main()
