"""Critics and estimators on pairs whose W1 and optimal gradient are known: Korotin et al. 2022."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wcheck.plots.artists import INK, colour, marker, undrawn
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, rows_named, tell
from wcheck.plots.rows import REPLICATES, differing, finite, groups, label, plain, records, settings
from wcheck.plots.ticks import used

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

PAIR = ("dim", "funnels", "move", "n")
PANELS = (
    ("ratio", "estimate / truth"),
    ("held_out_ratio", "on held-out points / truth"),
    ("cosine", "cosine of the gradients"),
    ("gradient_l2", "$E|\\nabla f - \\nabla u|^2$"),
)
BEST = {"ratio": 1.0, "held_out_ratio": 1.0, "cosine": 1.0, "gradient_l2": 0.0}
ROW, LANE, SPREAD = 0.25, 0.065, 0.7
"""Inches of a line at least, and of each pair on it, and the share of a line that its pairs are spread over."""
DECADES = 4
"""Powers of ten that are named on either side of 0 at most."""
NEAR, FAR = 2.0, 4.0
"""An axis that reaches beyond the second is logarithmic beyond the first, on either side of 0."""


def ratios(frame: DataFrame) -> Figure:
    """Draw the estimate of each method divided by the truth, and how its gradients agree with the true ones.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck known``.

    Returns
    -------
    Figure
        A line for each method, a colour for each pair of dimension and funnels. Points are means over seeds with
        standard errors: estimates. The vertical line is what a perfect method says.
    """
    drawn = finite(frame, "truth", "ratio")
    drawn = drawn.assign(line=_lines(drawn))
    lines = list(dict.fromkeys(drawn["line"]))
    shown = [(column, title) for column, title in PANELS if drawn[column].notna().any()]
    pairs = list(groups(drawn, PAIR))
    names, height = rows_named(lines, lanes=LANE * len(pairs), apart=ROW)
    figure, grid = panels(len(shown), sharey=True, height=0.8 + height, narrowest=2.4)
    for axes, (column, title) in zip(grid, shown, strict=True):
        for index, (name, pair) in enumerate(pairs):
            found = pair.groupby("line")[column].agg(["mean", "sem"]).reindex(lines)
            away = SPREAD * ((index + 0.5) / len(pairs) - 0.5)
            axes.errorbar(
                found["mean"], [place + away for place in range(len(lines))], xerr=found["sem"].fillna(0.0),
                color=colour(index), marker=marker(index), linestyle="none", elinewidth=1.0,
                capsize=2, label=name or None,
            )  # fmt: skip
        axes.axvline(BEST[column], color=INK, linewidth=1, zorder=1)
        axes.set_xlabel(title)
        if drawn[column].abs().max() > FAR:
            _squeeze(axes)
    grid[0].set_yticks(range(len(lines)), names)
    grid[0].set_ylim(len(lines) - 0.4, -0.6)
    tell(
        figure,
        grid,
        "Points: estimates, as means over seeds with standard errors (each seed has its own pair). Line: the truth. "
        "The cosine and the distance of gradients are in L2, over points on the rays along which mass is moved.",
        undrawn(len(frame), len(drawn)),
    )
    return figure


def _squeeze(axes: Axes) -> None:
    """Make an axis that is logarithmic beyond NEAR, on either side of 0."""
    from matplotlib.ticker import ScalarFormatter

    axes.set_xscale("symlog", linthresh=NEAR, linscale=2.0)
    low, high = axes.get_xlim()
    decades = math.ceil(math.log10(max(-low, high, 10.0)))
    beyond = [10.0**power for power in range(1, decades + 1, -(-decades // DECADES))]
    marks = [-mark for mark in reversed(beyond)] + [-1.0, 0.0, 1.0] + beyond
    used(axes.xaxis, (mark for mark in marks if low <= mark <= high))
    axes.xaxis.set_major_formatter(ScalarFormatter())


def _lines(frame: DataFrame) -> list[str]:
    """Return the method of each row, with the settings in which the rows of a method differ."""
    options = settings(frame, "source", "target", "method", *PAIR, *REPLICATES)
    told = {method: differing(rows, options) for method, rows in frame.groupby("method", sort=False)}
    return [
        ", ".join([plain(row.method), *([told_of] if told_of else [])])
        for row, told_of in (
            (row, label(frame.iloc[[place]], told[row.method])) for place, row in enumerate(records(frame))
        )
    ]


KIND = Kind(
    "known",
    ratios,
    numbers=("dim", "funnels", "n", "truth", "ratio", "held_out_ratio", "cosine", "gradient_l2"),
    texts=("kind", "method"),
)
