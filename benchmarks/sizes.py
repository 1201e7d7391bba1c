"""Sizes that nobody certifies: ``python benchmarks/sizes.py --part plane -o sizes.csv``.

Each row is one call in a process of its own, after an untimed small one that compiles what is compiled; the same
command continues with what is missing. Parts:

``plane``
    Points in 2 and 3 dimensions (Gaussians, a ring, clusters, ten times as many on one side): growth in n.
``grids``
    Measures on square grids of pixels, in pairs of the classes of DOTmark (Schrieber, Schuhmacher, Gottschlich 2017:
    white noise, rough and smooth Gaussian fields, shapes, real pictures), beside POT's network simplex.
``blurred``
    CIFAR-10's training images and their mirror images, shuffled, against themselves blurred. The blur is a separable
    Gaussian kernel with zeros outside, which is positive semi-definite, so for p = 2 the identity is optimal and
    ``known`` is the answer; for p = 1 ``known`` is an upper bound.
``shifted``
    Training images 1 to 25,000 against 25,001 to 50,000, each with its mirror image, and both again two pixels to the
    right: ``stays`` is the share of the pairs of the plan that stay within one index.
``dask``
    ``blurred`` at p = 1 on one and on three local workers: ``scan_seconds`` is what the passes took that run there,
    ``scans`` how many there were, ``sent_bytes`` what they sent and received in all.

Columns
-------
part, kind, n, m, dim, p, peer, workers, device, repeat
    What was run.
status, seconds, cpu_seconds, peak_bytes, above_input_bytes, device_bytes
    How it ended, wall and processor time, the process's largest resident size and what is above that before the call,
    and the most that lay on a GPU.
value, lower, upper, relative_gap, rounds, arcs
    The answer; what only wcheck has is blank for others.
known, stays, scan_seconds, scans, sent_bytes
    See the parts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import machine
import numpy as np
import sizes_data
import torch
from numpy.typing import NDArray
from sizes_data import Points

from wcheck.rows.csvfile import CsvFile

COLUMNS = (
    *("part", "kind", "n", "m", "dim", "p", "peer", "workers", "device", "repeat"),
    *("status", "seconds", "cpu_seconds", "peak_bytes", "above_input_bytes", "device_bytes"),
    *("value", "lower", "upper", "relative_gap", "rounds", "arcs"),
    *("known", "stays", "scan_seconds", "scans", "sent_bytes"),
)
SIZES = {
    "plane": (10_000, 30_000, 100_000, 200_000),
    "grids": (32, 64, 128),
    "blurred": (100_000,),
    "shifted": (100_000,),
    "dask": (20_000,),
}
SMALL = {"plane": (600,), "grids": (24,), "blurred": (80,), "shifted": (80,), "dask": (600,)}
"""For a try of some seconds."""
POT_BYTES = 41
"""Bytes that POT's network simplex takes per pair, with its costs."""
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the options ask for; return the exit status."""
    options = _options(arguments)
    tasks = list(_tasks(options))
    config = {"machine": machine.describe(), "tasks": tasks, "seed": options.seed}
    del config["machine"]["load_average"]  # type: ignore[attr-defined]
    with CsvFile(options.output, COLUMNS, {"optimal"}, notify=_say) as table:
        table.begin("sizes", lambda: config, len(tasks), torch.get_num_threads())
        for number, task in enumerate(tasks):
            if number >= table.finished:
                _say(f"{number + 1} of {len(tasks)}: {json.dumps(task)}")
                row = _in_child(task | {"seed": options.seed, "data_dir": options.data_dir}, options)
                _say("  " + ", ".join(f"{name} {value}" for name, value in row.items() if name not in task))
                table.take(number, [task | row])
        table.finish()
    return 0


def _tasks(options: argparse.Namespace) -> Iterator[Row]:
    for part in options.part:
        for n in options.n or (SMALL if options.small else SIZES)[part]:
            for kind in [options.kind] if options.kind else sizes_data.kinds(part):
                for p in [1] if part == "dask" else options.p:
                    for workers in (0, 1, 3) if part == "dask" else (0,):
                        peers = ["wcheck", *options.peer] if part == "grids" else ["wcheck"]
                        for peer in peers:
                            yield {
                                "part": part,
                                "kind": kind,
                                "n": n,
                                "p": p,
                                "peer": peer,
                                "workers": workers,
                                "device": options.device,
                            }


def _in_child(task: Row, options: argparse.Namespace) -> Row:
    """Run a task in a process of its own; return what it prints, or why it did not."""
    begun = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, __file__, "--task", json.dumps(task)], stdout=subprocess.PIPE, text=True
    )
    try:
        out, _ = child.communicate(timeout=options.time_limit)
    except subprocess.TimeoutExpired:
        return {"status": "time_limit", "seconds": time.monotonic() - begun}
    finally:
        child.kill()
        child.wait()
    if child.returncode:
        return {"status": f"failed: exit status {child.returncode}"}
    row: Row = json.loads(out.splitlines()[-1])
    return row


def run(task: Row) -> Row:
    """Run one task in this process."""
    points = sizes_data.draw(task)
    n, m = len(points.x), len(points.y)
    row: Row = {"n": n, "m": m, "dim": points.x.shape[1], "known": points.known}
    if task["part"] == "grids":
        row["kind"] = points.name
    if task["peer"] == "pot":
        return row | _pot(points, task["p"])
    from wcheck.transport.solve.exact import exact

    few = slice(0, n, max(1, n // 800)), slice(0, m, max(1, m // 800))
    weights = (_part(points.a, few[0]), _part(points.b, few[1])) if points.a is not None else (None, None)
    exact(points.x[few[0]], points.y[few[1]], *weights, p=task["p"])
    if task["device"] != "cpu":
        torch.cuda.init()
        torch.ones(8, 8, device=task["device"]).mm(
            torch.ones(8, 8, device=task["device"])
        )  # loads what multiplies
    with _cluster(task["workers"]) as (address, counted):
        begun = time.process_time()
        found = machine.measured(
            lambda: exact(
                points.x, points.y, points.a, points.b, p=task["p"], dask=address, device=task["device"]
            )
        )
        row["cpu_seconds"] = time.process_time() - begun
    if task["device"] != "cpu":
        row["device_bytes"] = torch.cuda.max_memory_allocated(task["device"])
    result = found.value
    if points.index is not None:
        plan = result.plan
        own = points.index[0][plan.row] == points.index[1][plan.col]
        row["stays"] = float(plan.data[own].sum() / plan.data.sum())
    return (
        row
        | counted
        | {
            "status": result.status,
            "seconds": found.seconds,
            "peak_bytes": found.peak_bytes,
            "above_input_bytes": found.above_bytes,
            "value": result.value,
            "lower": result.bracket.lower,
            "upper": result.bracket.upper,
            "relative_gap": result.relative_gap,
            "rounds": result.rounds,
            "arcs": result.arcs,
        }
    )


def _part(weights: NDArray[np.float64] | None, some: slice) -> NDArray[np.float64] | None:
    return None if weights is None else weights[some] / weights[some].sum()


def _pot(points: Points, p: int) -> Row:
    """Run POT's network simplex on the cost matrix, which is in its time."""
    import ot
    import psutil

    a, b = points.a, points.b
    assert a is not None
    assert b is not None
    if POT_BYTES * len(a) * len(b) > 0.8 * psutil.virtual_memory().available:
        return {"status": f"skipped: needs {POT_BYTES * len(a) * len(b) / 1e9:.0f} GB"}

    def solve() -> float:
        cost = ot.dist(points.x, points.y, metric="euclidean" if p == 1 else "sqeuclidean")
        return float(ot.emd2(a, b, cost, numItermax=10**15) ** (1.0 / p))

    begun = time.process_time()
    found = machine.measured(solve)
    return {
        "status": "optimal",
        "seconds": found.seconds,
        "cpu_seconds": time.process_time() - begun,
        "peak_bytes": found.peak_bytes,
        "above_input_bytes": found.above_bytes,
        "value": found.value,
    }


