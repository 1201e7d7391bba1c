"""Time ``wcheck.exact_cost`` beside its peers on the same matrices: ``python benchmarks/cost.py -o cost.csv``.

Every (problem, peer) runs in a fresh child process, which reads the matrix from a file, calls the peer once on a small
part of it, untimed, and then once on the whole. All of one problem get the same float64 matrix in memory; only
``disk`` is float32, stays in its file, mapped into memory, and is for wcheck alone. The table is whole after every
peer, and the same command continues with what is missing; with ``--again`` the problems and peers named are run again.

Columns
-------
problem, n, peer
    What was run: euclidean-2, euclidean-20 and cifar10 are distances between samples, uniform costs are random,
    integers are random from 1 to 100, with many ties; ``-weighted`` has random weights instead of equal ones.
status
    ``optimal``; ``time_limit`` (seconds is then a lower bound); ``skipped: why``; ``failed: why``.
seconds, above_input_bytes, anonymous_bytes
    Wall time; by how much the resident size grew at most; the largest size of memory that is not a file's.
value, lower, upper, rounds, arcs
    The answer; what only wcheck has is blank for the others.
times_pot, times_lapx
    How many times as long ``ot.emd``, and the better of lapx's two, took in the same table.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import machine
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

COLUMNS = (
    *("problem", "n", "peer", "status", "seconds", "above_input_bytes", "anonymous_bytes"),
    *("value", "lower", "upper", "rounds", "arcs", "times_pot", "times_lapx"),
)
KINDS = ("euclidean-2", "euclidean-20", "cifar10", "uniform", "integers")
PROBLEMS = (*KINDS, *(f"{kind}-weighted" for kind in KINDS), "disk")
SIZE, DISK, SMALL = 10_000, 30_000, 1_000
"""Rows of a problem, of the one on disk, and of all in a small run."""
UNLIMITED = 10**15
"""Iterations that POT may take: its default ends early with an infeasible plan."""
WARM = 600
"""Rows of the untimed call."""
Row = dict[str, Any]
Weights = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for."""
    options = _options(arguments)
    path = Path(options.output)
    rows = [
        row
        for row in _rows(path)
        if not (options.again and row["problem"] in options.problem and row["peer"] in options.peer)
    ]
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for problem in options.problem:
            n = SMALL if options.small else DISK if problem == "disk" else SIZE
            missing = [peer for peer in options.peer if (problem, str(n), peer) not in _done(rows)]
            if not missing:
                continue
            print(f"{problem}, n = {n}: making the matrix", file=sys.stderr, flush=True)
            file = Path(folder) / "cost.npy"
            make(problem, n, file, options.data_dir)
            for peer in missing:
                print(f"  {peer}", file=sys.stderr, flush=True)
                rows.append(
                    {"problem": problem, "n": n, "peer": peer} | run(problem, peer, file, options.time_limit)
                )
                write(path, rows)
            file.unlink()
    show(with_ratios(rows))


def make(problem: str, n: int, file: Path, data_dir: str | None) -> None:
    """Write a problem's matrix."""
    random = np.random.default_rng(0)
    kind = problem.removesuffix("-weighted")
    dtype = np.float32 if kind == "disk" else np.float64
    matrix = np.lib.format.open_memmap(file, "w+", dtype, (n, n))
    if kind in ("uniform", "integers"):
        for rows in _blocks(n):
            shape = matrix[rows].shape
            matrix[rows] = random.random(shape) if kind == "uniform" else random.integers(1, 101, shape)
        return
    if kind == "cifar10":
        from problems import CATALOGUE

        points = CATALOGUE["cifar10"].points(Path(data_dir) if data_dir else None)
        x, y = (side[:n].astype(np.float64) for side in (points.x, points.y))
    else:
        dim = {"euclidean-2": 2}.get(kind, 20)
        x, y = random.normal(size=(2, n, dim))
    np.savez(file.with_suffix(".npz"), x=x, y=y)
    norms = (y * y).sum(axis=1)
    for rows in _blocks(n):
        squares = (x[rows] ** 2).sum(axis=1)[:, None] + norms - 2.0 * x[rows] @ y.T
        matrix[rows] = np.sqrt(np.maximum(squares, 0.0))


