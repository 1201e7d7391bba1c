"""Draw a CSV of ``benchmarks/exact.py`` on log-log axes: ``python benchmarks/picture.py exact.csv exact.png``."""

from __future__ import annotations

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

MARKERS = {
    "wcheck": "o",
    "pot-dense": "s",
    "pot-lazy": "D",
    "scipy": "^",
    "lapx": "v",
    "pot-1d": "<",
    "scipy-1d": ">",
}


def main(source: str, target: str) -> None:
    """One colour a dimension, one marker a peer; dashed, the time of one cost matrix."""
    rows = pd.read_csv(source)
    rows = rows[rows["status"] == "optimal"]
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    dimensions = sorted(rows["dim"].unique())
    for index, dim in enumerate(dimensions):
        colour = f"C{index}"
        here = rows[rows["dim"] == dim]
        for peer, of_peer in here.groupby("peer"):
            seconds = of_peer.groupby("n")["seconds"].median()
            label = f"{peer}, d = {int(dim):,}"
            axes.plot(seconds.index, seconds, marker=MARKERS[str(peer)], color=colour, label=label)
        yardstick = (
            here["cost_matrix_seconds"]
            .fillna(here["cost_stream_seconds"])
            .groupby(here["n"])
            .median()
            .dropna()
        )
        axes.plot(yardstick.index, yardstick, "--", color=colour, label=f"one cost matrix, d = {int(dim):,}")
    axes.set(xscale="log", yscale="log", xlabel="points a side", ylabel="seconds")
    axes.grid(which="both", alpha=0.2)
    axes.legend(fontsize="small")
    figure.savefig(target, dpi=150)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python benchmarks/picture.py exact.csv exact.png")
    main(*sys.argv[1:])
