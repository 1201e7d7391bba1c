"""Time ``wcheck.exact`` beside its peers on many kinds of data: ``python benchmarks/zoo.py --seed 7 -o zoo.csv``.

``--list`` names the kinds; ten more are drawn by the seed (``kinds_generated``), so that goals count on data that
nobody has chosen. A task is a kind with an exponent: every peer once, and in between wcheck, at least three times.
Calls take turns in two processes that have everything loaded, one for wcheck and one for the peers; a peer that is not
done by the time limit is cut off and counted as that. Points lie in memory before any clock starts; dense peers have
their cost matrix in theirs. ``--busy 2`` keeps two other processes computing meanwhile, and ``--sorted`` sorts both
sides along their first principal direction: the order of points should not matter.

What is wrong ends the run: a bracket of wcheck's that is above the cost of somebody's plan, or wider than asked, and a
plan of a peer's that is cheaper than wcheck's, or dearer by more than costs in float32 explain.

The same command goes on behind the last task that is finished. ``zoo_show.py`` makes the table and the figure.

Columns
-------
kind, about, p, n, m, dim, dtype, weighted, busy, threads
    What was run.
peer, repeat, status
    ``optimal``; ``time_limit`` (seconds is then the limit); ``skipped: why``; ``failed: why``.
seconds, solver_seconds
    Wall time in all, the cost matrix included; and without it (for wcheck: that of its linear programs).
peak_bytes, above_input_bytes, above_copy_bytes
    The process's largest resident size, by how much it exceeds what was resident before the call, and that less one
    float32 copy of each input.
value, lower, upper, relative_gap, rounds, arcs
    The answer; what only wcheck has is blank for the others.
plan_value, difference, allowed, agrees
    The cost of the plan, measured anew in float64; by how much it exceeds wcheck's value, relative to it, and by how
    much it may: what rounding in float32 explains, and at least 1e-5. ``agrees`` must be 1.
times_wcheck
    seconds over the median of wcheck's on the same task.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np
import torch
import zoo_child
from kinds import Kind, drawn
from kinds_generated import generated
from kinds_real import real
from problems import Points

from wcheck.errors import WcheckError
from wcheck.rows.csvfile import CsvFile

COLUMNS = (
    *("kind", "about", "p", "n", "m", "dim", "dtype", "weighted", "busy", "threads", "peer", "repeat"),
    *("status", "seconds", "solver_seconds", "peak_bytes", "above_input_bytes", "above_copy_bytes"),
    *("value", "lower", "upper", "relative_gap", "rounds", "arcs"),
    *("plan_value", "difference", "allowed", "agrees", "times_wcheck"),
)
RIVALS = ("pot-dense", "lapjvr", "lapjvh", "scipy", "pot-lazy")
LEAST = 3
"""How often wcheck is called on a task, at least."""
TOLERANCE = 1e-6
"""What wcheck is asked for."""
ALLOWED = 1e-5
"""By how much a peer's plan may be dearer than wcheck's, at least: network simplex stops within rounding of its own."""
SMALL = 60
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the options ask for; return the exit status."""
    options = _options(arguments)
    kinds = _kinds(options)
    if options.list:
        for kind in kinds:
            print(f"{kind.name:22} {kind.about}")
        return 0
    tasks = [(kind, p) for kind in kinds for p in options.p]
    config = {
        "n": options.n,
        "p": options.p,
        "kinds": [kind.name for kind in kinds],
        "seed": options.seed,
        "peers": options.peer,
        "time_limit": options.time_limit,
        "busy": options.busy,
        **({"sorted": True} if options.sorted else {}),
        "machine": {name: value for name, value in machine.describe().items() if name != "load_average"},
    }
    with CsvFile(options.output, COLUMNS, {"optimal"}, notify=_say) as table:
        table.begin("zoo", lambda: config, len(tasks), torch.get_num_threads())
        with _busy(options.busy), _Timer(options) as timer:
            for number, (kind, p) in enumerate(tasks):
                if number < table.finished:
                    continue
                _say(f"{number + 1} of {len(tasks)}: {kind.name}, p = {p}")
                rows = timer.rows(kind, p)
                table.take(number, rows)
                wrong = [row for row in rows if row.get("agrees") == 0]
                for row in wrong:
                    _say(f"WRONG: {kind.name}, p = {p}: {json.dumps(row)}")
                if wrong:
                    return 1
        table.finish()
    return 0