@contextmanager
def _cluster(workers: int) -> Iterator[tuple[str | None, Row]]:
    """Start local workers; yield their address, and what is counted of the calls that run there."""
    counted: Row = {}
    if workers == 0:
        yield None, counted
        return
    from distributed import LocalCluster
    from distributed.protocol import serialize

    from wcheck.transport.cluster.connection import Connection

    counted |= {"scan_seconds": 0.0, "scans": 0, "sent_bytes": 0}
    plain, told = Connection.run, Connection.tell

    def size(value: object) -> int:
        return sum(memoryview(frame).nbytes for frame in serialize(value)[1])

    def run(self: Connection, calls: Any, check: Any) -> list[Any]:
        begun = time.perf_counter()
        try:
            found = plain(self, calls, check)
        finally:
            counted["scan_seconds"] += time.perf_counter() - begun
        counted["scans"] += 1
        own = sum(value.nbytes for call in calls for value in call.arguments if isinstance(value, np.ndarray))
        counted["sent_bytes"] += own + sum(map(size, found))
        return found

    def tell(self: Connection, value: object) -> Any:
        counted["sent_bytes"] += workers * size(value)
        return told(self, value)

    Connection.run, Connection.tell = run, tell  # type: ignore[method-assign]
    try:
        with LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster:
            yield cluster.scheduler_address, counted
    finally:
        Connection.run, Connection.tell = plain, told  # type: ignore[method-assign]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--part", action="append", choices=SIZES, help="can be given more than once; default: all"
    )
    parser.add_argument("--kind", help="only this kind of the part")
    parser.add_argument(
        "-n", action="append", type=int, help="points on each side, or pixels; can be given more than once"
    )
    parser.add_argument(
        "--p", action="append", type=int, choices=(1, 2), help="can be given more than once; default: both"
    )
    parser.add_argument(
        "--peer",
        action="append",
        choices=("pot",),
        default=[],
        help="a solver to time beside wcheck on grids",
    )
    parser.add_argument("--device", default="cpu", help="where wcheck's scans run: cpu or cuda")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--time-limit", type=float, default=3600.0, help="the seconds for one call, including its data"
    )
    parser.add_argument("--small", action="store_true", help="small sizes, for a test")
    parser.add_argument("--data-dir", help="folder that directly contains cifar-10-batches-bin/")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("-o", "--output", metavar="FILE.csv", help="the file for the rows")
    options = parser.parse_args(arguments)
    if options.output is None and options.task is None:
        parser.error("the following arguments are required: -o/--output")
    options.part, options.p = options.part or list(SIZES), options.p or [1, 2]
    return options


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if "--task" in sys.argv:
        print(json.dumps(run(json.loads(sys.argv[sys.argv.index("--task") + 1]))), flush=True)
        sys.exit(0)
    with suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
