"""Games of generators: their losses, their batches, what discriminators claim, and their samples."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.plots import frames
from tests.plots.drawn import caption, drawn, legend, shows
from wcheck.errors import TableError
from wcheck.measures.sources import load as load_source
from wcheck.plots.registry import draw


def test_gan_draws_losses_and_exact_distances_on_both_axes():
    frame, figure = drawn("gan")
    left, right = figure.axes
    assert (left.get_yscale(), right.get_yscale()) == ("linear", "log")
    for objective, rows in frame.groupby("objective"):
        means = rows.groupby("step")[["loss", "exact", "normalised"]].mean()
        looks = means.dropna()
        for axes in (left, right):
            assert shows(axes, looks.index, looks["exact"])
            assert shows(axes, looks.index, looks["normalised"])
            assert shows(axes, [0, 1], [2.9, 2.9])
        assert shows(left, means.index, means["loss"])
        above = objective == "wasserstein"  # the other is below 0
        assert shows(right, means.index, means["loss"]) is above
    assert {"wasserstein", "non-saturating", "loss", "$V / L$"} <= set(legend(figure))
    assert "Means over seeds." in caption(figure)


def test_a_loss_of_another_size_does_not_press_distances_together():
    frame = frames.gan()
    huge = draw(frame.assign(loss=1e6 * frame["loss"]), "gan")
    assert huge.axes[0].get_ylim()[1] < 30
    assert huge.axes[1].get_ylim()[1] < 1000
    assert "Some losses are outside the axes." in caption(huge)
    assert "outside the axes" not in caption(draw(frame, "gan"))


def test_gan_batch_draws_every_step_against_the_line_of_equality():
    frame, figure = drawn("gan-batch")
    left, right = figure.axes
    for _, rows in frame.groupby("objective"):
        assert shows(left, rows["batch_exact"], rows["loss"])
        means = rows.groupby("step")["batch_exact"].mean()
        assert shows(right, means.index, means)
    (line,) = [line for line in left.lines if line.get_linestyle() == "--"]
    assert line.get_slope() == 1.0
    assert line.get_xy1()[0] == line.get_xy1()[1]
    assert f"{len(frame)} steps" in caption(figure)


def test_games_have_a_panel_each_where_they_are_many():
    one = frames.gan()
    one = one[(one["objective"] == "wasserstein") & (one["seed"] == 0)]
    many = pd.concat([one.assign(loss=one["loss"] + k, lr=10.0**-k) for k in range(7)], ignore_index=True)
    looks = one.dropna(subset="exact")
    for kind, x, y in (
        ("gan", looks["step"], looks["exact"]),
        ("gan-batch", one["batch_exact"], one["loss"]),
    ):
        assert len(draw(many[many["lr"] > 1e-6], kind).axes) == 2
        figure = draw(many, kind)
        assert len({axes.get_title(loc="left") for axes in figure.axes[:7]}) == 7
        assert not any(axes.has_data() for axes in figure.axes[7:])
        assert len({axes.get_ylim() for axes in figure.axes[:7]}) == 1
        for k, axes in enumerate(figure.axes[:7]):
            assert shows(axes, x, y if kind == "gan" else y + k)
            assert kind == "gan" or not shows(axes, x, y + (k + 1) % 7)
        assert {axes.get_ylabel() != "" for axes in (figure.axes[0], figure.axes[4])} == {True}
        assert not any(axes.get_ylabel() for axes in figure.axes[1:4])


def test_js_draws_what_discriminators_claim_below_log_2():
    frame, figure = drawn("js")
    (axes,) = figure.axes
    own = frame[frame["js_estimate"].notna()].groupby("step")[["js_estimate", "js_held_out"]].mean()
    assert shows(axes, own.index, own["js_estimate"])
    assert shows(axes, own.dropna().index, own["js_held_out"].dropna())
    assert shows(axes, [0, 1], [math.log(2)] * 2)
    with pytest.raises(TableError, match="minimax and non-saturating discriminators, and there are none"):
        draw(frame[frame["lipschitz"] == "gp"], "js")


def test_samples_draws_a_row_a_game_and_a_column_a_look():
    _, figure = drawn("samples")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["step 0", "step 20", "step 40"] * 2
    grey, coloured = figure.axes[2].lines
    assert len(grey.get_xdata()) == 90
    drawn_points = load_source(f"generator:{frames.saved('8gaussians:n=90')},n=120").dense()
    assert np.array_equal(np.column_stack(coloured.get_data()), drawn_points)


def test_samples_of_images_are_sheets_beside_those_of_the_data():
    rows = frames.gan()
    rows = rows[rows["saved"].notna() & (rows["seed"] == 0)]
    digits = str(frames.saved("digits"))
    figure = draw(rows.assign(saved=digits, data="digits"), "samples")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["step 0", "step 20", "step 40", "data"] * 2
    assert all(len(axes.images) == 1 for axes in figure.axes)
    lost = draw(rows.assign(saved=digits, data="no/such/folder"), "samples")
    assert "The data cannot be read from this folder" in caption(lost)
    with pytest.raises(TableError, match="no row names one: run wcheck gan with --save"):
        draw(rows.assign(saved=None), "samples")
    with pytest.raises(TableError, match="points of dimension 3: images and points of the plane"):
        draw(rows.assign(saved=str(frames.saved("gaussian:dim=3,n=9"))), "samples")


def test_patches_show_both_distances_and_what_is_near_the_candidate():
    frame, figure = drawn("gan-patches")
    (axes,) = figure.axes
    last = frame[frame["step"] == 40]
    for _, rows in last.groupby(["objective", "arch"], dropna=False):
        assert shows(axes, rows["exact"], rows["patch_exact"])
        assert shows(axes, [rows["exact"].mean()], [rows["patch_exact"].mean()])
    assert shows(axes, [2.7, 2.7], [0, 1])
    assert shows(axes, [0, 1], [1.3, 1.3])
    (band,) = axes.patches
    ends = band.get_extents().transformed(axes.transData.inverted())
    assert (ends.x0, ends.x1) == pytest.approx((2.61, 1.1 * 2.61))
    assert "at most 1.1 times as far as the candidate, exact" in legend(figure)
    assert "4x4" in axes.get_ylabel()
    alone = draw(frame[frame["objective"] != "exact"], "gan-patches")
    assert not alone.axes[0].patches
    with pytest.raises(TableError, match="run wcheck gan --patches"):
        draw(frame.assign(patch_exact=np.nan), "gan-patches")
