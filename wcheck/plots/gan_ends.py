"""Generated points at the last evaluation: their distance, spread and sharpness, one row for each game."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import CERTIFIED, INK, colour
from wcheck.plots.gan import games, last_looks
from wcheck.plots.kind import Kind
from wcheck.plots.page import SMALLEST, panels, rows_named, tell
from wcheck.plots.rows import data_of, finite
from wcheck.plots.ticks import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

MEASURES = {
    "exact": ("exact $W_1$ to the reference", "exact_real"),
    "energy_distance": ("energy distance to the reference", "energy_distance_real"),
    "spread": ("spread, as a share of real points'", ""),
    "sharpness": ("sharpness, as a share of real points'", ""),
    "centroid_distance": ("distance to centroids, as a share of real points'", ""),
    "quality": ("share of points at a mode", ""),
}
"""Column -> what it is called, and the column of the same of real points; where there is none that is 1."""


def ends(frame: DataFrame) -> Figure:
    """Draw, for each game, the properties of its points at the last evaluation of each seed.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan``, or of a watch.

    Returns
    -------
    Figure
        A panel for each measure that was taken, a row for each game, a point for each seed and a line at their mean.
        Dashed: the same of real points.
    """
    looks = finite(frame, "step", "exact", "exact_real")
    played = [(name, last_looks(rows)) for name, rows in games(looks)]
    shown = [column for column in MEASURES if any(rows[column].notna().any() for _, rows in played)]
    names, height = rows_named([name for name, _ in played], apart=0.26)
    figure, grid = panels(len(shown), height=0.75 + height, narrowest=SMALLEST, sharey=True)
    for axes, column in zip(grid, shown, strict=True):
        title, real = MEASURES[column]
        for place, (_, rows) in enumerate(played):
            _row(axes, rows, column, place)
        levels = looks[real].dropna().unique() if real else [1.0]
        for level in levels:
            axes.axvline(level, color=CERTIFIED, linestyle="--", linewidth=1)
        axes.set_xlabel(title)
        axes.margins(x=0.08)
        axes.grid(False, axis="y")
    grid[0].set_yticks(range(len(names)), names)
    grid[0].set_ylim(len(names) - 0.4, -0.6)
    if not any(names):
        whole(grid[0].yaxis)
        grid[0].set_yticks([])
    steps = sorted({float(step) for _, rows in played for step in rows["step"]})
    said = f"{steps[0]:,.0f}" if len(steps) == 1 else f"{steps[0]:,.0f} to {steps[-1]:,.0f}"
    tell(
        figure,
        grid,
        data_of(looks),
        f"After {said} steps. Points: seeds; bars: their means. The exact W1 is certified, brackets included; the rest "
        "is estimated. Dashed: the same number of real points. Closer or narrower than real points is not better.",
    )
    return figure


def _row(axes: Axes, rows: DataFrame, column: str, place: int) -> None:
    values = rows[column].dropna()
    if values.empty:
        return
    axes.plot(
        values,
        [place] * len(values),
        "o",
        color=colour(place),
        markersize=4,
        alpha=0.6,
        markeredgewidth=0,
    )
    axes.plot([values.mean()] * 2, [place - 0.3, place + 0.3], color=INK, linewidth=1.4)


KIND = Kind(
    "gan-ends",
    ends,
    numbers=("step", *MEASURES, "exact_real", "energy_distance_real"),
    texts=("objective", "lipschitz", "status"),
)
