"""The pairing of minibatches beside SciPy's: ``python benchmarks/couple.py -o couple.csv``.

``wcheck.couple`` is timed with its costs, ``scipy.optimize.linear_sum_assignment`` on a matrix that is ready, one after
the other on the same points; medians over repeats.

Columns
-------
n, dim, dtype, pairs
    Points of a minibatch, coordinates, and how many pairs of minibatches are given at once.
seconds_couple, seconds_scipy
    For all pairs; SciPy's one after another.
excess
    The cost of wcheck's pairing over that of SciPy's, less 1.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import machine
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import wcheck

COLUMNS = ("n", "dim", "dtype", "pairs", "seconds_couple", "seconds_scipy", "excess")


def timed(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of some calls, the first of which is not counted."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return median(times)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all sizes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", required=True, help="the CSV file")
    parser.add_argument("--small", action="store_true", help="few sizes, for a test of some seconds")
    parser.add_argument("--repeats", type=int, default=21)
    options = parser.parse_args(arguments)
    path = Path(options.output)
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    dims = (2, 64) if options.small else (2, 20, 64, 256, 784, 3072)
    random = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for n, dim, pairs in [(256, dim, 1) for dim in dims] + [(256, 64, 16), (64, 20, 64)]:
            for dtype in (np.float32, np.float64):
                x, y = random.normal(size=(2, pairs, n, dim)).astype(dtype)
                costs = [cdist(one, other, "sqeuclidean") for one, other in zip(x, y, strict=True)]
                best = sum(cost[linear_sum_assignment(cost)].sum() for cost in costs)
                found = wcheck.couple(x, y)
                own = sum(
                    cost[np.arange(n), columns].sum() for cost, columns in zip(costs, found, strict=True)
                )
                row = {
                    **{"n": n, "dim": dim, "dtype": np.dtype(dtype).name, "pairs": pairs},
                    "seconds_couple": timed(lambda x=x, y=y: wcheck.couple(x, y), options.repeats),
                    "seconds_scipy": timed(
                        lambda costs=costs: [linear_sum_assignment(cost) for cost in costs], options.repeats
                    ),
                    "excess": own / best - 1.0,
                }
                writer.writerow(row)
                file.flush()
                print(row, file=sys.stderr)


if __name__ == "__main__":
    main()
