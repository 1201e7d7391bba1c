"""Every kind of figure: recognised, drawn from the numbers of its rows, and sensible where these are few or blank."""

import io
import math

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from tests.plots import frames
from tests.plots.drawn import caption, drawn, legend
from wcheck.errors import ParameterError, TableError
from wcheck.plots.figure import STYLE, styled
from wcheck.plots.registry import KINDS, draw, load, named, recognise

ASKED_FOR = {
    "sinkhorn",
    "sweep",
    "compare-n",
    "gan-batch",
    "js",
    "gan-ends",
    "gan-tracks",
    "gan-patches",
    "samples",
    "best-of",
    "penalties",
    "depth",
    "vanishing",
}


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
    assert "real images" not in caption(figure)
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
    with pytest.raises(
        ParameterError, match=r"kind is 'pie': did you mean pixels\? Choose one of extrapolation"
    ):
        named("pie")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_old_files_that_lack_new_columns_are_drawn(kind):
    frame = frames.FRAMES[kind.name]()
    old = frame[[column for column in frame.columns if column in kind.columns or frame[column].notna().any()]]
    assert legend(draw(old, kind.name)) == legend(draw(frame, kind.name))
    if kind.name != "sweep":  # in which an option has to differ
        draw(frame[list(kind.columns)], kind.name)


def test_captions_name_the_data():
    for kind, data in (("oracle", "a against b"), ("gan", "8gaussians:n=90"), ("false-minima", "digits")):
        assert f"Data: {data}." in caption(draw(frames.FRAMES[kind](), kind))
    frame = frames.exact()
    many = pd.concat([frame.assign(source=name) for name in "abc"], ignore_index=True)
    assert "Data: 3 pairs of sources." in caption(draw(many))


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
