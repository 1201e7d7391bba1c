"""Time critics trained together beside one critic alone, in one run: ``python benchmarks/ensemble.py -o ensemble.csv``.

Critics are MLPs of three hidden layers on 20-dimensional Gaussian samples in batches of 64. Within every repeat one
critic and all sizes of ensembles take turns, on one thread and in one warm process; each block takes the same number of
steps. The critics of an ensemble differ in seed, step size and penalty, so none shares its batches with another.

Columns
-------
lipschitz, width, critics, repeat
    So many critics of this width, trained together; 1 is ``wcheck.critics.training.Training``, as a critic alone is.
ms
    Milliseconds of a step of all of them.
ratio
    ms over the median of one critic's, of the same constraint and width.
share
    ratio over critics: what a critic takes of the time that it takes alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np
import torch
from exact import write
from rich.console import Console
from rich.table import Table

from wcheck.critics.ensemble import Ensemble
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure

COLUMNS = ("lipschitz", "width", "critics", "repeat", "ms", "ratio", "share")
DIM, POINTS, WARM_STEPS, STEPS = 20, 2000, 20, 100
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for; the CSV is whole after every width."""
    options = _options(arguments)
    torch.set_num_threads(1)
    path = Path(options.output)
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    rows: list[Row] = []
    for lipschitz in options.lipschitz:
        for width in options.width:
            print(f"{lipschitz}, width {width}", file=sys.stderr, flush=True)
            rows.extend(measure(lipschitz, width, [1, *options.critics], options.repeats))
            write(path, rows, COLUMNS)
    table(rows)


def measure(lipschitz: str, width: int, sizes: Sequence[int], repeats: int) -> list[Row]:
    """Time one critic and ensembles in turn, after some untimed steps of each."""
    random = np.random.default_rng(width)
    x, y = (
        FrozenPoints(Measure.of(random.standard_normal((POINTS, DIM), np.float32) + shift))
        for shift in (0, 1)
    )
    trainings = {}
    for size in sizes:
        recipes = [
            Recipe.of(lipschitz=lipschitz, width=width, seed=seed, lr=1e-4 * (1 + seed), penalty=1.0 + seed)
            for seed in range(size)
        ]
        trainings[size] = Training(recipes[0], x, y) if size == 1 else Ensemble(recipes, x, y)
        trainings[size].advance(WARM_STEPS)
    rows: list[Row] = []
    for repeat in range(repeats):
        for size, training in trainings.items():
            begun = time.perf_counter()
            training.advance(training.step + STEPS)
            ms = 1e3 * (time.perf_counter() - begun) / STEPS
            rows.append({"lipschitz": lipschitz, "width": width, "critics": size, "repeat": repeat, "ms": ms})
    alone = median(row["ms"] for row in rows if row["critics"] == 1)
    for row in rows:
        row |= {"ratio": row["ms"] / alone, "share": row["ms"] / alone / row["critics"]}
    return rows


def table(rows: Sequence[Row]) -> None:
    """Print the medians over repeats."""
    shown = Table("lipschitz", "width", "critics", "ms a step", "of one alone", "a critic's share")
    for key in dict.fromkeys((row["lipschitz"], row["width"], row["critics"]) for row in rows):
        group = [row for row in rows if (row["lipschitz"], row["width"], row["critics"]) == key]
        numbers = (median(row[column] for row in group) for column in ("ms", "ratio", "share"))
        shown.add_row(*map(str, key), *(f"{number:.3g}" for number in numbers))
    Console(width=None if sys.stdout.isatty() else 160).print(shown)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Time critics trained together beside one alone, in one run."
    )
    parser.add_argument("--lipschitz", nargs="+", default=["gp"])
    parser.add_argument("--width", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--critics", type=int, nargs="+", default=[4, 16])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
