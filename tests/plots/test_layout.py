"""What is written in figures can be read: nothing touches, nothing is cut, on a page and on half of one."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from tests.plots import frames
from tests.plots.layout import HALF, PAGE, faults, looked_at
from wcheck.plots.artists import colour, colours, marker
from wcheck.plots.registry import KINDS, draw

NAMES = [kind.name for kind in KINDS]
SIZES = pytest.mark.parametrize("inches", [PAGE, HALF], ids=["page", "half"])
EVERY = pytest.mark.parametrize("name", NAMES)
TOLD_BY = {
    "extrapolation": "dim", "timings": "peer", "estimators": "estimator", "batch": "kernel",
    "sample-complexity": "kernel", "sinkhorn": "kernel", "false-minima": "candidate", "crossover": "n",
    "kmedians": "k", "known": "method", "pixels": "alteration", "toys": "quantity", "two-gaussians": "model",
    "bernoulli": "theta_star", "dimension": "source", "compare": "candidate", "compare-n": "candidate",
    "brackets": "tol", "samples": "lr",
}  # fmt: skip
"""The column in which series of a kind differ; that of all others is a setting of words."""
WORDS = "a_rather_long_name/of_a_folder/and_a_file_in_it"
KEPT = {
    "n", "m", "dim", "k", "seed", "rep", "start", "step", "steps", "batch_size", "index", "nearest_index", "confidence",
    "theta_star", "funnels", "mean", "std", "rate", "slope", "penalty", "blocks",
}  # fmt: skip
"""Numbers that are not distances."""


def of_series(name, count, words=WORDS):
    """The rows of a kind as often as there are to be series, which differ in one column and in their values."""
    frame = frames.FRAMES[name]()
    column = TOLD_BY.get(name, "lipschitz")
    numeric = column in {"dim", "n", "k", "theta_star", "tol", "lr"}
    labels = [2 ** (0.3 * k - 9) if column in {"tol", "lr", "theta_star"} else k + 2 for k in range(count)]
    if column == "theta_star":
        labels = np.linspace(0.02, 0.98, count)
    labels = labels if numeric else [f"{words}_{k}" for k in range(count)]
    if name in {"oracle", "sweep"}:
        frame = frame[(frame["penalty"] == 10) & (frame["batch_size"] == 64)]
    of_one = frame[column].dropna().iloc[-1:].tolist()
    first = frame[frame[column].isin(of_one)] if of_one else frame
    parts = []
    for k, label in enumerate(labels):
        part = scaled(first, name, 1 + k / 5)
        parts.append(part.assign(**{column: label}))
    return pd.concat(parts, ignore_index=True)


def scaled(frame, name, factor):
    """The rows with all their distances times a factor."""
    kind = next(kind for kind in KINDS if kind.name == name)
    distances = [column for column in kind.numbers if column not in KEPT]
    return frame.assign(**{column: factor * frame[column].astype(float) for column in distances})


@SIZES
@EVERY
def test_texts_neither_touch_nor_leave_the_figure(name, inches):
    figure = looked_at(frames.FRAMES[name](), name, inches)
    assert figure.get_figwidth() == pytest.approx(inches)


@EVERY
def test_texts_of_many_series_with_long_names_neither_touch_nor_leave_it(name):
    looked_at(of_series(name, 20 if name in {"batch", "compare", "sweep"} else 9), name, HALF)


@pytest.mark.parametrize("name", sorted({*NAMES[::2], "known"}))
def test_huge_numbers_neither_touch_nor_leave_it(name):
    looked_at(scaled(frames.FRAMES[name](), name, 1e13), name, PAGE)


@pytest.mark.parametrize("name", sorted({*NAMES[1::2], "brackets"} - {"known"}))
def test_tiny_numbers_neither_touch_nor_leave_half_of_it(name):
    looked_at(scaled(frames.FRAMES[name](), name, 1e-13), name, HALF)


@pytest.mark.parametrize(
    "name", ["batch", "sample-complexity", "compare-n", "sinkhorn", "crossover", "timings"]
)
def test_no_two_series_have_one_colour_and_marker(name):
    figure = draw(of_series(name, 20, "name"), name)
    for axes in figure.axes:
        looks = [
            (line.get_color(), line.get_marker(), line.get_markerfacecolor())
            for line in (bars.lines[0] for bars in axes.containers if isinstance(bars, ErrorbarContainer))
        ]
        assert axes is not figure.axes[0] or len(looks) >= 20
        assert len(set(looks)) == len(looks)


def test_a_series_has_a_colour_and_a_marker_of_its_own():
    looks = {(colour(index), marker(index)) for index in range(11 * len(colours()))}
    assert len(looks) == 11 * len(colours())


@pytest.mark.parametrize("count", [7, 8])
def test_many_names_stand_at_the_ends_of_their_lines_instead_of_above(count):
    frame = of_series("batch", count, "name")
    figure = draw(frame[frame["estimator"] == "sliced"], "batch")
    above = {text.get_text() for legend in figure.legends for text in legend.get_texts()}
    (axes,) = figure.axes
    ends = {text.get_text(): text for text in axes.texts}
    names = {f"batches: name_{k}" for k in range(count)}
    assert names <= (set(ends) if count == 8 else above)
    assert not names & (above if count == 8 else set(ends))
    for name, bars in zip(*reversed(axes.get_legend_handles_labels()), strict=True):
        if count == 8 and name in names:
            line = bars.lines[0]
            tip = axes.transAxes.inverted().transform(
                axes.transData.transform((line.get_xdata()[-1], line.get_ydata()[-1]))
            )
            assert ends[name].xy == pytest.approx(tip, abs=0.02)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("batch", "batch_size"),
        ("sample-complexity", "n"),
        ("bernoulli", "n"),
        ("compare-n", "n"),
        ("timings", "n"),
    ],
)
def test_ticks_are_plain_numbers_at_the_n_that_were_used(name, column):
    frame = frames.FRAMES[name]()
    figure = looked_at(frame, name, PAGE)
    for axes in figure.axes:
        assert sorted(axes.get_xticks()) == sorted(frame[column].unique())
        assert list(axes.get_xticks(minor=True)) == []
        shown = [text.get_text() for text in axes.get_xticklabels() if text.get_text()]
        assert set(shown) <= {f"{n:,.0f}" for n in frame[column].unique()}
        assert shown[0] == f"{frame[column].min():,.0f}"
        assert shown[-1] == f"{frame[column].max():,.0f}"


def test_what_touches_or_is_cut_is_found():
    figure = Figure(figsize=(3, 2))
    figure.text(0.5, 0.5, "first")
    figure.text(0.5, 0.51, "second")
    figure.text(0.98, 0.1, "beyond the edge")
    touching, cut = faults(figure)
    assert touching == [("first", "second")]
    assert cut == ["beyond the edge"]
    assert list(itertools.chain(*faults(Figure()))) == []
