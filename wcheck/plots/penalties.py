"""What critics certify against the weight of their penalty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import FACTS, REPLICATES, data_of, differing, finite, groups, settings, telling

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

SHARES = (
    ("normalised_ratio", "claimed: $V / L$"),
    ("normalised_pairs_ratio", "certified: $V / L_\\mathrm{pairs}$"),
)


def penalties(frame: DataFrame) -> Figure:
    """Draw what critics claim and certify at the last evaluation, as shares of W1, against the weight of their penalty.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck oracle`` of several penalties.

    Returns
    -------
    Figure
        Two panels: V / L, an estimate, and V / L_pairs, a certified lower bound, both as shares of the exact W1. A line
        for each of what else differs; means over seeds, with bars from the least to the greatest.
    """
    looks = finite(frame, "step", "penalty", *(column for column, _ in SHARES)).sort_values("step")
    told = telling(looks, settings(looks, "step", *FACTS))
    last = looks.groupby(told, dropna=False, sort=False).tail(1) if told else looks.tail(1)
    lines = [name for name in told if name not in ("penalty", *REPLICATES)]
    critics = list(groups(last, lines))
    figure, grid = panels(len(SHARES), series=len(critics), sharey=True)
    for axes, (column, title) in zip(grid, SHARES, strict=True):
        for index, (name, own) in enumerate(critics):
            seen = 100 * own.groupby("penalty")[column].agg(["mean", "min", "max"])
            bars: Any = [seen["mean"] - seen["min"], seen["max"] - seen["mean"]]
            several = differing(own, REPLICATES)
            estimates(
                axes,
                seen.index,
                seen["mean"],
                index,
                errors=bars if several else None,
                label=name or "critics",
            )
        axes.set(xlabel="penalty $\\lambda$", ylabel="share of the exact $W_1$, %", title=title, xscale="log")
    grid[0].set_ylim(bottom=min(0.0, grid[0].get_ylim()[0]))  # once all is drawn: the panels share it
    tell(
        figure,
        grid,
        data_of(last),
        "Critics at their last evaluation. V divided by the steepest gradient found certifies nothing; V divided by "
        "the steepest rise between the sets is a certified lower bound of the empirical W1.",
        "Means over seeds; bars extend from the smallest to the largest value."
        if differing(last, REPLICATES)
        else "",
    )
    return figure


KIND = Kind(
    "penalties",
    penalties,
    numbers=("step", "penalty", *(column for column, _ in SHARES)),
    texts=("lipschitz", "seed"),
)
