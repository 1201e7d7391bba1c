"""All critics of a sweep as lines through their options to what they reach: Stanczuk et al. 2021, Figure 2."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wcheck.errors import TableError
from wcheck.plots import oracle
from wcheck.plots.artists import caption, panels
from wcheck.plots.kind import Kind
from wcheck.plots.rows import FACTS, called_in_legends, finite, plain, settings, telling

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
NAMED = 8
"""So many numbers are named one by one; more lie on an axis."""
WORD = 0.1
"""The height of a word below an axis."""
NONE = "none"
"""What a blank is called."""


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
    options = telling(frame, settings(frame, "step", *FACTS))
    if not options:
        raise TableError(
            "parallel coordinates show a sweep, and no option differs here: run wcheck oracle with several values."
        )
    looks = finite(frame, "step", *OUTCOMES).sort_values("step")
    last = looks.groupby(options, dropna=False, sort=False).tail(1)
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
        title = TITLES.get(column, called_in_legends(column))
        axes.annotate(title, (place, 1.06), ha="center", va="bottom", annotation_clip=False)
    axes.set(xlim=(-0.6, len(columns) - 0.8), ylim=(-0.05, 1.28))
    axes.set_axis_off()
    caption(
        figure,
        f"Each line is one of {len(last)} critics at its last look, brighter the more it claims. Claimed: V over the "
        "largest gradient met, which certifies nothing. Certified: V over the steepest rise from any target point to "
        "any source point, at most 1 as a share of the exact W1.",
    )
    return figure


@dataclass(frozen=True, slots=True)
class _Scale:
    """A coordinate: where its values lie between 0 and 1, and what stands beside it.

    Attributes
    ----------
    places : mapping of str to float
        Where values lie that are named one by one.
    axis : _Axis, optional
        Where all other values lie.
    ticks : sequence of (float, str)
        What stands beside it.
    """

    places: Mapping[str, float]
    axis: _Axis | None
    ticks: Sequence[tuple[float, str]]

    @staticmethod
    def of(values: Series[Any], outcome: bool) -> _Scale:
        """Lay a few values of an option out evenly; many numbers, and outcomes, on an axis above the words."""
        known = list(values.dropna().unique())
        numbers = sorted({number for value in known if (number := _number(value)) is not None})
        words = sorted({_text(value) for value in known if _number(value) is None})
        words = [NONE, *words] if values.isna().any() else words
        if not outcome and len(numbers) <= NAMED:
            names = [*words, *map(_text, numbers)]
            places = {name: index / max(1, len(names) - 1) for index, name in enumerate(names)}
            return _Scale(places, None, [(height, name) for name, height in places.items()])
        places = {word: index * WORD for index, word in enumerate(words)}
        axis = _Axis.of(numbers, logarithmic=not outcome, bottom=len(words) * WORD)
        return _Scale(places, axis, [*((height, word) for word, height in places.items()), *axis.ticks()])

    def heights(self, values: Series[Any]) -> list[float]:
        """Return where values lie."""
        return [self._height(value) for value in values]

    def _height(self, value: Any) -> float:
        name = NONE if value != value or value is None else _text(value)
        number = _number(value)
        if name in self.places or self.axis is None or number is None:
            return self.places[name]
        return self.axis.height(number)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Numbers from ``low`` to ``high`` between the heights ``bottom`` and 1."""

    low: float
    high: float
    logarithmic: bool
    bottom: float

    @staticmethod
    def of(numbers: Sequence[float], *, logarithmic: bool, bottom: float) -> _Axis:
        """Take an axis for these numbers: a logarithmic one, if it may be, where they span more than a decade."""
        low, high = numbers[0], numbers[-1]
        if low == high:
            low, high = low - 0.5, high + 0.5
        return _Axis(low, high, logarithmic and low > 0 and high > 10 * low, bottom)

    def height(self, number: float) -> float:
        """Return where a number lies."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, number = math.log(low), math.log(high), math.log(number)
        return self.bottom + (1 - self.bottom) * (number - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return even heights and the numbers that lie there."""
        shares = [step / (TICKS - 1) for step in range(TICKS)]
        numbers = [
            self.low ** (1 - share) * self.high**share
            if self.logarithmic
            else self.low + share * (self.high - self.low)
            for share in shares
        ]
        return [(self.height(number), f"{number:.3g}") for number in numbers]


def _number(value: object) -> float | None:
    """Return a value as a number: a column that holds words too has its numbers as text."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    number = _number(value)
    return plain(value) if number is None else f"{number:g}"


def _lines(axes: Axes, heights: Sequence[Sequence[float]]) -> None:
    import matplotlib

    claimed = heights[-len(OUTCOMES)]
    colours = matplotlib.colormaps["cividis"]
    for line, share in zip(zip(*heights, strict=True), claimed, strict=True):
        axes.plot(range(len(line)), line, color=colours(0.9 * share), linewidth=1.3, zorder=2)


KIND = Kind("sweep", parallel, numbers=("step", *OUTCOMES), texts=oracle.KIND.texts)
