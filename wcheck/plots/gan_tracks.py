"""Losses against the quality of the same generator, one line for each run: Arjovsky et al. 2017, Figures 3 and 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import colour
from wcheck.plots.gan import games, replicates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import data_of, finite

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

QUALITIES = {
    "quality": "share of points at a mode: better to the right",
    "energy_distance": "energy distance to held-out data: better to the left",
    "exact": "exact $W_1$ to held-out data: closer to the left",
}
"""Column -> what it is called; the first that rows have is drawn."""


def tracks(frame: DataFrame) -> Figure:
    """Draw, for each game, its loss against the quality of its points at each evaluation.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan``, or of a watch.

    Returns
    -------
    Figure
        A panel for each game, a line for each seed, from a ring at its first look after a step to a point at its last.
        A loss that tracks quality goes one way with it in every run.
    """
    column = next((name for name in QUALITIES if frame[name].notna().any()), "exact")
    drawn = finite(frame, "step", "loss", column)
    played = list(games(drawn))
    figure, grid = panels(len(played), height=2.1)
    for index, (axes, (name, rows)) in enumerate(zip(grid, played, strict=True)):
        for run in replicates(rows):
            x, y = run[column], run["loss"]
            axes.plot(x, y, color=colour(index), linewidth=0.7, alpha=0.6)
            axes.plot(x.iloc[:1], y.iloc[:1], "o", color=colour(index), fillstyle="none", markersize=4)
            axes.plot(x.iloc[-1:], y.iloc[-1:], "o", color=colour(index), markersize=4)
        axes.set(title=name, xlabel=QUALITIES[column], ylabel="loss on the batches of the step")
    tell(
        figure,
        grid,
        data_of(drawn),
        "One line for each seed, from the first evaluation (ring) to the last (point). The exact W1 is certified, "
        "other measures are estimates, and a loss need not estimate any of them. A loss shows the quality of the "
        "points if all lines go the same way.",
    )
    return figure


KIND = Kind(
    "gan-tracks", tracks, numbers=("step", "loss", *QUALITIES), texts=("objective", "lipschitz", "status")
)
