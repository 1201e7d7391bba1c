"""Options that commands do not have for a reason."""

import pytest
import typer.main
from typer.testing import CliRunner

from wcheck.cli.app import app
from wcheck.cli.refused import EUCLIDEAN, HAVING, METRIC

MEASURE_NOTHING = {"columns", "data", "plot", "report", "reproduce"}


@pytest.mark.parametrize("words", [(METRIC, "cosine"), (f"{METRIC}=euclidean",)])
@pytest.mark.parametrize("command", EUCLIDEAN)
def test_a_euclidean_command_says_why_it_takes_no_other_metric(command, words):
    ended = CliRunner().invoke(app, [command, "--seed", "1", *words])
    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"wcheck: {command} needs the Euclidean metric: {EUCLIDEAN[command]}; ")
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_every_command_has_the_option_or_says_why_not():
    commands = typer.main.get_command(app).commands
    having = {name for name, command in commands.items() if METRIC in opts(command)}
    assert having == set(HAVING)
    assert commands.keys() - having - MEASURE_NOTHING == EUCLIDEAN.keys()


def test_where_nothing_is_measured_there_is_no_such_option():
    ended = CliRunner().invoke(app, ["plot", METRIC, "cosine"])
    assert ended.exit_code == 2
    assert f"there is no option {METRIC}" in ended.stderr


def opts(command):
    return {name for parameter in command.params for name in parameter.opts}
