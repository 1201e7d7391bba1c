"""``wcheck false-minima``: batches that are nearer to the data than real ones."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, cast

import typer

from wcheck.cli import options, output
from wcheck.cli.points import UNCHANGED, Points, takes_points
from wcheck.columns.rounding import rounded
from wcheck.errors import ParameterError
from wcheck.experiments.base import Workers
from wcheck.experiments.crossover import Crossing, Crossover, crossing
from wcheck.experiments.false_minima import FalseMinima
from wcheck.rows.table import Row

NAMES = {
    "mean": "the mean repeated",
    "median": "the geometric median repeated",
    "kmeans": "the k-means centroids",
    "kmedians": "the k-medians centroids",
    "uniform-minimiser": "the points found to minimise the distance to all data",
    "batch-minimiser": "those found to minimise the mean distance to batches",
}


class Preset(StrEnum):
    """Named settings."""

    PAPER = "paper"


@takes_points()
def false_minima(
    data: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="The source of the batches.", show_default=f"{FalseMinima.data}"),
    ] = None,
    gaussian: Annotated[
        bool, typer.Option("--gaussian", help="Standard Gaussians in many dimensions instead of --data.")
    ] = False,
    dim: Annotated[
        list[str] | None,
        typer.Option(
            metavar="D|A:B",
            help="With --gaussian: a dimension, or all from A to B; may repeat.",
            show_default="1:100",
        ),
    ] = None,
    n: Annotated[
        list[int] | None,
        typer.Option(
            "--n",
            metavar="N",
            help="Points in a batch, and number of clusters; may repeat.",
            show_default="64; with --gaussian 64 and 250",
        ),
    ] = None,
    reps: Annotated[int, typer.Option(help="Batches that are averaged over.")] = FalseMinima.reps,
    fit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Points that mean, median and centroids are fitted to; they are in no batch.",
            show_default="10,000, or half of the data",
        ),
    ] = None,
    starts: Annotated[
        int | None,
        typer.Option(help="Random starts of the clustering.", show_default=f"{FalseMinima.starts}"),
    ] = None,
    minimiser_starts: Annotated[
        int | None,
        typer.Option(
            help="Random starts of the search for the points nearest to all data.",
            show_default=f"{FalseMinima.minimiser_starts}",
        ),
    ] = None,
    preset: Annotated[
        Preset | None,
        typer.Option(
            help="paper: --image-size 64 --scale=-1,1; an option that is given all the same wins.",
            show_default=False,
        ),
    ] = None,
    points: Points = UNCHANGED,
    jobs: options.Jobs = None,
    dask: options.DaskTasks = None,
    seed: options.Seed = FalseMinima.seed,
    output_file: options.Output = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Compare real batches with batches that no generator should make, by their distance to other real batches.

    The mean Wasserstein-1 distance from batches of data to a real batch, to the mean and the geometric median repeated,
    to the centroids of k-means and k-medians, and to as many points as a descent found to be nearest to all data, or to
    batches of it: local minimisers of what such a training minimises. With --gaussian: from which dimension a batch of
    Gaussians is nearer to one point, their mean, than to another such batch.

    Example: wcheck false-minima --data digits --n 16 --reps 20 --starts 2
    """
    workers = Workers(jobs, dask)
    given: dict[str, Any] = {"n": tuple(n) if n else None, "reps": reps, "seed": seed}
    if gaussian:
        unused: dict[str, object] = {"--data": data, "--fit": fit, "--preset": preset, **points.given()}
        unused |= {"--starts": starts, "--minimiser-starts": minimiser_starts}
        for option, value in unused.items():
            if value is not None:
                raise ParameterError(
                    f"{option} is {value}, but --gaussian draws its points itself: leave one out."
                )
        given["dim"] = _dims(dim) if dim else None
        crossover = Crossover(**_given(given))
        output.run(crossover, output_file, overwrite, summary=_crossovers, workers=workers)
    else:
        if dim:
            raise ParameterError("--dim belongs to --gaussian: give both, or neither.")
        given |= {"data": data, "fit": fit, "starts": starts, "minimiser_starts": minimiser_starts}
        minima = FalseMinima(points.preprocessing(paper=preset is Preset.PAPER), **_given(given))
        output.run(minima, output_file, overwrite, summary=_minima, workers=workers)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _dims(texts: Sequence[str]) -> tuple[int, ...]:
    dims: list[int] = []
    for text in texts:
        match = re.fullmatch(r"(\d+)(?::(\d+))?", text.strip())
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ParameterError(f"--dim {text} is no dimension: write 20, or 1:100 for all from 1 to 100.")
        dims += range(int(match[1]), int(match[2] or match[1]) + 1)
    return tuple(dims)


def _minima(rows: Sequence[Row]) -> str:
    sentences = [
        _compared([row for row in rows if row["n"] == n]) for n in dict.fromkeys(row["n"] for row in rows)
    ]
    return "\n".join([*sentences, "The paper, on CelebA: real 50.67, mean 47.91, k-medians 39.44."])


def _compared(rows: Sequence[Row]) -> str:
    first = rows[0]
    fixed = [
        row
        for row in rows
        if (row["draw"], row["weights"]) == ("fixed", "uniform") and row["candidate"] != "real"
    ]
    false = [
        row for row in rows if cast("float", row["difference"]) < -3 * cast("float", row["difference_error"])
    ]
    others = "; ".join(
        f"from {NAMES[cast('str', row['candidate'])]}, {_figure(row, 'w1', 'standard_error')}"
        for row in fixed
    )
    return (
        f"Batches of {first['n']} points are at a mean Wasserstein-1 distance of "
        f"{_figure(first, 'w1', 'standard_error')} from real batches; {others}. "
        f"{len([row for row in false if row['candidate'] != 'real'])} of the "
        f"{len([row for row in rows if row['candidate'] != 'real'])} candidates that hold no real point are nearer "
        "than real batches, by more than three standard errors."
    )


def _crossovers(rows: Sequence[Row]) -> str:
    sentences = []
    for n in dict.fromkeys(row["n"] for row in rows):
        found = crossing([row for row in rows if row["n"] == n])
        if found is None:
            sentences.append(f"Batches of {n}: no change of sign between these dimensions.")
            continue
        sentences.append(
            f"Batches of {n} are nearer to the Dirac at the mean than to other batches from dimension "
            f"{found.dim:.2f} on ({_ends(found)})."
        )
    return "\n".join([*sentences, "The paper, for a size of batches that it does not say: from 15 on."])


def _ends(found: Crossing) -> str:
    if found.low > 0 and found.high < math.inf:
        return f"95 % interval {found.low:.2f} to {found.high:.2f}"
    if found.low > 0:
        return f"95 % interval: from {found.low:.2f} on"
    if found.high < math.inf:
        return f"95 % interval: up to {found.high:.2f}"
    return "too few repetitions for an interval"


def _figure(row: Row, value: str, error: str) -> str:
    return f"{rounded(cast('float', row[value]), 5)} +- {rounded(cast('float', row[error]), 2)}"
