"""Where critics lead points, by W1 between images and between patches: In Defense of Wasserstein, ICLR 2025."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.errors import TableError
from wcheck.plots.artists import CERTIFIED, colour, marker
from wcheck.plots.gan import games, last_looks
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import data_of, finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

MARGIN = 1.1
"""What is near the candidate: at most so many times as far from the data as it."""
CANDIDATE = "exact"
"""The objective of the candidate: points that descend on the exact distance themselves."""
COLUMNS = ("exact", "patch_exact")
TALL = 3.6
"""Inches of the panel."""


def patches(frame: DataFrame) -> Figure:
    """Draw the distance of each game's points from the data, between images and between their patches.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck gan --patches``; those of the objective ``exact`` are the candidate with which others are
        compared.

    Returns
    -------
    Figure
        A point for each seed at its last look, and a larger one at the mean of each game. Shaded: up to
        :data:`MARGIN` times as far between images as the candidate is in the mean. Dashed: real points.

    Raises
    ------
    TableError
        If no row has a distance between patches.
    """
    if frame["patch_exact"].isna().all():
        raise TableError(
            "gan-patches shows distances between patches, and no row has one: run wcheck gan --patches."
        )
    looks = finite(frame, "step", *COLUMNS, "exact_real", "patch_exact_real")
    played = [(name, last_looks(rows)) for name, rows in games(looks)]
    figure, (axes,) = panels(1, height=TALL)
    for index, (name, rows) in enumerate(played):
        if (rows["objective"] == CANDIDATE).all():
            nearest = float(rows["exact"].mean())
            axes.axvspan(
                nearest, MARGIN * nearest, color=colour(index), alpha=0.12, linewidth=0,
                label=f"at most {MARGIN:g} times as far as the candidate, {name}".removesuffix(", "),
            )  # fmt: skip
        _game(axes, rows, name or "points", index)
    for column, line in (("exact_real", axes.axvline), ("patch_exact_real", axes.axhline)):
        for level in looks[column].unique():
            line(level, color=CERTIFIED, linestyle="--", linewidth=1)
    sides = sorted(f"{side:g}x{side:g}" for side in looks["patches"].dropna().unique())
    axes.set(xlabel="exact $W_1$ between images", ylabel=f"exact $W_1$ between patches of {', '.join(sides)}")
    axes.margins(0.1)
    tell(
        figure,
        [axes],
        data_of(looks),
        "Small points: seeds at their last evaluation; large points: their means. Both distances to the reference are "
        "certified, brackets included; the distance between patches is that of the patches that were drawn. Dashed: "
        "the same number of real points. A small distance between patches does not show that they are arranged well.",
    )
    return figure


def _game(axes: Axes, rows: DataFrame, name: str, index: int) -> None:
    x, y = (rows[column] for column in COLUMNS)
    axes.plot(x, y, marker(index), color=colour(index), markersize=4, alpha=0.6, markeredgewidth=0)
    axes.plot([x.mean()], [y.mean()], marker(index), color=colour(index), markersize=9, label=name)


KIND = Kind(
    "gan-patches",
    patches,
    numbers=("step", "patches", *COLUMNS, "exact_real", "patch_exact_real"),
    texts=("objective", "lipschitz", "status"),
)
