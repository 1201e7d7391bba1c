"""Time ``wcheck.exact`` beside its peers, in one run: ``python benchmarks/exact.py -o exact.csv``.

Every (problem, peer) runs in a fresh child process, so that peak memory is its own; within it one small untimed call
compiles what is compiled. After every repeat the same process times the yardstick: one float32 cost matrix (a product
and a root), allocated whole where that takes at most 1 GiB, and by block of rows in one buffer. Points lie in memory
before any clock starts.

Columns
-------
problem, source, target, scale, image_size, n, m, dim, peer, repeat
    What was run; ``python benchmarks/exact.py --help`` lists problems and peers.
status
    ``optimal``; ``time_limit`` (seconds, if any, is then a lower bound); ``skipped: why``; ``failed: why``.
seconds, solver_seconds
    Wall time in all, the cost matrix included; and without it (for wcheck: that of its linear programs).
peak_bytes, above_input_bytes
    The process's largest resident size, and by how much it exceeds what was resident before the call.
value, lower, upper, relative_gap, rounds, arcs
    The answer; what only wcheck has is blank for the others.
cost_matrix_seconds, cost_stream_seconds
    The yardstick, allocated and by block.
ratio_to_cost_matrix, ratio_to_cost_stream, ratio_to_pot
    seconds over the median yardstick of the same process, and over POT dense's median on the same problem.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np
import psutil
from peers import PEERS, STARTED, Task
from problems import CATALOGUE, STANDARD, Problem, growth
from rich.console import Console
from rich.table import Table

COLUMNS = (
    *("problem", "source", "target", "scale", "image_size", "n", "m", "dim", "peer", "repeat"),
    *("status", "seconds", "solver_seconds", "peak_bytes", "above_input_bytes"),
    *("value", "lower", "upper", "relative_gap", "rounds", "arcs"),
    *("cost_matrix_seconds", "cost_stream_seconds"),
    *("ratio_to_cost_matrix", "ratio_to_cost_stream", "ratio_to_pot"),
)
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for; the CSV is whole after every peer, so that an interrupted run keeps its rows."""
    options = _options(arguments)
    problems = growth(options.largest) if options.growth else [CATALOGUE[name] for name in options.problem]
    path = Path(options.output)
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    rows: list[Row] = []
    for problem in problems:
        for peer in options.peer:
            print(f"{problem.name}: {problem.source}, {peer}", file=sys.stderr, flush=True)
            rows.extend(measure(problem, peer, options.repeats, options.time_limit, options.data_dir))
            write(path, with_ratios(rows))
    table(with_ratios(rows))
    if options.growth:
        exponents(rows)


def measure(
    problem: Problem, peer: str, repeats: int, time_limit: float, data_dir: str | None = None
) -> list[Row]:
    """Time a peer on a problem in a process of its own; never raises for what the peer does."""
    task = Task(problem, peer, repeats, data_dir, int(psutil.virtual_memory().available))
    named = {"problem": problem.name, **asdict(problem), "peer": peer}
    del named["name"]
    command = [sys.executable, str(Path(__file__).with_name("peers.py")), task.to_json()]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=out, stderr=errors, text=True)
        ending: Row = {}
        try:
            if child.wait(time_limit) != 0:
                errors.seek(0)
                last = (errors.read().strip().splitlines() or [f"exit status {child.returncode}"])[-1]
                ending = {"status": f"failed: {last}"}
        except subprocess.TimeoutExpired:
            ending = {"status": "time_limit"}
        finally:
            child.kill()
            child.wait()
        stopped = time.monotonic()
        out.seek(0)
        lines: list[Row] = [json.loads(line) for line in out.read().splitlines() if line.endswith("}")]
    found = [line for line in lines if line["status"] != STARTED]
    if ending and not (ending["status"] == "time_limit" and found):
        unfinished = lines[-1] if lines else {}
        begun = unfinished.pop("at", None)
        if begun is not None and ending["status"] == "time_limit":
            ending["seconds"] = stopped - begun
        found.append(unfinished | ending)
    for row in found:
        if row["status"] != "optimal":
            print(f"  {peer}: {row['status']}", file=sys.stderr)
        if row.get("upper"):
            row["relative_gap"] = (row["upper"] - row["lower"]) / row["upper"]
    return [named | row for row in found]


def with_ratios(rows: list[Row]) -> list[Row]:
    """Return the rows with their ratios, from medians of what is there so far."""
    out = []
    for row in rows:
        own = [r for r in rows if _key(r) == _key(row) and r["peer"] == row["peer"]]
        pot = [r for r in rows if _key(r) == _key(row) and r["peer"] == "pot-dense"]
        ratios = {
            "ratio_to_cost_matrix": _median(own, "cost_matrix_seconds"),
            "ratio_to_cost_stream": _median(own, "cost_stream_seconds"),
            "ratio_to_pot": _median([r for r in pot if r["status"] == "optimal"], "seconds"),
        }
        seconds = row.get("seconds")
        out.append(row | {name: seconds / base for name, base in ratios.items() if seconds and base})
    return out


