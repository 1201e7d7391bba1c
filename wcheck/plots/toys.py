"""Known curves of W1 and of divergences, and what is computed for them: Arjovsky et al. 2017, Figure 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import caption, colour, legend, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import finite, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

NAMES = {
    "w1": "$W_1$",
    "js": "Jensen-Shannon",
    "kl": "Kullback-Leibler",
    "tv": "total variation",
    "energy": "energy-based GAN",
}
TITLES = {
    "segments": "parallel segments, $x$ apart",
    "peak": "a peak moved by $x$",
    "shift": "points moved by $x$",
    "quantiles": "a line: normal, $x$ · exponential",
}


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
    figure, grid = panels(len(toys), rows=1 if len(toys) < 3 else 2, height=2.6)
    quantities = list(dict.fromkeys(drawn["quantity"]))
    for axes, (toy, rows) in zip(grid, toys, strict=True):
        for quantity, values in rows.groupby("quantity", sort=False):
            index = quantities.index(quantity)
            every = frame[(frame["toy"] == toy) & (frame["quantity"] == quantity)].sort_values("x")
            line = np.where(np.isfinite(every["closed_form"]), every["closed_form"], np.nan)
            axes.plot(every["x"], line, color=colour(index))
            axes.plot(values["x"], values["computed"], "osD^v"[index % 5], color=colour(index), markersize=3)
        axes.set(title=TITLES.get(str(toy), plain(toy)), xlabel="$x$")
    for index, quantity in enumerate(quantities):
        grid[0].plot(
            [],
            [],
            "osD^v"[index % 5],
            linestyle="-",
            color=colour(index),
            label=NAMES.get(quantity, plain(quantity)),
        )
    legend(figure, grid[0])
    infinite = frame[np.isinf(frame["closed_form"])]
    caption(
        figure,
        "Lines: closed forms. Points: computed; those of W1 by the solver, its brackets thinner than a point.",
        *(
            f"{NAMES.get(str(quantity), plain(quantity))} of {plain(toy)} is infinite at {len(rows)} values of x."
            for (toy, quantity), rows in infinite.groupby(["toy", "quantity"], sort=False)
        ),
    )
    return figure


KIND = Kind("toys", curves, numbers=("x", "closed_form", "computed"), texts=("toy", "quantity"))
