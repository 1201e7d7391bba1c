"""Every kind of figure: recognised, drawn from the numbers of its rows, and sensible where these are few or blank."""

import io
import math

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from tests.plots import frames
from wcheck import columns
from wcheck.columns import registry
from wcheck.errors import ParameterError, TableError
from wcheck.measures.sources import load as load_source
from wcheck.plots.figure import STYLE, styled
from wcheck.plots.registry import KINDS, draw, load, named, recognise

ASKED_FOR = {"sinkhorn", "sweep", "compare-n", "gan-batch", "js", "samples"}


def drawn(name):
    """The rows of a kind, and its figure laid out as a file would have it."""
    frame = frames.FRAMES[name]()
    figure = draw(frame, name)
    figure.savefig(io.BytesIO(), format="svg")
    return frame, figure


def lines(axes):
    """All (x, y) of an axes' lines that show something, rounded."""
    return [
        (np.round(np.asarray(line.get_xdata(), float), 9), np.round(np.asarray(line.get_ydata(), float), 9))
        for line in axes.lines
    ]


def shows(axes, x, y):
    """Whether one line is exactly these points."""
    x, y = np.round(np.asarray(x, float), 9), np.round(np.asarray(y, float), 9)
    return any(np.array_equal(a, x) and np.array_equal(b, y) for a, b in lines(axes))


def caption(figure):
    return " ".join(figure.get_supxlabel().split())


