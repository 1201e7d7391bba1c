"""Batches of Gaussians nearer to one point than to each other: Stanczuk et al. 2021, Figure 11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import INK, MARKERS, Z95, caption, colour, legend, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import finite, parts

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
    figure, (left, right) = panels(2)
    for index, (n, group) in enumerate(parts(drawn, "n")):
        rows = group.sort_values("dim")
        _points(left, rows, "real", "real_error", index, f"to another batch, n = {n:,.0f}")
        _points(
            left, rows, "dirac", "dirac_error", index, f"to the Dirac, n = {n:,.0f}", markerfacecolor="white"
        )
        _points(right, rows, "difference", "difference_error", index, "")
    closed = drawn.drop_duplicates("dim").sort_values("dim")
    left.plot(
        closed["dim"], closed["dirac_expected"], color=INK, linewidth=1, label="to the Dirac, closed form"
    )
    right.axhline(0, color=INK, linewidth=1)
    left.set(xlabel="dimension $d$", ylabel="mean $W_1$")
    right.set(
        xlabel="dimension $d$",
        ylabel="$W_1$ to a batch − $W_1$ to the Dirac",
        title="above 0 the Dirac is nearer",
    )
    legend(figure, left, columns=3)
    caption(
        figure,
        "Points: means over pairs of batches, estimates with 95 % intervals (each single distance is certified). Line: "
        "the expected distance to the Dirac, in closed form.",
    )
    return figure


def _points(
    axes: Axes, rows: DataFrame, value: str, error: str, index: int, label: str, **options: Any
) -> None:
    style: dict[str, Any] = {
        "color": colour(index),
        "marker": MARKERS[index % len(MARKERS)],
        "markersize": 3,
    }
    errors = Z95 * rows[error]
    named = label or None
    axes.errorbar(
        rows["dim"],
        rows[value],
        yerr=errors,
        linestyle="none",
        elinewidth=0.8,
        label=named,
        **(style | options),
    )


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
