"""Critics: over their steps, in sweeps, on a line, where the truth is known."""

import numpy as np
import pandas as pd
import pytest

from tests.plots import frames
from tests.plots.drawn import caption, drawn, legend, shows
from wcheck import columns
from wcheck.columns import registry
from wcheck.plots.registry import draw


def test_oracle_draws_the_looks_of_each_critic_below_the_bracket():
    frame, figure = drawn("oracle")
    assert legend(figure) == [
        "exact $W_1$ (certified bracket)", "λ = 0.1, batch = 64", "λ = 10, batch = 64", "λ = 10, batch = 128",
        "constant critic, by c-transform",
    ]  # fmt: skip
    for axes, column in zip(figure.axes, ("value", "normalised", "normalised_pairs"), strict=True):
        for _, critic in frame.groupby(["penalty", "batch_size"]):
            seen = critic[critic[column] > 0]
            assert shows(axes, seen["step"], seen[column])
        (band,) = axes.patches
        assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((3.9, 4.0))
        assert axes.get_yscale() == "log"
    assert shows(figure.axes[2], [0, 1], [3.0, 3.0])
    claimed, _, certified = (
        next(line for line in axes.lines if len(line.get_xdata()) == 2) for axes in figure.axes
    )
    assert claimed.get_marker() != "none"
    assert certified.get_marker() == "none"


def test_oracle_draws_a_lone_certified_look_as_a_dash_and_several_as_a_bare_line():
    looks = frames.oracle().assign(normalised_pairs=1.0)
    lone = looks[looks["step"] == looks["step"].max()]
    marks, dashes = ({line.get_marker() for line in draw(rows).axes[2].lines} for rows in (looks, lone))
    assert marks.isdisjoint("_")
    assert "_" in dashes


def test_oracle_draws_critics_of_several_seeds_as_one_and_names_them_by_what_tells_them_apart():
    one = frames.oracle()
    one["arch"] = np.where(one["batch_size"] == 64, "mlp", "dcgan")  # which implies the batch
    other = one.assign(seed=1, value=2 * one["value"])
    figure = draw(pd.concat([one, other]))
    assert legend(figure)[1:4] == ["λ = 0.1, mlp", "λ = 10, mlp", "λ = 10, dcgan"]
    assert "Means over seeds" in figure.get_supxlabel()
    for _, critic in one[one["step"] > 0].groupby(["penalty", "batch_size"]):
        assert shows(figure.axes[0], critic["step"], 1.5 * critic["value"])


CRITICS = [setting.name for setting in columns.settings("critic")]


@pytest.mark.parametrize("setting", ["protocol", "steps", "embed", "held_out", *CRITICS])
def test_critics_that_differ_in_one_setting_are_two_named_curves(setting):
    """Whatever the setting: the vocabulary says that it is one."""
    frame = frames.oracle()
    frame = frame[(frame["penalty"] == 10) & (frame["batch_size"] == 64)]
    pair = pd.concat([frame.assign(**{setting: 16.0}), frame.assign(**{setting: 32.0})], ignore_index=True)
    named = [text for text in legend(draw(pair, "oracle")) if "16" in text or "32" in text]
    assert len(named) == 2


def test_a_new_setting_is_a_curve_of_its_own_once_it_is_in_the_vocabulary(monkeypatch):
    frame = frames.oracle()
    frame = frame[(frame["penalty"] == 10) & (frame["batch_size"] == 64)]
    pair = pd.concat([frame.assign(loudness=1.5), frame.assign(loudness=2.5)], ignore_index=True)
    assert not any("1.5" in text for text in legend(draw(pair, "oracle")))
    monkeypatch.setattr(registry, "VOCABULARY", dict(registry.VOCABULARY))
    columns.register(columns.Column("loudness", columns.Role.SETTING, "how loud it is", symbol="♪"))
    assert {"♪ = 1.5", "♪ = 2.5"} <= set(legend(draw(pair, "oracle")))


def test_sweep_draws_the_way_of_each_critic_through_what_differs():
    frame, figure = drawn("sweep")
    (axes,) = figure.axes
    ways = np.array([line.get_ydata() for line in axes.lines]).reshape(3, 3, 2)
    assert (ways[:, :-1, 1] == ways[:, 1:, 0]).all()  # each leaves a column at the height at which it came in
    heights = np.concatenate([ways[:, :, 0], ways[:, -1:, 1]], axis=1)
    last = frame[frame["step"] == 20]
    claimed = last["normalised_ratio"].to_numpy()
    assert np.allclose(heights[:, 0], [0, 1, 1])  # penalties 0.1, 10, 10
    assert np.allclose(heights[:, 1], [0, 0, 1])  # batches of 64, 64, 128
    assert np.allclose(heights[:, 2], (claimed - claimed.min()) / np.ptp(claimed))
    texts = [text.get_text() for text in axes.texts]
    assert {"λ", "batch", "0.1", "10", "64", "128"} <= set(texts)


def test_known_draws_means_over_seeds_with_errors_for_each_method_and_setting():
    frame, figure = drawn("known")
    methods = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert methods == ["gp, lr = 0.001", "gp, lr = 0.0001", "clip", "exact"]
    assert legend(figure) == ["d = 2", "d = 16"]
    assert [axes.get_xlabel() for axes in figure.axes[:2]] == [
        "estimate / truth",
        "on held-out points / truth",
    ]
    for axes, column, best in zip(
        figure.axes, ("ratio", "held_out_ratio", "cosine", "gradient_l2"), (1.0, 1.0, 1.0, 0.0), strict=True
    ):
        of_2 = frame[frame["dim"] == 2]
        means = of_2.groupby(["method", "lr"], sort=False, dropna=False)[column].mean()
        points = next(line for line in axes.lines if len(line.get_xdata()) == 4)
        assert np.asarray(points.get_xdata(), float) == pytest.approx(means.to_numpy(), nan_ok=True)
        assert shows(axes, [best, best], [0, 1])
    assert "certified" not in caption(figure)


def test_known_of_one_pair_names_no_pair_and_huge_values_squeeze_their_axis():
    frame = frames.known()
    one = draw(frame[frame["dim"] == 2])
    assert legend(one) == []
    frame.loc[0, "ratio"] = 1e4
    assert [axes.get_xscale() for axes in draw(frame).axes[:2]] == ["symlog", "linear"]


def test_two_gaussians_draws_slopes_of_a_critic_over_its_greatest():
    frame, figure = drawn("two-gaussians")
    left, right = figure.axes
    discriminator, clip = (frame[frame["model"] == model] for model in ("discriminator", "clip"))
    assert shows(left, discriminator["z"], discriminator["value"])
    assert shows(left, clip["z"], clip["value"] / 0.01)
    assert shows(right, clip["z"], [1.0, 1.0, 1.0])
    assert shows(right, discriminator["z"], [0.5, 0.5, 0.5])
    assert right.get_yscale() == "log"
    assert legend(figure) == ["best critic", "best discriminator", "discriminator", "critic, clip"]
    assert len(left.collections) == 2


def test_penalties_are_all_within_both_panels():
    """What is certified may be above all that is claimed."""
    frame = frames.oracle()
    figure = draw(frame.assign(normalised_pairs_ratio=3 * frame["normalised_ratio"].abs()), "penalties")
    for axes in figure.axes:
        low, high = axes.get_ylim()
        drawn_at = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.lines])
        assert low == 0
        assert np.nanmax(drawn_at) < high
