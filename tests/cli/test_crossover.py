"""``wcheck crossover`` from the shell's side."""

import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.crossover import Crossover
from wcheck.rows.table import parse_rows

SMALL = ("crossover", "--n", 8, "--reps", 10, "--jobs", 1)


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def test_rows_and_the_dimension_that_they_cross_at(tmp_path):
    ended = invoke(*SMALL, "--dim", "3:14", "-o", tmp_path / "g.csv")
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
    ended = invoke(*SMALL, "--dim", 30, "--dim", "40:42")
    assert [row["dim"] for row in parse_rows(ended.stdout)] == [30, 40, 41, 42]
    assert "nearer to the Dirac at the mean than to other batches in each dimension" in ended.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--dim", "5:3"), "--dim 5:3 is not a dimension: write 20, or 1:100"),
        (("--dim", "a"), "--dim a is not a dimension"),
        (("--dim", "0"), "dim is 0"),
        (("--n", "0"), "n is 0"),
        (("--reps", "1"), "reps is 1"),
    ],
)
def test_bad_input_is_one_line_and_status_2(options, message):
    ended = invoke(*SMALL, *options)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""


@pytest.mark.parametrize("option", ["--data-seed", "--data-dir", "--data", "--scale"])
def test_options_of_data_are_refused_for_there_is_none(option):
    assert invoke(*SMALL, option, "1").exit_code == 2
