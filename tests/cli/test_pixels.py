"""``wcheck pixels`` from the shell's side, and ``wcheck exact --embed``."""

import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.experiments.pixels import Pixels
from wcheck.experiments.telling.words import among
from wcheck.rows.table import parse_rows

SMALL = ("pixels", "--data", "digits", "--references", 3, "--jobs", 1)


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def test_rows_a_summary_and_a_picture(tmp_path):
    ended = invoke(*SMALL, "--picture", tmp_path / "p.png")
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows(ended.stdout))
    assert tuple(rows[0]) == Pixels.columns
    assert len(rows) == 12
    beaten = sum(row["nearer"] > 0 for row in rows if row["alteration"] == "flip")
    assert f"flip: for {among(beaten, 3, 'reference')} an image of another class is nearer" in ended.stderr
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_exact_in_an_embedding(tmp_path, monkeypatch):
    (tmp_path / "two_means.py").write_text("def f(images):\n    return images.mean(axis=(1, 2))\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    ended = invoke("exact", "digits[0:30]", "digits[30:60]", "--embed", "two_means:f")
    assert ended.exit_code == 0, ended.stderr
    (row,) = parse_rows(ended.stdout)
    assert (row["dim"], row["embed"], row["scale"]) == (8, "two_means:f", "0,1")
    (plain,) = parse_rows(invoke("exact", "digits[0:30]", "digits[30:60]").stdout)
    assert (plain["dim"], plain["embed"]) == (64, None)
    assert row["upper"] < plain["upper"]  # the mean over rows is 1-Lipschitz


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--index", "1797"), "index is 1797, but digits has 1797 images"),
        (("--scale=zscore",), "darkened towards black"),
        (("--embed", "nowhere:f"), "The embedding nowhere:f cannot be imported"),
        (("--picture", "p.txt"), "no suffix of a figure"),
        (("--data", "gaussian:dim=2,n=9"), "a grid shows images"),
    ],
)
def test_bad_input_is_one_line_and_status_2(options, message):
    ended = invoke(*(SMALL[:3] if "--index" in options else SMALL), *options)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""
