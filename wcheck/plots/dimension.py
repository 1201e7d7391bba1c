"""Estimates of an intrinsic dimension, which sets the rate of Stanczuk et al. 2021, Section 5.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import Z95, estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, rows_named, tell
from wcheck.plots.rows import FACTS, data_of, finite, groups, plain, settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

LANE, SPREAD = 0.09, 0.6
"""Inches of each source on a row, and the share of a row that its sources are spread over."""


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
    series = list(groups(drawn, settings(drawn, "method", "k", *FACTS)))
    names, height = rows_named(
        (plain(method) + (f", k = {k:g}" if k else "") for method, k in ways),
        lanes=LANE * len(series),
        apart=0.3,
    )
    figure, (axes,) = panels(1, height=0.7 + height)
    for index, (name, group) in enumerate(series):
        away = SPREAD * ((index + 0.5) / len(series) - 0.5)
        places = [ways.index(way) + away for way in zip(group["method"], group["k"].fillna(0), strict=True)]
        estimates(
            axes, group["value"], places, index, xerr=Z95 * group["standard_error"],
            label=name or plain(group["source"].iloc[0]), linestyle="none",
        )  # fmt: skip
    axes.set_yticks(range(len(ways)), names)
    axes.set(xlabel="intrinsic dimension", ylim=(len(ways) - 0.4, -0.6))
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.grid(False, axis="y")
    tell(
        figure,
        [axes],
        data_of(drawn, "source") if len(series) > 1 else "",
        "Estimates with 95 % intervals from their standard errors. The intervals do not include the bias of the "
        "methods, which is negative in many dimensions.",
    )
    return figure


KIND = Kind("dimension", points, numbers=("k", "value", "standard_error"), texts=("source", "method"))
