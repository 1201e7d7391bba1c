"""``wcheck false-minima``: batches that are nearer to the data than real ones."""

from __future__ import annotations

from typing import Annotated

import typer

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.settings import setting
from wcheck.experiments.false_minima import DATA, FalseMinima


@grouped()
def false_minima(
    *,
    data: options.Data = DATA,
    n: Annotated[list[int] | None, setting("n", FalseMinima.n)] = None,
    reps: Annotated[int | None, setting("reps", str(FalseMinima.reps))] = None,
    fit_points: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="The number of points to which mean, median and centroids are fitted; no batch contains them.",
            show_default="10000, or half of the data",
        ),
    ] = None,
    starts: Annotated[int, setting("starts")] = FalseMinima.starts,
    minimiser_starts: Annotated[int, setting("minimiser_starts")] = FalseMinima.minimiser_starts,
    preset: Annotated[str | None, options.presets(FalseMinima)] = None,
    points: Points,
    workers: options.Workers,
    seed: options.Seed = FalseMinima.seed,
    into: options.Output,
) -> None:
    """Show batches that are closer to the data than real ones.

    It compares mean Wasserstein-1 distances to real batches: from a real batch, from the mean and the geometric median,
    repeated, from the centroids of k-means and k-medians, and from the points that gradient descent finds closest to
    all data or to batches. A generator should make only the first of these.

    Example: wcheck false-minima --data digits --n 16 --reps 20 --starts 2
    """
    chosen = options.given(
        source=data,
        n=n,
        reps=reps,
        fit_points=fit_points,
        starts=starts,
        minimiser_starts=minimiser_starts,
        seed=seed,
    )
    output.run(FalseMinima.of(preset, **points.given(), **chosen), into, workers=workers.on())