def run(problem: str, peer: str, file: Path, time_limit: float) -> Row:
    """Time a peer in a process of its own; never raises for what the peer does."""
    reason = PEERS[peer].why_not(problem)
    if reason:
        return {"status": f"skipped: {reason}"}
    task = json.dumps({"problem": problem, "peer": peer, "file": str(file)})
    begun = time.monotonic()
    try:
        ended = subprocess.run(
            [sys.executable, __file__, "--child", task], capture_output=True, text=True, timeout=time_limit
        )
    except subprocess.TimeoutExpired:
        return {"status": "time_limit", "seconds": time.monotonic() - begun}
    if ended.returncode != 0:
        last = (ended.stderr.strip().splitlines() or [f"exit status {ended.returncode}"])[-1]
        return {"status": f"failed: {last}"}
    found: Row = json.loads(ended.stdout.splitlines()[-1])
    return found


def child(task: Row) -> Row:
    """Call a peer once, and return what a row says of it."""
    peer, weighted = PEERS[task["peer"]], task["problem"].endswith("-weighted")
    mapped = np.load(task["file"], mmap_mode="r")
    cost = mapped if task["problem"] == "disk" else np.array(mapped)
    given: tuple[Any, ...] = (cost,)
    if peer.of_points:
        with np.load(Path(task["file"]).with_suffix(".npz")) as points:
            given = points["x"], points["y"]
    few = (side[:WARM, :WARM] if side is cost else side[:WARM] for side in given)
    peer.call(*map(np.array, few), *_weights(WARM, weighted))
    a, b = _weights(len(cost), weighted)
    with _anonymous() as most:
        found = machine.measured(lambda: peer.call(*given, a, b))
    return {
        "status": "optimal",
        "seconds": found.seconds,
        "above_input_bytes": found.above_bytes,
        "anonymous_bytes": max(most),
        **found.value,
    }


def wcheck_cost(cost: NDArray[Any], a: Weights | None, b: Weights | None) -> Row:
    """``wcheck.exact_cost``."""
    from wcheck import exact_cost

    result = exact_cost(cost, a, b)
    return {
        "status": result.status,
        "value": result.value,
        "lower": result.bracket.lower,
        "upper": result.bracket.upper,
        "rounds": result.rounds,
        "arcs": result.arcs,
    }


def pot_emd(cost: NDArray[Any], a: Weights | None, b: Weights | None) -> Row:
    """``ot.emd``: the plan, as ``wcheck`` returns one too."""
    import ot

    a, b = ([] if side is None else side for side in (a, b))
    _, log = ot.emd(a, b, cost, numItermax=UNLIMITED, log=True)
    if log["result_code"] != 1:
        raise RuntimeError(f"ot.emd ended with {log['warning']}")
    return {"value": float(log["cost"])}


def pot_lazy(x: NDArray[Any], y: NDArray[Any], a: Weights | None, b: Weights | None) -> Row:
    """``ot.lp.emd2_lazy``: from the points, each pair of which is measured whenever it is looked at."""
    import ot

    value, log = ot.lp.emd2_lazy(x, y, a, b, metric="euclidean", numItermax=UNLIMITED, log=True)
    if log["result_code"] != 1:
        raise RuntimeError(f"ot.lp.emd2_lazy ended with {log['warning']}")
    return {"value": float(value)}


def lapx(name: str) -> Callable[[NDArray[Any], Weights | None, Weights | None], Row]:
    """``lap.lapjvr`` or ``lap.lapjvh``."""

    def call(cost: NDArray[Any], a: Weights | None, b: Weights | None) -> Row:
        import lap

        found = getattr(lap, name)(cost)
        rows, columns = found[-2:] if len(found) == 3 else found
        return {"value": float(cost[rows, columns].mean())}

    return call


def scipy_assignment(cost: NDArray[Any], a: Weights | None, b: Weights | None) -> Row:
    """``scipy.optimize.linear_sum_assignment``."""
    from scipy.optimize import linear_sum_assignment

    return {"value": float(cost[linear_sum_assignment(cost)].mean())}


class Peer:
    """A way to the least cost."""

    def __init__(
        self,
        call: Callable[..., Row],
        module: str,
        *,
        weighted: bool = False,
        mapped: bool = False,
        of_points: bool = False,
    ) -> None:
        self.call, self.of_points = call, of_points
        self._module, self._weighted, self._mapped = module, weighted, mapped

    def why_not(self, problem: str) -> str:
        """Say why the peer cannot run on a problem; nothing if it can."""
        if find_spec(self._module) is None:
            return f"{self._module} is not installed"
        if problem.endswith("-weighted") and not self._weighted:
            return "for equal weights alone"
        if self.of_points and problem.startswith(("uniform", "integers")):
            return "for points alone"
        if self.of_points and problem.startswith("cifar10"):
            return "takes hours: all 3,072 coordinates, whenever it looks at a pair"
        if problem == "disk" and not self._mapped:
            return "holds its matrix in memory, in float64"
        return ""


