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


def drawn_critics(count):
    """The rows of a sweep: critics that differ in five settings, drawn at random."""
    rng = np.random.default_rng(0)
    last = frames.FRAMES["oracle"]().query("penalty == 10 and batch_size == 64")
    parts = [
        last.assign(
            penalty=10 ** rng.uniform(-1, 3), lr=10 ** rng.uniform(-5, -2), width=rng.integers(32, 257),
            layers=rng.integers(1, 6), batch_size=rng.integers(8, 257),
            normalised_ratio=rng.uniform(-7e-4, 0.4), normalised_pairs_ratio=rng.uniform(-2e-3, 0.5),
        )
        for _ in range(count)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@SIZES
def test_a_sweep_of_many_settings_has_rows_that_fit_and_numbers_that_stay_whole(inches):
    figure = looked_at(drawn_critics(24), "sweep", inches)
    assert figure.get_figwidth() == pytest.approx(inches)
    assert len(figure.axes) == (1 if inches == PAGE else 3)
    for axes in figure.axes:
        texts = [text.get_text() for text in axes.texts]
        assert {"$(V / L) \\,/\\, W_1$\nclaimed", "0.1", "0.2"} <= set(texts)
        numbers = [text for text in texts if text[:1] in "0123456789−"]
        assert len(numbers) > 8
        assert not any("\n" in text for text in numbers)


@SIZES
@pytest.mark.parametrize("name", ["oracle", "gan"])
def test_many_panels_whose_titles_say_many_settings_have_room(name, inches):
    """Matplotlib warns, which is an error here, where titles leave panels no width."""
    frame = drawn_critics(9)
    if name == "gan":
        frame = frames.FRAMES["gan"]().query("lipschitz == 'gp' and seed == 0")
        rates = [10 ** (-k / 7) for k in range(9)]
        settings = [{"lr": rate, "generator_lr": rate / 3, "penalty": 97 * rate} for rate in rates]
        frame = pd.concat([frame.assign(**each) for each in settings], ignore_index=True)
    figure = looked_at(frame, name, inches)
    assert len(figure.axes) == 9


@EVERY
def test_what_is_drawn_with_bars_lies_within_its_panel(name):
    figure = draw(frames.FRAMES[name](), name)
    for axes in figure.axes:
        found = [bars.lines[0] for bars in axes.containers if isinstance(bars, ErrorbarContainer)]
        for line in (line for line in found if line is not None):
            if line.get_linestyle() == "None" or axes.get_yscale() == "linear":
                assert is_within(axes, line)


def is_within(axes, line):
    """Whether all points of a line can be seen."""
    points = np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float)
    points = points[np.isfinite(points).all(axis=1)]
    (left, right), (low, high) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    x, y = points.T
    return bool(((left <= x) & (x <= right) & (low <= y) & (y <= high)).all())


def test_what_lies_beyond_its_panel_is_found():
    axes = Figure().subplots()
    (line,) = axes.plot([0, 1], [0, 1])
    assert is_within(axes, line)
    axes.set_ylim(top=0.9)
    assert not is_within(axes, line)


@pytest.mark.parametrize("toy", ["power", "medians"])
def test_what_toys_count_has_whole_ticks(toy):
    frame = frames.FRAMES["toys"]().query("toy == 'shift' and quantity == 'w1'")
    counted = pd.concat([frame.assign(toy=toy, x=float(x), quantity="w1") for x in range(1, 6)])
    for inches in (PAGE, HALF):
        (axes,) = looked_at(counted, "toys", inches).axes
        assert all(place == round(place) for place in axes.get_xticks())
