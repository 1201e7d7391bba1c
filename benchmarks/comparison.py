"""How often claims of ``wcheck compare`` are right: ``python benchmarks/comparison.py -o comparison.csv``.

Every trial draws its own samples, by its own number. The same command resumes after the last row of the file;
``--small`` takes seconds. At the end the shares are printed.

Columns
-------
experiment, case, trial
    What was run. ``coverage``: the paired interval of the expected excess at this n. ``level``, ``power``: the
    permutation test on two samples of one distribution, or of two. ``seven``: seven candidates from the reference's
    own distribution. ``mean``: a candidate that repeats the mean of other data.
value, low, high
    The excess and its interval, or the statistic.
truth
    The expected excess by an independent simulation (``coverage``).
p_value
    That of the permutation test.
farther, nearer, pairs, tests
    How many candidates are called farther than real data, how many nearer, how many pairs are told apart, and how many
    candidates have another distribution, by corrected p-values.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from wcheck import compare, exact_batch
from wcheck.estimators.permutation import permutation_test
from wcheck.experiments.paired import LEVEL
from wcheck.measures.measure import Measure
from wcheck.rng import generator

COLUMNS = (
    "experiment", "case", "trial", "value", "low", "high", "truth", "p_value", "farther", "nearer", "pairs", "tests",
)  # fmt: skip
EXPERIMENTS = ("coverage", "level", "power", "seven", "mean")
Row = dict[str, Any]
Points = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Points]


def normal(dim: int, shift: float = 0.0, scale: float = 1.0) -> Draw:
    """Return a draw of points of N(shift, scale^2 I)."""
    return lambda random, n: scale * random.standard_normal((n, dim)) + shift


def lattice(dim: int) -> Draw:
    """Return a draw of points with coordinates 0, 1 or 2."""
    return lambda random, n: random.integers(0, 3, (n, dim)).astype(float)


FAMILIES: Mapping[str, tuple[Draw, Draw]] = {
    "normal, shifted by .3 in 5 dimensions": (normal(5), normal(5, shift=0.3)),
    "normal, shrunken by .7 in 20 dimensions": (normal(20), normal(20, scale=0.7)),
    "exponential beside normal in 2 dimensions": (
        lambda random, n: random.exponential(size=(n, 2)),
        normal(2, shift=1.0),
    ),
}
"""What the reference is drawn from, and the candidate."""


# -- the interval --------------------------------------------------------------------------------------------------


def coverage(family: str, n: int, blocks: int, truths: int, trial: int) -> Row:
    """Compare one candidate; the truth is that of many other blocks."""
    random = generator(trial, "coverage", family, blocks)
    real, other = FAMILIES[family]
    found = compare(
        real(random, 2 * n * blocks), {"c": other(random, n * blocks)}, n=n, blocks=blocks, permutations=1
    )
    row = found.rows[0]
    return {"value": row["excess"], "low": row["interval_low"], "high": row["interval_high"],
            "truth": truth(family, n, truths)}  # fmt: skip


@cache
def truth(family: str, n: int, pairs: int) -> float:
    """Return the mean excess over many independent blocks."""
    random = generator(0, "truth", family)
    real, other = FAMILIES[family]
    total = 0.0
    for start in range(0, pairs, 1000):
        count = min(1000, pairs - start)
        a, b, c = ([draw(random, n) for _ in range(count)] for draw in (real, real, other))
        total += float((exact_batch(a, c).value - exact_batch(a, b).value).sum())
    return total / pairs


# -- the tests -----------------------------------------------------------------------------------------------------


def tested(statistic: str, draws: tuple[Draw, Draw], n: int, trial: int) -> Row:
    """Test two samples."""
    random = generator(trial, "test", statistic, n)
    pair = Measure.of(draws[0](random, n)), Measure.of(draws[1](random, n))
    found = permutation_test([pair], statistic, permutations=99, seed=trial)
    return {"value": found.value, "p_value": found.p_value}


# -- many claims at once -------------------------------------------------------------------------------------------


def claims(real: Draw, candidates: Mapping[str, Draw], n: int, trial: int) -> Row:
    """Compare candidates and count what is claimed of them."""
    random = generator(trial, "claims", n)
    reference = real(random, 10 * n)
    found = compare(reference, {name: draw(random, 5 * n) for name, draw in candidates.items()}, n=n)
    full = [row for row in found.rows if row["n"] == n]
    alone = [row for row in full if row["against"] is None]
    certain = [row for row in full if row["excess_p_corrected"] <= LEVEL]
    return {
        "value": alone[0]["excess"], "low": alone[0]["interval_low"], "high": alone[0]["interval_high"],
        "p_value": alone[0]["p_value"],
        "farther": sum(row["against"] is None and row["excess"] > 0 for row in certain),
        "nearer": sum(row["against"] is None and row["excess"] < 0 for row in certain),
        "pairs": sum(row["against"] is not None for row in certain),
        "tests": sum(row["p_corrected"] <= LEVEL for row in alone),
    }  # fmt: skip


def repeated_mean(dim: int, fitted: int) -> Draw:
    """Return a candidate that repeats the mean of ``fitted`` other points of N(0, I)."""
    return lambda random, n: np.repeat(random.standard_normal((fitted, dim)).mean(axis=0)[None], n, axis=0)


Case = tuple[str, str, Callable[[int], Row], int]
"""Experiment, name, what a trial does, and how many trials."""


def cases(small: bool) -> Iterator[Case]:
    """Yield all cases, or one small one of each experiment."""
    families = list(FAMILIES)[: 1 if small else None]
    for family in families:
        for blocks in (5,) if small else (5, 10, 30):
            name = f"{family}, n = {(n := 10 if small else 40)}, {blocks} blocks"
            arguments = (family, n, blocks, 1000 if small else 20_000)
            yield "coverage", name, lambda t, a=arguments: coverage(*a, t), 30 if small else 1000
    for statistic in ("energy",) if small else ("energy", "mmd"):
        for name, draw in (("normal, 3 dimensions", normal(3)), ("lattice, 2 dimensions", lattice(2))):
            text = f"{statistic}, {name}, n = 30"
            yield (
                "level",
                text,
                lambda t, a=(statistic, (draw, draw), 30): tested(*a, t),
                30 if small else 1000,
            )
    for statistic in ("energy",) if small else ("energy", "mmd", "w1"):
        for n in (20,) if small else (25, 50, 100, 200):
            pair = normal(10), normal(10, scale=0.85)
            text = f"{statistic}, normal and shrunken by .85, 10 dimensions, n = {n}"
            yield "power", text, lambda t, a=(statistic, pair, n): tested(*a, t), 10 if small else 200
    for dim in (2,) if small else (2, 20):
        real = normal(dim)
        same = {f"c{number}": real for number in range(3 if small else 7)}
        text = f"normal, {dim} dimensions, n = 40"
        yield "seven", text, lambda t, a=(real, same, 40): claims(*a, t), 10 if small else 1000
    for dim in (2,) if small else (2, 50):
        real, mean = normal(dim), {"mean": repeated_mean(dim, 250)}
        text = f"normal, {dim} dimensions, n = {(n := 25 if small else 250)}"
        yield "mean", text, lambda t, a=(real, mean, n): claims(*a, t), 3 if small else 50


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the file does not hold yet, and print the shares."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    parser.add_argument("--small", action="store_true", help="a few small trials, which take seconds")
    parser.add_argument("--only", choices=EXPERIMENTS, help="one experiment")
    options = parser.parse_args(arguments)
    path = Path(options.output)
    rows = list(csv.DictReader(path.read_text().splitlines())) if path.exists() else []
    done = {(row["experiment"], row["case"], int(row["trial"])) for row in rows}
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if not rows:
            writer.writeheader()
        for experiment, name, run, trials in cases(options.small):
            if options.only not in (None, experiment):
                continue
            for trial in range(trials):
                if (experiment, name, trial) not in done:
                    writer.writerow({"experiment": experiment, "case": name, "trial": trial, **run(trial)})
                    file.flush()
    table(list(csv.DictReader(path.read_text().splitlines())))


def table(rows: Sequence[Row]) -> None:
    """Print, by case, what the trials found."""
    printed = Table("experiment", "case", "trials", "share", "of what")
    for experiment, name in dict.fromkeys((row["experiment"], row["case"]) for row in rows):
        own = [row for row in rows if (row["experiment"], row["case"]) == (experiment, name)]
        for what, share in shares(experiment, own).items():
            printed.add_row(experiment, name, str(len(own)), f"{share:.3f}", what)
    Console(width=160).print(printed)


def shares(experiment: str, rows: Sequence[Row]) -> dict[str, float]:
    """Return the shares of trials by what they are shares of."""
    value = {
        name: np.array([float(row[name] or math.nan) for row in rows])
        for name in COLUMNS[3:]
    }  # fmt: skip
    if experiment == "coverage":
        held = (value["low"] <= value["truth"]) & (value["truth"] <= value["high"])
        return {"intervals that hold the expected excess": float(held.mean())}
    if experiment in ("level", "power"):
        return {f"p-values of at most {LEVEL:g}": float((value["p_value"] <= LEVEL).mean())}
    if experiment == "seven":
        return {
            "no candidate called nearer or farther than real data": float(
                (value["farther"] + value["nearer"] == 0).mean()
            ),
            "no two ranked apart": float((value["pairs"] == 0).mean()),
            "none of another distribution": float((value["tests"] == 0).mean()),
        }
    return {
        "called nearer than real data": float((value["nearer"] > 0).mean()),
        "called farther than real data": float((value["farther"] > 0).mean()),
        "of another distribution": float((value["tests"] > 0).mean()),
    }


if __name__ == "__main__":
    main()