class _Timer:
    """Draws points, and has both processes time them in turn."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._folder = tempfile.TemporaryDirectory(dir=options.folder)
        self._file = Path(self._folder.name) / "points.npz"
        self._children: dict[bool, subprocess.Popen[str]] = {}
        self._drawn: tuple[str, Points | str] = ("", "")

    def __enter__(self) -> _Timer:
        return self

    def __exit__(self, *error: object) -> None:
        for own in list(self._children):
            self._end(own)
        self._folder.cleanup()

    def rows(self, kind: Kind, p: int) -> list[Row]:
        """Return the rows of one task."""
        named: Row = {"kind": kind.name, "about": kind.about, "p": p, "busy": self._options.busy}
        named["threads"] = torch.get_num_threads()
        points = self._points(kind)
        if isinstance(points, str):
            return [named | {"peer": "wcheck", "repeat": 0, "status": f"skipped: {points}"}]
        named |= {
            "n": len(points.x),
            "m": len(points.y),
            "dim": points.x.shape[1],
            "dtype": points.x.dtype.name,
            "weighted": int(points.a is not None or points.b is not None),
        }
        copy = 4 * (points.x.size + points.y.size)
        rows: list[Row] = []
        rivals = [peer for peer in self._options.peer if peer != "wcheck"]
        count = 1 if self._options.small else LEAST
        for turn in range(max(count, len(rivals))):
            if turn < count:
                rows.append({"peer": "wcheck", "repeat": turn, **self._timed("wcheck", p)})
            if turn < len(rivals):
                rows.append({"peer": rivals[turn], "repeat": 0, **self._timed(rivals[turn], p)})
        for row in rows:
            if (above := row.get("above_input_bytes")) is not None:
                row["above_copy_bytes"] = max(0, above - copy)
        return [named | row for row in compared(rows)]

    def _points(self, kind: Kind) -> Points | str:
        """Draw the points, for both exponents once, and write them; or say why there are none."""
        if self._drawn[0] != kind.name:
            found: Points | str
            try:
                random = np.random.default_rng([self._options.seed, zlib.crc32(kind.name.encode())])
                found = kind.draw(self._options.n, random)
                found = found.in_order() if self._options.sorted else found
                self._file = self._file.with_name(f"{kind.name}.npz")
                zoo_child.write(self._file, found)
            except (WcheckError, ImportError) as error:
                found = " ".join(str(error).split())
                _say(f"  skipped: {found}")
            for old in Path(self._folder.name).glob("*.npz"):
                if old != self._file:
                    old.unlink()
            self._drawn = kind.name, found
        return self._drawn[1]

    def _timed(self, peer: str, p: int) -> Row:
        own = peer == "wcheck"
        child = self._child(own)
        assert child.stdin is not None
        child.stdin.write(json.dumps({"file": str(self._file), "p": p, "peer": peer}) + "\n")
        child.stdin.flush()
        limit = self._options.time_limit
        answer = _answer(child, limit)
        if answer is None:
            self._end(own)
            return {"status": "time_limit", "seconds": limit}
        if "exit" in answer:
            self._end(own)
            return {"status": f"failed: the process ended with {answer['exit']}"}
        return answer

    def _child(self, own: bool) -> subprocess.Popen[str]:
        if own not in self._children:
            peers = ["wcheck"] if own else [peer for peer in self._options.peer if peer != "wcheck"]
            warmed = [] if self._options.small else peers
            child = subprocess.Popen(
                [sys.executable, str(Path(zoo_child.__file__)), *warmed],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._children[own] = child
            _answer(child, 600.0)
        return self._children[own]

    def _end(self, own: bool) -> None:
        with self._children.pop(own) as child:  # which closes its pipes and waits for it
            child.kill()


def compared(rows: Sequence[Row]) -> list[Row]:
    """Return a task's rows with what tells whether they agree, and how many times wcheck's time they took."""
    own = [row for row in rows if row["peer"] == "wcheck" and "value" in row]
    best = min((row["plan_value"] for row in rows if "plan_value" in row), default=None)
    middle = median(row["seconds"] for row in own) if own else None
    out = []
    for row in rows:
        row = dict(row)
        if middle and row.get("seconds") is not None:
            row["times_wcheck"] = row["seconds"] / middle
        if own and "plan_value" in row:
            value = own[0]["value"]
            row["difference"] = (row["plan_value"] - value) / value if value else float(row["plan_value"] > 0)
            row["allowed"] = max(ALLOWED, row.pop("rounding"))
            row["agrees"] = int(_agrees(row, best))
        row.pop("rounding", None)
        out.append(row)
    return out


def _agrees(row: Row, best: float) -> bool:
    if row["peer"] != "wcheck":
        return bool(-2.0 * TOLERANCE <= row["difference"] <= row["allowed"])
    row["relative_gap"] = (row["upper"] - row["lower"]) / row["upper"] if row["upper"] else 0.0
    closed = row["status"] == "optimal" and row["relative_gap"] <= TOLERANCE
    return bool((closed or row["status"] == "rounding") and row["lower"] <= best * (1.0 + 1e-12))


def _answer(child: subprocess.Popen[str], limit: float) -> Row | None:
    """Return the next line of a process; None if none comes in time; its exit status if it ends."""
    assert child.stdout is not None
    ready, _, _ = select.select([child.stdout], [], [], limit)
    if not ready:
        return None
    line = child.stdout.readline()
    if not line:
        return {"exit": child.wait()}
    answer: Row = json.loads(line)
    return answer


@contextmanager
def _busy(count: int) -> Iterator[None]:
    """Keep processes computing beside the run."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def _kinds(options: argparse.Namespace) -> list[Kind]:
    data = options.data_dir or os.environ.get("WCHECK_DATA")
    fashion = options.fashion_dir or data
    kinds = [
        *drawn(),
        *real(Path(data) if data else None, Path(fashion) if fashion else None),
        *(generated(options.seed) if options.seed is not None else []),
    ]
    if options.kind is None:
        return kinds
    known: Mapping[str, Kind] = {kind.name: kind for kind in kinds}
    unknown = [name for name in options.kind if name not in known]
    if unknown:
        sys.exit(f"no kind is called {', '.join(unknown)}: --list names them; generated ones need --seed.")
    return [known[name] for name in options.kind]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time wcheck.exact beside its peers on many kinds of data.")
    parser.add_argument("-n", type=int, default=3000, help="points a side; default: 3,000")
    parser.add_argument("--kind", action="append", help="repeats, in this order; default: all")
    parser.add_argument("--p", action="append", type=int, choices=(1, 2), help="repeats; default: both")
    parser.add_argument(
        "--peer", action="append", choices=("wcheck", *RIVALS), help="repeats, beside wcheck; default: all"
    )
    parser.add_argument(
        "--seed", type=int, help="of the draws, and of ten kinds more; without one there are none"
    )
    parser.add_argument("--time-limit", type=float, default=600.0, help="seconds of a call; default: 600")
    parser.add_argument("--busy", type=int, default=0, metavar="K", help="processes that compute beside it")
    parser.add_argument(
        "--sorted", action="store_true", help="sort both sides by their first principal coordinate"
    )
    parser.add_argument(
        "--small", action="store_true", help=f"{SMALL} points, wcheck once: to see that it runs"
    )
    parser.add_argument("--list", action="store_true", help="name the kinds and end")
    parser.add_argument("--data-dir", help="folder that directly contains cifar-10-batches-bin/")
    parser.add_argument("--fashion-dir", help="folder that contains fashion-mnist/; default: as --data-dir")
    parser.add_argument(
        "--folder", help="where the points of one kind are kept meanwhile; default: temporary"
    )
    parser.add_argument("-o", "--output", metavar="FILE.csv", help="where the rows go")
    options = parser.parse_args(arguments)
    if options.output is None and not options.list:
        parser.error("the following arguments are required: -o/--output")
    options.p = options.p or [1, 2]
    options.peer = options.peer or list(RIVALS)
    if options.small:
        options.n = SMALL
    return options


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
