"""Parallel coordinates of a sweep that drew its options: many numbers on an axis, words and blanks below it."""

import math

import numpy as np
import pandas as pd

from tests.plots.frames import PAIR
from wcheck.plots.registry import draw

SHARES = {"normalised_ratio": 0.5, "normalised_pairs_ratio": 0.25}


def drawn(options):
    """Draw critics that differ in these options, and return the heights of their lines by option."""
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
    figure = draw(pd.DataFrame(rows), kind="sweep")
    (axes,) = figure.axes
    lines = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == len(options) + 2]
    assert len(lines) == count
    return np.array(lines)[:, : len(options)].T, {text.get_text() for text in axes.texts}


def test_numbers_over_decades_lie_on_a_logarithmic_axis():
    rates = np.geomspace(1e-5, 1e-1, 9)
    (heights,), texts = drawn({"lr": list(rates)})
    assert np.allclose(heights, np.linspace(0, 1, 9))
    assert {"1e-05", "0.0001", "0.001", "0.01", "0.1"} <= texts


def test_numbers_within_a_decade_lie_on_a_linear_one():
    (heights,), _ = drawn({"lr": [1.0, *range(2, 10)]})
    assert np.allclose(heights, np.linspace(0, 1, 9))


def test_blanks_and_words_lie_below_the_axis():
    penalties = [math.nan, *np.geomspace(1, 1000, 10)]
    batches = ["full", *map(str, range(10, 110, 10))]
    (penalty, batch), texts = drawn({"penalty": penalties, "batch_size": batches})
    for heights in (penalty, batch):
        assert heights[0] == 0
        assert heights[1] == 0.1
        assert heights[-1] == 1
        assert (np.diff(heights) > 0).all()
    assert np.allclose(penalty[1:], np.linspace(0.1, 1, 10))
    assert {"none", "full", "1e+03", "10", "100"} <= texts


def test_a_few_values_are_named_one_by_one_words_first():
    (heights, _), texts = drawn({"batch_size": ["128", "full", "64", "64"], "seed": [0, 0, 0, 1]})
    assert list(heights) == [1, 0, 0.5, 0.5]
    assert {"full", "64", "128"} <= texts
