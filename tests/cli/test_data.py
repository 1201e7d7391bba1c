"""``wcheck data``: the list, a look at a source, fetching."""

import numpy as np
import pytest
import typer.testing
from PIL import Image

from tests.running import wcheck
from wcheck.cli.app import app
from wcheck.measures import cifar10
from wcheck.measures.sources import load, registry
from wcheck.rows.table import parse_rows


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, ["data", *map(str, args)])


def test_the_list_is_the_registry():
    ended = invoke("list")
    assert ended.exit_code == 0
    assert [row["source"] for row in parse_rows(ended.stdout)] == [kind.form for kind in registry()]


def test_show_says_what_a_source_holds():
    ended = invoke("show", "digits[0:64]")
    assert ended.exit_code == 0
    (row,) = parse_rows(ended.stdout)
    points = load("digits[0:64]")
    assert (row["n"], row["dim"], row["shape"], row["scale"]) == (64, 64, "1x8x8", "0,1")
    assert (row["minimum"], row["maximum"]) == (points.dense().min(), points.dense().max())
    assert row["sha256"] == points.digest()


def test_what_a_folder_holds_besides_images_is_said_once_on_stderr(tmp_path):
    Image.fromarray(np.zeros((2, 3, 3), np.uint8)).save(tmp_path / "x.png")
    (tmp_path / "notes.txt").write_text("")
    ended = wcheck("exact", tmp_path, tmp_path)
    assert ended.status == 0
    assert [line for line in ended.lines if "left out" in line] == [
        f"{tmp_path}: 1 image taken, 1 left out: 1 .txt."
    ]


def test_a_grid_is_a_picture_of_the_first_images(tmp_path):
    ended = invoke("show", "digits[0:9]", "--grid", tmp_path / "grid.png")
    assert ended.exit_code == 0
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.width == picture.height > 3 * 8
        assert np.asarray(picture).std() > 0


@pytest.mark.parametrize(
    ("source", "grid", "named"),
    [
        ("digits", "no/grid.png", "no/grid.png"),
        ("gaussian:dim=2,n=5", "grid.png", "(2,)"),
        ("digits", "g.x", "g.x"),
    ],
)
def test_a_grid_that_cannot_be_is_one_line(tmp_path, monkeypatch, source, grid, named):
    monkeypatch.chdir(tmp_path)
    ended = invoke("show", source, "--grid", grid)
    assert (ended.exit_code, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
    assert named in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_only_what_has_a_public_home_is_fetched():
    ended = invoke("fetch", "digits")
    assert (ended.exit_code, len(ended.stderr.splitlines())) == (2, 1)
    assert "digits" in ended.stderr


def test_a_download_that_fails_is_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(
        cifar10.fetch, "__kwdefaults__", {**cifar10.fetch.__kwdefaults__, "url": "http://127.0.0.1:9/x"}
    )
    ended = invoke("fetch", "cifar10", "--data-dir", tmp_path)
    assert (ended.exit_code, len(ended.stderr.splitlines())) == (2, 1)
    assert "127.0.0.1:9" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.cifar10
def test_what_is_there_is_not_fetched_again():
    ended = invoke("fetch", "cifar10")
    assert ended.exit_code == 0
    assert ended.stderr == f"CIFAR-10 is in {cifar10.locate()}.\n"
