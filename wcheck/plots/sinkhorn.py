"""The Sinkhorn divergence beside the exact W1 of the same samples: Stanczuk et al. 2021, Figure 13."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.errors import TableError
from wcheck.plots.artists import colour, estimates, undrawn
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import REPLICATES, data_of, finite, groups, of_estimators, parts
from wcheck.plots.ticks import used

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


def beside(frame: DataFrame) -> Figure:
    """Draw exact W1 and Sinkhorn divergences against n, and against eps where there are several.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck sample-complexity`` with the estimators ``exact`` and ``sinkhorn``.

    Returns
    -------
    Figure
        Means over repetitions with standard deviations. The exact value of each sample is certified, a divergence is an
        estimate that tends to W1 as eps falls and to an energy distance as it grows.

    Raises
    ------
    TableError
        If there is no Sinkhorn divergence.
    """
    drawn = finite(frame, "n", "value")
    sinkhorn = drawn[drawn["estimator"] == "sinkhorn"]
    exact = drawn[drawn["estimator"] == "exact"]
    if sinkhorn.empty:
        raise TableError(
            "no row is of the estimator sinkhorn: run wcheck sample-complexity --estimator sinkhorn."
        )
    several = sinkhorn["epsilon"].nunique() > 1
    told = of_estimators(drawn, "n", "estimator", "epsilon", *REPLICATES)
    series = [(", ".join(filter(None, ["exact $W_1$", name])), own) for name, own in groups(exact, told)]
    for name, own in groups(sinkhorn, [*told, "epsilon"]):
        series.append((f"Sinkhorn, {name or 'ε = ' + format(own['epsilon'].iloc[0], 'g')}", own))
    figure, grid = panels(
        2 if several else 1, series=max(len(series), sinkhorn["n"].nunique() if several else 0)
    )
    for index, (name, own) in enumerate(series):
        _against(grid[0], own, "n", index, name)
    grid[0].set(xscale="log", xlabel="$n$, points per sample", ylabel="mean over samples")
    grid[0].set_ylim(bottom=min(0.0, grid[0].get_ylim()[0]))
    used(grid[0].xaxis, drawn["n"])
    if several:
        _over_epsilon(grid[1], sinkhorn, exact, len(series))
    tell(
        figure,
        grid,
        data_of(drawn),
        "Means over pairs of samples with one standard deviation. Exact: certified for every sample, and an estimate "
        "of the distance between the distributions. Sinkhorn: the debiased divergence, which certifies nothing.",
        undrawn(len(frame), len(drawn)),
    )
    return figure


def _over_epsilon(axes: Axes, sinkhorn: DataFrame, exact: DataFrame, first: int) -> None:
    """Draw the divergence of each n over eps, in colours after those of the first panel."""
    for index, (n, group) in enumerate(parts(sinkhorn, "n"), start=first):
        _against(axes, group, "epsilon", index, f"Sinkhorn, n = {n:,.0f}")
        mean = exact.loc[exact["n"] == n, "value"].mean()
        if mean == mean:
            axes.axhline(mean, color=colour(index), linestyle="--", linewidth=1)
    axes.set(xscale="log", xlabel="ε, in the unit of the points", title="dashed: exact $W_1$")
    used(axes.xaxis, sinkhorn["epsilon"])


def _against(axes: Axes, group: DataFrame, column: str, index: int, name: str) -> None:
    found = group.groupby(column)["value"].agg(["mean", "std"])
    estimates(axes, found.index, found["mean"], index, errors=found["std"], label=name)


KIND = Kind(
    "sinkhorn",
    beside,
    numbers=("dim", "n", "rep", "value", "truth", "epsilon"),
    texts=("source", "target", "estimator"),
)
