"""``wcheck reproduce`` as a user meets it."""

import json
import re
import signal
import subprocess

import pytest
import typer.testing

from tests.running import WCHECK, wait_until, wcheck
from wcheck.cli.app import app
from wcheck.rows.table import parse_rows
from wcheck.studies import commands
from wcheck.studies.plan import HOURS, check_hours
from wcheck.studies.registry import STUDIES
from wcheck.studies.reproduction import Reproduction


@pytest.fixture
def invoke():
    return lambda *args: typer.testing.CliRunner().invoke(app, ["reproduce", *map(str, args)])


def test_a_tiny_reproduction_its_summary_and_once_more(invoke, tmp_path):
    """The smallest whole path: what ``--only B5`` writes and says."""
    first = invoke("--only", "b5", "--jobs", 1, "-o", tmp_path)
    assert first.exit_code == 0, first.output
    assert "1 of 1 run to go" in first.stderr
    assert "2 claims of the papers were tested: 2 are reproduced." in first.stderr
    assert "bernoulli-gradient-is-biased" in (tmp_path / "report.html").read_text()
    rows = list(parse_rows((tmp_path / "claims.csv").read_text()))
    assert {row["verdict"] for row in rows} == {"reproduced"}
    before = {path: path.read_bytes() for path in (tmp_path / "runs").iterdir()}
    again = invoke("--only", "B5", "--jobs", 1, "-o", tmp_path)
    assert "All runs are finished" in again.stderr
    assert {path: path.read_bytes() for path in (tmp_path / "runs").iterdir()} == before
    listed = list(parse_rows(invoke("--list", "--only", "B5", "-o", tmp_path).stdout))
    assert [row["claim"] for row in listed] == [row["claim"] for row in rows]
    assert listed[0]["minutes_taken"] >= 0
    assert listed[0]["minutes_declared"] > 0


def test_names_follow_one_another(invoke):
    listed = {
        row["study"] for row in parse_rows(invoke("--list", "--only", "B5", "f1", "--only", "C2").stdout)
    }
    assert listed == {"B5", "F1", "C2"}
    assert {row["study"] for row in parse_rows(invoke("F4", "--list").stdout)} == {"F4"}


@pytest.mark.parametrize("content", ["", '{"schema": 1, "preset": "full", "data": "cifar10", "studies": []}'])
def test_a_folder_of_something_else_is_refused_before_anything_is_said(invoke, tmp_path, content):
    (tmp_path / ("reproduction.json" if content else "letter.txt")).write_text(content)
    ended = invoke("--only", "B5", "-o", tmp_path)
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert "to go" not in ended.stderr


def test_the_list_has_every_study_and_every_claim(invoke):
    listed = list(parse_rows(invoke("--list").stdout))
    assert [row["claim"] for row in listed] == [claim.name for study in STUDIES for claim in study.claims]
    assert all(row["minutes_taken"] is None for row in listed)


def test_draws_are_those_that_were_asked_for_also_when_it_goes_on(invoke, tmp_path, monkeypatch):
    """The folder keeps them: they need not be said again, and others are refused."""
    plans = []

    def run(self, report, after=None):
        self.folder.open(self.plan, "", ["B5", "E7"])
        plans.append(self.plan)
        raise KeyboardInterrupt

    monkeypatch.setattr(Reproduction, "run", run)
    for args in (("--only", "E7", "--draws", 3), ("--only", "E7"), ("--only", "B5")):
        assert invoke(*args, "-o", tmp_path).exit_code == 130
    assert [plan.draws for plan in plans] == [3, 3, 3]
    assert commands.options(plans[1].runs[0], "quick", "digits")["samples"] == 3
    assert json.loads((tmp_path / "reproduction.json").read_text())["draws"] == 3
    other = invoke("--only", "E7", "--draws", 4, "-o", tmp_path)
    assert other.exit_code == 2
    assert "holds a reproduction whose draws is 3, not 4" in other.stderr
    minutes = [
        next(parse_rows(invoke("--list", "--only", "E7", *more).stdout)) for more in ((), ("--draws", 6))
    ]
    assert minutes[1]["minutes_declared"] == pytest.approx(3 * minutes[0]["minutes_declared"], abs=0.02)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--draws", "3", "--only", "B5", "-o", "out"), "only the study E7 draws games"),
        (("--draws", "1", "-o", "out"), "--draws is 1: give at least 2"),
        ((), "name a folder for them with -o DIR"),
        (("--only", "B55", "-o", "out"), "did you mean B5?"),
        (("--only", "<script>", "-o", "out"), "choose one of"),
        (("--preset", "quik", "-o", "out"), "did you mean quick?"),
        (("--data", "digit", "--only", "D1", "-o", "out"), "did you mean digits?"),
        (("--data", "digits[0:9999]", "--only", "D1", "-o", "out"), "reaches beyond the data"),
        (("--jobs", "0", "--only", "B5", "-o", "out"), "jobs is 0"),
        (("-o", "out.csv"), "is the name of a file"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_written(invoke, tmp_path, monkeypatch, args, said):
    monkeypatch.chdir(tmp_path)
    ended = invoke(*args)
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert not list(tmp_path.iterdir())


def test_what_takes_more_than_eight_hours_is_run_by_parts(invoke, tmp_path):
    with pytest.raises(ValueError, match="the preset full takes about 9 hours here: choose studies by only"):
        check_hours("full", HOURS * 3600 + 3600)
    check_hours("full", HOURS * 3600)


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(tmp_path):
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*WCHECK, "reproduce", "--only", "B5", "--only", "D1", "--jobs", "1", "-o", str(out)],
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: (out / "runs" / "bernoulli.csv").exists() or (out / "runs" / "pixels.csv").exists())
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 130, said
    assert re.search(r"interrupted; \d of 2 runs are finished in .*out: the same command resumes", said)


def test_a_reproduction_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    ended = wcheck("reproduce", "--only", "B5", "-o", tmp_path / "file" / "out")
    assert ended.status == 2
    assert "cannot write" in ended.lines[-1]
