"""How gradients change on their way through a critic's layers, and how many weights are at the clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.errors import TableError
from wcheck.plots.artists import estimates
from wcheck.plots.kind import Kind
from wcheck.plots.page import panels, tell
from wcheck.plots.rows import FACTS, REPLICATES, data_of, differing, finite, groups, settings, telling
from wcheck.plots.ticks import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

NETWORKS = ("arch", "layers", "norm")
"""Settings of which each combination has a panel."""


def depth(frame: DataFrame) -> Figure:
    """Draw the norm of the gradient with respect to the output of each layer, and the share of weights at the clip.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck oracle``, of which the last look at each critic is drawn.

    Returns
    -------
    Figure
        A panel for each network, with a logarithmic axis and a line for each of what else differs; for clipped critics
        a last one with the share of weights at the clip. Geometric means over seeds, from the least to the greatest.

    Raises
    ------
    TableError
        If no row says anything of layers.
    """
    looks = finite(frame, "step").sort_values("step")
    looks = looks[looks["grad_layers"].notna()]
    if looks.empty:
        raise TableError("no row has a gradient of layers in grad_layers: there is nothing to draw.")
    told = telling(looks, settings(looks, "step", *FACTS))
    last = looks.groupby(told, dropna=False, sort=False).tail(1) if told else looks.tail(1)
    networks = list(groups(last, differing(last, NETWORKS)))
    lines = [name for name in told if name not in (*NETWORKS, *REPLICATES)]
    clipped = last[last["clip_share"].notna()]
    shared = differing(clipped, ["clip"]) != []
    critics = list(groups(last.sort_values(lines) if lines else last, lines))
    count = len(critics)
    figure, grid = panels(len(networks) + shared, series=count)
    for axes, (name, own) in zip(grid, networks, strict=False):
        for index, (line, rows) in enumerate(critics):
            if not (there := rows[rows.index.isin(own.index)]).empty:
                _way(axes, there, index, line or "critic")
        axes.set(
            xlabel="layer, from the input", ylabel="gradient in the layer's output", yscale="log", title=name
        )
        whole(axes.xaxis)
    if shared:
        _shares(grid[-1], clipped, count)
    tell(
        figure,
        grid,
        data_of(last),
        "Points: the mean norm of the critic's gradient with respect to the output of each layer with weights, at the "
        "last evaluation (an estimate). If a line falls towards the input, gradients vanish with depth; if it rises, "
        "they explode. Gradients that are 0 in float32 are not drawn.",
        "Geometric means over seeds; bars extend from the smallest to the largest value."
        if differing(last, REPLICATES)
        else "",
    )
    return figure


def _way(axes: Axes, rows: DataFrame, index: int, name: str) -> None:
    """Draw one line through the layers."""
    import numpy as np
    import pandas as pd

    norms = pd.DataFrame([_norms(text) for text in rows["grad_layers"]])
    logarithms = np.log(norms.where(norms > 0))
    middle, low, high = (np.exp(found) for found in (logarithms.mean(), logarithms.min(), logarithms.max()))
    drawn = middle.notna()
    errors: Any = [(middle - low)[drawn], (high - middle)[drawn]] if len(norms) > 1 else None
    estimates(axes, np.arange(1, len(middle) + 1)[drawn], middle[drawn], index, errors=errors, label=name)


def _norms(text: str) -> list[float]:
    """Return the norms of a text such as ``0:0.31 2:0.88``, in the order of the layers.

    Raises
    ------
    TableError
        If it is another text.
    """
    try:
        return [float(part.rpartition(":")[2]) for part in str(text).split()]
    except ValueError:
        raise TableError(
            f"column grad_layers holds {str(text)!r}: give a CSV whose grad_layers are layers and numbers, such as "
            "0:0.31 2:0.88."
        ) from None


def _shares(axes: Axes, clipped: DataFrame, first: int) -> None:
    """Draw the share of weights at the clip against the clip, a line for each network."""
    for index, (name, own) in enumerate(groups(clipped, differing(clipped, NETWORKS))):
        seen = own.groupby("clip")["clip_share"].mean()
        estimates(axes, seen.index, 100 * seen, first + index, label=name or "all critics")
    axes.set(xlabel="clip c", ylabel="weights at the clip, %", xscale="log", title="weights at $\\pm c$")
    axes.set_ylim(bottom=0)


KIND = Kind(
    "depth", depth, numbers=("step", "clip", "clip_share"), texts=("grad_layers", "arch", "seed", "lipschitz")
)
