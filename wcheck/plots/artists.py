"""How values are drawn: what is certified as bands or bare lines, estimates as points with bars; a caption says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.errors import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from numpy.typing import ArrayLike

Z95 = 1.96
"""Standard errors on either side of a 95 % interval."""
INK, CERTIFIED = "#333333", "#444444"
MARKERS = "osD^vP*X<>p"
EXACT = "exact $W_1$ (certified bracket)"


def estimates(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    index: int,
    *,
    errors: ArrayLike | None = None,
    label: str = "",
    **options: Any,
) -> ErrorbarContainer:
    """Draw estimates: points of the index-th colour and marker, joined by a thin line, with bars.

    Parameters
    ----------
    errors : array_like, shape (n,) or (2, n), optional
        Half lengths of the bars.
    **options
        The options of :meth:`matplotlib.axes.Axes.errorbar`.
    """
    import numpy as np

    bars = None if errors is None else np.asarray(errors, float)
    style: dict[str, Any] = {
        "color": colour(index),
        "marker": marker(index),
        "linewidth": 0.8,
        "elinewidth": 1.0,
        "capsize": 2,
        "label": label or None,
    }
    return axes.errorbar(x, y, yerr=bars, **(style | options))


def colours() -> list[str]:
    """Return the colours of the style in force: one by its number would be looked up when a figure is saved."""
    import matplotlib

    found: list[str] = matplotlib.rcParams["axes.prop_cycle"].by_key().get("color", ["black"])
    return found


def colour(index: int) -> str:
    """Return the index-th colour, beginning again after the last one."""
    return colours()[index % len(colours())]


def marker(index: int) -> str:
    """Return the index-th marker: no two series of one colour have the same, up to eleven times as many as colours."""
    turn, place = divmod(index, len(colours()))
    return MARKERS[(place + turn) % len(MARKERS)]


def bracket(axes: Axes, lower: float, upper: float, label: str = EXACT) -> None:
    """Draw a certified bracket as a band across the axes; its edge shows where it is thinner than a line."""
    axes.axhspan(
        lower, upper, facecolor=CERTIFIED, edgecolor=CERTIFIED, alpha=0.55, linewidth=1.4, label=label
    )


def undrawn(all_rows: int, drawn: int) -> str:
    """Return the sentence for rows without a number, empty if there are none."""
    missing = all_rows - drawn
    return (
        f"{missing:,} of {counted(all_rows, 'row', separator=',')} "
        f"{'has no number and is' if missing == 1 else 'have no number and are'} not drawn."
        if missing
        else ""
    )
