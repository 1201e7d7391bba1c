"""How batches of Bernoulli variables mislead: Stanczuk et al. 2021, Theorem 5.3.1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wcheck.plots.artists import INK, Z95, colour, estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import finite, parts
from wcheck.plots.ticks import used

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

BOUND = 2 * math.exp(-2)
"""The theorem's: for every n the bias is at least this for some pair."""
NEXT = 1.12
"""What n is multiplied by to set the next series beside it."""


def curves(frame: DataFrame) -> Figure:
    """Draw the bias of the gradient, and the minimiser of the expected batch loss, against n.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck bernoulli``.

    Returns
    -------
    Figure
        Lines and vertical bars are closed forms; points are Monte Carlo estimates, with 95 % intervals where they have
        one.
    """
    drawn = finite(frame, "theta_star", "n", "bias")
    series = list(parts(drawn, "theta_star"))
    figure, (left, right) = panels(2, series=len(series))
    for index, (theta_star, group) in enumerate(series):
        rows = group.sort_values("n")
        left.plot(rows["n"], rows["bias"], color=colour(index))
        met = (rows["gradient_mc"] - rows["true_gradient"]).abs()
        name = f"θ* = {theta_star:g}"
        errors = Z95 * rows["gradient_mc_error"]
        estimates(left, rows["n"], met, index, errors=errors, label=name, linestyle="none")
        beside = rows["n"] * NEXT ** (index - (len(series) - 1) / 2)
        ends = rows["argmin_low"] - theta_star, rows["argmin_high"] - theta_star
        right.vlines(beside, *ends, color=colour(index), linewidth=4, alpha=0.35)
        estimates(right, beside, rows["argmin_mc"] - theta_star, index, label=name, linestyle="none")
    left.axhline(BOUND, color=INK, linestyle="--", linewidth=1, label="$2 e^{-2}$ (theorem)")
    right.axhline(0, color=INK, linewidth=1)
    for axes in (left, right):
        axes.set(xscale="log", xlabel="$n$, variables per batch")
        used(axes.xaxis, drawn["n"])
    left.set(ylabel="bias of the expected gradient")
    left.set_ylim(bottom=0)
    right.set(ylabel="minimiser of the batch loss − θ*")
    tell(
        figure,
        [left, right],
        "Lines and bars: closed forms (a bar is the interval of all minimisers). Points: Monte Carlo estimates with "
        "95 % intervals. On the right, series of the same n are drawn side by side.",
    )
    return figure


KIND = Kind(
    "bernoulli",
    curves,
    numbers=(
        "theta_star",
        "n",
        "true_gradient",
        "gradient_mc",
        "gradient_mc_error",
        "bias",
        "argmin_low",
        "argmin_high",
        "argmin_mc",
    ),
)
