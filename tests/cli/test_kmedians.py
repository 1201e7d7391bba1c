"""``wcheck kmedians`` from the shell's side."""

import numpy as np
import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.kmedians import KMedians
from wcheck.rows.table import parse_rows

SMALL = ("kmedians", "--data", "digits[0:200]", "--k", 9, "--starts", 3, "--jobs", 1)


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def test_rows_a_summary_a_source_and_a_picture(tmp_path):
    files = tmp_path / "c.npz", tmp_path / "c.png"
    ended = invoke(*SMALL, "--save", files[0], "--grid", files[1])
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows(ended.stdout))
    assert tuple(rows[0]) == KMedians.columns
    assert "The best 9 centroids of 3 starts" in ended.stderr
    assert files[1].read_bytes().startswith(b"\x89PNG")
    (exact,) = parse_rows(invoke("exact", "digits[0:200]", files[0]).stdout)
    assert exact["m"] == 9
    best = min(row["kmedians_loss"] for row in rows)
    assert exact["lower"] * (1 - 1e-12) <= best <= exact["upper"] * (1 + 1e-12)


def test_a_file_resumes_and_its_best_is_saved_all_the_same(tmp_path):
    command = (*SMALL, "-o", tmp_path / "k.csv", "--save", tmp_path / "c.npz")
    assert invoke(*command).exit_code == 0
    whole, saved = (tmp_path / "k.csv").read_text(), np.load(tmp_path / "c.npz")["centroids"]
    (tmp_path / "c.npz").unlink()
    ended = invoke(*command)
    assert "is finished" in ended.stderr
    assert (tmp_path / "k.csv").read_text() == whole
    assert (np.load(tmp_path / "c.npz")["centroids"] == saved).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--k", "0"), "k is 0"),
        (("--k", "500"), "k is 500, but digits[0:200] has 200 points"),
        (("--grid", "c.txt"), "no suffix of a figure"),
        (("--data", "gaussian:dim=2,n=50", "--grid", "c.png"), "a grid shows images"),
        (("--jobs", "0"), "jobs is 0"),
    ],
)
def test_bad_input_is_one_line_and_status_2(options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = invoke(*SMALL, *options)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
