"""Time k-medians beside the k-means that it refines: ``python benchmarks/kmedians.py -o kmedians.csv``.

Both run in one process on the same points, in memory before any clock starts, after a small untimed call that compiles
what is compiled. Everything uses as many threads as the environment gives.

Columns
-------
source, n, dim, k, tol, start
    What was run.
init_seconds, lloyd_seconds, kmeans_iterations, kmeans_loss
    scikit-learn's k-means++ and Lloyd's iteration at their defaults, and the mean distance to the nearest centre.
refine_seconds, steps, residual, kmedians_loss
    wcheck's refinement from there, the same for its centres, and the share by which a cell's mean distance is above the
    least at most.
ratio, ratio_to_lloyd
    refine_seconds over both parts of k-means, and over Lloyd's iteration alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import machine
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.cluster import KMeans, kmeans_plusplus

from wcheck.measures.sources import Preprocessing, load
from wcheck.medians import nearest, refine

COLUMNS = (
    *("source", "n", "dim", "k", "tol", "start", "init_seconds", "lloyd_seconds", "kmeans_iterations"),
    *("kmeans_loss", "refine_seconds", "steps", "residual", "kmedians_loss", "ratio", "ratio_to_lloyd"),
)
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for; a row is written as soon as it is measured."""
    options = _options(arguments)
    path = Path(options.output)
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2, default=str) + "\n"
    )
    measure = load(options.source, preprocessing=Preprocessing(data_dir=options.data_dir))
    rows = []
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for timed in timings(np.array(measure.dense()), options.k, options.tol, options.starts):
            rows.append({"source": options.source, **timed})
            writer.writerow(rows[-1])
            file.flush()
    table(rows)


def timings(points: NDArray[Any], k: int, tol: float, starts: int) -> Iterator[Row]:
    """Time each start."""
    weights = np.full(len(points), 1 / len(points))
    refine(points[: 2 * k], weights[: 2 * k], points[:k], max_iter=2)
    for start in range(starts):
        clock = [time.perf_counter()]
        centres, _ = kmeans_plusplus(points, k, random_state=start)
        clock.append(time.perf_counter())
        kmeans = KMeans(k, init=centres, n_init=1).fit(points)
        clock.append(time.perf_counter())
        refined = refine(points, weights, kmeans.cluster_centers_, tol=tol)
        clock.append(time.perf_counter())
        init, lloyd, refinement = np.diff(clock)
        yield {
            "n": len(points),
            "dim": points.shape[1],
            "k": k,
            "tol": tol,
            "start": start,
            "init_seconds": init,
            "lloyd_seconds": lloyd,
            "kmeans_iterations": kmeans.n_iter_,
            "kmeans_loss": weights @ nearest(points, kmeans.cluster_centers_)[1],
            "refine_seconds": refinement,
            "steps": refined.steps,
            "residual": refined.residual,
            "kmedians_loss": weights @ nearest(points, refined.centres)[1],
            "ratio": refinement / (init + lloyd),
            "ratio_to_lloyd": refinement / lloyd,
        }


def table(rows: Sequence[Row]) -> None:
    """Print what matters most."""
    shown = ("start", "init_seconds", "lloyd_seconds", "refine_seconds", "steps", "ratio", "ratio_to_lloyd")
    printed = Table(*shown)
    for row in rows:
        printed.add_row(*(f"{row[column]:.3g}" for column in shown))
    Console().print(printed)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    parser.add_argument(
        "--source", default="cifar10:train[0:10000]", help="the points (default: %(default)s)"
    )
    parser.add_argument("--k", type=int, default=64, help="number of clusters (default: %(default)s)")
    parser.add_argument("--tol", type=float, default=1e-6, help="relative decrease (default: %(default)s)")
    parser.add_argument("--starts", type=int, default=3, help="random starts (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, help="the folder that contains cifar-10-batches-bin")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
