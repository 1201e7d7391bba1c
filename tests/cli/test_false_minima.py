"""``wcheck false-minima`` from the shell's side."""

import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.false_minima import FalseMinima
from wcheck.rows.table import parse_rows

SMALL = (
    "false-minima",
    "--data",
    "digits",
    "--n",
    8,
    "--reps",
    6,
    "--starts",
    1,
    "--minimiser-starts",
    1,
    "--jobs",
    1,
)


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def test_rows_and_a_summary_beside_the_papers(tmp_path):
    ended = invoke(*SMALL)
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows(ended.stdout))
    assert tuple(rows[0]) == FalseMinima.columns
    assert "nearer to real batches of 8 points than other real batches are" in ended.stderr
    assert "the 14 candidates that contain no real point" in ended.stderr
    assert "50.67" in ended.stderr


def test_the_paper_preset_prepares_the_points():
    ended = invoke(*SMALL, "--preset", "paper", "--n", 3, "--reps", 2, "--fit-points", 30)
    assert {(row["dim"], row["scale"]) for row in parse_rows(ended.stdout)} == {(4096, "-1,1")}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((*SMALL, "--reps", "1"), "reps is 1"),
        ((*SMALL, "--n", "300"), "give fewer --reps"),
    ],
)
def test_bad_input_is_one_line_and_status_2(options, message):
    ended = invoke(*options)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""
