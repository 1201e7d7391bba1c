"""The numbers beside an axis: plain ones, at the values that were used, and none that touches another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axis import Axis

MOST = 12
"""Values that each get a tick; where there are more, round numbers get them."""
LEAST_PLAIN, MOST_PLAIN = 1e-4, 1e7
"""Numbers below the first, or from the second on, are written as powers of ten."""
AIR = 0.05
"""Inches between two numbers at least."""


def used(axis: Axis, values: Iterable[float]) -> None:
    """Put the ticks of an axis at the values that were used, if these are few."""
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

    places = sorted({float(value) for value in values if math.isfinite(value)})
    if len(places) <= MOST:
        axis.set_major_locator(FixedLocator(places))
        axis.set_minor_locator(NullLocator())
    elif axis.get_scale() == "linear" and all(place == round(place) for place in places):
        axis.set_major_locator(MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10]))


def whole(axis: Axis) -> None:
    """Put the ticks of an axis that counts something at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10]))


def numbered(axis: Axis) -> None:
    """Write plain numbers beside an axis that has no words; on a logarithmic one some between powers of ten."""
    from matplotlib.ticker import FixedLocator, LogFormatter, ScalarFormatter

    if not isinstance(axis.get_major_formatter(), (ScalarFormatter, LogFormatter)):
        return
    if axis.get_scale() == "log" and not isinstance(axis.get_major_locator(), FixedLocator):
        _logarithmic(axis)
    axis.set_major_formatter(_Numbers(axis))


def number(value: float, digits: int = 6) -> str:
    """Return a number as people write it: 0.001, 2,500, and powers of ten beyond."""
    if value == 0:
        return "0"
    if LEAST_PLAIN <= abs(value) < MOST_PLAIN:
        return f"{value:,.{max(digits, len(str(int(abs(value)))))}g}".replace("-", "−")
    mantissa, exponent = f"{value:.{min(digits, 6) - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    power = f"10^{{{int(exponent)}}}"
    return f"${power}$" if mantissa == "1" else f"${mantissa} \\times {power}$"


def texts(values: Sequence[float], least: int = 6) -> list[str]:
    """Return numbers with as many digits as tell them apart; powers of ten alike, all as powers or none."""
    powers = [f"$10^{{{round(math.log10(value))}}}$" for value in values if _is_power(value)]
    if len(powers) == len(values) and any("10^" in number(value) for value in values):
        return powers
    for digits in range(least, 16):
        found = [number(value, digits) for value in values]
        if len(set(found)) == len(set(values)):
            break
    return found


class _Numbers:
    """What stands at each tick of an axis; found again whenever the first one is asked for."""

    def __init__(self, axis: Axis) -> None:
        self.axis = axis
        self.shown: dict[float, str] = {}

    def __call__(self, value: float, place: float | None = None) -> str:
        if not place:
            self.shown = _shown(self.axis)
        return self.shown.get(value, "")


def _is_power(value: float) -> bool:
    return value > 0 and math.isclose(value, 10.0 ** round(math.log10(value)))


def _logarithmic(axis: Axis) -> None:
    """Put ticks at powers of ten, and between them where these are few."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    low, high = sorted(abs(end) for end in axis.get_view_interval())
    if not 0 < low < high < math.inf:
        return
    if high < 3 * low:
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
        axis.set_minor_locator(NullLocator())
    else:
        between = (1.0, 2.0, 5.0) if high < 500 * low else (1.0,)
        axis.set_major_locator(LogLocator(10, subs=between, numticks=12))
    axis.set_minor_formatter("")


def _shown(axis: Axis) -> dict[float, str]:
    """Return the numbers that are written beside an axis of this size: the first, the last, then what has room."""
    from wcheck.plots.text import inches_of

    axes = axis.axes
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    places = [place for place in axis.get_majorticklocs() if low - slack <= place <= high + slack]
    if not places:
        return {}
    size = float(axis.get_major_ticks(1)[0].label1.get_fontsize())
    named = dict(zip(places, texts(places), strict=True))
    across = axis is axes.xaxis
    length = (axes.bbox.width if across else axes.bbox.height) / axes.figure.dpi
    transformed = axis.get_transform().transform
    start, end = (float(transformed(limit)) for limit in (low, high))
    shown: dict[float, str] = {}
    taken: list[tuple[float, float]] = []
    for place in [places[0], places[-1], *places[1:-1]]:
        middle = length * (float(transformed(place)) - start) / (end - start)
        half = 0.5 * (inches_of(named[place], size) if across else size / 72) + AIR / 2
        if place in shown or any(middle - half < right and left < middle + half for left, right in taken):
            continue
        shown[place] = named[place]
        taken.append((middle - half, middle + half))
    return shown
