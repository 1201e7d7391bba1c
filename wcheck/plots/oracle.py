"""What critics claim and what they certify during training: Stanczuk et al. 2021, Figure 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wcheck.columns import Role, named
from wcheck.plots.artists import CERTIFIED, bracket, estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import SMALLEST, many, panels, tell
from wcheck.plots.rows import (
    FACTS,
    REPLICATES,
    data_of,
    differing,
    finite,
    groups,
    records,
    settings,
    telling,
)
from wcheck.plots.ticks import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

PANELS = (
    ("value", "claimed: $V$"),
    ("normalised", "claimed: $V / L$, largest gradient found"),
    ("normalised_pairs", "certified: $V / L_\\mathrm{pairs}$, steepest slope"),
)
CONSTANT = "constant critic, by c-transform"
BARE: dict[str, Any] = {"marker": "none", "linewidth": 1.6}
LONE: dict[str, Any] = {"marker": "_", "markersize": 8, "markeredgewidth": 1.6}
"""What a line of one look is, which would not be seen: a dash."""


def curves(frame: DataFrame) -> Figure:
    r"""Draw V, V / L and V / L_pairs of each critic over its steps, below the exact W1.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck oracle``.

    Returns
    -------
    Figure
        Three panels with one logarithmic axis, or a panel for each critic where these are many. V and V / L are
        estimates; V / L_pairs and the dashed line, the bound that a constant critic's c-transform gives, are certified
        lower bounds of the empirical W1, whose bracket is the band. Critics that differ in their seed alone are one
        curve.
    """
    looks = finite(frame, "step", "exact_lower", "exact_upper")
    critics = list(groups(looks, telling(looks, settings(looks, "step", *FACTS, *REPLICATES))))
    several_seeds = bool(differing(looks, ["seed"]))
    alone = many(len(critics))
    if alone:
        figure, grid = panels(len(critics), height=1.7, narrowest=SMALLEST, sharey=True)
        for axes, (name, own) in zip(grid, critics, strict=True):
            for index, (column, quantity) in enumerate(PANELS):
                _course(axes, own, column, index, quantity, several_seeds)
            axes.set_title(name)
    else:
        figure, grid = panels(len(PANELS), sharey=True)
        for axes, (column, quantity) in zip(grid, PANELS, strict=True):
            for index, (name, own) in enumerate(critics):
                _course(axes, own, column, index, name or "critic", several_seeds)
            axes.set_title(quantity)
    exact = looks.drop_duplicates(["exact_lower", "exact_upper"])
    _certain(grid, grid if alone else grid[-1:], looks, exact)
    several = " of each pair" if len(exact) > 1 else ""
    tell(
        figure,
        grid,
        data_of(looks),
        f"Band: the certified bracket of the exact empirical W1{several}. Lines without points: certified lower bounds "
        "of it. Points: what critics claim, which certifies nothing. Values of 0 and below are not drawn.",
        "Means over seeds; bars extend from the smallest to the largest value." if several_seeds else "",
    )
    return figure


def _course(axes: Axes, rows: DataFrame, column: str, index: int, name: str, several_seeds: bool) -> None:
    """Draw what critics claim, or what is certified of it, over the steps."""
    seen = rows[rows[column] > 0].groupby("step")[column].agg(["mean", "min", "max"])
    bars = [seen["mean"] - seen["min"], seen["max"] - seen["mean"]] if several_seeds else None
    bare = LONE if len(seen) == 1 else BARE
    certified = bare if named(column).role is Role.LOWER else {}
    estimates(axes, seen.index, seen["mean"], index, errors=bars, label=name, **certified)


def _certain(grid: Sequence[Axes], certified: Sequence[Axes], looks: DataFrame, exact: DataFrame) -> None:
    """Draw the exact bracket, and where bounds are, that of a constant; make the axes of steps and of distances."""
    for axes in grid:
        for place, row in enumerate(records(exact)):
            bracket(axes, row.exact_lower, row.exact_upper, *([""] if place else []))
        axes.set(xlabel="step", yscale="log", ylabel="distance, in the unit of the points")
        axes.set_xlim(0, 1.05 * float(looks["step"].max()) or 1.0)
        whole(axes.xaxis)
    for axes in certified:
        for place, bound in enumerate(looks["lower_constant"].dropna().drop_duplicates()):
            name = "" if place else CONSTANT
            axes.axhline(bound, color=CERTIFIED, linestyle="--", linewidth=1, label=name)
    trained = looks.loc[looks["step"] > 0, [column for column, _ in PANELS]].to_numpy(float)
    if (trained > 0).any():
        grid[0].set_ylim(bottom=trained[trained > 0].min() / 2)


KIND = Kind(
    "oracle",
    curves,
    numbers=(
        "step", "value", "normalised", "normalised_pairs", "lower_constant", "exact_lower", "exact_upper",
    ),
    texts=("source", "target", "lipschitz", "arch", "steps", "seed"),
)  # fmt: skip
