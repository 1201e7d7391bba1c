"""Known curves of W1 and of divergences, and what is computed for them: Arjovsky et al. 2017, Figure 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import colour, marker
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import finite, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
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

JUMPS = {("segments", quantity) for quantity in ("js", "kl", "tv", "energy")}
"""What is 0 at x = 0 and constant everywhere else."""


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
    figure, grid = panels(len(toys), height=2.4, narrowest=3.4)
    quantities = list(dict.fromkeys(drawn["quantity"]))
    for axes, (toy, rows) in zip(grid, toys, strict=True):
        for quantity, values in rows.groupby("quantity", sort=False):
            index = quantities.index(quantity)
            every = frame[(frame["toy"] == toy) & (frame["quantity"] == quantity)].sort_values("x")
            axes.plot(every["x"], _unbroken(every, str(toy), str(quantity)), color=colour(index))
            axes.plot(values["x"], values["computed"], marker(index), color=colour(index), markersize=3)
        axes.set(title=TITLES.get(str(toy), plain(toy)), xlabel="$x$")
    for index, quantity in enumerate(quantities):
        name = NAMES.get(quantity, plain(quantity))
        grid[0].plot([], [], marker(index), linestyle="-", color=colour(index), label=name)
    infinite = frame[np.isinf(frame["closed_form"])]
    jumps = JUMPS.intersection(zip(drawn["toy"], drawn["quantity"], strict=True))
    tell(
        figure,
        grid,
        "Lines: closed forms" + (", with a gap where one jumps." if jumps else "."),
        "Points: computed; those of W1 by the solver, its brackets thinner than a point.",
        *(
            f"{NAMES.get(str(quantity), plain(quantity))} of {plain(toy)} is infinite at {len(rows)} values of x."
            for (toy, quantity), rows in infinite.groupby(["toy", "quantity"], sort=False)
        ),
    )
    return figure


def _unbroken(rows: DataFrame, toy: str, quantity: str) -> NDArray[Any]:
    """Return the values of a closed form without those that no line leads to: infinite ones, and that at a jump."""
    import numpy as np

    values = rows["closed_form"].to_numpy(float)
    apart = (toy, quantity) in JUMPS and rows["x"].to_numpy(float) == 0
    return np.where(np.isfinite(values) & ~np.asarray(apart), values, np.nan)


KIND = Kind("toys", curves, numbers=("x", "closed_form", "computed"), texts=("toy", "quantity"))
