"""The gradient of a generator while its critic is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.plots.artists import estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import FACTS, REPLICATES, data_of, differing, finite, groups, settings, telling
from wcheck.plots.ticks import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def vanishing(frame: DataFrame) -> Figure:
    """Draw the norm of the generator's gradient with respect to its points, against the steps of the critic.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck oracle``.

    Returns
    -------
    Figure
        One panel with a logarithmic axis and a line for each critic; geometric means over seeds, with bars from the
        least to the greatest. All of it is estimated.
    """
    import numpy as np

    looks = finite(frame, "step", "generator_gradient")
    looks = finite(looks[looks["generator_gradient"] > 0], "generator_gradient")
    critics = list(groups(looks, telling(looks, settings(looks, "step", *FACTS, *REPLICATES))))
    figure, (axes,) = panels(1, series=len(critics))
    for index, (name, own) in enumerate(critics):
        logarithms = np.log(own.set_index("step")["generator_gradient"]).groupby(level=0)
        middle, low, high = (
            np.exp(found) for found in (logarithms.mean(), logarithms.min(), logarithms.max())
        )
        bars: Any = [middle - low, high - middle] if differing(own, REPLICATES) else None
        estimates(axes, middle.index, middle, index, errors=bars, label=name or "critic")
    axes.set(xlabel="steps of the critic", ylabel="gradient of the generator's loss", yscale="log")
    axes.set_xlim(left=0)
    whole(axes.xaxis)
    tell(
        figure,
        [axes],
        data_of(looks),
        "Points: the norm of the gradient of the generator's loss with respect to a batch of fixed points (an "
        "estimate). A gradient that is 0 in float32 is not drawn.",
        "Geometric means over seeds; bars extend from the smallest to the largest value."
        if differing(looks, REPLICATES)
        else "",
    )
    return figure


KIND = Kind(
    "vanishing", vanishing, numbers=("step", "generator_gradient"), texts=("objective", "arch", "seed")
)
