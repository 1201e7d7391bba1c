"""``wcheck exact --patches``: the certified distance between pieces of images, of all of them or of a draw."""

import json

import numpy as np
import pytest
import typer.testing
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from wcheck.cli.app import app
from wcheck.measures.sources import load
from wcheck.rows.table import parse_rows

PAIR = ("digits[0:6]", "digits[6:12]")


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, ["exact", *map(str, args)])


def pieces(source, side):
    """All patches, cut by two loops."""
    pixels = load(source).dense().reshape(-1, 8, 8)
    places = range(8 - side + 1)
    return np.array(
        [image[i : i + side, j : j + side].ravel() for image in pixels for i in places for j in places]
    )


@pytest.fixture(scope="module")
def found():
    return invoke(*PAIR, "--patches", 6, "--patches", 8)


def test_it_is_that_of_a_second_solver_and_of_whole_images_where_patches_are_as_large(found):
    rows = list(parse_rows(found.stdout))
    for row, side in zip(rows, (6, 8), strict=True):
        costs = cdist(pieces(PAIR[0], side), pieces(PAIR[1], side))
        value = costs[linear_sum_assignment(costs)].mean()
        assert row["lower"] <= row["upper"]
        assert (row["lower"], row["upper"]) == pytest.approx((value, value), rel=1e-6)
        assert (row["patches"], row["dim"], row["status"]) == (side, side**2, "optimal")
        assert row["n"] == row["m"] == row["source_patches"] == row["target_patches"] == len(costs)
    whole = next(parse_rows(invoke(*PAIR).stdout))
    assert whole["value"] == pytest.approx(rows[1]["value"], rel=1e-9)
    assert whole["patches"] is whole["source_patches"] is None
    assert "(all 54 and 54 patches of 6x6 pixels) lies between" in found.stderr


def test_of_too_many_as_many_as_are_allowed_are_drawn_by_the_seed(tmp_path):
    def row(seed):
        ended = invoke(*PAIR, "--patches", 4, "--patch-limit", 30, "--seed", seed)
        assert "30 and 30 patches of 4x4 pixels, drawn from 150 and 150" in ended.stderr
        return next(parse_rows(ended.stdout))

    one, again, other = row(0), row(0), row(1)
    assert (one["n"], one["m"], one["source_patches"], one["target_patches"]) == (30, 30, 150, 150)
    assert one["value"] == again["value"] != other["value"]
    out = tmp_path / "out.csv"
    assert invoke(*PAIR, "--patches", 4, "--patch-limit", 30, "-o", out).exit_code == 0
    assert json.loads(out.with_name("out.csv.json").read_text())["config"]["patch_limit"] == 30
    assert invoke(*PAIR, "--patches", 4, "-o", out).exit_code == 2  # others would be drawn


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((*PAIR, "--patches", 9), "patches is 9, but digits[0:6] has images of 8x8 pixels: give 1 to 8"),
        ((*PAIR, "--patches", 0), "patches is 0"),
        (
            (*PAIR, "--patches", 4, "--save-plan", "plan.npz"),
            "--save-plan is about the points of the sources",
        ),
        ((*PAIR, "--patches", 4, "--dask", "tcp://127.0.0.1:1"), "--dask is about the points of the sources"),
        ((*PAIR, "--patch-limit", 9), "--patch-limit is for --patches: give both"),
        ((*PAIR, "--patches", 4, "--patch-limit", 0), "--patch-limit is 0"),
        ((*PAIR, "--patches", 4, "--patches", 5, "--checkpoint", "c"), "--checkpoint c holds one solve"),
        (("gaussian:dim=3,n=5", "gaussian:dim=3,n=5", "--patches", 2), "patches need images"),
        (("--cost", "c.npy", "--patches", 2), "--patches is for points, but --cost is a matrix"),
    ],
)
def test_what_has_no_patches_is_refused(tmp_path, monkeypatch, args, said):
    monkeypatch.chdir(tmp_path)
    ended = invoke(*args)
    assert ended.exit_code == 2
    assert said in " ".join(ended.stderr.split())
    assert not list(tmp_path.iterdir())


def test_images_of_different_weights_have_no_patches_of_equal_weight():
    from wcheck import Measure
    from wcheck.errors import ParameterError
    from wcheck.measures.patches import patches

    images = Measure.of(np.eye(4, dtype=np.float32), [0.1, 0.2, 0.3, 0.4], name="eye", shape=(1, 2, 2))
    with pytest.raises(ParameterError, match="images that all count alike, and those of eye have weights"):
        patches(images, 1, 100)
