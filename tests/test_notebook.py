"""What a notebook shows: results as tables, rows as data frames, and one line of progress that goes away."""

import sys
import types
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import wcheck
from wcheck import notebook
from wcheck.columns.html import shown
from wcheck.errors import ParameterError
from wcheck.experiments.exact import Exact
from wcheck.transport.bounds.certificate import Bracket

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 2)), RNG.normal(size=(30, 2)) + 1.0


class Cells(HTMLParser):
    """The texts of a table by their row's name; every tag that is opened is closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts, self.found = [], [], {}
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "tr":
            self.found[self.texts[0]], self.texts = self.texts[1], []

    def handle_data(self, data):
        if self.open[-1] in ("th", "td"):
            self.texts.append(data)


def cells(result):
    return Cells(result._repr_html_()).found


def test_bounds_are_rounded_outward_and_texts_are_escaped():
    assert cells(Bracket(0.12345678499, 0.12345678501)) == {"lower": "0.12345678", "upper": "0.12345679"}
    assert Cells(shown("<b>", {"status": "<script>", "seed": None})).found == {"status": "<script>"}
    assert "<script>" not in shown("<b>", {"status": "<script>"})


def test_results_show_their_bracket_and_what_became_of_the_solve():
    result = wcheck.exact(X, Y)
    told = cells(result)
    assert float(told["lower"]) <= result.bracket.lower
    assert result.bracket.upper <= float(told["upper"])
    assert (told["status"], told["plan"].split(",")[0]) == ("optimal", "20 x 30")
    certified = wcheck.certify(X, Y, plan=result.plan)
    assert float(cells(certified)["upper"]) >= certified.bracket.upper
    judged = wcheck.judge(X, Y, X[:, 0], Y[:, 0])
    assert cells(judged)["status"] == "ok"
    assert float(cells(judged)["normalised_pairs"]) <= judged.certified
    assert "Least cost" in wcheck.exact_cost(np.eye(3))._repr_html_()


def test_the_rows_of_an_experiment_are_a_frame(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = {"source": "gaussian:dim=2,n=9", "target": "gaussian:dim=2,n=8,mean=1"}
    rows = wcheck.run("exact", **options, p=(1, 2))
    assert isinstance(rows, pd.DataFrame)
    assert rows["p"].tolist() == [1, 2]
    assert "cost" not in rows  # blank in all rows
    assert rows.attrs["told"].startswith("The Wasserstein-1 distance")
    again = wcheck.run(Exact.of(**options, p=(1, 2)), output="rows.csv")
    pd.testing.assert_frame_equal(rows.drop(columns="seconds"), again.drop(columns="seconds"))
    assert pd.read_csv("rows.csv")["value"].tolist() == rows["value"].tolist()
    resumed = wcheck.run("exact", **options, p=(1, 2), output="rows.csv", jobs=2)  # from the file
    assert resumed["seconds"].tolist() == again["seconds"].tolist()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("exactly",), {}, "experiment is 'exactly': did you mean exact?"),
        (("exact", "huge"), {}, "preset is 'huge'"),
        (("exact",), {"source": "digits", "target": "digits", "power": 3}, "power"),
        ((Exact.of(source="digits", target="digits"),), {"p": (2,)}, "p is for an experiment given by name"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments, options, message):
    with pytest.raises(ParameterError, match=message):
        wcheck.run(*arguments, **options)


@pytest.fixture
def kernel(monkeypatch):
    """An IPython that notes what is displayed; it stands for the real one, which is not needed here."""
    lines = []

    class Handle:
        def update(self, html):
            lines.append(html)

    def display(html, display_id):
        lines.append(html)
        return Handle()

    shell = types.SimpleNamespace(kernel=object())
    interactive = types.ModuleType("IPython")
    interactive.get_ipython = lambda: shell
    display_module = types.ModuleType("IPython.display")
    display_module.HTML, display_module.display = str, display
    monkeypatch.setitem(sys.modules, "IPython", interactive)
    monkeypatch.setitem(sys.modules, "IPython.display", display_module)
    return types.SimpleNamespace(lines=lines, shell=shell)


def test_progress_in_a_notebook_is_one_line_that_goes_away(kernel):
    wcheck.run("exact", source="gaussian:dim=2,n=9", target="gaussian:dim=2,n=8", p=(1, 2))
    assert kernel.lines[0] == "<small>tasks 0 %</small>"
    assert kernel.lines[-1] == "<small></small>"
    with notebook.watched() as report:
        report("a < b", 1, 2, "note")
    assert kernel.lines[-2:] == ["<small>a &lt; b 50 % (note)</small>", "<small></small>"]


def test_a_shell_without_a_kernel_and_a_report_of_ones_own_show_nothing(kernel):
    told = []
    options = {"source": "gaussian:dim=2,n=9", "target": "gaussian:dim=2,n=8"}
    wcheck.run("exact", **options, report=lambda *args: told.append(args))
    kernel.shell.kernel = None
    wcheck.run("exact", **options)
    assert kernel.lines == []


@pytest.mark.parametrize(
    ("name", "lone", "several"),
    [
        ("toys", {"toy": "shift"}, {"toy": ("shift",)}),
        ("exact", {"p": 1, "tol": 0.1}, {"p": [1], "tol": (0.1,)}),
        ("batch", {"estimator": "sliced", "batch_size": 4}, {"estimator": ("sliced",), "batch_size": [4]}),
        ("oracle", {"steps": 1, "betas": (0.5, 0.9)}, {"steps": range(1, 2), "betas": ((0.5, 0.9),)}),
    ],
)  # fmt: skip
def test_one_value_of_an_option_is_that_value_alone(name, lone, several):
    sources = {} if name == "toys" else {"source": "digits[0:12]", "target": "digits[12:24]"}
    one, other = (wcheck.run(name, **sources, **options) for options in (lone, several))
    timings = [column for column in one if "seconds" in column]
    pd.testing.assert_frame_equal(one.drop(columns=timings), other.drop(columns=timings))


def test_points_are_named_as_on_the_command_line_and_an_unknown_option_is_named():
    assert list(wcheck.run("kmedians", data="digits[0:40]", k=2, starts=1)["data"]) == ["digits[0:40]"]
    with pytest.raises(ParameterError, match=r"batch has no option batchsize: did you mean batch_size\?"):
        wcheck.run("batch", data="digits[0:40]", batchsize=4)
