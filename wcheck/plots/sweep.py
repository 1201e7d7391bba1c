"""All critics of a sweep as lines through their options to what they reach: Stanczuk et al. 2021, Figure 2."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wcheck.errors import TableError
from wcheck.plots import oracle
from wcheck.plots.artists import caption, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import SYMBOLS, differing, finite, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series

OUTCOMES = ("normalised_ratio", "normalised_pairs_ratio")
TITLES = {
    "normalised_ratio": "$(V / L) \\,/\\, W_1$\nclaimed",
    "normalised_pairs_ratio": "$(V / L_\\mathrm{pairs}) \\,/\\, W_1$\ncertified",
}
TICKS = 5


def parallel(frame: DataFrame) -> Figure:
    """Draw each critic's last look as a line through its options, coloured by the share of W1 that it claims.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck oracle``, of at least two critics.

    Returns
    -------
    Figure
        Parallel coordinates: the options that differ, then V / L and V / L_pairs as shares of the exact W1. The first
        is an estimate, the second a certified lower bound.

    Raises
    ------
    TableError
        If no option differs.
    """
    settings = (*oracle.PAIR, *oracle.SETTINGS)
    options = differing(frame, settings)
    if not options:
        raise TableError(
            "parallel coordinates show a sweep, and no option differs here: run wcheck oracle with several values."
        )
    looks = finite(frame, "step", *OUTCOMES).sort_values("step")
    last = looks.groupby(list(options), dropna=False, sort=False).tail(1)
    figure, (axes,) = panels(1, height=3.6)
    figure.set_figwidth(max(5.5, 1.5 * (len(options) + len(OUTCOMES))))
    columns = [*options, *OUTCOMES]
    scales = [_Scale.of(last[column], column in OUTCOMES) for column in columns]
    heights = [scale.heights(last[column]) for scale, column in zip(scales, columns, strict=True)]
    _lines(axes, heights)
    for place, (column, scale) in enumerate(zip(columns, scales, strict=True)):
        axes.vlines(place, 0, 1, color="#888888", linewidth=0.8, zorder=1)
        for height, text in scale.ticks:
            axes.annotate(
                text, (place, height), xytext=(-4, 0), textcoords="offset points", ha="right", va="center", fontsize=8,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5}, zorder=3,
            )  # fmt: skip
        title = TITLES.get(column, SYMBOLS.get(column, column))
        axes.annotate(title, (place, 1.06), ha="center", va="bottom", annotation_clip=False)
    axes.set(xlim=(-0.6, len(columns) - 0.8), ylim=(-0.05, 1.28))
    axes.set_axis_off()
    caption(
        figure,
        f"Each line is one of {len(last)} critics at its last look, brighter the more it claims. Claimed: V over the "
        "largest gradient met, which certifies nothing. Certified: V over the steepest slope between any two points, "
        "at most 1 as a share of the exact W1.",
    )
    return figure


@dataclass(frozen=True, slots=True)
class _Scale:
    """A coordinate: where its values lie between 0 and 1, and what stands beside it."""

    places: dict[Any, float] | None
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    @staticmethod
    def of(values: Series[Any], outcome: bool) -> _Scale:
        """Options lie evenly, in order; outcomes on a linear axis."""
        if not outcome:
            known = sorted(values.dropna().unique(), key=lambda value: (isinstance(value, str), value))
            names: list[Any] = [math.nan, *known] if values.isna().any() else known
            heights = [index / max(1, len(names) - 1) for index in range(len(names))]
            texts = ["none" if name != name else _text(name) for name in names]
            places = {text: height for text, height in zip(texts, heights, strict=True)}
            return _Scale(places, 0.0, 1.0, list(zip(heights, texts, strict=True)))
        low, high = float(values.min()), float(values.max())
        if low == high:
            low, high = low - 0.5, high + 0.5
        steps = [step / (TICKS - 1) for step in range(TICKS)]
        return _Scale(None, low, high, [(step, f"{low + step * (high - low):.3g}") for step in steps])

    def heights(self, values: Series[Any]) -> list[float]:
        """Return where values lie."""
        if self.places is None:
            return [(value - self.low) / (self.high - self.low) for value in values]
        return [self.places["none" if value != value else _text(value)] for value in values]


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else plain(value)


def _lines(axes: Axes, heights: Sequence[Sequence[float]]) -> None:
    import matplotlib

    claimed = heights[-len(OUTCOMES)]
    colours = matplotlib.colormaps["cividis"]
    for line, share in zip(zip(*heights, strict=True), claimed, strict=True):
        axes.plot(range(len(line)), line, color=colours(0.9 * share), linewidth=1.3, zorder=2)


KIND = Kind("sweep", parallel, numbers=("step", *OUTCOMES), texts=(*oracle.PAIR, *oracle.SETTINGS))
