"""Measure how often intervals hold the truth: ``python benchmarks/calibration.py -o calibration.csv``.

And how far standard errors are from the spread that they stand for. Every trial draws its own samples, by its own
number. The same command resumes after the last row of the file; ``--small`` takes seconds. At the end the shares are
printed.

Columns
-------
experiment, case, trial
    What was run: ``fit`` (the range of the n that an error needs, as ``log10 n``), ``crossover`` (the interval of the
    dimension), ``dimension`` (the estimate and 1.96 standard errors on either side).
value, lower, upper
    What was found; an empty end is infinite.
bound
    How the range of a fit is to be read: ``at least``, ``at most``, or empty.
truth
    For a fit a closed form for d = 1 and for the power law, else the n at which the error was measured; for a crossover
    the root through many more batches; empty for a dimension, where the mean over all trials takes its place, as the
    standard error is of the draw alone.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.integrate import quad
from scipy.stats import norm

from wcheck import exact_batch
from wcheck.experiments.crossing import crossing
from wcheck.experiments.decay import Errors
from wcheck.experiments.neighbours import (
    maximum_likelihood,
    nearest_neighbours,
    standard_error,
    two_neighbours,
)
from wcheck.measures.measure import Measure
from wcheck.progress import silent
from wcheck.rng import generator

COLUMNS = ("experiment", "case", "trial", "value", "lower", "upper", "bound", "truth")
Row = dict[str, Any]
Array = NDArray[np.float64]


# -- the fit -------------------------------------------------------------------------------------------------------


def fit(dim: int, sizes: Sequence[int], reps: int, at: int, trial: int) -> Row:
    """Fit means at the sizes and ask for the n of the error that is met at another: dimension 0 is a power law."""
    rows = []
    for n in sizes:
        draws = generator(trial, "coverage", dim, n)
        rows += [
            {
                "estimator": "exact",
                "source": "gaussian",
                "dim": dim or 4,
                "truth": 0.0,
                "n": n,
                "value": value,
            }
            for value in errors(draws, dim, n, reps)
        ]
    need = Errors.of(rows).needed(mean_error(dim, at))
    return {
        "value": need.line,
        "lower": need.low,
        "upper": need.high,
        "bound": need.bound,
        "truth": math.log10(at),
    }


def errors(draws: np.random.Generator, dim: int, n: int, reps: int) -> Array:
    """Return W1 between pairs of samples; of the power law n^(-1/4) with a spread of a tenth."""
    if dim == 0:
        return n**-0.25 * (1.0 + 0.1 * draws.standard_normal(reps))
    x, y = draws.standard_normal((2, reps, n, dim))
    if dim == 1:
        return np.abs(np.sort(x[..., 0]) - np.sort(y[..., 0])).mean(axis=1)
    return exact_batch(x, y).value


@cache
def mean_error(dim: int, n: int) -> float:
    """Return the mean error at n: closed forms, else the mean over many pairs."""
    if dim == 0:
        return float(n**-0.25)
    if dim == 1:  # E|F_n - G_n| of a normal variable of variance 2 F (1 - F) / n, right to O(1/n)
        spread, _ = quad(lambda z: math.sqrt(norm.cdf(z) * norm.sf(z)), -12.0, 12.0)
        return 2.0 * spread / math.sqrt(math.pi * n)
    return float(errors(generator(0, "truth", dim, n), dim, n, max(40, 100_000 // n)).mean())


# -- the crossover -------------------------------------------------------------------------------------------------


def crossover(n: int, dims: Sequence[int], reps: int, bank: int, trial: int) -> Row:
    """Find the crossing from fresh batches; the truth is that of ``bank`` other batches a dimension."""
    found = crossing(differences(n, dims, reps, trial))
    ends = {"value": "", "lower": "", "upper": ""}
    if found is not None:
        ends = {"value": found.dim, "lower": found.low, "upper": found.high}
    return {**ends, "bound": "", "truth": true_crossing(n, tuple(dims), bank)}


def differences(n: int, dims: Sequence[int], reps: int, seed: int) -> list[Row]:
    """Return rows of the mean W1 to another batch less that to the Dirac."""
    rows = []
    for dim in dims:
        x, y = generator(seed, "coverage", "crossover", n, dim).standard_normal((2, reps, n, dim))
        values = exact_batch(x, y).value - np.linalg.norm(x, axis=2).mean(axis=1)
        rows.append({"dim": dim, "reps": reps, "difference": float(values.mean()),
                     "difference_error": float(values.std(ddof=1)) / math.sqrt(reps)})  # fmt: skip
    return rows


@cache
def true_crossing(n: int, dims: tuple[int, ...], bank: int) -> float:
    """Return the root of a polynomial of degree 4 in log d through the means of many batches."""
    rows = [row for part in range(bank // 1000) for row in differences(n, dims, 1000, 10**6 + part)]
    means = [np.mean([row["difference"] for row in rows if row["dim"] == dim]) for dim in dims]
    curve = np.polynomial.Polynomial.fit(np.log(dims), means, min(4, len(dims) - 1))
    roots = [root.real for root in curve.roots() if abs(root.imag) < 1e-9 and curve.deriv()(root.real) > 0]
    return float(np.exp(min(roots, key=lambda root: abs(root - np.mean(np.log(dims))))))


# -- the dimension -------------------------------------------------------------------------------------------------


def dimension(law: str, dim: int, n: int, k: int, trial: int) -> Row:
    """Estimate from fresh points; k = 0 stands for twonn."""
    draws = generator(trial, "coverage", "dimension", law, dim, n)
    points = draws.random((n, dim)) if law == "uniform" else draws.standard_normal((n, dim))
    near = nearest_neighbours(Measure.of(points), k or 2, silent)
    estimate = maximum_likelihood if k else two_neighbours
    value = estimate(near.distances[:, : k or 2])
    half = 1.96 * (standard_error(near, k or 2, estimate) or math.nan)
    return {"value": value, "lower": value - half, "upper": value + half, "bound": "", "truth": ""}


# -- what is run ---------------------------------------------------------------------------------------------------

Case = tuple[str, str, Callable[[int], Row], int]
"""Experiment, name, what a trial does, and how many trials."""


def cases(small: bool) -> Iterator[Case]:
    """Yield all cases, or one small one of each experiment."""
    if small:
        yield "fit", "power law, 3 sizes, 3 repetitions", lambda t: fit(0, (10, 30, 100), 3, 10**6, t), 40
        yield "fit", "d = 1, 3 sizes, 20 repetitions", lambda t: fit(1, (10, 30, 100), 20, 32_600, t), 40
        dims = tuple(range(2, 10))
        yield "crossover", "n = 8, 30 repetitions", lambda t: crossover(8, dims, 30, 1000, t), 20
        yield "dimension", "uniform, d = 1, k = 3", lambda t: dimension("uniform", 1, 100, 3, t), 40
        return
    for dim, sizes, reps, at, trials in (
        (0, (10, 30, 100), 3, 10**6, 1000),
        (1, (10, 30, 100), 3, 32_600, 1000),
        (1, (10, 25, 50, 75, 1000), 30, 32_600, 300),
        (1, (10, 25, 50, 75, 1000), 300, 32_600, 300),
        (2, (10, 30, 100), 20, 1000, 200),
        (5, (10, 25, 60), 3, 250, 500),
        (5, (10, 25, 60), 20, 250, 200),
        (20, (10, 25, 75), 20, 300, 200),
    ):
        law = f"d = {dim}" if dim else "power law"
        name = f"{law}, {len(sizes)} sizes up to {sizes[-1]}, {reps} repetitions"
        yield "fit", name, lambda t, a=(dim, sizes, reps, at): fit(*a, t), trials
    for n, dims, bank in ((8, range(2, 13), 100_000), (64, range(11, 25), 100_000)):
        for reps in (100, 1000):
            name = f"n = {n}, {reps} repetitions"
            yield "crossover", name, lambda t, a=(n, dims, reps, bank): crossover(*a, t), 200
    for law, dim, k in (
        *(("uniform", 1, k) for k in (3, 20, 0)),
        ("uniform", 2, 3),
        ("uniform", 5, 3),
        *(("normal", 20, k) for k in (3, 20, 0)),
    ):
        name = f"{law}, d = {dim}, n = 500, {f'k = {k}' if k else 'twonn'}"
        yield "dimension", name, lambda t, a=(law, dim, 500, k): dimension(*a, t), 100


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the file does not hold yet, and print the shares."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    parser.add_argument("--small", action="store_true", help="a few small trials, which take seconds")
    parser.add_argument("--only", choices=("fit", "crossover", "dimension"), help="one experiment")
    options = parser.parse_args(arguments)
    path = Path(options.output)
    chosen = [case for case in cases(options.small) if options.only in (None, case[0])]
    rows = list(csv.DictReader(path.read_text().splitlines())) if path.exists() else []
    done = {(row["experiment"], row["case"], int(row["trial"])) for row in rows}
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if not rows:
            writer.writeheader()
        for experiment, name, run, trials in chosen:
            for trial in range(trials):
                if (experiment, name, trial) not in done:
                    writer.writerow({"experiment": experiment, "case": name, "trial": trial, **run(trial)})
                    file.flush()
    table(list(csv.DictReader(path.read_text().splitlines())))


def table(rows: Sequence[Row]) -> None:
    """Print, by case, what the trials found."""
    printed = Table(
        "experiment", "case", "trials", "held", "median width", "at least / at most", "error / spread", "mean"
    )
    for experiment, name in dict.fromkeys((row["experiment"], row["case"]) for row in rows):
        own = [row for row in rows if (row["experiment"], row["case"]) == (experiment, name)]
        printed.add_row(
            experiment, name, str(len(own)), *shares(experiment, [row for row in own if row["value"]])
        )
    Console(width=160).print(printed)


def shares(experiment: str, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the share that held the truth, the median width, the bounds claimed, the ratio of errors, and the mean."""
    value, lower, upper = (
        np.array([float(row[name]) for row in rows]) for name in ("value", "lower", "upper")
    )
    measured = experiment == "dimension"
    truth = value.mean() if measured else np.array([float(row["truth"]) for row in rows])
    held = np.mean((lower <= truth) & (truth <= upper))
    claimed = [np.mean([row["bound"] == bound for row in rows]) for bound in ("at least", "at most")]
    ratio = np.sqrt(np.mean((upper - lower) ** 2)) / 2 / 1.96 / value.std(ddof=1) if measured else math.nan
    return (
        f"{held:.3f}",
        f"{np.median(upper - lower):.4g}",
        f"{claimed[0]:.2f} / {claimed[1]:.2f}" if experiment == "fit" else "",
        f"{ratio:.2f}" if measured else "",
        f"{value[np.isfinite(value)].mean():.4g}",
    )


if __name__ == "__main__":
    main()