def legend(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_every_kind_has_a_frame_here():
    assert [kind.name for kind in KINDS] == list(frames.FRAMES)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_is_recognised_by_the_columns_of_its_command(kind):
    frame = frames.FRAMES[kind.name]()
    if kind.name in ASKED_FOR:
        assert recognise(frame.columns) is not kind
    else:
        assert recognise(frame.columns) is kind
    assert named(kind.name) is kind


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_figure_has_labels_and_says_what_is_certified_or_estimated(kind):
    _, figure = drawn(kind.name)
    assert len(caption(figure)) > 60
    assert any(
        word in caption(figure).lower() for word in ("certified", "estimate", "closed form", "medians")
    )
    for axes in figure.axes:
        if axes.axison:
            assert axes.get_xlabel() or axes.get_xticklabels()
    assert kind.draw.__doc__


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_missing_column_is_named(kind):
    frame = frames.FRAMES[kind.name]()
    for column in kind.columns:
        with pytest.raises(
            TableError, match=rf"kind {kind.name} shows columns that these rows lack: {column};"
        ):
            draw(frame.drop(columns=column), kind.name)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_one_row_is_a_figure_or_a_clear_error(kind):
    frame = frames.FRAMES[kind.name]()
    numbers = frame.select_dtypes("number").replace([math.inf], math.nan)
    row = frame.loc[[numbers.notna().sum(axis=1).idxmax()]]
    if kind.name == "sweep":
        with pytest.raises(TableError, match="no option differs"):
            draw(row, kind.name)
    elif kind.name == "sinkhorn":
        with pytest.raises(TableError, match="estimator sinkhorn"):
            draw(frame.head(1), kind.name)
    else:
        draw(row, kind.name).savefig(io.BytesIO())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_rows_without_numbers_are_left_out_or_refused(kind):
    frame = frames.FRAMES[kind.name]()
    blank = frame.copy()
    for column in kind.numbers:
        blank[column] = math.nan
    with pytest.raises(TableError):
        draw(blank, kind.name)
    several = pd.concat([frame, blank.head(2)], ignore_index=True)
    with np.errstate(all="ignore"):
        draw(several, kind.name).savefig(io.BytesIO())


def test_text_where_a_number_should_be_is_named():
    frame = frames.toys().astype({"x": object})
    frame.loc[2, "x"] = "far"
    with pytest.raises(TableError, match="column x holds 'far'"):
        draw(frame)


def test_columns_of_others_are_refused_with_what_there_is():
    with pytest.raises(TableError, match=r"do not belong to a command of wcheck.*oracle, sweep"):
        recognise(["sepal_length", "species"])
    with pytest.raises(
        TableError,
        match="no figure of these rows: the nearest kind, toys, shows columns that they lack: computed",
    ):
        recognise(["toy", "x", "quantity", "closed_form"])
    with pytest.raises(ParameterError, match="kind is 'pie': choose among extrapolation"):
        named("pie")


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


def test_a_new_setting_is_a_curve_of_its_own_once_it_is_in_the_vocabulary(monkeypatch):
    frame = frames.oracle()
    frame = frame[(frame["penalty"] == 10) & (frame["batch_size"] == 64)]
    pair = pd.concat([frame.assign(loudness=1.5), frame.assign(loudness=2.5)], ignore_index=True)
    assert not any("1.5" in text for text in legend(draw(pair, "oracle")))
    monkeypatch.setattr(registry, "VOCABULARY", dict(registry.VOCABULARY))
    columns.register(columns.Column("loudness", columns.Role.SETTING, "how loud it is", symbol="♪"))
    assert {"♪ = 1.5", "♪ = 2.5"} <= set(legend(draw(pair, "oracle")))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_old_files_that_lack_new_columns_are_drawn(kind):
    frame = frames.FRAMES[kind.name]()
    old = frame[[column for column in frame.columns if column in kind.columns or frame[column].notna().any()]]
    assert legend(draw(old, kind.name)) == legend(draw(frame, kind.name))
    if kind.name != "sweep":  # in which an option has to differ
        draw(frame[list(kind.columns)], kind.name)


def test_sweep_draws_a_line_a_critic_through_what_differs():
    frame, figure = drawn("sweep")
    (axes,) = figure.axes
    critics = [line for line in axes.lines if len(line.get_xdata()) == 4]
    assert len(critics) == 3
    heights = np.array([line.get_ydata() for line in critics])
    last = frame[frame["step"] == 20]
    claimed = last["normalised_ratio"].to_numpy()
    assert np.allclose(heights[:, 0], [0, 1, 1])  # penalties 0.1, 10, 10
    assert np.allclose(heights[:, 1], [0, 0, 1])  # batches of 64, 64, 128
    assert np.allclose(heights[:, 2], (claimed - claimed.min()) / np.ptp(claimed))
    texts = [text.get_text() for text in axes.texts]
    assert {"λ", "batch", "0.1", "10", "64", "128", f"{claimed.max():.3g}"} <= set(texts)


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


def test_false_minima_are_bars_with_intervals():
    frame, figure = drawn("false-minima")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == list(frame["w1"])
    assert all(bar.get_x() == 0 for bar in axes.patches)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "real images", "real images", "the mean, repeated", "k-medians, by cells",
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
    shown = np.concatenate([y for _, y in lines(right)])
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
    assert shows(figure.axes[0], [0, 1, 2], frame["value"])


@pytest.mark.parametrize("rows", [frames.exact(), frames.interval()], ids=["exact", "interval"])
def test_brackets_are_bars_around_their_values(rows):
    figure = draw(rows)
    (axes,) = figure.axes
    for place, row in enumerate(rows.itertuples()):
        assert shows(axes, [row.lower, row.upper], [place, place])
        assert shows(axes, [row.value], [place])
        text = axes.texts[place].get_text().split(" to ")
        assert float(text[0]) <= row.lower <= row.upper <= float(text[1])
    assert ("confidence" in caption(figure)) == ("confidence" in rows)


def test_a_comparison_of_this_file_can_fail():
    _, figure = drawn("batch")
    assert not shows(figure.axes[0], [16, 64], [4.5, 4.5])


def test_dollars_and_brackets_in_names_are_shown_as_they_are():
    frame = frames.batch()
    other = frame.assign(source="a$b[0:10]")
    figure = draw(pd.concat([frame, other], ignore_index=True))
    figure.savefig(io.BytesIO())
    assert any(r"a\$b[0:10]" in text for text in legend(figure))


def test_the_style_is_of_the_house_until_another_is_laid_over_it(tmp_path):
    own = tmp_path / "own.mplstyle"
    own.write_text("axes.prop_cycle: cycler('color', ['ff00ff'])\nfont.size: 20\n")
    before = dict(matplotlib.rcParams)
    with styled():
        assert matplotlib.rcParams["svg.fonttype"] == "none"
        assert matplotlib.rcParams["axes.prop_cycle"].by_key()["color"][0] == "#0072B2"
    assert dict(matplotlib.rcParams) == before
    house, theirs = draw(frames.dimension()), draw(frames.dimension(), style=str(own))
    assert house.axes[0].yaxis.label.get_fontsize() == theirs.axes[0].yaxis.label.get_fontsize() == 9
    assert to_rgb(theirs.axes[0].lines[0].get_color()) == to_rgb("#ff00ff")
    assert to_rgb(house.axes[0].lines[0].get_color()) == to_rgb("#0072B2")
    with pytest.raises(ParameterError, match="cannot be read"):
        draw(frames.toys(), style=str(tmp_path / "missing.mplstyle"))
    assert STYLE.exists()


def test_files_are_joined_by_columns(tmp_path):
    frames.toys().to_csv(tmp_path / "a.csv", index=False)
    stream = io.StringIO(frames.toys().to_csv(index=False))
    assert len(load([tmp_path / "a.csv", stream])) == 2 * len(frames.toys())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"toy,x,quantity\n", "a header and no rows"),
        (b"\x89PNG\xff\xfe", "is not a CSV file"),
        (b'a,b\n1,2,3,4\n"', "is not a CSV file"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, message):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=message):
        load([path])