def write(path: Path, rows: list[Row], columns: Sequence[str] = COLUMNS) -> None:
    """Write the rows; the old file stays until the new one is whole."""
    part = path.with_name(path.name + ".part")
    with part.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)


def table(rows: list[Row]) -> None:
    """Print the medians over repeats."""
    shown = Table(
        "problem", "n", "d", "peer", "seconds", "solver", "GB above input", "value", "gap", "rounds"
    )
    for name in ("cost matrices", "streamed", "of POT"):
        shown.add_column(name)
    for group in _groups(rows):
        first = group[0]
        limit = ">" if first["status"] == "time_limit" else ""
        seconds = limit + _text(_median(group, "seconds"), ".3g")
        shown.add_row(
            first["problem"],
            _text(first.get("n"), ",d"),
            _text(first.get("dim"), ",d"),
            first["peer"],
            seconds if first["status"] in ("optimal", "time_limit") else first["status"],
            _text(_median(group, "solver_seconds"), ".3g"),
            _text((_median(group, "above_input_bytes") or 0) / 1e9 or None, ".2f"),
            _text(first.get("value"), ".7g"),
            _text(first.get("relative_gap"), ".0e"),
            _text(first.get("rounds"), "d"),
            *(
                _text(_median(group, f"ratio_to_{base}"), ".3g")
                for base in ("cost_matrix", "cost_stream", "pot")
            ),
        )
    Console(width=None if sys.stdout.isatty() else 160).print(shown)


def exponents(rows: list[Row]) -> None:
    """Print how seconds, linear programs, passes and memory grow: the slopes of a line through their logarithms."""
    shown = Table("problem", "peer", "n", *(f"{name} ~ n^" for name in ("seconds", "LP", "passes", "memory")))
    for problem, peer in dict.fromkeys((row["problem"], row["peer"]) for row in rows):
        groups = [
            group
            for group in _groups([r for r in rows if (r["problem"], r["peer"]) == (problem, peer)])
            if group[0]["status"] == "optimal"
        ]
        sizes = [group[0]["n"] for group in groups]
        seconds, solver, memory = (
            [_median(group, name) for group in groups]
            for name in ("seconds", "solver_seconds", "above_input_bytes")
        )
        passes = [s - t if s and t else None for s, t in zip(seconds, solver, strict=True)]
        slopes = [_slope(sizes, values) for values in (seconds, solver, passes, memory)]
        span = f"{min(sizes):,} to {max(sizes):,}" if sizes else ""
        shown.add_row(problem, peer, span, *(_text(slope, ".2f") for slope in slopes))
    Console(width=None if sys.stdout.isatty() else 160).print(shown)


def _slope(sizes: list[int], values: Sequence[float | None]) -> float | None:
    points = [(n, value) for n, value in zip(sizes, values, strict=True) if value]
    logs = np.log(points)
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0]) if len(points) >= 2 else None


def _groups(rows: list[Row]) -> Iterator[list[Row]]:
    for key in dict.fromkeys((_key(row), row["peer"]) for row in rows):
        yield [row for row in rows if (_key(row), row["peer"]) == key]


def _key(row: Row) -> tuple[str, str]:
    return row["problem"], row["source"]


def _median(rows: list[Row], name: str) -> float | None:
    values = [row[name] for row in rows if row.get(name) is not None]
    return median(values) if values else None


def _text(value: Any, form: str) -> str:
    return "" if value is None else format(value, form)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time wcheck.exact beside its peers, in one run.")
    parser.add_argument(
        "--problem",
        action="append",
        choices=CATALOGUE,
        help="can be given more than once; default: the first five",
    )
    parser.add_argument(
        "--peer", action="append", choices=PEERS, help="can be given more than once; default: all for any d"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--time-limit", type=float, default=900.0, help="seconds per problem and peer, all repeats"
    )
    parser.add_argument(
        "--growth", action="store_true", help="series in n for d = 2, 20, 3,072, with exponents"
    )
    parser.add_argument("--largest", type=int, default=100_000, help="largest n of --growth")
    parser.add_argument("--data-dir", help="folder that directly contains cifar-10-batches-bin/")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    options = parser.parse_args(arguments)
    options.problem = options.problem or list(STANDARD)
    options.peer = options.peer or (
        ["wcheck"] if options.growth else [name for name, peer in PEERS.items() if not peer.line_only]
    )
    return options


if __name__ == "__main__":
    main()
