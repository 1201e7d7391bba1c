"""What holds for every study that is registered: its runs are commands, and its claims can fail."""

from __future__ import annotations

import itertools
import shlex
from pathlib import Path

import pytest
import torch
import typer.testing

from wcheck.cli import output
from wcheck.cli.app import app
from wcheck.errors import ParameterError
from wcheck.experiments.fit import COLUMNS as FITTED
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.plots.registry import KINDS
from wcheck.rows.table import csv_text
from wcheck.studies import commands
from wcheck.studies.folder import frame
from wcheck.studies.plan import HOURS, PRESETS, Plan
from wcheck.studies.registry import STUDIES, chosen
from wcheck.studies.study import FOLDER, Run

RUNS = Plan(STUDIES, "quick", "digits").runs
CLAIMS = [(study, claim) for study in STUDIES for claim in study.claims]
SHARE = 1200.0
"""Seconds that all of quick may take on two cores."""


@pytest.fixture
def parsed(monkeypatch):
    """What a command line makes: the experiment, and whether there is a fit; nothing is run, and a GPU is there."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)

    def parse(line):
        made = []
        monkeypatch.setattr(output, "run", lambda experiment, into, **more: made.append((experiment, more)))
        ended = typer.testing.CliRunner().invoke(app, shlex.split(line)[1:])
        assert ended.exit_code == 0 or made, (line, ended.output)
        (experiment, more), *_ = made
        return experiment, more.get("also") is not None

    return parse


def lines(runs):
    for run, (preset, data) in itertools.product(runs, PRESETS.items()):
        yield pytest.param(run, preset, data, id=f"{run.name} {preset}")


@pytest.mark.parametrize(("run", "preset", "data"), list(lines(RUNS)))
def test_the_line_that_redoes_a_run_makes_the_same_experiment(parsed, run, preset, data):
    experiment, fits = parsed(commands.line(run, preset, data))
    assert experiment == commands.experiment(run, preset, data)
    assert fits == bool(commands.options(run, preset, data).get("fit"))


def test_every_form_of_option_comes_back(parsed):
    """Positions, repeated values, pairs, flags, negative numbers, commas and blanks, the source as --data."""
    forms = (
        Run(
            "a", "oracle", {"data": "{data}", "scale": "-1,1", "betas": ((0.0, 0.9), (0.5, 0.9)), "n": 10}, {}
        ),
        Run("b", "exact", {"source": "my file.npy", "target": "t.npy", "p": (1, 2), "normalise": True}, {}),
        Run("c", "pixels", {"source": "{data}[0:9]", "index": (3,)}, {}),
        Run(
            "d",
            "sample-complexity",
            {"dim": (5,), "n": (10, 20, 40), "estimator": ("exact",), "fit": True},
            {},
        ),
        Run(
            "e",
            "gan",
            {"preset": "ring", "steps": (10,), "save": "{folder}", "grid": "{folder}-sheets", "lr": (1e-4,)},
            {},
        ),
        Run("f", "known", {"steps": (10,)}, {}),
    )
    for run in forms:
        experiment, _ = parsed(commands.line(run, "quick", "digits"))
        assert experiment == commands.experiment(run, "quick", "digits"), run


def test_a_line_that_would_make_another_is_found(parsed):
    run = Run("a", "bernoulli", {"n": (3,)}, {})
    experiment, _ = parsed(commands.line(run, "quick", "digits"))
    assert experiment != commands.experiment(Run("a", "bernoulli", {"n": (4,)}, {}), "quick", "digits")


def test_quick_takes_its_twenty_minutes_at_most():
    assert sum(run.seconds["quick"] for run in RUNS) <= SHARE


def test_full_is_run_without_naming_studies():
    """Some hours: what takes more than eight is run by parts that are named."""
    assert sum(run.seconds.get("full", run.seconds["quick"]) for run in RUNS) <= 3600 * HOURS


def test_names_are_given_once():
    """Runs of one name are one and the same object, which studies share."""
    runs = [run for study in STUDIES for run in study.runs]
    assert all(one is other for one in runs for other in runs if one.name == other.name)
    names = [study.name.lower() for study in STUDIES]
    assert len(set(names)) == len(names)
    claims = [claim.name for _, claim in CLAIMS]
    assert len(set(claims)) == len(claims)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_run_is_one_of_an_experiment_and_is_drawn_as_it_can_be(run):
    assert run.command in EXPERIMENTS
    assert set(run.figures) <= {kind.name for kind in KINDS}
    assert all(alt.endswith(".") for alt in run.figures.values())
    assert run.name == run.name.lower()
    assert run.seconds.keys() <= PRESETS.keys()


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_what_figures_show_besides_is_of_the_same_study(study):
    names = {run.name for run in study.runs}
    assert all(set(run.beside) <= names for run in study.runs)
    for run in study.runs:
        assert all(alt.endswith(".") for alt in run.pictures.values())
        assert all(
            pattern.startswith(f"{FOLDER}-sheets/") and "grid" in run.quick for pattern in run.pictures
        )


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_study_says_what_it_asks_and_means(study):
    assert study.question.endswith("?")
    assert study.means.endswith(".")
    assert study.claims
    assert study.runs


@pytest.mark.parametrize(("study", "claim"), CLAIMS, ids=lambda each: each.name)
def test_a_claim_is_tested_by_its_name(study, claim):
    """Each has a test that feeds it rows for which it must fail."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert f'"{claim.name}"' in tests
    assert "eproduced" in claim.rule
    assert claim.says.endswith(".")
    assert claim.rule.endswith(".")


@pytest.fixture(params=["no rows", "one row that failed"])
def unfit(request, tmp_path):
    """Rows of a run as they are read: none, or one with nothing in it but its status."""

    def read(columns):
        path = tmp_path / "rows.csv"
        row = {"status": "diverged", "seed": 0} if request.param != "no rows" else {}
        path.write_text(csv_text(columns, [{name: row.get(name) for name in columns}] if row else []))
        return frame(path)

    return read


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_rows_of_few_or_failed_tasks_settle_nothing(study, unfit):
    """No rule raises for them, and none takes an absence for a finding."""
    rows = {run.name: unfit(EXPERIMENTS[run.command].columns) for run in study.runs}
    rows |= {f"{run.name}.fit": unfit(FITTED) for run in study.runs if run.quick.get("fit")}
    found = {claim.name: claim.judge(rows).verdict for claim in study.claims}
    assert set(found.values()) == {"not settled"}, found


def test_studies_are_chosen_by_name_in_the_order_of_the_page():
    assert chosen(()) == STUDIES
    assert [study.name for study in chosen(["b5"])] == ["B5"]
    with pytest.raises(ParameterError, match="did you mean B5"):
        chosen(["B5x"])


def test_cells_that_are_not_numbers_leave_a_column_of_numbers(tmp_path):
    """A cosine of a step of length 0 is nan."""
    path = tmp_path / "rows.csv"
    path.write_text("cosine,status,kl\n0.5,ok,1.0\nnan,,inf\n,diverged,2.0\n")
    read = frame(path)
    assert (read["cosine"] < 1.0).tolist() == [True, False, False]
    assert read["kl"].tolist() == [1.0, float("inf"), 2.0]
    assert read["status"].isna().tolist() == [False, True, False]
