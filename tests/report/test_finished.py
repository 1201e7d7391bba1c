"""Finished files of rows: their experiment, its sentences and its figure, without running anything."""

import hashlib
import json
from pathlib import Path

import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.bernoulli import Bernoulli
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.report.finished import Finished
from wcheck.rows import sidecar

GOLDEN = sorted((Path(__file__).parent.parent / "golden").glob("*/*.csv"))


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


@pytest.fixture
def finished(tmp_path):
    """A finished file, and what the command that wrote it said."""
    path = tmp_path / "b.csv"
    ended = invoke("bernoulli", "--n", 5, "--reps", 10, "-o", path)
    assert ended.exit_code == 0, ended.stderr
    return path, ended.stderr


def test_a_finished_file_says_what_the_command_said(finished, monkeypatch):
    monkeypatch.setattr(Bernoulli, "run", None)  # nothing is run for it
    path, said = finished
    found = Finished.read(path)
    assert found.experiment is Bernoulli
    assert len(found.rows) == 6
    assert said.endswith(f"{found.told()}\n")
    assert found.figure().axes


def test_plot_says_it_once_more(finished, tmp_path):
    path, said = finished
    assert said.endswith(invoke("plot", path, "-o", tmp_path / "b.png").stderr)


def test_columns_that_are_new_since_are_blank(finished):
    path, _ = finished
    path.write_text("\n".join(line.rpartition(",")[0] for line in path.read_text().splitlines()))
    record = path.with_name("b.csv.json")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sidecar.save(record, json.loads(record.read_text()) | {"sha256": digest})
    assert {row["status"] for row in Finished.read(path).rows} == {None}


def test_rows_that_were_changed_since_are_drawn_and_not_told(finished, tmp_path):
    path, _ = finished
    header, *lines = path.read_text().splitlines()
    place = header.split(",").index("argmin_low")
    cells = [line.split(",") for line in lines]
    path.write_text("\n".join([header, *(",".join([*row[:place], "", *row[place + 1 :]]) for row in cells)]))
    drawn = invoke("plot", path, "-o", tmp_path / "b.png")
    assert (drawn.exit_code, drawn.stderr) == (0, "")


@pytest.mark.parametrize("path", [path for path in GOLDEN if Finished.read(path)], ids=lambda path: path.stem)
def test_files_of_before_are_told_too(path):
    told = Finished.read(path).told()
    assert "None" not in told
    assert "nan" not in told


@pytest.mark.parametrize("change", [{"status": "interrupted"}, {"experiment": "another"}])
def test_only_what_a_run_of_wcheck_finished_is_told(finished, change):
    path, _ = finished
    record = path.with_name("b.csv.json")
    sidecar.save(record, json.loads(record.read_text()) | change)
    assert Finished.read(path) is None


def test_without_a_sidecar_that_can_be_read_there_is_nothing_to_tell(finished):
    path, _ = finished
    record = path.with_name("b.csv.json")
    record.write_text("{}")
    assert Finished.read(path) is None
    record.unlink()
    assert Finished.read(path) is None


def test_every_experiment_is_found_by_its_command():
    commands = {command.name for command in app.registered_commands if not command.hidden}
    assert commands == {*EXPERIMENTS, "plot", "report", "reproduce", "columns"}
