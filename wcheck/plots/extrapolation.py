"""How many points a given error would need, by the line through the errors: Stanczuk et al. 2021, Figure 9."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from wcheck import columns
from wcheck.plots.artists import colour, estimates, marker
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import data_of, finite, groups, label, plain, records

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series

OPTIONS = columns.names("estimator")
SAID = 6
"""The largest number of errors whose n is given in the caption."""
SERIES = ("source", "target", "dim", "estimator", *OPTIONS)


def lines(frame: DataFrame) -> Figure:
    """Draw each fitted line with the range over models, up to the n that an error of 0.01 would need.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``FILE.fit.csv``, which ``wcheck sample-complexity --fit`` writes; those of ``FILE.csv`` may be joined,
        and are drawn as points.

    Returns
    -------
    Figure
        Nothing in it is certified: the band and the horizontal bars are ranges over models, each with its 95 %
        interval, of the error and of the n that is needed.
    """
    fitted = finite(frame, "n", "error", "error_lower", "error_upper")
    series = list(groups(fitted, SERIES))
    figure, (axes,) = panels(1, series=len(series))
    for index, (_, group) in enumerate(series):
        tint = colour(index)
        first = group.iloc[0]
        called = label(
            first.to_frame().T, ["estimator", *(option for option in OPTIONS if option in group), "dim"]
        )
        theory = f", in theory {first['rate']:.4f}" if math.isfinite(first["rate"]) else ""
        name = f"{called}: slope {first['slope']:.4f}{theory}"
        line = group.sort_values("n")
        estimates(axes, line["n"], line["error"], index, label=name, marker="none", linewidth=1.2)
        axes.fill_between(
            line["n"], line["error_lower"], line["error_upper"], color=tint, alpha=0.2, linewidth=0
        )
        _needs(axes, group, tint)
        _measured(axes, frame, first, index)
    axes.set(xscale="log", yscale="log", xlabel="$n$, points per sample", ylabel="error")
    tell(
        figure,
        [axes],
        data_of(fitted),
        _told(fitted),
        "Estimates only. Line: least squares on logarithmic axes. Band: the range over lines through some of the "
        "sizes and the theoretical slope, each with its 95 % interval; beyond the measured n this is an "
        "extrapolation. Rings: the n for each error by the line; bars: its range.",
    )
    return figure


def _needs(axes: Axes, group: DataFrame, tint: str) -> None:
    """Draw the n that each error needs, and its range."""
    for need in records(group[group["wanted_error"].notna()]):
        ends = [need.n_lower, need.n_upper]
        if not all(map(math.isfinite, ends)):  # no interval, or one without an end
            ends = [need.n, need.n]
        axes.plot(ends, [need.wanted_error] * 2, color=tint, linewidth=2.2, solid_capstyle="butt")
        axes.plot(need.n, need.wanted_error, "o", color=tint, markerfacecolor="white", markersize=5)


def _told(fitted: DataFrame) -> str:
    """Say the n that each error needs, for as many series as a sentence holds."""
    needs = fitted[fitted["wanted_error"].notna()]
    told = [
        f"error {need.wanted_error:g} at $n = 10^{{{math.log10(need.n):.1f}}}$ ({plain(need.estimator)})"
        for need in records(needs)
    ]
    return f"By the lines: {'; '.join(told)}." if 0 < len(told) <= SAID else ""


def _measured(axes: Axes, frame: DataFrame, fitted: Series[Any], index: int) -> None:
    """Draw the mean errors of the same series, if its rows were joined."""
    if not {"rep", "value", "truth"} <= set(frame.columns):
        return
    import pandas as pd

    same = frame["rep"].notna()
    for column in (column for column in SERIES if column in frame):
        value = fitted[column]
        same &= frame[column].isna() if pd.isna(value) else frame[column] == value
    rows = frame[same]
    errors = (rows["value"] - rows["truth"].fillna(0.0)).abs().groupby(rows["n"]).mean()
    axes.plot(errors.index, errors, marker(index), color=colour(index), markersize=4)


KIND = Kind(
    "extrapolation",
    lines,
    numbers=(
        "dim",
        "rate",
        "slope",
        "n",
        "error",
        "error_lower",
        "error_upper",
        "wanted_error",
        "n_lower",
        "n_upper",
    ),
    texts=("source", "target", "estimator"),
)
