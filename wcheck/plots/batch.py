"""Estimates from mini-batches beside the exact distance of the whole sets: Stanczuk et al. 2021, Algorithm 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.plots.artists import bracket, estimates, undrawn
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import FACTS, REPLICATES, data_of, finite, groups, of_estimators, records, telling
from wcheck.plots.ticks import used

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def curves(frame: DataFrame) -> Figure:
    """Draw the mean estimate against the size of batches, beside the exact bracket.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck batch``.

    Returns
    -------
    Figure
        Estimates are means over batches with standard deviations; the band is the certified bracket of the whole sets.
    """
    drawn = finite(frame, "batch_size", "value", "exact_lower", "exact_upper")
    told = of_estimators(drawn, "batch_size", "unit", *FACTS, *REPLICATES)
    series = list(groups(drawn, telling(drawn, told)))
    figure, (axes,) = panels(1, series=len(series))
    for index, (name, group) in enumerate(series):
        found = group.groupby("batch_size")["value"].agg(["mean", "std"])
        name = name or str(group["estimator"].iloc[0])
        estimates(axes, found.index, found["mean"], index, errors=found["std"], label=f"batches: {name}")
    for place, row in enumerate(records(drawn.drop_duplicates(["exact_lower", "exact_upper"]))):
        bracket(axes, row.exact_lower, row.exact_upper, *([""] if place else []))
    axes.set(xscale="log", xlabel="points per batch", ylabel="mean over batches")
    used(axes.xaxis, drawn["batch_size"])
    tell(
        figure,
        [axes],
        data_of(drawn),
        "Band: the certified bracket of the exact W1 between the whole sets. Points: estimates from mini-batches, as "
        "means with one standard deviation.",
        undrawn(len(frame), len(drawn)),
    )
    return figure


KIND = Kind(
    "batch",
    curves,
    numbers=("batch_size", "rep", "value", "exact_lower", "exact_upper"),
    texts=("source", "target", "estimator"),
)
