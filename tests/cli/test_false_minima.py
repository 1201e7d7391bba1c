"""``wcheck false-minima`` from the shell's side."""

import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.crossover import Crossover
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
GAUSSIAN = ("false-minima", "--gaussian", "--n", 8, "--reps", 10, "--jobs", 1)


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def test_rows_and_a_summary_beside_the_papers(tmp_path):
    ended = invoke(*SMALL)
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows(ended.stdout))
    assert tuple(rows[0]) == FalseMinima.columns
    assert "Batches of 8 points are at a mean Wasserstein-1 distance of" in ended.stderr
    assert "of the 14 candidates that hold no real point" in ended.stderr
    assert "50.67" in ended.stderr


def test_the_gaussian_crossover(tmp_path):
    ended = invoke(*GAUSSIAN, "--dim", "3:14", "-o", tmp_path / "g.csv")
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows((tmp_path / "g.csv").read_text()))
    assert tuple(rows[0]) == Crossover.columns
    assert [row["dim"] for row in rows] == list(range(3, 15))
    assert (
        "Batches of 8 are nearer to the Dirac at the mean than to other batches from dimension"
        in ended.stderr
    )
    assert "95 % interval" in ended.stderr


def test_no_crossing_is_said():
    ended = invoke(*GAUSSIAN, "--dim", 30, "--dim", "40:42")
    assert [row["dim"] for row in parse_rows(ended.stdout)] == [30, 40, 41, 42]
    assert "no change of sign" in ended.stderr


def test_the_paper_preset_prepares_the_points():
    ended = invoke(*SMALL, "--preset", "paper", "--n", 3, "--reps", 2, "--fit", 30)
    assert {(row["dim"], row["scale"]) for row in parse_rows(ended.stdout)} == {(4096, "-1,1")}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((*SMALL, "--dim", "3"), "--dim belongs to --gaussian"),
        ((*GAUSSIAN, "--data", "digits"), "--data is digits, but --gaussian draws"),
        ((*GAUSSIAN, "--starts", "2"), "--starts is 2, but --gaussian draws"),
        ((*GAUSSIAN, "--minimiser-starts", "2"), "--minimiser-starts is 2, but --gaussian draws"),
        ((*GAUSSIAN, "--dim", "5:3"), "--dim 5:3 is no dimension: write 20, or 1:100"),
        ((*GAUSSIAN, "--dim", "a"), "--dim a is no dimension"),
        ((*GAUSSIAN, "--dim", "0"), "dim is 0"),
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
