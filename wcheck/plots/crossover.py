"""Batches of Gaussian points that are closer to one point than to each other: Stanczuk et al. 2021, Figure 11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import INK, Z95, estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import many, panels, tell
from wcheck.plots.rows import finite, parts
from wcheck.plots.ticks import used

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


def curves(frame: DataFrame) -> Figure:
    """Draw the mean W1 of Gaussian batches to another batch and to the Dirac at the mean, and their difference.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck crossover``.

    Returns
    -------
    Figure
        Left the distances against the dimension, right their difference, which is positive where the point is nearer.
        Means over batches are estimates, with 95 % intervals; the line of the Dirac is a closed form.
    """
    drawn = finite(frame, "n", "dim", "real", "dirac", "difference")
    sizes = list(parts(drawn, "n"))
    figure, (left, right) = panels(2, series=2 * len(sizes))
    for index, (n, group) in enumerate(sizes):
        rows = group.sort_values("dim")
        _points(left, rows, "real", index, f"to another batch, n = {n:,.0f}")
        _points(left, rows, "dirac", index, f"to the Dirac, n = {n:,.0f}", markerfacecolor="white")
        _points(right, rows, "difference", index, f"n = {n:,.0f}" if many(2 * len(sizes)) else "")
    closed = drawn.drop_duplicates("dim").sort_values("dim")
    left.plot(
        closed["dim"], closed["dirac_expected"], color=INK, linewidth=1, label="to the Dirac, closed form"
    )
    right.axhline(0, color=INK, linewidth=1)
    for axes in (left, right):
        axes.set_xlabel("dimension $d$")
        used(axes.xaxis, drawn["dim"])
    left.set_ylabel("mean $W_1$")
    right.set(ylabel="$W_1$ to a batch − to the Dirac", title="above 0 the Dirac is closer")
    tell(
        figure,
        [left, right],
        "Points: means over pairs of batches of standard Gaussians, with 95 % intervals (estimates; each distance is "
        "certified). Line: the expected distance to the Dirac, in closed form.",
    )
    return figure


def _points(axes: Axes, rows: DataFrame, value: str, index: int, label: str, **options: Any) -> None:
    errors = Z95 * rows[f"{value}_error"]
    bare: dict[str, Any] = {"markersize": 3, "linestyle": "none", "elinewidth": 0.8, "capsize": 0}
    estimates(axes, rows["dim"], rows[value], index, errors=errors, label=label, **(bare | options))


KIND = Kind(
    "crossover",
    curves,
    numbers=(
        "n",
        "dim",
        "real",
        "real_error",
        "dirac",
        "dirac_error",
        "dirac_expected",
        "difference",
        "difference_error",
    ),
)
