"""``wcheck false-minima``: batches that are nearer to the data than real ones."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
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
    n: Annotated[
        list[int] | None,
        typer.Option(
            "--n",
            metavar="N",
            help="Points in a batch, and number of clusters.",
            show_default="64",
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
    batches of it: local minimisers of what such a training minimises.

    Example: wcheck false-minima --data digits --n 16 --reps 20 --starts 2
    """
    given: dict[str, Any] = {"source": data, "n": tuple(n) if n else None, "fit": fit, "starts": starts}
    given |= {"minimiser_starts": minimiser_starts, "reps": reps, "seed": seed, **points.given()}
    chosen = {name: value for name, value in given.items() if value is not None}
    output.run(FalseMinima.of(preset, **chosen), into, workers=workers.on())
