"""All critics of a sweep as lines through their options to their results: Stanczuk et al. 2021, Figure 2."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wcheck.errors import TableError, counted
from wcheck.plots import oracle, ticks
from wcheck.plots.kind import Kind
from wcheck.plots.page import SMALL, panels, tell, width
from wcheck.plots.rows import FACTS, called_in_legends, data_of, finite, plain, settings, telling
from wcheck.plots.text import height_of, inches_of, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series

OUTCOMES = ("normalised_ratio", "normalised_pairs_ratio")
TITLES = {
    "normalised_ratio": "$(V / L) \\,/\\, W_1$\nclaimed",
    "normalised_pairs_ratio": "$(V / L_\\mathrm{pairs}) \\,/\\, W_1$\ncertified",
}
NAMED, TICKS = 8, 5
"""The numbers that are named one by one at most, and those beside an axis of more."""
FEW = 3
"""Powers of ten at most between which there are further ticks."""
DIGITS = 3
"""Significant digits of a number at least."""
WORD = 0.1
"""The height of a word below an axis."""
HEIGHT, FRAME = 3.2, 1.5
"""Inches of the figure at least, and its height over that of a coordinate."""
APART = 0.85
"""Inches that a coordinate needs at least; where a page has no room for all, they stand in several rows."""
AIR = 0.1
"""Inches on both sides of a number in its column, added up."""
BAND = 0.3
"""Half the width of a coordinate, which no line crosses, as a share of the way to the next one."""


def parallel(frame: DataFrame) -> Figure:
    """Draw each critic at its last evaluation as a line through its options, coloured by the share of W1 claimed.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``wcheck oracle``, of at least two critics.

    Returns
    -------
    Figure
        Parallel coordinates: the options that differ, then V / L and V / L_pairs as shares of the exact W1. The first
        is an estimate, the second a certified lower bound. A line passes behind an option that its critic does not
        have. Options for which a page has no room stand in further rows, each with both outcomes at its end.

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
    scales = {column: _Scale.of(last[column], column in OUTCOMES) for column in [*options, *OUTCOMES]}
    apart = max(APART, *((scale.widest() + AIR) / (2 * BAND) for scale in scales.values()))
    rows = _rows(options, int(width() / apart) - len(OUTCOMES))
    inches = width() / (len(rows[0]) + len(OUTCOMES))
    scales = {column: scale.within(2 * BAND * inches) for column, scale in scales.items()}
    figure, grid = panels(
        len(rows), height=max(HEIGHT, *(scale.inches() for scale in scales.values())), narrowest=width()
    )
    passing = False
    for axes, row in zip(grid, rows, strict=True):
        columns = [*row, *OUTCOMES]
        passing |= _lines(axes, [scales[column].heights(last[column]) for column in columns])
        for place, column in enumerate(columns):
            _coordinate(axes, place, scales[column])
            title = wrapped(TITLES.get(column, called_in_legends(column)), inches - 0.05, SMALL)
            axes.annotate(
                title, (place, 1.08), ha="center", va="bottom", fontsize=SMALL, annotation_clip=False
            )
        tallest = max(text.get_text().count("\n") for text in axes.texts)
        axes.set(xlim=(-0.5, width() / inches - 0.5), ylim=(-0.06, 1.16 + 0.07 * tallest))
        axes.set_axis_off()
    tell(
        figure,
        [],
        data_of(last),
        f"Each line is one of {counted(len(last), 'critic')} at its last evaluation, brighter the more it "
        "claims. Claimed: V / L "
        "with the largest gradient found, which certifies nothing. Certified: V divided by the steepest rise from any "
        "target point to any source point, at most 1 as a share of the exact W1.",
        "Lines are dashed where they pass options that their critics do not have." if passing else "",
    )
    return figure