PEERS = {
    "wcheck": Peer(wcheck_cost, "wcheck", weighted=True, mapped=True),
    "pot": Peer(pot_emd, "ot", weighted=True),
    "pot-lazy": Peer(pot_lazy, "ot", weighted=True, of_points=True),
    "lapjvr": Peer(lapx("lapjvr"), "lap"),
    "lapjvh": Peer(lapx("lapjvh"), "lap"),
    "scipy": Peer(scipy_assignment, "scipy"),
}


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Return the rows, and how many times wcheck's time others took."""
    out = []
    for row in rows:
        if row["peer"] == "wcheck" and row.get("seconds"):
            others = {
                other["peer"]: float(other["seconds"]) / float(row["seconds"])
                for other in rows
                if (other["problem"], str(other["n"])) == (row["problem"], str(row["n"]))
                and other.get("seconds")
            }
            best = min((others[name] for name in ("lapjvr", "lapjvh") if name in others), default="")
            row = row | {"times_pot": others.get("pot", ""), "times_lapx": best}
        out.append(row)
    return out


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows; the old file stays until the new one is whole."""
    part = path.with_name(path.name + ".part")
    with part.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(with_ratios(rows))
    part.replace(path)


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    shown = Table(
        *(
            "problem",
            "n",
            "peer",
            "status",
            "seconds",
            "GB above input",
            "GB of its own",
            "x ot.emd",
            "x lapx",
        )
    )
    for row in rows:
        cells = [
            f"{float(row[name]) * scale:.3g}" if row.get(name) not in (None, "") else ""
            for name, scale in (
                ("seconds", 1.0), ("above_input_bytes", 1e-9), ("anonymous_bytes", 1e-9), ("times_pot", 1.0),
                ("times_lapx", 1.0),
            )
        ]  # fmt: skip
        shown.add_row(row["problem"], str(row["n"]), row["peer"], row["status"], *cells)
    Console().print(shown)


def _rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _done(rows: Sequence[Row]) -> set[tuple[str, str, str]]:
    return {(row["problem"], str(row["n"]), row["peer"]) for row in rows}


def _blocks(n: int) -> Iterator[slice]:
    return (slice(start, min(start + 1000, n)) for start in range(0, n, 1000))


def _weights(n: int, weighted: bool) -> tuple[Weights | None, Weights | None]:
    if not weighted:
        return None, None
    a, b = np.random.default_rng(1).random((2, n))
    return a / a.sum(), b / b.sum()


@contextmanager
def _anonymous() -> Iterator[list[int]]:
    """Look every 10 ms at how much memory of the process is not a file's."""
    seen, stop = [0], threading.Event()

    def look() -> None:
        while not stop.wait(0.01):
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    seen.append(int(line.split()[1]) * 1024)

    thread = threading.Thread(target=look, daemon=True)
    if Path("/proc/self/status").exists():
        thread.start()
    try:
        yield seen
    finally:
        stop.set()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time wcheck.exact_cost beside its peers.")
    parser.add_argument(
        "--problem", action="append", choices=PROBLEMS, help="can be given more than once; default: all"
    )
    parser.add_argument(
        "--peer", action="append", choices=[*PEERS], help="can be given more than once; default: all"
    )
    parser.add_argument("--again", action="store_true", help="repeat problems that are in the table already")
    parser.add_argument("--small", action="store_true", help=f"n = {SMALL:,}")
    parser.add_argument("--time-limit", type=float, default=900.0, help="seconds for one peer on one problem")
    parser.add_argument("--data-dir", help="the folder that directly contains cifar-10-batches-bin")
    parser.add_argument("--folder", help="the folder for temporary matrices of up to 3.6 GB")
    parser.add_argument("-o", "--output", default="cost.csv", help="the table")
    options = parser.parse_args(arguments)
    options.problem = options.problem or list(PROBLEMS)
    options.peer = options.peer or list(PEERS)
    return options


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(json.loads(sys.argv[2]))))
    else:
        main()
