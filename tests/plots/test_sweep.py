"""Parallel coordinates of a sweep that drew its options: many numbers on an axis, words and blanks below it."""

import math

import numpy as np
import pandas as pd

from tests.plots.frames import PAIR
from tests.plots.layout import boxes
from wcheck.plots.registry import draw

SHARES = {"normalised_ratio": 0.5, "normalised_pairs_ratio": 0.25}


def sweep(options):
    """Draw critics that differ in these options."""
    count = len(next(iter(options.values())))
    same = {name: [value] * count for name, value in (PAIR | SHARES).items()}
    rest = (
        "lipschitz",
        "penalty",
        "clip",
        "arch",
        "optimizer",
        "lr",
        "betas",
        "batch_size",
        "steps",
        "seed",
        "step",
    )
    rows = same | dict.fromkeys((*rest, "image_size"), [1] * count) | options
    return draw(pd.DataFrame(rows), kind="sweep")


def drawn(options):
    """The heights of the lines of critics that differ in these options, by option, and what is written."""
    figure = sweep(options)
    count = len(next(iter(options.values())))
    found = ways(figure)
    assert len(found) == count
    heights = [[way.get(place, math.nan) for way in found] for place in range(len(options))]
    return np.array(heights), {text.get_text() for text in figure.axes[0].texts}


def ways(figure):
    """The heights of each critic by the columns that its line meets; behind others it is dashed."""
    found = [{}]
    for line in figure.axes[0].lines:
        ends = [round(x) for x in line.get_xdata()]
        assert line.get_linestyle() == ("-" if ends[1] == ends[0] + 1 else "--")
        if ends[0] < max(found[-1], default=-1):
            found.append({})
        found[-1] |= dict(zip(ends, line.get_ydata(), strict=True))
    return found


def test_numbers_over_decades_lie_on_a_logarithmic_axis():
    rates = np.geomspace(1e-5, 1e-1, 9)
    (heights,), texts = drawn({"lr": list(rates)})
    assert np.allclose(heights, np.linspace(0, 1, 9))
    assert {f"$10^{{{power}}}$" for power in range(-5, 0)} <= texts


def test_numbers_within_a_decade_lie_on_a_linear_one():
    (heights,), _ = drawn({"lr": [1.0, *range(2, 10)]})
    assert np.allclose(heights, np.linspace(0, 1, 9))


def test_words_lie_below_the_axis_and_blanks_are_passed_behind():
    penalties = list(np.geomspace(1, 1000, 11))
    rates = [math.nan, *np.geomspace(1, 1000, 10)]
    batches = ["full", *map(str, range(10, 110, 10))]
    (_, rate, batch), texts = drawn({"penalty": penalties, "lr": rates, "batch_size": batches})
    assert math.isnan(rate[0])
    assert np.allclose(rate[1:], np.linspace(0, 1, 10))
    assert (batch[0], batch[1], batch[-1]) == (0, 0.1, 1)
    assert (np.diff(batch) > 0).all()
    assert {"full", "1,000", "10", "100"} <= texts
    assert "none" not in texts


def test_axes_of_whole_numbers_show_whole_numbers():
    _, texts = drawn({"batch_size": list(range(8, 62, 5))})
    numbers = {float(text) for text in texts if text.replace(".", "").isdigit()} - {0.5, 0.25}
    whole = {number for number in numbers if number > 1}
    assert whole == {10.0, 20.0, 30.0, 40.0, 50.0}
    assert all(number == round(number) for number in whole)


def test_a_few_values_are_named_one_by_one_words_first():
    (heights, _), texts = drawn({"batch_size": ["128", "full", "64", "64"], "seed": [0, 0, 0, 1]})
    assert list(heights) == [1, 0, 0.5, 0.5]
    assert {"full", "64", "128"} <= texts


def test_no_line_crosses_what_is_written():
    rates = list(np.geomspace(1e-4, 1e-2, 12))
    options = {"penalty": rates, "lr": [math.nan, 3.0, 0.1] * 4, "batch_size": list(range(8, 128, 10))}
    figure = sweep(options)
    (axes,) = figure.axes
    found, _ = boxes(figure)
    written = [box for text, box in found if text in {tick.get_text() for tick in axes.texts}]
    assert len(written) > 12
    for line in axes.lines:
        if line.get_linestyle() == "-":
            left, right = axes.transData.transform(line.get_xydata())[:, 0]
            low, high = sorted(axes.transData.transform(line.get_xydata())[:, 1])
            crossed = [
                box for box in written if box.x0 < right and left < box.x1 and box.y0 < high and low < box.y1
            ]
            assert crossed == []
