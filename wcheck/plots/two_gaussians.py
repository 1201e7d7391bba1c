"""A discriminator saturates where a critic stays linear: Arjovsky et al. 2017, Figure 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import CERTIFIED, estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import finite, groups, plain, settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

DISCRIMINATOR = "discriminator"
LEAST = 1e-20
"""Slopes below are not drawn."""
BARE: dict[str, Any] = {"marker": "none", "linewidth": 1.2}


def curves(frame: DataFrame) -> Figure:
    """Draw the values of the discriminator and the critics along the line, and the slopes that a generator receives.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck two-gaussians``.

    Returns
    -------
    Figure
        Trained models are solid, the best ones, in closed form, dashed. A critic is divided by its greatest slope,
        since its scale is free; the grey areas are the two densities.
    """
    drawn = finite(frame, "z", "value", "generator_gradient")
    models = list(drawn.groupby("model", sort=False))
    figure, (left, right) = panels(2, series=len(models))
    for index, (model, rows) in enumerate(models):
        for place, (_, run) in enumerate(groups(rows.sort_values("z"), settings(rows, "z"))):
            name = "" if place else plain(model if model == DISCRIMINATOR else f"critic, {model}")
            scale = 1.0 if model == DISCRIMINATOR else run["gradient"].abs().max() or 1.0
            estimates(left, run["z"], run["value"] / scale, index, label=name, **BARE)
            slopes = run["generator_gradient"].abs() / scale
            estimates(right, run["z"], slopes.where(slopes > LEAST), index, label=name, **BARE)
    best = drawn.drop_duplicates(["model", "z", "mean", "std"])
    for kind, rows in best.groupby(best["model"] == DISCRIMINATOR):
        for place, (_, run) in enumerate(groups(rows.sort_values("z"), ("mean", "std"))):
            name = "" if place else "best discriminator" if kind else "best critic"
            options: dict[str, Any] = {
                "linestyle": "--" if kind else ":",
                "color": CERTIFIED,
                "linewidth": 1.0,
                "label": name,
            }
            left.plot(run["z"], run["best_value"], **options)
            slopes = run["best_generator_gradient"].abs()
            right.plot(run["z"], slopes.where(slopes > LEAST), **options)
    for _, run in groups(drawn.drop_duplicates(["z", "mean", "std"]).sort_values("z"), ("mean", "std")):
        for density in ("density_data", "density_generator"):
            left.fill_between(run["z"], run[density], color=CERTIFIED, alpha=0.2, linewidth=0)
    left.set(xlabel="$z$", ylabel="$D(z)$, and critic / its largest slope")
    right.set(xlabel="$z$", ylabel="slope that the generator receives", yscale="log")
    tell(
        figure,
        [left, right],
        "Dashed and dotted: closed forms. Solid: fully trained networks. Grey: the densities, the generator's on the "
        "left. Slope: that of log(1 - D), or of the critic divided by its largest slope.",
    )
    return figure


KIND = Kind(
    "two-gaussians",
    curves,
    numbers=(
        "mean", "std", "z", "density_data", "density_generator", "value", "best_value", "gradient",
        "generator_gradient", "best_generator_gradient",
    ),
    texts=("model",),
)  # fmt: skip
