"""Old names work and say what they are called now."""

import io
import logging

import pytest
import typer.main
from typer.testing import CliRunner

from wcheck.cli.app import app
from wcheck.columns import find, former
from wcheck.plots.rows import read

OPTIONS = {"batch": {"--size": "--n", "--old": "--new", "--source": "P", "--target": "Q"}}


@pytest.mark.parametrize(
    ("typed", "now", "sentences"),
    [
        ("", "", []),
        ("--help", "--help", []),
        ("batch --n 3 --reps 2", "batch --n 3 --reps 2", []),
        ("batch --size 3", "batch --n 3", ["--size is now called --n."]),
        ("batch --size=3 --reps 2", "batch --n=3 --reps 2", ["--size is now called --n."]),
        ("other --size 3", "other --size 3", []),
        (
            "batch --reps 2 --target b --source=a",
            "batch a b --reps 2",
            ["--target is now called Q.", "--source is now called P."],
        ),
        (
            "false-minima --dim 3 --gaussian --n 4",
            "crossover --dim 3 --n 4",
            ["false-minima --gaussian is now called crossover."],
        ),
        (
            "oracle --lipschitz gp --lipschitz c-transform --lipschitz=c-eps-transform",
            "oracle --lipschitz gp --lipschitz c-transform --lipschitz=c-eps-transform",
            [
                "--lipschitz c-transform is now called --objective c-transform.",
                "--lipschitz c-eps-transform is now called --objective c-eps-transform.",
            ],
        ),
        ("kmedians --gaussian", "kmedians --gaussian", []),
    ],
)
def test_command_lines_are_spelled_as_they_are_now(monkeypatch, typed, now, sentences):
    monkeypatch.setattr(former, "OPTIONS", OPTIONS)
    assert former.respelled(typed.split()) == (now.split(), sentences)


def test_an_old_spelling_does_what_the_new_one_does_and_says_so_once(caplog):
    words = ["--dim", "2:3", "--n", "4", "--reps", "2", "--jobs", "1"]
    with caplog.at_level(logging.INFO, "wcheck"):
        old = CliRunner().invoke(app, ["false-minima", "--gaussian", *words])
    assert [record.message for record in caplog.records] == [
        "false-minima --gaussian is now called crossover."
    ]
    new = CliRunner().invoke(app, ["crossover", *words])
    assert old.exit_code == new.exit_code == 0
    first, second = (
        [line.split(",")[:-2] for line in ended.stdout.splitlines()] for ended in (old, new)
    )  # no seconds
    assert first == second


def test_old_names_are_not_in_use_and_lead_to_those_that_are():
    commands = {name: options(command) for name, command in typer.main.get_command(app).commands.items()}
    assert set(former.COMMANDS.values()) <= commands.keys()
    assert not [old for old in former.COMMANDS if old[1] in commands[old[0]]]
    for command, names in former.OPTIONS.items():
        assert set(names.values()) <= {*commands[command], *former.ARGUMENTS}
        assert not set(names) & commands[command]
    for now, beside in former.COLUMNS.values():
        assert find(now)
        assert find(beside)


def options(command):
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize(("option", "value"), [("--data-seed", 3), ("--data-dir", "."), ("--image-size", 8)])
def test_what_is_said_of_points_is_refused_where_a_command_draws_them_itself(option, value):
    """It was passed over."""
    words = ["--n", "4", "--reps", "2", "--dim", "2", option, str(value)]
    ended = CliRunner().invoke(app, ["false-minima", "--gaussian", *words])
    assert ended.exit_code == 2
    assert f"there is no option {option}" in ended.stderr
    assert ended.stdout == ""


def test_rows_under_old_names_are_read(monkeypatch, caplog):
    monkeypatch.setattr(former, "COLUMNS", {"old": ("new", "beside")})
    text = "old,beside\n1,2\n"
    with caplog.at_level(logging.INFO, "wcheck"):
        assert list(read(io.StringIO(text))) == ["new", "beside"]
        assert list(read(io.StringIO(text.replace("beside", "other")))) == ["old", "other"]
        assert list(read(io.StringIO("old,new,beside\n1,2,3\n"))) == ["old", "new", "beside"]
    assert [record.message for record in caplog.records] == [
        "standard input: the column old is now called new."
    ]
