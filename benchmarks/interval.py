"""How often the sides of ``wcheck interval`` miss a known truth: ``python benchmarks/interval.py -o interval.csv``.

Every trial draws two samples of distributions of known distance and diameter, and bounds it at a confidence of 0.95:
each side may miss in 2.5 % of the trials. ``seen`` is the lower side from the values of a perfect critic of these very
samples, such as ``wcheck interval`` refuses: its misses say why. ``unseen`` is that of two other samples and must not
miss more often than the rest. The estimate of the upper end promises nothing. A run that was cut off resumes after the
rows that are there; trials are their own seeds.

Columns
-------
problem, n, m, truth, diameter
    Who is drawn, how many points of each, and what is known.
trial, function
    The seed, and where the lower side's functions come from: ``lp-extension``, ``unseen``, ``seen``.
value, lower, upper, upper_estimate
    The empirical W1 and the sides; the last two belong to ``lp-extension`` alone.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest, truncnorm

import wcheck
from wcheck.estimators.extension import Extension
from wcheck.experiments.interval import upper_estimate, upper_side
from wcheck.experiments.lower_side import lower_side
from wcheck.measures.measure import Measure
from wcheck.progress import silent

RISK = 0.025
FUNCTIONS = ("lp-extension", "unseen", "seen")
COLUMNS = (
    *("problem", "n", "m", "truth", "diameter", "trial", "function"),
    *("value", "lower", "upper", "upper_estimate"),
)
Row = dict[str, Any]
Random = np.random.Generator


@dataclass(frozen=True)
class Problem:
    """Two distributions: how a point set of either is drawn, their W1, and the diameter of both supports."""

    draw: Callable[[Random, int, int], NDArray[np.float64]]
    truth: float
    diameter: float


def _shifted(dim: int, shift: float) -> Problem:
    """Two normal distributions cut off at 2 deviations in each coordinate, a shift apart."""

    def draw(random: Random, n: int, side: int) -> NDArray[np.float64]:
        points = truncnorm.rvs(-2.0, 2.0, size=(n, dim), random_state=random)
        points[:, 0] += side * shift
        return np.asarray(points)

    return Problem(draw, shift, math.sqrt((4.0 + shift) ** 2 + 16.0 * (dim - 1)))


def _cubes(random: Random, n: int, side: int) -> NDArray[np.float64]:
    return random.random((n, 3), np.float32).astype(np.float64)  # as exact in the single precision of critics


def _segments(random: Random, n: int, side: int) -> NDArray[np.float64]:
    return np.column_stack([np.full(n, 0.5 * side), random.random(n)])


def _coin(random: Random, n: int, side: int) -> NDArray[np.float64]:
    return (random.random((n, 1)) < (0.5 + 0.3 * side)).astype(float)


PROBLEMS = {
    "equal, 2 dimensions": _shifted(2, 0.0),
    "shift .7, 3 dimensions": _shifted(3, 0.7),
    "shift 1.5, 3 dimensions": _shifted(3, 1.5),
    "equal, 20 dimensions": _shifted(20, 0.0),
    "equal cubes, 3 dimensions": Problem(_cubes, 0.0, math.sqrt(3)),
    "segments": Problem(_segments, 0.5, math.sqrt(1.25)),
    "coins": Problem(_coin, 0.3, 1.0),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is missing and print how often each side missed."""
    options = _options(arguments)
    path = Path(options.output)
    found = _written(path)
    done = {
        (row["problem"], int(row["n"]), int(row["m"]), int(row["trial"]), row["function"]) for row in found
    }
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if not found:
            writer.writeheader()
        for row in rows(options, done):
            writer.writerow(row)
            file.flush()
    table(_written(path))


def _written(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def rows(options: argparse.Namespace, done: set[tuple[str, int, int, int, str]]) -> Iterator[Row]:
    """Yield the rows that are not there yet."""
    for name in options.problem:
        problem = PROBLEMS[name]
        for n in options.n:
            for m in dict.fromkeys((n, *((options.unequal * n,) if options.unequal > 1 else ()))):
                for trial in range(options.trials):
                    for function in options.function:
                        if (name, n, m, trial, function) not in done:
                            yield {
                                **{"problem": name, "n": n, "m": m, "truth": problem.truth},
                                **{"diameter": problem.diameter, "trial": trial, "function": function},
                                **_trial(problem, n, m, trial, function),
                            }


def _trial(problem: Problem, n: int, m: int, trial: int, function: str) -> Row:
    random = np.random.default_rng(trial)
    x, y = Measure.of(problem.draw(random, n, 0)), Measure.of(problem.draw(random, m, 1))
    if function == "lp-extension":
        plugin = wcheck.exact(x, y)
        return {
            "value": plugin.value,
            "lower": lower_side(x, y, problem.diameter, RISK, trial, None, silent)["lower"],
            "upper": upper_side(plugin.value, problem.diameter, n, m, RISK)["upper"],
            "upper_estimate": upper_estimate(plugin, RISK),
        }
    pair = x, y
    if function == "unseen":
        pair = Measure.of(problem.draw(random, n, 0)), Measure.of(problem.draw(random, m, 1))
    optimum = Extension(pair[1], -wcheck.exact(*pair).potentials[1], lowest=False)
    critic = lambda points: optimum(Measure.of(points))  # noqa: E731
    return {"lower": lower_side(x, y, problem.diameter, RISK, trial, critic, silent)["lower"]}


def table(found: Sequence[dict[str, str]]) -> None:
    """Print the mean of each side, its misses, and whether they are more than 2.5 % (a binomial test at 0.001)."""
    shown = Table("problem", "n", "m", "function", "side", "trials", "truth", "mean", "misses")
    sides = {"lower": 1.0, "upper": -1.0, "upper_estimate": -1.0}
    for key in dict.fromkeys((row["problem"], row["n"], row["m"], row["function"]) for row in found):
        own = [row for row in found if (row["problem"], row["n"], row["m"], row["function"]) == key]
        for side, sign in sides.items():
            ends = np.array([float(row[side]) for row in own if row[side]])
            if not len(ends):
                continue
            truth = float(own[0]["truth"])
            misses = int((sign * (ends - truth) > 0).sum())
            many = (
                " (too many)"
                if binomtest(misses, len(ends), RISK, alternative="greater").pvalue < 1e-3
                else ""
            )
            shown.add_row(
                *key,
                side,
                f"{len(ends)}",
                f"{truth:.4g}",
                f"{ends.mean():.4g}",
                f"{misses}{many}",
            )
    Console(width=None if sys.stdout.isatty() else 150).print(shown)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How often each side of wcheck interval misses.")
    parser.add_argument(
        "--problem", action="append", choices=PROBLEMS, help="can be given more than once; default: all"
    )
    parser.add_argument(
        "--function", action="append", help="lp-extension (default), critic, critic that has seen"
    )
    parser.add_argument(
        "--n",
        action="append",
        type=int,
        help="points of the first sample; can be given more than once; default: 100",
    )
    parser.add_argument(
        "--unequal", type=int, default=3, help="also use a second sample with this many times the points"
    )
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--small", action="store_true", help="a few trials, for a test")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    options = parser.parse_args(arguments)
    if options.small:
        options.trials, options.n, options.problem = 3, [20], ["shift .7, 3 dimensions"]
        options.function = list(FUNCTIONS)
    options.problem = options.problem or list(PROBLEMS)
    options.function = options.function or ["lp-extension"]
    options.n = options.n or [100]
    return options


if __name__ == "__main__":
    main()
