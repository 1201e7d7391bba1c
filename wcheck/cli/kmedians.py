"""``wcheck kmedians``: geometric k-medians of a source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from wcheck.cli import options, output
from wcheck.cli.groups import grouped
from wcheck.cli.points import Points
from wcheck.cli.progress import ProgressDisplay
from wcheck.cli.settings import setting
from wcheck.experiments.kmedians import DATA, KMedians
from wcheck.rows.table import Row


@grouped()
def kmedians(
    *,
    data: options.Data = DATA,
    k: Annotated[list[int] | None, setting("k", KMedians.k)] = None,
    starts: Annotated[int, setting("starts")] = KMedians.starts,
    tol: Annotated[float, setting("tol")] = KMedians.tol,
    max_iter: Annotated[int, setting("max_iter")] = KMedians.max_iter,
    save: options.SaveFile = None,
    grid: options.Grid = None,
    points: Points,
    workers: options.Workers,
    seed: options.Seed = KMedians.seed,
    into: options.Output,
) -> None:
    """Cluster a set of points by geometric k-medians.

    The k centroids, weighted by their cells, are a measure on k points. Its Wasserstein-1 distance to the data is the
    mean distance of a point to the nearest centroid, which is the loss. The best k centroids make the nearest measure
    on k points; many random starts search for them.

    Example: wcheck kmedians --data digits --k 16 --starts 10 --save centroids.npz
    """
    if grid is not None:
        from wcheck.plots.figure import check_suffix

        check_suffix(grid)
    experiment = KMedians.of(
        source=data,
        **points.given(),
        **options.given(k=k, starts=starts, tol=tol, max_iter=max_iter, seed=seed, save=save, grid=grid),
    )
    rows = output.run(experiment, into, workers=workers.on())
    if save is not None or grid is not None:
        _keep(experiment, rows, grid)


def _keep(experiment: KMedians, rows: Sequence[Row], grid: Path | None) -> None:
    with ProgressDisplay() as report:
        best = experiment.best(rows, report)
    if grid is not None:
        from wcheck.plots.centroids import centroids
        from wcheck.plots.figure import save

        save(centroids(best.images(), best.weights, experiment.data.source), grid)
