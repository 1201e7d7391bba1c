"""``wcheck false-minima``: batches that are nearer to the data than real ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.errors import ParameterError
from wcheck.experiments.crossover import Crossover
from wcheck.experiments.false_minima import DATA, FalseMinima


class Preset(StrEnum):
    """Named settings."""

    PAPER = "paper"


@grouped()
def false_minima(
    *,
    data: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="The source of the batches.", show_default=DATA),
    ] = None,
    gaussian: Annotated[
        bool, typer.Option("--gaussian", help="Standard Gaussians in many dimensions instead of --data.")
    ] = False,
    dim: Annotated[
        list[str] | None,
        typer.Option(
            metavar="D|A:B",
            help="With --gaussian: a dimension, or all from A to B.",
            show_default="1:100",
        ),
    ] = None,
    n: Annotated[
        list[int] | None,
        typer.Option(
            "--n",
            metavar="N",
            help="Points in a batch, and number of clusters.",
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
    points: Points,
    workers: options.Workers,
    seed: options.Seed = FalseMinima.seed,
    into: options.Output,
) -> None:
    """Compare real batches with batches that no generator should make, by their distance to other real batches.

    The mean Wasserstein-1 distance from batches of data to a real batch, to the mean and the geometric median repeated,
    to the centroids of k-means and k-medians, and to as many points as a descent found to be nearest to all data, or to
    batches of it: local minimisers of what such a training minimises. With --gaussian: from which dimension a batch of
    Gaussians is nearer to one point, their mean, than to another such batch.

    Example: wcheck false-minima --data digits --n 16 --reps 20 --starts 2
    """
    given: dict[str, Any] = {"n": tuple(n) if n else None, "reps": reps, "seed": seed}
    if gaussian:
        unused: dict[str, object] = {
            "--data": data,
            "--fit": fit,
            "--preset": preset,
            **{f"--{name.replace('_', '-')}": value for name, value in points.given().items()},
        }
        unused |= {"--starts": starts, "--minimiser-starts": minimiser_starts}
        for option, value in unused.items():
            if value is not None:
                raise ParameterError(
                    f"{option} is {value}, but --gaussian draws its points itself: leave one out."
                )
        given["dim"] = _dims(dim) if dim else None
        crossover = Crossover(**_given(given))
        output.run(crossover, into, workers=workers.on())
    else:
        if dim:
            raise ParameterError("--dim belongs to --gaussian: give both, or neither.")
        given |= {"source": data, "fit": fit, "starts": starts, "minimiser_starts": minimiser_starts}
        minima = FalseMinima.of(preset, **points.given(), **_given(given))
        output.run(minima, into, workers=workers.on())


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