def _rows(options: Sequence[str], most: int) -> list[Sequence[str]]:
    """Share options out to as few rows as have at most so many, the first ones as long as each other."""
    count = -(-len(options) // max(1, most))
    each = -(-len(options) // count)
    return [options[start : start + each] for start in range(0, len(options), each)]


def _coordinate(axes: Axes, place: int, scale: _Scale) -> None:
    """Draw a coordinate as a column that hides what passes behind it, with the numbers and words of its heights."""
    from matplotlib.patches import Rectangle

    box = Rectangle(
        (place - BAND, -0.05), 2 * BAND, 1.1, facecolor="white", edgecolor="#bbbbbb", linewidth=0.6
    )
    axes.add_patch(box).set_zorder(3)
    for height, text in scale.ticks:
        axes.annotate(text, (place, height), ha="center", va="center", fontsize=SMALL, zorder=4)


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
        What stands beside it, words first.
    words : int
        How many of these are words, whose lines may break.
    """

    places: Mapping[str, float]
    axis: _Axis | None
    ticks: Sequence[tuple[float, str]]
    words: int

    @staticmethod
    def of(values: Series[Any], outcome: bool) -> _Scale:
        """Lay a few values of an option out evenly; many numbers, and outcomes, on an axis above the words."""
        known = list(values.dropna().unique())
        numbers = sorted({number for value in known if (number := _number(value)) is not None})
        words = sorted({_text(value) for value in known if _number(value) is None})
        if not outcome and len(numbers) <= NAMED:
            names = [*words, *map(_text, numbers)]
            places = {name: index / max(1, len(names) - 1) for index, name in enumerate(names)}
            shown = [*words, *ticks.texts(numbers, DIGITS)]
            return _Scale(places, None, list(zip(places.values(), shown, strict=True)), len(words))
        places = {word: index * WORD for index, word in enumerate(words)}
        axis = _Axis.of(numbers, logarithmic=not outcome, bottom=len(words) * WORD)
        shown_words = [(height, word) for word, height in places.items()]
        return _Scale(places, axis, [*shown_words, *axis.ticks()], len(words))

    def widest(self) -> float:
        """Return the width of its longest number in inches."""
        return max((inches_of(text, SMALL) for _, text in self.ticks[self.words :]), default=0.0)

    def within(self, room: float) -> _Scale:
        """Return the same with words of this width at most."""
        broken = [(height, wrapped(text, room - 0.06, SMALL)) for height, text in self.ticks[: self.words]]
        return replace(self, ticks=[*broken, *self.ticks[self.words :]])

    def inches(self) -> float:
        """Return the height of a figure in which the texts do not touch."""
        ordered = sorted(self.ticks)
        return max(
            (
                FRAME * (height_of(one, SMALL) + height_of(other, SMALL)) / 2 / (above - below)
                for (below, one), (above, other) in itertools.pairwise(ordered)
                if above > below
            ),
            default=0.0,
        )

    def heights(self, values: Series[Any]) -> list[float]:
        """Return where values lie, nan for those that are not there."""
        return [math.nan if value != value or value is None else self._height(value) for value in values]

    def _height(self, value: Any) -> float:
        name, number = _text(value), _number(value)
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
    whole: bool

    @staticmethod
    def of(numbers: Sequence[float], *, logarithmic: bool, bottom: float) -> _Axis:
        """Take an axis for these numbers: a logarithmic one, if it may be, where they span more than a decade."""
        low, high = numbers[0], numbers[-1]
        if low == high:
            low, high = low - 0.5, high + 0.5
        whole = all(number == round(number) for number in numbers)
        return _Axis(low, high, logarithmic and low > 0 and high > 10 * low, bottom, whole)

    def height(self, number: float) -> float:
        """Return where a number lies."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, number = math.log(low), math.log(high), math.log(number)
        return self.bottom + (1 - self.bottom) * (number - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return heights and the round numbers that lie there: whole ones where all are whole."""
        slack = 1e-9 * (self.high - self.low)
        numbers = [
            number
            for number in (self._powers() if self.logarithmic else self._even())
            if self.low - slack <= number <= self.high + slack
        ]
        shown = ticks.texts(numbers, DIGITS)
        return [(self.height(number), text) for number, text in zip(numbers, shown, strict=True)]

    def _even(self) -> list[float]:
        from matplotlib.ticker import MaxNLocator

        steps = [1, 2, 5, 10] if self.whole else [1, 2, 2.5, 5, 10]
        found = MaxNLocator(TICKS, steps=steps, integer=self.whole).tick_values(self.low, self.high)
        return [float(round(number, 12)) + 0.0 for number in found]

    def _powers(self) -> list[float]:
        """Return powers of ten, not more than an axis has room for; between them two more each, where they are few."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        few = last - first <= FEW and self.low >= ticks.LEAST_PLAIN
        between = (1.0, 2.0, 5.0) if few else (1.0,)
        powers = range(first, last + 1, -(-(last - first) // (2 * TICKS)))
        return [float(f"{digit}e{power}") for power in powers for digit in between]


def _number(value: object) -> float | None:
    """Return a value as a number: a column that holds words too has its numbers as text."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    number = _number(value)
    return plain(value) if number is None else ticks.number(number)


def _lines(axes: Axes, heights: Sequence[Sequence[float]]) -> bool:
    """Draw the way of each critic between the columns; return whether one passes behind a column."""
    import matplotlib

    claimed = heights[-len(OUTCOMES)]
    colours = matplotlib.colormaps["cividis"]
    passing = False
    for line, share in zip(zip(*heights, strict=True), claimed, strict=True):
        there = [place for place, height in enumerate(line) if height == height]
        style: dict[str, Any] = {"color": colours(0.9 * share), "linewidth": 1.3, "zorder": 2}
        for left, right in itertools.pairwise(there):
            behind = right > left + 1
            passing |= behind
            axes.plot(
                [left + BAND, right - BAND],
                [line[left], line[right]],
                linestyle="--" if behind else "-",
                **style,
            )
    return passing


KIND = Kind("sweep", parallel, numbers=("step", *OUTCOMES), texts=oracle.KIND.texts)
