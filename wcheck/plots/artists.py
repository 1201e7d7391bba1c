"""How figures speak: certified values are bands or bare lines, estimates are points with bars; a caption says so."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

HEIGHT, WIDTH = 3.1, 3.7
"""Inches of a panel; one alone is wider."""
CHARACTERS = 17
"""The characters of a caption that fit into an inch."""
Z95 = 1.96
"""Standard errors on either side of a 95 % interval."""
INK, CERTIFIED = "#333333", "#444444"
MARKERS = "osD^vP*X<>"
EXACT = "exact $W_1$ (certified bracket)"


def panels(count: int, rows: int = 1, *, height: float = HEIGHT, **options: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels in rows, without a display, and the axes that are needed.

    Parameters
    ----------
    count, rows : int
        Panels, and rows to spread them over.
    height : float
        Inches of a panel.
    **options
        The options of :meth:`matplotlib.figure.Figure.subplots`.
    """
    from matplotlib.figure import Figure

    across = -(-count // rows)
    width = 1.5 * WIDTH if across == 1 else WIDTH * across
    figure = Figure(figsize=(width, height * rows + 0.6))
    figure.set_layout_engine("constrained", w_pad=0.1)
    grid = list(figure.subplots(rows, across, squeeze=False, **options).ravel())
    for axes in grid[count:]:
        axes.set_axis_off()
    return figure, grid[:count]


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
    style: dict[str, Any] = {
        "color": colour(index),
        "marker": MARKERS[index % len(MARKERS)],
        "linewidth": 0.8,
        "elinewidth": 1.0,
        "capsize": 2,
        "label": label or None,
    }
    return axes.errorbar(x, y, yerr=errors, **(style | options))


def plain_logarithms(axes: Axes) -> None:
    """Write the numbers of a logarithmic axis as they are, with some between powers of ten where these are few."""
    low, high = axes.get_ylim()
    shown = "123456789" if high < 4 * low else "25" if high < 200 * low else ""

    def between(value: float, _: float) -> str:
        return f"{value:g}" if f"{value:.0e}"[0] in shown else ""

    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(between)


def colour(index: int) -> str:
    """Return the index-th colour of the style in force: one by its number would be looked up when a figure is saved."""
    import matplotlib

    colours: list[str] = matplotlib.rcParams["axes.prop_cycle"].by_key().get("color", ["black"])
    return colours[index % len(colours)]


def bracket(axes: Axes, lower: float, upper: float, label: str = EXACT) -> None:
    """Draw a certified bracket as a band across the axes; its edge shows where it is thinner than a line."""
    axes.axhspan(
        lower, upper, facecolor=CERTIFIED, edgecolor=CERTIFIED, alpha=0.55, linewidth=1.4, label=label
    )


def legend(figure: Figure, *panels: Axes, columns: int | None = None) -> None:
    """Put what is named in the panels above all of them, each name once; nothing where there are none."""
    handles: dict[str, Any] = {}
    for axes in panels:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(name, handle)
    if handles:
        room = 15 * figure.get_figwidth()
        fitting = (
            len(handles)
            if sum(len(name) + 7 for name in handles) < room
            else room // (max(map(len, handles)) + 7)
        )
        figure.legend(
            handles.values(),
            handles.keys(),
            loc="outside upper left",
            ncols=columns or max(1, int(fitting)),
            columnspacing=1.2,
        )


def caption(figure: Figure, *sentences: str) -> None:
    """Say below the panels what is certified in them and what is estimated."""
    text = textwrap.fill(
        " ".join(sentence for sentence in sentences if sentence), int(CHARACTERS * figure.get_figwidth())
    )
    figure.supxlabel(text, x=0.01, ha="left", fontsize="small", color=INK)


def undrawn(all_rows: int, drawn: int) -> str:
    """Return the sentence for rows without a number, empty if there are none."""
    missing = all_rows - drawn
    return f"{missing:,} of {all_rows:,} rows have no number and are not drawn." if missing else ""
