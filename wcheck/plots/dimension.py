"""Estimates of an intrinsic dimension, which sets the rate of Stanczuk et al. 2021, Section 5.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import Z95, caption, estimates, legend, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import FACTS, finite, groups, plain, settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def points(frame: DataFrame) -> Figure:
    """Draw each estimate with its 95 % interval.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck dimension``.

    Returns
    -------
    Figure
        Estimates only: nothing is certified.
    """
    drawn = finite(frame, "value")
    ways = list(dict.fromkeys(zip(drawn["method"], drawn["k"].fillna(0), strict=True)))
    figure, (axes,) = panels(1)
    for index, (name, group) in enumerate(groups(drawn, settings(drawn, "method", "k", *FACTS))):
        places = [
            ways.index(way) + 0.1 * index for way in zip(group["method"], group["k"].fillna(0), strict=True)
        ]
        name = name or plain(group["source"].iloc[0])
        errors = Z95 * group["standard_error"]
        estimates(axes, places, group["value"], index, errors=errors, label=name, linestyle="none")
    axes.set_xticks(range(len(ways)), [plain(method) + (f"\nk = {k:g}" if k else "") for method, k in ways])
    axes.set(ylabel="intrinsic dimension", xlim=(-0.6, len(ways) - 0.4))
    axes.set_ylim(bottom=0)
    legend(figure, axes)
    caption(
        figure,
        "Estimates with 95 % intervals of their standard errors. Not in them: the methods' own biases; in many "
        "dimensions both say too little.",
    )
    return figure


KIND = Kind("dimension", points, numbers=("k", "value", "standard_error"), texts=("source", "method"))
