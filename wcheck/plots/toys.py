"""Known curves of W1 and of divergences, and what is computed for them: Arjovsky et al. 2017, Figure 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.errors import counted
from wcheck.plots.artists import colour, marker
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import finite, plain
from wcheck.plots.ticks import whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pandas import DataFrame

NAMES = {
    "w1": "$W_1$",
    "js": "Jensen-Shannon",
    "kl": "Kullback-Leibler",
    "tv": "total variation",
    "energy": "energy-based GAN",
    "w1_bound": "diameter × total variation",
    "tv_bound": "square root of half of Kullback-Leibler",
    "slope_differences": "slope of $W_1$, by finite differences",
    "slope_backward": "slope of $W_1$, by the backward pass",
    "variation": "$|P - Q|(X)$",
    "energy_half": "energy-based GAN, by $|P - Q|(X)$",
    "energy_discriminator": "energy-based discriminator",
    "loss_enumerated": "loss of the best subset",
    "loss_lloyd": "loss of Lloyd's iteration",
    "w1_others": "$W_1$ to other measures",
    "norm_mean": "share of the norm",
    "norm_least": "smallest share of the norm",
    "norm_free": "norm, not normalised",
    "norm_spectral": "norm, spectrally normalised",
}
TITLES = {
    "segments": "parallel segments, $x$ apart",
    "peak": "a peak shifted by $x$",
    "shift": "points shifted by $x$",
    "quantiles": "a line: normal, $x$ · exponential",
    "atoms": "atoms, $x$ apart",
    "coins": "coins, one tilted by $x$",
    "tilt": "random positions, tilted by $x$",
    "gradient": "points rotated by $x$",
    "energy": "sets that differ by $x$",
    "power": "$x$ steps of power iteration",
    "layer": "a layer after $x$ steps",
    "cells": "$x$ points and their cells",
    "medians": "the best $x$ medians",
}
JUMPS = {("segments", quantity) for quantity in ("js", "kl", "tv", "energy")}
"""What is 0 at x = 0 and constant everywhere else."""
LARGEST, LEAST = 4.0, 2.0
"""Sizes of points, in points."""
BOUNDED = {"norm_mean", "norm_least", "norm_free", "norm_spectral", "loss_lloyd", "w1_others"}
"""What lies on one side of its closed form."""
FEW = 4
"""More toys than these stand three beside each other on a page."""


def curves(frame: DataFrame) -> Figure:
    """Draw closed forms as lines and computed values as points, a panel for each toy.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck toys``.

    Returns
    -------
    Figure
        Nothing is estimated: points of W1 are the solver's, with a certified bracket too thin to be seen. Where a
        divergence is infinite there is no point.
    """
    import numpy as np

    drawn = finite(frame, "x", "closed_form", "computed")
    toys = list(drawn.groupby("toy", sort=False))
    figure, grid = (
        panels(len(toys), height=2.4, narrowest=3.4)
        if len(toys) <= FEW
        else panels(len(toys), height=2.0, narrowest=2.3)
    )
    places = {name: place for place, name in enumerate(dict.fromkeys(drawn["quantity"]))}
    for axes, (toy, rows) in zip(grid, toys, strict=True):
        for order, (quantity, values) in enumerate(rows.groupby("quantity", sort=False)):
            every = frame[(frame["toy"] == toy) & (frame["quantity"] == quantity)].sort_values("x")
            index = places[quantity]
            axes.plot(every["x"], _unbroken(every, str(toy), str(quantity)), color=colour(index))
            size = max(LEAST, LARGEST - order)  # what lies below others is seen beside them
            axes.plot(values["x"], values["computed"], marker(index), color=colour(index), markersize=size)
        if (rows["x"] % 1 == 0).all():
            whole(axes.xaxis)
        axes.set(title=TITLES.get(str(toy), plain(toy)), xlabel="$x$")
    _name(grid[0], places)
    infinite = frame[np.isinf(frame["closed_form"])]
    jumps = JUMPS.intersection(zip(drawn["toy"], drawn["quantity"], strict=True))
    bounds = BOUNDED.intersection(places)
    tell(
        figure,
        grid,
        "Lines: closed forms"
        + (", with gaps at jumps" if jumps else "")
        + ("; for norms and k-medians, bounds." if bounds else "."),
        "Points: computed values; W1 is from the solver, with brackets narrower than a point.",
        "Slopes: the line is the slope from the optimal potential." if "slope_differences" in places else "",
        *(
            f"{NAMES.get(str(quantity), plain(quantity))} of {plain(toy)} is infinite at "
            f"{counted(len(rows), 'value')} of x."
            for (toy, quantity), rows in infinite.groupby(["toy", "quantity"], sort=False)
        ),
    )
    return figure


def _name(axes: Axes, places: Iterable[Any]) -> None:
    """Name all quantities once."""
    for index, quantity in enumerate(places):
        name = NAMES.get(quantity, plain(quantity))
        axes.plot([], [], marker(index), linestyle="-", color=colour(index), label=name)


def _unbroken(rows: DataFrame, toy: str, quantity: str) -> NDArray[Any]:
    """Return the values of a closed form without those that no line leads to: infinite ones, and that at a jump."""
    import numpy as np

    values = rows["closed_form"].to_numpy(float)
    apart = (toy, quantity) in JUMPS and rows["x"].to_numpy(float) == 0
    return np.where(np.isfinite(values) & ~np.asarray(apart), values, np.nan)


KIND = Kind("toys", curves, numbers=("x", "closed_form", "computed"), texts=("toy", "quantity"))
