"""Time wcheck.exact_batch beside bare loops, in one run: ``python benchmarks/batch.py -o batch.csv``.

All peers run in one warm process, in turn within every repeat, on the same points in memory: pairs of standard Gaussian
samples, float32. The bare loops are what one would write by hand, without any check or certificate: ``pot`` over
``ot.lp.emd_wrap.emd_c``, ``scipy`` over ``scipy.optimize.linear_sum_assignment``. Their cost matrices, by the fastest
way there is here (a float32 product and a root, then float64), are computed before, one problem after another, and
timed apart. wcheck's time contains everything: its float64 cost matrices, the checks, and the certificates.

Columns
-------
count, n, dim, peer, repeat, threads
    So many problems of n against n points; the loops use one thread, but for the product of a cost matrix.
seconds, cost_seconds
    Wall time without cost matrices (wcheck: with them), and that of the cost matrices.
ratio_to_loop, ratio_to_loop_and_costs
    seconds over the median of pot's seconds, and over that of its seconds and cost_seconds together.
relative_gap
    The widest of wcheck's brackets, relative.
outside
    The largest relative distance of a peer's value from wcheck's bracket: the loops' costs are float32 products.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np
import torch
from exact import write
from numpy.typing import NDArray
from ot.lp.emd_wrap import emd_c
from peers import UNLIMITED, cost_matrix
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment

from wcheck import BatchResult, exact_batch

COLUMNS = (
    *("count", "n", "dim", "peer", "repeat", "threads", "seconds", "cost_seconds"),
    *("ratio_to_loop", "ratio_to_loop_and_costs", "relative_gap", "outside"),
)
PROBLEMS = (
    *((1000, 64, dim) for dim in (2, 20)),
    *((1000, 100, dim) for dim in (2, 20)),
    (200, 100, 3072),
    *((100, 300, dim) for dim in (2, 20)),
    *((20, 1000, dim) for dim in (2, 20)),
)
"""How many problems, of how many points, in which dimension."""
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for; the CSV is whole after every problem."""
    options = _options(arguments)
    path = Path(options.output)
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    rows: list[Row] = []
    for count, n, dim in PROBLEMS:
        print(f"{count} problems of n = {n}, d = {dim}", file=sys.stderr, flush=True)
        rows.extend(measure(count, n, dim, options.repeats))
        write(path, rows, COLUMNS)
    table(rows)


def measure(count: int, n: int, dim: int, repeats: int) -> list[Row]:
    """Time all peers on a problem, in turn, after one untimed small call of each."""
    random = np.random.default_rng([count, n, dim])
    x, y = (random.standard_normal((count, n, dim), np.float32) for _ in range(2))
    loops: dict[str, Callable[[NDArray[np.float64]], float]] = {"pot": _pot, "scipy": _scipy}
    exact_batch(x[:2], y[:2])
    for solve in loops.values():
        solve(_cost(x[0], y[0]))
    rows: list[Row] = []
    for repeat in range(repeats):
        shared = {"count": count, "n": n, "dim": dim, "repeat": repeat}
        begun = time.perf_counter()
        found = exact_batch(x, y)
        seconds = time.perf_counter() - begun
        rows.append(
            shared
            | {
                "peer": "wcheck",
                "threads": torch.get_num_threads(),
                "seconds": seconds,
                "relative_gap": found.relative_gap.max(),
                "outside": 0.0,
            }
        )
        begun = time.perf_counter()
        costs = [_cost(left, right) for left, right in zip(x, y, strict=True)]
        cost_seconds = time.perf_counter() - begun
        for peer, solve in loops.items():
            begun = time.perf_counter()
            values = [solve(cost) for cost in costs]
            seconds = time.perf_counter() - begun
            rows.append(
                shared
                | {
                    "peer": peer,
                    "threads": 1,
                    "seconds": seconds,
                    "cost_seconds": cost_seconds,
                    "outside": _outside(np.array(values), found),
                }
            )
    pot = [row for row in rows if row["peer"] == "pot"]
    loop = median(row["seconds"] for row in pot)
    both = median(row["seconds"] + row["cost_seconds"] for row in pot)
    for row in rows:
        whole = row["seconds"] + row.get("cost_seconds", 0.0)
        row |= {"ratio_to_loop": row["seconds"] / loop, "ratio_to_loop_and_costs": whole / both}
    return rows


def table(rows: list[Row]) -> None:
    """Print the medians over repeats."""
    shown = Table("problems", "n", "d", "peer", "threads", "ms a problem", "of it costs")
    for name in ("of POT's loop", "of POT's loop and costs", "widest gap", "outside"):
        shown.add_column(name)
    for key in dict.fromkeys((row["count"], row["n"], row["dim"], row["peer"]) for row in rows):
        group = [row for row in rows if (row["count"], row["n"], row["dim"], row["peer"]) == key]
        cost = median(row.get("cost_seconds", 0.0) for row in group)
        whole = median(row["seconds"] + row.get("cost_seconds", 0.0) for row in group)
        own = key[3] == "wcheck"
        shown.add_row(
            *(f"{size:,}" for size in key[:3]),
            key[3],
            str(group[0]["threads"]),
            f"{1e3 * whole / key[0]:.3g}",
            "included" if own else f"{1e3 * cost / key[0]:.3g}",
            f"{median(row['ratio_to_loop'] for row in group):.3g}",
            f"{median(row['ratio_to_loop_and_costs'] for row in group):.3g}",
            f"{group[0]['relative_gap']:.0e}" if own else "",
            "" if own else f"{group[0]['outside']:.0e}",
        )
    Console(width=None if sys.stdout.isatty() else 160).print(shown)


def _pot(cost: NDArray[np.float64]) -> float:
    n = len(cost)
    weights = np.full(n, 1.0 / n)
    _, value, *_, status = emd_c(weights, weights, cost, UNLIMITED, 1)
    if status != 1:
        raise RuntimeError(f"emd_c ended with status {status}")
    return float(value)


def _scipy(cost: NDArray[np.float64]) -> float:
    return float(cost[linear_sum_assignment(cost)].mean())


def _cost(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float64]:
    return cost_matrix(torch.from_numpy(x), torch.from_numpy(y)).numpy().astype(np.float64)


def _outside(values: NDArray[np.float64], found: BatchResult) -> float:
    off = np.maximum(found.lower - values, values - found.upper)
    return float(np.maximum(off, 0.0).max() / found.upper.max())


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time wcheck.exact_batch beside bare loops, in one run.")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
