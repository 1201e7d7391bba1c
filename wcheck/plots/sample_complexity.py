"""Estimates from samples of growing size: Stanczuk et al. 2021, Figure 8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import INK, estimates, undrawn
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import REPLICATES, data_of, differing, finite, groups, of_estimators, parts, telling
from wcheck.plots.ticks import used

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def curves(frame: DataFrame) -> Figure:
    r"""Draw the mean estimate against n on linear axes, and its mean error on logarithmic ones.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck sample-complexity``.

    Returns
    -------
    Figure
        Means over repetitions with their standard deviations: estimates. The error is the distance from the truth, or
        from 0 where that is not known. Dashed: a power ``n^{-1/d}`` through the first point of each dimension.
    """
    drawn = finite(frame, "n", "value")
    drawn = drawn.assign(error=(drawn["value"] - drawn["truth"].fillna(0.0)).abs())
    implied = ("source", "target") if differing(drawn, ["dim"]) else ()
    shown = of_estimators(drawn, "n", *implied, *REPLICATES)
    series = list(groups(drawn, telling(drawn, shown)))
    figure, (left, right) = panels(2, series=len(series))
    for index, (name, group) in enumerate(series):
        name = name or str(group["estimator"].iloc[0])
        for axes, column in ((left, "value"), (right, "error")):
            found = group.groupby("n")[column].agg(["mean", "std"])
            estimates(axes, found.index, found["mean"], index, errors=found["std"], label=name)
    for truth in drawn["truth"].dropna().unique():
        left.axhline(truth, color=INK, linewidth=1, label="truth")
    for dim, group in parts(drawn, "dim"):
        means = group[group["estimator"] == group["estimator"].iloc[0]].groupby("n")["error"].mean()
        if len(means) > 1:
            rate = means.iloc[0] * (means.index / means.index[0]) ** (-1 / dim)
            right.plot(means.index, rate, "--", color=INK, linewidth=1, label=f"$n^{{-1/{dim:g}}}$")
    left.set(xlabel="$n$, points per sample", ylabel="estimate", title="linear")
    right.set(xlabel="$n$, points per sample", ylabel="error", title="logarithmic", xscale="log")
    right.set_yscale("log", nonpositive="mask")
    for axes in (left, right):
        used(axes.xaxis, drawn["n"])
    known = drawn["truth"].notna().all()
    tell(
        figure,
        [left, right],
        data_of(drawn),
        f"Estimates: means over {_span(drawn)} pairs of samples with one standard deviation. The error is the "
        f"difference from the {'true W1 of the distributions' if known else 'truth where it is known, else from 0'}. "
        "Dashed: the rate of the empirical W1 in d dimensions.",
        undrawn(len(frame), len(drawn)),
    )
    return figure


def _span(frame: DataFrame) -> str:
    counts = frame.groupby(["n", "estimator"]).size()
    return " to ".join(dict.fromkeys(f"{count:,}" for count in (counts.min(), counts.max())))


KIND = Kind(
    "sample-complexity",
    curves,
    numbers=("dim", "n", "rep", "value", "truth"),
    texts=("source", "target", "estimator"),
)
