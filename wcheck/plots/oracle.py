"""What critics claim and what can be certified of it, over their training: Stanczuk et al. 2021, Figure 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.columns import Role, named
from wcheck.plots.artists import bracket, caption, estimates, legend, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import FACTS, REPLICATES, differing, finite, groups, records, settings, telling

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

PANELS = (
    ("value", "claimed: $V$"),
    ("normalised", "claimed: $V / L$, largest gradient met"),
    ("normalised_pairs", "certified: $V / L_\\mathrm{pairs}$, steepest slope"),
)


def curves(frame: DataFrame) -> Figure:
    r"""Draw V, V / L and V / L_pairs of each critic over its steps, below the exact W1.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck oracle``.

    Returns
    -------
    Figure
        Three panels with one logarithmic axis. V and V / L are estimates; V / L_pairs and the dashed line, the bound
        that a constant critic's c-transform gives, are certified lower bounds of the empirical W1, whose bracket is the
        band. Critics that differ in their seed alone are one curve.
    """
    looks = finite(frame, "step", "exact_lower", "exact_upper")
    several_seeds = bool(differing(looks, ["seed"]))
    told = telling(looks, settings(looks, "step", *FACTS, *REPLICATES))
    figure, grid = panels(len(PANELS), sharey=True)
    exact = looks.drop_duplicates(["exact_lower", "exact_upper"])
    for axes, (column, title) in zip(grid, PANELS, strict=True):
        for index, (name, critics) in enumerate(groups(looks, told)):
            seen = critics[critics[column] > 0].groupby("step")[column].agg(["mean", "min", "max"])
            certified: dict[str, Any] = (
                {"marker": "none", "linewidth": 1.6} if named(column).role is Role.LOWER else {}
            )
            bars = [seen["mean"] - seen["min"], seen["max"] - seen["mean"]] if several_seeds else None
            estimates(axes, seen.index, seen["mean"], index, errors=bars, label=name or "critic", **certified)
        for place, row in enumerate(records(exact)):
            bracket(axes, row.exact_lower, row.exact_upper, *([""] if place else []))
        axes.set(title=title, xlabel="step", yscale="log")
        axes.set_xlim(left=0)
    constant = looks["lower_constant"].dropna().drop_duplicates()
    for place, bound in enumerate(constant):
        grid[-1].axhline(
            bound,
            color="#444444",
            linestyle="--",
            linewidth=1,
            label="" if place else "constant critic, by c-transform",
        )
    grid[0].set_ylabel("distance, in the unit of the points")
    grid[0].yaxis.set_major_formatter("{x:g}")
    trained = looks.loc[looks["step"] > 0, [column for column, _ in PANELS]].to_numpy(float)
    if (trained > 0).any():
        grid[0].set_ylim(bottom=trained[trained > 0].min() / 2)
    legend(figure, *grid)
    several = " of each pair" if len(exact) > 1 else ""
    caption(
        figure,
        f"Band: the certified bracket of the exact empirical W1{several}. Lines without points: certified lower bounds "
        "of it. Points: what critics claim, which certifies nothing. Values of 0 and below are not drawn.",
        "Means over seeds; bars reach from the least to the greatest." if several_seeds else "",
    )
    return figure


KIND = Kind(
    "oracle",
    curves,
    numbers=(
        "step", "value", "normalised", "normalised_pairs", "lower_constant", "exact_lower", "exact_upper",
    ),
    texts=("source", "target", "lipschitz", "arch", "steps", "seed"),
)  # fmt: skip
