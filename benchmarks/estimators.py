"""Error against time of every estimator on one pair: ``python benchmarks/estimators.py -o estimators.csv``.

All run in this process, one after the other, each with several settings of what it trades time for; the first call of
each on 100 points is not timed, it compiles what is compiled. Points lie in memory before any clock starts.

Columns
-------
source, target, n, m, dim
    The pair.
estimator, setting, estimand
    What was run, and which distance it estimates.
repeat, seconds, value
    Wall time of one call, and its answer; seeds are the repeats.
exact_lower, exact_upper, truth
    The certified empirical W1 (by ``wcheck.exact`` at 1e-9), and the population's where it is known.
error_empirical, error_population
    ``value - exact_upper`` and ``value - truth``.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np
from rich.console import Console
from rich.table import Table

import wcheck
from wcheck.estimators.registry import ESTIMATORS, make
from wcheck.measures.known import known
from wcheck.measures.measure import Measure
from wcheck.measures.sources import Preprocessing, load_pair

SETTINGS: dict[str, list[dict[str, Any]]] = {
    "exact": [{"tol": tol} for tol in (1e-1, 1e-2, 1e-4, 1e-6)],
    "batch": [{"batch_size": size} for size in (16, 64, 256, 1000)],
    "sinkhorn": [{"epsilon": epsilon} for epsilon in (100.0, 10.0, 1.0, 0.3, 0.1)],
    "sliced": [{"projections": count} for count in (20, 100, 500, 2500)],
    "mmd": [{"kernel": kernel} for kernel in ("gaussian", "imq")],
}
COLUMNS = (
    *("source", "target", "n", "m", "dim", "estimator", "setting", "estimand", "repeat", "seconds", "value"),
    *("exact_lower", "exact_upper", "truth", "error_empirical", "error_population"),
)
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for; rows are written as they come."""
    options = _options(arguments)
    preprocessing = Preprocessing(data_dir=Path(options.data_dir) if options.data_dir else None)
    x, y = (
        Measure.of(z.dense(), z.weights, name=z.name, shape=z.shape)
        for z in load_pair(options.source, options.target, preprocessing=preprocessing)
    )
    path = Path(options.output)
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    found = []
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows(x, y, options.estimator, options.repeats):
            print(
                f"{row['estimator']} {row['setting']}: {row['value']:.6g}, {row['seconds']:.3g} s",
                file=sys.stderr,
            )
            writer.writerow(row)
            file.flush()
            found.append(row)
    table(found)


def rows(x: Measure, y: Measure, estimators: Sequence[str], repeats: int) -> Iterator[Row]:
    """Yield a row of each repeat of each setting of each estimator; those that need a truth that is not known, none."""
    bracket = wcheck.exact(x, y, tol=1e-9).bracket
    truth = known(x.name, y.name)
    few = [z.take(np.arange(min(len(z), 100))) for z in (x, y)]
    for name in estimators:
        if name in ("oracle", "closed-form") and truth is None:
            continue
        for setting in SETTINGS.get(name, [{}]):
            estimator = make(name, known=truth, **setting)
            make(name, known=truth, **(setting | ({"batch_size": 16} if name == "batch" else {})))(
                few[0], few[1]
            )
            for repeat in range(repeats):
                begun = time.perf_counter()
                value = estimator(x, y, seed=repeat).value
                seconds = time.perf_counter() - begun
                yield {
                    "source": x.name,
                    "target": y.name,
                    "n": len(x),
                    "m": len(y),
                    "dim": x.dim,
                    "estimator": name,
                    "setting": " ".join(f"{key}={number}" for key, number in setting.items()),
                    "estimand": estimator.estimand,
                    "repeat": repeat,
                    "seconds": seconds,
                    "value": value,
                    "exact_lower": bracket.lower,
                    "exact_upper": bracket.upper,
                    "truth": truth.distance if truth else None,
                    "error_empirical": value - bracket.upper,
                    "error_population": value - truth.distance if truth else None,
                }


def table(found: list[Row]) -> None:
    """Print the medians over repeats."""
    shown = Table("estimator", "setting", "of", "seconds", "value", "- exact", "- truth")
    for key in dict.fromkeys((row["estimator"], row["setting"]) for row in found):
        own = [row for row in found if (row["estimator"], row["setting"]) == key]
        truth = [row["error_population"] for row in own if row["error_population"] is not None]
        shown.add_row(
            *key,
            own[0]["estimand"],
            f"{median(row['seconds'] for row in own):.3g}",
            f"{median(row['value'] for row in own):.6g}",
            f"{median(row['error_empirical'] for row in own):+.3g}",
            f"{median(truth):+.3g}" if truth else "",
        )
    Console(width=None if sys.stdout.isatty() else 120).print(shown)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Error against time of every estimator on one pair.")
    parser.add_argument("--source", default="gaussian:dim=20,n=2000")
    parser.add_argument("--target", default="gaussian:dim=20,n=2000,mean=0.3")
    parser.add_argument(
        "--estimator", action="append", choices=ESTIMATORS, help="can be given more than once; default: all"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--data-dir", help="folder that directly contains cifar-10-batches-bin/")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    options = parser.parse_args(arguments)
    options.estimator = options.estimator or list(ESTIMATORS)
    return options


if __name__ == "__main__":
    main()
