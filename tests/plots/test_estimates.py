"""Estimates over n, batches, time and methods, beside what is certified."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.plots import frames
from tests.plots.drawn import caption, drawn, legend, shows
from wcheck import columns
from wcheck.plots.registry import draw, recognise


@pytest.mark.parametrize("kind", ["batch", "sample-complexity", "known"])
@pytest.mark.parametrize("group", ["estimator", "critic"])
def test_methods_that_differ_in_one_setting_are_two_named_series(kind, group):
    frame = frames.FRAMES[kind]()
    axis = "batch_size" if kind == "batch" else None
    options = {setting.name for setting in columns.settings(group)} & set(frame.columns) - {axis}
    for option in options:
        own = frame[frame["method" if kind == "known" else "estimator"] == "exact"]
        pair = pd.concat([own.assign(**{option: 16.0}), own.assign(**{option: 32.0})], ignore_index=True)
        figure = draw(pair, kind)
        shown = (
            [text.get_text() for text in figure.axes[0].get_yticklabels()]
            if kind == "known"
            else legend(figure)
        )
        assert len([text for text in shown if "16" in text or "32" in text]) == 2, option


def test_a_critic_among_estimators_is_named_by_what_tells_it_apart():
    frame = frames.batch()
    critic = frame[frame["estimator"] == "exact"].assign(
        estimator="critic", lipschitz="gp", arch="mlp", lr=1e-4
    )
    both = [critic.assign(penalty=penalty, width=256.0) for penalty in (1.0, 10.0)]
    drawn = legend(draw(pd.concat([frame, *both], ignore_index=True), "batch"))
    assert [text for text in drawn if "critic" in text] == [
        "batches: critic, λ = 1",
        "batches: critic, λ = 10",
    ]


def test_sample_complexity_draws_means_and_deviations_on_both_axes():
    frame, figure = drawn("sample-complexity")
    left, right = figure.axes
    assert (left.get_yscale(), right.get_xscale(), right.get_yscale()) == ("linear", "log", "log")
    for _, group in frame.groupby(["estimator", "epsilon"], dropna=False):
        found = group.groupby("n")["value"].agg(["mean", "std"])
        for axes in (left, right):
            assert shows(axes, found.index, found["mean"])
        bars = [bar for container in left.containers for bar in container.lines[2][0].get_segments()]
        for n, mean, std in found.itertuples():
            assert any(np.allclose(bar, [[n, mean - std], [n, mean + std]]) for bar in bars)
    means = frame[frame["estimator"] == "exact"].groupby("n")["value"].mean()
    assert shows(right, means.index, means.iloc[0] * (means.index / 10) ** (-1 / 4))
    assert shows(left, [0, 1], [0, 0])


def test_an_unknown_truth_is_said():
    frame = frames.sample_complexity().assign(truth=math.nan)
    assert "truth where it is known, else from 0" in caption(draw(frame))
    assert "true W1 of the distributions" in caption(draw(frames.sample_complexity()))


def test_extrapolation_draws_line_band_and_needs():
    frame, figure = drawn("extrapolation")
    (axes,) = figure.axes
    exact = frame[frame["estimator"] == "exact"].sort_values("n")
    assert shows(axes, exact["n"], exact["error"])
    corners = axes.collections[0].get_paths()[0].vertices
    for row in exact.itertuples():
        assert np.isclose(corners, [row.n, row.error_lower]).all(axis=1).any()
        assert np.isclose(corners, [row.n, row.error_upper]).all(axis=1).any()
    for need in exact[exact["wanted_error"].notna()].itertuples():
        assert shows(axes, [need.n], [need.wanted_error])
        assert shows(axes, [need.n_lower, need.n_upper], [need.wanted_error] * 2)
    assert "slope -0.2500" in legend(figure)[0]
    assert "Estimates only" in caption(figure)


def test_extrapolation_draws_the_measured_points_of_a_joined_file():
    rows = frames.sample_complexity()
    joined = pd.concat([rows, frames.extrapolation()], ignore_index=True)
    assert recognise(joined.columns).name == "extrapolation"
    means = rows[rows["estimator"] == "exact"].groupby("n")["value"].mean()
    assert shows(draw(joined).axes[0], means.index, means)


def test_sinkhorn_stands_beside_exact_and_over_epsilon():
    frame, figure = drawn("sinkhorn")
    left, right = figure.axes
    for _, group in frame.groupby(["estimator", "epsilon"], dropna=False):
        found = group.groupby("n")["value"].mean()
        assert shows(left, found.index, found)
    for n, group in frame[frame["estimator"] == "sinkhorn"].groupby("n"):
        found = group.groupby("epsilon")["value"].mean()
        assert shows(right, found.index, found)
        exact = frame[(frame["n"] == n) & (frame["estimator"] == "exact")]["value"].mean()
        assert shows(right, [0, 1], [exact, exact])


def test_batch_draws_means_beside_the_bracket():
    frame, figure = drawn("batch")
    (axes,) = figure.axes
    for _, group in frame.groupby("estimator"):
        found = group.groupby("batch_size")["value"].mean()
        assert shows(axes, found.index, found)
    (band,) = axes.patches
    assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((3.9, 4.0))


def test_estimators_are_medians_of_time_and_error():
    _, figure = drawn("estimators")
    empirical, population = figure.axes
    assert shows(empirical, [0.15], [0.01])
    assert shows(empirical, [0.15, 0.15], [1.0, 0.5])
    assert shows(population, [0.15, 0.15], [2.0, 1.0])


def test_timings_grow_on_logarithmic_axes_or_stand_as_bars():
    frame, figure = drawn("timings")
    time, memory = figure.axes
    assert time.get_xscale() == time.get_yscale() == "log"
    assert shows(time, [100, 1000], [1.1, 2.0])  # medians of three repeats
    assert shows(time, [100, 1000], [0.05, 0.5])  # one cost matrix
    assert shows(memory, [100, 1000], [100 / 1024, 1000 / 1024])
    bars = draw(frame[frame["n"] == 100])
    assert [bar.get_width() for bar in bars.axes[0].patches] == pytest.approx([1.1, 1.9])
    assert "pot-dense" in [tick.get_text() for tick in bars.axes[0].get_yticklabels()]


def test_what_was_not_solved_is_no_timing():
    frame = frames.timings()
    frame.loc[frame["peer"] == "pot-dense", "status"] = "time_limit"
    assert not any("pot-dense" in text for text in legend(draw(frame)))


def test_dimension_draws_each_way():
    frame, figure = drawn("dimension")
    assert shows(figure.axes[0], frame["value"], [0, 1, 2])


@pytest.mark.parametrize("rows", [frames.exact(), frames.interval()], ids=["exact", "interval"])
def test_brackets_are_bars_around_their_values(rows):
    figure = draw(rows)
    (axes,) = figure.axes
    for place, row in enumerate(rows.itertuples()):
        assert shows(axes, [row.lower, row.upper], [place, place])
        assert shows(axes, [row.value], [place])
        bounds, _, confidence = axes.texts[place].get_text().partition(", ")
        low, high = map(float, bounds.split(" to "))
        assert low <= row.lower <= row.upper <= high
        assert confidence == ("95 %" if "confidence" in rows else "")
    assert ("at a confidence of 95 %" in caption(figure)) == ("confidence" in rows)


def test_a_comparison_of_this_file_can_fail():
    _, figure = drawn("batch")
    assert not shows(figure.axes[0], [16, 64], [4.5, 4.5])


def test_compare_draws_excesses_in_order_and_what_is_certified_apart():
    _, figure = drawn("compare")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["b", "a"]
    assert shows(axes, [-2 / 40], [0])
    assert shows(axes, [2 / 40, 4 / 40], [1, 1])
    assert shows(axes, [-0.1 + 7 / 40, 0.1 + 7 / 40], [1, 1])
    assert "certified" in caption(figure)
    assert "not an achievement" in caption(figure)


def test_compare_over_n_draws_real_data_as_a_line_beside_the_candidates():
    _, figure = drawn("compare-n")
    (axes,) = figure.axes
    assert legend(figure) == ["real data", "a", "b"]
    assert shows(axes, [10, 20, 40], [4 + 2 / n for n in (10, 20, 40)])
    assert shows(axes, [10, 20, 40], [4 + 9 / n for n in (10, 20, 40)])
