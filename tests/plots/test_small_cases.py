"""Small cases in which one sees why, and minimisers of distances between batches."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.plots.drawn import caption, drawn, legend, lines, shows
from wcheck.plots.registry import draw


def test_false_minima_are_bars_with_intervals():
    frame, figure = drawn("false-minima")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == list(frame["w1"])
    assert all(bar.get_x() == 0 for bar in axes.patches)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "other real points", "other real points", "the mean, repeated", "k-medians, by cells",
    ]  # fmt: skip
    assert shows(axes, [2.0, 2.0], [0, 1])
    whiskers = [
        container.lines[2][0].get_segments()[0]
        for container in axes.containers
        if hasattr(container, "lines")
    ]
    assert np.allclose(whiskers[0], [[2 - 1.96 * 0.05, 0], [2 + 1.96 * 0.05, 0]])


def test_crossover_draws_both_distances_and_their_difference():
    frame, figure = drawn("crossover")
    left, right = figure.axes
    for _, rows in frame.groupby("n"):
        assert shows(left, rows["dim"], rows["real"])
        assert shows(left, rows["dim"], rows["dirac"])
        assert shows(right, rows["dim"], rows["difference"])
    assert shows(left, [5, 10, 15], [1.01] * 3)
    assert shows(right, [0, 1], [0, 0])


def test_kmedians_draws_every_start():
    frame, figure = drawn("kmedians")
    left, right = figure.axes
    for column in ("kmedians_loss", "perturbed_loss", "kmeans_loss"):
        assert shows(left, [1, 2, 3], sorted(frame[column]))
    shown = np.concatenate([x for x, _ in lines(right)])
    assert sorted(shown) == pytest.approx(sorted(frame.filter(like="_loss").to_numpy().ravel()))


def test_pixels_draws_distances_and_counts_those_below_the_diagonal():
    frame, figure = drawn("pixels")
    for _, group in frame.groupby("alteration"):
        assert shows(figure.axes[0], group["altered_distance"], group["nearest_distance"])
    assert legend(figure) == ["flip: 2 of 2 below", "crop: 0 of 2 below"]


def test_toys_draw_lines_for_closed_forms_and_points_for_computed_values():
    _, figure = drawn("toys")
    shown = [axes for axes in figure.axes if axes.axison]
    assert len(shown) == 3
    assert "Kullback-Leibler of segments is infinite at 2 values of x." in caption(figure)
    for axes in shown:
        matching = [line for line in axes.lines if np.array_equal(line.get_ydata(), [0, 0.5, 1])]
        assert {line.get_linestyle() for line in matching} == {"-", "None"}
        assert not any(np.isinf(y).any() for _, y in lines(axes))


def test_a_jump_of_a_closed_form_is_a_gap_and_its_point_is_drawn():
    values = {"w1": [1.0, 0.0, 1.0], "tv": [1.0, 0.0, 1.0]}
    rows = [
        {"toy": toy, "x": x, "quantity": quantity, "closed_form": value, "computed": value, "status": "ok"}
        for toy in ("segments", "peak")
        for quantity, of in values.items()
        for x, value in zip((-1.0, 0.0, 1.0), of, strict=True)
    ]
    figure = draw(pd.DataFrame(rows), "toys")
    for axes, gap in zip(figure.axes, (True, False), strict=True):
        joined = [line for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 3]
        points = [line for line in axes.lines if line.get_linestyle() == "None"]
        assert [list(np.isnan(line.get_ydata())) for line in joined] == [[False] * 3, [False, gap, False]]
        assert all(list(line.get_ydata()) == [1.0, 0.0, 1.0] for line in points)
    assert "with gaps at jumps" in caption(figure)


def test_bernoulli_draws_closed_forms_monte_carlo_and_the_bound():
    _, figure = drawn("bernoulli")
    left, right = figure.axes
    assert shows(left, [1, 2, 5], [0.5] * 3)
    assert shows(left, [1, 2, 5], [0.6] * 3)  # |-0.4 - -1|
    assert shows(left, [0, 1], [2 * math.exp(-2)] * 2)
    ends = [
        segment[:, 1].tolist() for collection in right.collections for segment in collection.get_segments()
    ]
    assert ends[0] == [-0.25, 0.25]
    assert ends[-1] == pytest.approx([-0.4, 0.1])
