"""``wcheck known`` and ``wcheck two-gaussians`` from the shell's side."""

import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.known import KnownTruth
from wcheck.experiments.two_gaussians import TwoGaussians
from wcheck.rows.table import parse_rows


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def test_known_rows_summary_and_resume(tmp_path):
    command = (
        "known", "--dim", 2, "--n", 40, "--seed", 0, "--seed", 1, "--estimator", "exact", "--estimator", "oracle",
        "--lipschitz", "gp", "--steps", 3, "--width", 8, "--jobs", 1, "-o", tmp_path / "k.csv",
    )  # fmt: skip
    ended = invoke(*command)
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows((tmp_path / "k.csv").read_text()))
    assert tuple(rows[0]) == KnownTruth.columns
    assert [row["method"] for row in rows] == ["gp", "exact", "oracle"] * 2
    lines = ended.stderr.splitlines()
    assert any(
        line.startswith("In dimension 2, with 4 funnels and n = 40, the true distance is") for line in lines
    )
    (line,) = (line.split() for line in lines if line.strip().startswith("oracle"))
    assert line[2] == "+-"
    assert "1" in line
    before = (tmp_path / "k.csv").read_bytes()
    assert invoke(*command).exit_code == 0
    assert (tmp_path / "k.csv").read_bytes() == before


def test_a_method_with_two_settings_is_two_lines():
    ended = invoke(
        "known", "--dim", 1, "--n", 20, "--seed", 0, "--estimator", "sinkhorn", "--epsilon", 1, "--epsilon", 50,
        "--jobs", 1,
    )  # fmt: skip
    assert ended.exit_code == 0, ended.stderr
    assert "sinkhorn epsilon=1.0" in ended.stderr
    assert "sinkhorn epsilon=50.0" in ended.stderr


def test_known_refuses_in_one_line():
    ended = invoke("known", "--move", 2)
    assert (ended.exit_code, len(ended.stderr.splitlines())) == (2, 1)


def test_two_gaussians_rows_and_summary():
    ended = invoke("two-gaussians", "--steps", 3, "--n", 50, "--width", 8, "--lipschitz", "clip")
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows(ended.stdout))
    assert tuple(rows[0]) == TwoGaussians.columns
    assert {row["model"] for row in rows} == {"discriminator", "clip"}
    assert "by the critic clip (seed 0)" in ended.stderr