def test_known_draws_means_over_seeds_with_errors_for_each_method_and_setting():
    frame, figure = drawn("known")
    methods = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert methods == ["gp, lr = 0.001", "gp, lr = 0.0001", "clip", "exact"]
    assert legend(figure) == ["d = 2", "d = 16"]
    assert [axes.get_xlabel() for axes in figure.axes[:2]] == [
        "estimate / truth",
        "on points held out / truth",
    ]
    for axes, column, best in zip(
        figure.axes, ("ratio", "held_out_ratio", "cosine", "gradient_l2"), (1.0, 1.0, 1.0, 0.0), strict=True
    ):
        of_2 = frame[frame["dim"] == 2]
        means = of_2.groupby(["method", "lr"], sort=False, dropna=False)[column].mean()
        points = next(line for line in axes.lines if len(line.get_xdata()) == 4)
        assert points.get_xdata() == pytest.approx(means.to_numpy(), nan_ok=True)
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
    assert legend(figure) == ["discriminator", "critic, clip", "best critic", "best discriminator"]
    assert len(left.collections) == 2


def test_compare_draws_excesses_in_order_and_what_is_certified_apart():
    _, figure = drawn("compare")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["b", "a"]
    assert shows(axes, [-2 / 40], [0])
    assert shows(axes, [2 / 40, 4 / 40], [1, 1])
    assert shows(axes, [-0.1 + 7 / 40, 0.1 + 7 / 40], [1, 1])
    assert "certified" in caption(figure)
    assert "not a merit" in caption(figure)


def test_compare_over_n_draws_real_data_as_a_line_beside_the_candidates():
    _, figure = drawn("compare-n")
    (axes,) = figure.axes
    assert legend(figure) == ["real data", "a", "b"]
    assert shows(axes, [10, 20, 40], [4 + 2 / n for n in (10, 20, 40)])
    assert shows(axes, [10, 20, 40], [4 + 9 / n for n in (10, 20, 40)])


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
    assert "Some losses lie beyond the axes." in caption(huge)
    assert "beyond the axes" not in caption(draw(frame, "gan"))


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
        assert "wards" in caption(figure)


def test_js_draws_what_discriminators_claim_below_log_2():
    frame, figure = drawn("js")
    (axes,) = figure.axes
    own = frame[frame["js_estimate"].notna()].groupby("step")[["js_estimate", "js_held_out"]].mean()
    assert shows(axes, own.index, own["js_estimate"])
    assert shows(axes, own.dropna().index, own["js_held_out"].dropna())
    assert shows(axes, [0, 1], [math.log(2)] * 2)
    with pytest.raises(
        TableError, match="discriminators of minimax and non-saturating claim, and there are none"
    ):
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
    assert "The data cannot be read from here" in caption(lost)
    with pytest.raises(TableError, match="no row names one: run wcheck gan with --save"):
        draw(rows.assign(saved=None), "samples")
    with pytest.raises(TableError, match="points of dimension 3: images and points of the plane"):
        draw(rows.assign(saved=str(frames.saved("gaussian:dim=3,n=9"))), "samples")
