"""The glossary: any column by any of its names, and what a command writes."""

import json

import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.columns.registry import VOCABULARY
from wcheck.errors import ParameterError
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.experiments.telling.glossary import glossary, headers, written_by
from wcheck.rows.table import parse_rows


def test_all_columns_are_listed():
    assert [row["column"] for row in glossary()] == list(VOCABULARY)


@pytest.mark.parametrize("name", ["normalised", "V/L", "V / L"])
def test_a_column_is_found_by_every_name(name):
    (row,) = parse_rows(typer.testing.CliRunner().invoke(app, ["columns", name]).stdout)
    assert (row["column"], row["role"]) == ("normalised", "estimate")
    assert row["commands"] == "oracle, gan, audit"
    assert row["what it proves"].startswith("nothing")


def test_a_setting_has_its_option_and_its_default():
    (row,) = glossary(["penalty"])
    assert (row["option"], row["default"]) == ("--penalty", "10")


def test_a_command_is_all_that_it_writes():
    assert [row["column"] for row in glossary(["oracle"])] == list(EXPERIMENTS["oracle"].columns)
    assert len(glossary(["exact"])) == 1
    assert [row["column"] for row in glossary(["wcheck exact"])] == list(EXPERIMENTS["exact"].columns)


def test_every_column_of_a_command_says_so():
    for command, experiment in EXPERIMENTS.items():
        assert all(command in written_by(name) for name in experiment.columns)


def test_a_name_over_a_table_is_looked_up():
    for column in VOCABULARY:
        for header in headers(column):
            assert column in [row["column"] for row in glossary([header])]


def test_what_is_not_there_is_refused_with_what_is_near():
    with pytest.raises(ParameterError, match="no column and no command normalisd; did you mean normalised"):
        glossary(["normalisd"])
    with pytest.raises(ParameterError, match="'wcheck columns' lists"):
        glossary(["qqqqqq"])


def test_the_glossary_fits_a_terminal(capsys, monkeypatch):
    from wcheck.cli.terminal import show

    monkeypatch.setenv("COLUMNS", "80")
    for rows in (glossary(), glossary(["V/L"])):
        show(tuple(rows[0]), rows, whole=True)
        assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_columns_can_be_had_as_json():
    ended = typer.testing.CliRunner().invoke(app, ["columns", "V/L", "lower", "--json"])
    assert ended.exit_code == 0
    assert [json.loads(line)["column"] for line in ended.stdout.splitlines()] == ["normalised", "lower"]
