"""``wcheck bernoulli`` and ``wcheck toys`` from the shell's side."""

import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.bernoulli import Bernoulli
from wcheck.experiments.toys import Toys
from wcheck.rows.table import parse_rows


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def test_bernoulli_rows_and_summary(tmp_path):
    ended = invoke(
        "bernoulli", "--theta-star", 0.4, "--n", 1, "--n", 5, "--reps", 100, "-o", tmp_path / "b.csv"
    )
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows((tmp_path / "b.csv").read_text()))
    assert tuple(rows[0]) == Bernoulli.columns
    assert [row["n"] for row in rows] == [1, 5]
    assert "the theorem says at least 2 e^-2 = 0.2706" in ended.stderr
    assert "In 1 of the 2 rows" in ended.stderr


def test_bernoulli_refuses_what_is_no_probability():
    ended = invoke("bernoulli", "--theta-star", 1.5)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "theta_star is 1.5" in ended.stderr


def test_toys_rows_and_summary():
    ended = invoke("toys", "--toy", "segments")
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows(ended.stdout))
    assert tuple(rows[0]) == Toys.columns
    assert "All 205 values agree with their closed forms" in ended.stderr
    assert float("inf") in {row["closed_form"] for row in rows if row["quantity"] == "kl"}


def test_an_unknown_toy_is_one_line():
    ended = invoke("toys", "--toy", "trains")
    assert (ended.exit_code, len(ended.stderr.splitlines())) == (2, 1)
