"""Images of a measure as one picture."""

import numpy as np
import pytest
from PIL import Image

from wcheck.errors import OutputError, ParameterError
from wcheck.measures.grid import BLUE, GREY, save_beside, save_grid, save_plane
from wcheck.measures.measure import Measure
from wcheck.measures.scaling import scale_of
from wcheck.measures.sources import Preprocessing, load


def test_a_grid_shows_the_images_in_order(tmp_path):
    measure = load("digits[0:5]")
    save_grid(measure, tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as image:
        grid = np.asarray(image)
    assert grid.shape == (2 * 66 + 2, 3 * 66 + 2, 3)
    for index, point in enumerate(measure.dense().reshape(5, 8, 8)):
        top, left = 2 + 66 * (index // 3), 2 + 66 * (index % 3)
        tile = grid[top : top + 64, left : left + 64]
        assert np.array_equal(tile[::8, ::8, 0], np.rint(255 * point))
        assert np.array_equal(tile[::8, ::8], tile[7::8, 7::8])
    assert (grid[68:, 134:] == 255).all()
    assert [file.name for file in tmp_path.iterdir()] == ["grid.png"]


def test_a_grid_looks_the_same_in_every_pixel_scale(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Both ends of the range occur, so that even a z-score, of one channel, shows black and white.
    np.save("x.npy", np.array([0, 80, 160, 255], np.uint8).reshape(1, 1, 2, 2))
    for scale in ("0,1", "-1,1", "zscore"):
        measure = load("x.npy", preprocessing=Preprocessing(scale=scale))
        assert scale_of(measure) == scale
        save_grid(measure, tmp_path / "grid.png")
        with Image.open("grid.png") as image:
            tile = np.asarray(image)[2:-2, 2:-2, 0]
        assert tile.shape == (64, 64)
        assert tile[::32, ::32].tolist() == [[0, 80], [160, 255]]


def test_a_grid_of_many_shows_the_first(tmp_path):
    save_grid(load("digits"), tmp_path / "grid.png", limit=4)
    with Image.open(tmp_path / "grid.png") as image:
        assert image.size == (2 * 66 + 2, 2 * 66 + 2)


def test_a_grid_of_constant_points_without_a_scale(tmp_path):
    save_grid(Measure.of(np.full((2, 3, 4, 4), 7.0)), tmp_path / "grid.png")
    assert (tmp_path / "grid.png").exists()


def test_grids_that_cannot_be_are_refused(tmp_path):
    for source, options, name, error, message in (
        ("gaussian:dim=3,n=5", {}, "grid.png", ParameterError, r"\(3,\).*images"),
        ("digits[0:2]", {"limit": 0}, "grid.png", ParameterError, "limit is 0"),
        ("digits[0:2]", {}, "grid.xyz", OutputError, r"grid\.xyz.*\.png"),
        ("digits[0:2]", {}, "missing/grid.png", OutputError, r"grid\.png.*can be written"),
    ):
        with pytest.raises(error, match=message):
            save_grid(load(source), tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_several_grids_side_by_side_share_black_and_white(tmp_path):
    dark, bright = (Measure.of(np.full((4, 1, 8, 8), value), name="a") for value in (1.0, 3.0))
    save_beside({"generated": dark, "real": bright}, tmp_path / "beside.png", limit=1)
    with Image.open(tmp_path / "beside.png") as image:
        picture = np.asarray(image)
    assert picture.shape == (14 + 68, 2 * (68 + 12), 3)
    assert (picture[20:70, 10:60] == 0).all()
    assert (picture[20:70, 90:140] == 255).all()
    assert picture[:14, :68].min() < 100  # the name


def test_the_name_of_a_wide_grid_has_larger_letters(tmp_path):
    many = Measure.of(np.ones((64, 64)), name="a", shape=(1, 8, 8))
    heights = []
    for limit, grid in ((1, 68), (64, 530)):
        save_beside({"real": many}, tmp_path / "beside.png", limit=limit)
        with Image.open(tmp_path / "beside.png") as image:
            name = np.asarray(image)[:-grid, :60] < 100
        heights.append(np.ptp(np.flatnonzero(name.any(axis=(1, 2)))) + 1)
    assert heights[1] == 2 * heights[0] > 10


def test_points_of_the_plane_are_dots_in_the_frame_of_the_data(tmp_path):
    data = Measure.of([[0.0, 0.0], [2.0, 2.0]])
    save_plane(Measure.of([[1.0, 1.0], [1e9, -1e9]]), data, tmp_path / "plane.png")
    with Image.open(tmp_path / "plane.png") as image:
        picture = np.asarray(image)
    blue, grey = ((picture == colour).all(axis=2) for colour in (BLUE, GREY))
    assert (blue.sum(), grey.sum()) == (18, 18)
    side = len(picture)
    assert abs(np.argwhere(blue)[np.argwhere(blue)[:, 0] < side - 9].mean(axis=0) - side / 2).max() < 2
    assert blue[side - 1, side - 1]  # what lies outside is at the edge, to the right and below
    rows, columns = np.argwhere(grey).T
    assert (rows[columns < side / 2] > side / 2).all()  # upwards is up
    with pytest.raises(ParameterError, match="dimension 3"):
        save_plane(load("gaussian:dim=3,n=4"), data, tmp_path / "other.png")
