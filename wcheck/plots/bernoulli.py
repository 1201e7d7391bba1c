"""How batches of Bernoulli variables mislead: Stanczuk et al. 2021, Theorem 5.3.1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wcheck.plots.artists import INK, MARKERS, Z95, caption, colour, legend, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import finite, parts

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

BOUND = 2 * math.exp(-2)
"""The theorem's: for every n the bias is at least this for some pair."""


def curves(frame: DataFrame) -> Figure:
    """Draw the bias of the gradient, and where the expected batch loss is least, against n.

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
    figure, (left, right) = panels(2)
    series = list(parts(drawn, "theta_star"))
    for index, (theta_star, group) in enumerate(series):
        rows = group.sort_values("n")
        tint, marker = colour(index), MARKERS[index % len(MARKERS)]
        left.plot(rows["n"], rows["bias"], color=tint)
        met = (rows["gradient_mc"] - rows["true_gradient"]).abs()
        left.errorbar(
            rows["n"], met, yerr=Z95 * rows["gradient_mc_error"], color=tint, marker=marker, linestyle="none",
            markersize=4, label=f"θ* = {theta_star:g}",
        )  # fmt: skip
        x = rows["n"] * 1.12 ** (index - (len(series) - 1) / 2)
        right.vlines(
            x,
            rows["argmin_low"] - theta_star,
            rows["argmin_high"] - theta_star,
            color=tint,
            linewidth=4,
            alpha=0.35,
        )
        right.plot(x, rows["argmin_mc"] - theta_star, marker, color=tint, markersize=4)
    left.axhline(BOUND, color=INK, linestyle="--", linewidth=1, label="$2 e^{-2}$ (theorem)")
    right.axhline(0, color=INK, linewidth=1)
    left.set(xscale="log", xlabel="$n$, variables in a batch", ylabel="bias of the expected gradient")
    left.set_ylim(bottom=0)
    right.set(xscale="log", xlabel="$n$, variables in a batch", ylabel="minimiser of the batch loss − θ*")
    legend(figure, left)
    caption(
        figure,
        "Lines and bars: closed forms (a bar is the interval of all minimisers). Points: Monte Carlo estimates, "
        "whiskers are 95 % intervals. Right, series stand beside each other.",
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
