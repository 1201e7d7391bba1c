"""Folders of images, resizing, and grids."""

import os

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wcheck.errors import OutputError, ParameterError, SourceError
from wcheck.measures import measure as measure_module
from wcheck.measures.images import resize, save_grid
from wcheck.measures.measure import Measure
from wcheck.measures.sources import Preprocessing, load, load_pair, scale_of

RNG = np.random.default_rng(0)


def picture(height=6, width=5):
    return RNG.integers(256, size=(height, width, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Return a folder of five images of 5x6 pixels, and their arrays by name."""
    arrays = {}
    for name in ("b.png", "a/z.PNG", "a/y.webp", "c10.png", "c9.png"):
        arrays[name] = picture()
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(arrays[name]).save(tmp_path / name, **({"lossless": True} if "webp" in name else {}))
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_text("no image either")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "thumb.png").write_text("nor this")
    return tmp_path, arrays


def test_a_folder_is_read_recursively_sorted_and_channel_major(folder):
    path, arrays = folder
    measure = load(str(path))
    expected = np.stack([arrays[name] for name in sorted(arrays)]).transpose(0, 3, 1, 2)
    assert sorted(arrays) == ["a/y.webp", "a/z.PNG", "b.png", "c10.png", "c9.png"]
    assert measure.shape == (3, 6, 5)
    assert measure.points.store.dtype == np.uint8
    assert np.array_equal(measure.dense().reshape(5, 3, 6, 5), expected / np.float32(255))
    assert np.array_equal(load(f"{path}[1:3]").dense(), measure.dense()[1:3])
    assert load(f"{path}/").digest() == measure.digest()


def test_only_the_rows_of_a_slice_are_decoded_and_told(folder):
    path, _ = folder
    (path / "zzz.png").write_bytes(b"broken")
    told = []
    load(f"{path}[0:3]", report=lambda label, done, total, note="": told.append((label, done, total)))
    assert told == [("images", 0, 3), ("images", 1, 3), ("images", 2, 3), ("images", 3, 3)]


def test_jpeg_is_read_as_pillow_reads_it(tmp_path):
    for name in ("a.jpg", "b.jpeg", "c.JPG"):
        Image.fromarray(picture(16, 16)).save(tmp_path / name, "JPEG")
    expected = np.stack([np.asarray(Image.open(file)) for file in sorted(tmp_path.iterdir())])
    points = load(str(tmp_path)).dense().reshape(3, 3, 16, 16)
    assert np.array_equal(points, expected.transpose(0, 3, 1, 2) / np.float32(255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_every_eight_bit_mode_becomes_rgb(tmp_path, mode):
    image = Image.fromarray(picture()).convert(mode)
    name = "x.jpg" if mode == "CMYK" else "x.png"
    image.save(tmp_path / name)
    measure = load(str(tmp_path))
    assert measure.shape == (3, 6, 5)
    with Image.open(tmp_path / name) as reread:
        expected = np.asarray(reread.convert("RGB")).transpose(2, 0, 1)
    assert np.array_equal(measure.dense().reshape(3, 6, 5), expected / np.float32(255))
    if mode in ("1", "L", "LA"):
        grey = measure.dense().reshape(3, 30)
        assert np.array_equal(grey[0], grey[1])


def test_a_palette_with_transparency_warns_nobody(tmp_path):
    image = Image.fromarray(picture()).convert("P")
    image.save(tmp_path / "x.png", transparency=bytes(range(200)))
    assert load(str(tmp_path)).shape == (3, 6, 5)


def test_sixteen_bits_are_refused_not_clipped(tmp_path, refuses):
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "deep.png")
    with refuses(SourceError, "deep.png", "I;16", "eight bits"):
        load(str(tmp_path))


def test_a_folder_without_images_is_refused(tmp_path, refuses):
    with refuses(SourceError, str(tmp_path), "no image", ".png"):
        load(str(tmp_path))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
@pytest.mark.parametrize("kept", [0, 20, 0.5, 0.9])
def test_a_truncated_image_is_named(tmp_path, refuses, suffix, kept):
    Image.fromarray(picture(40, 40)).save(tmp_path / f"good.{suffix}")
    whole = (tmp_path / f"good.{suffix}").read_bytes()
    bad = tmp_path / f"half.{suffix}"
    bad.write_bytes(whole[: kept if kept in (0, 20) else int(kept * len(whole))])
    with refuses(SourceError, str(bad), "cannot be read", "damaged"):
        load(str(tmp_path))


def test_something_else_called_an_image_is_named(tmp_path, refuses):
    (tmp_path / "x.png").write_text("<html>")
    with refuses(SourceError, "x.png", "damaged or no image"):
        load(str(tmp_path))


def test_an_image_of_absurd_size_is_refused(tmp_path, refuses, monkeypatch):
    Image.fromarray(picture()).save(tmp_path / "x.png")
    for limit in (20, 10):  # Pillow warns above the limit, and raises above twice of it
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with refuses(SourceError, "x.png", "decompression bomb"):
            load(str(tmp_path))


def test_images_beyond_the_memory_are_refused_before_they_are_decoded(folder, refuses, monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 5 * 90 - 1}))
    with refuses(SourceError, "5 images", "GiB", "--image-size"):
        load(str(folder[0]))


def test_what_is_passed_over_is_said_and_a_pipe_blocks_nobody(folder, caplog):
    path, _ = folder
    (path / "b.GIF").write_bytes(b"GIF89a")
    (path / "Makefile").write_text("all:")
    os.mkfifo(path / "pipe.png")
    (path / "null.png").symlink_to("/dev/null")
    (path / "gone.png").symlink_to(path / "nowhere.png")
    (path / "elsewhere").symlink_to(path / "a")
    (path / "linked.png").symlink_to(path / "b.png")
    with caplog.at_level("INFO", "wcheck"):
        assert len(load(str(path))) == 6
    assert caplog.messages == [
        f"{path}: 6 images are taken, 9 entries are not: 1 .gif, 1 .txt, 1 broken link, 2 hidden, 1 linked folder, "
        "2 pipe, socket or device, 1 without suffix."
    ]


def test_nothing_is_said_where_nothing_is_passed_over(tmp_path, caplog):
    Image.fromarray(picture()).save(tmp_path / "x.png")
    with caplog.at_level("INFO", "wcheck"):
        load(str(tmp_path))
    assert caplog.messages == []


def test_differing_sizes_are_refused_unless_resized(folder, refuses):
    path, _ = folder
    Image.fromarray(picture(9, 7)).save(path / "d.png")
    with refuses(SourceError, "d.png", "7x9", "5x6", "--image-size"):
        load(str(path))
    measure = load(str(path), preprocessing=Preprocessing(image_size=4))
    assert measure.shape == (3, 4, 4)
    assert len(measure) == 6


def test_resizing_while_reading_and_by_block_give_the_same_points(folder):
    path, _ = folder
    lazy = load(str(path), preprocessing=Preprocessing(image_size=8))
    assert lazy.points.store.dtype == np.uint8
    Image.fromarray(picture(9, 7)).save(path / "zzz.png")
    eager = load(str(path), preprocessing=Preprocessing(image_size=8))
    assert eager.points.store.dtype == np.float32
    assert np.array_equal(eager.dense()[:5], lazy.dense())


def test_large_images_are_kept_at_the_small_size(tmp_path):
    large = picture(64, 64)
    Image.fromarray(large).save(tmp_path / "x.png")
    measure = load(str(tmp_path), preprocessing=Preprocessing(image_size=8))
    assert measure.points.store.nbytes == 4 * 3 * 8 * 8
    assert np.array_equal(
        measure.dense()[0], resize(8, large.transpose(2, 0, 1)[None]).ravel() / np.float32(255)
    )


# Resizing


def bilinear(image, size):
    """Half-pixel centres, clamped at the border, in float64: the definition, pixel by pixel."""
    height, width = image.shape
    out = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            y = min(max((i + 0.5) * height / size - 0.5, 0), height - 1)
            x = min(max((j + 0.5) * width / size - 0.5, 0), width - 1)
            top, left = int(y), int(x)
            below, right = min(top + 1, height - 1), min(left + 1, width - 1)
            dy, dx = y - top, x - left
            upper = (1 - dx) * image[top, left] + dx * image[top, right]
            lower = (1 - dx) * image[below, left] + dx * image[below, right]
            out[i, j] = (1 - dy) * upper + dy * lower
    return out


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_resizing_is_bilinear_with_half_pixel_centres(height, width, size, seed):
    images = np.random.default_rng(seed).integers(256, size=(2, 3, height, width), dtype=np.uint8)
    resized = resize(size, images)
    assert resized.dtype == np.float32
    for image, expected in zip(
        resized.reshape(-1, size, size), images.reshape(-1, height, width), strict=True
    ):
        assert np.allclose(image, bilinear(expected.astype(float), size), rtol=0, atol=255 * 1e-5)


def test_resizing_neither_rounds_nor_aligns_corners():
    image = np.array([[0, 255]], np.uint8)[None, None]
    assert resize(4, image)[0, 0, 0].tolist() == [0.0, 63.75, 191.25, 255.0]


@pytest.mark.parametrize("text", ["digits[0:300]", "images.npy"])
def test_points_do_not_depend_on_blocks_or_threads(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    np.save("images.npy", RNG.integers(256, size=(200, 3, 32, 32), dtype=np.uint8))
    measure = load(text, preprocessing=Preprocessing(image_size=64 if "npy" in text else 13))
    whole = measure.dense()
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        assert np.array_equal(measure.dense(), whole)
    finally:
        torch.set_num_threads(threads)
    monkeypatch.setattr(measure_module, "BLOCK_BYTES", 8 * measure.dim * 7)
    assert all(np.array_equal(block, whole[rows]) for rows, block in measure.blocks())
    singles = np.arange(len(measure))[::-1]
    assert np.array_equal(
        np.concatenate([measure.block(singles[i : i + 1]) for i in range(50)]), whole[::-1][:50]
    )
    assert measure.block(slice(0, 0)).shape == (0, measure.dim)


def test_the_size_that_is_there_changes_nothing():
    untouched = load("digits[0:50]")
    assert load("digits[0:50]", preprocessing=Preprocessing(image_size=8)).digest() == untouched.digest()


def test_images_of_other_shapes_are_no_pair(tmp_path, refuses):
    np.save(tmp_path / "wide.npy", np.zeros((4, 1, 4, 16), np.uint8))
    with refuses(ParameterError, "wide.npy", "1x4x16", "1x8x8"):
        load_pair(str(tmp_path / "wide.npy"), "digits")
    x, y = load_pair(str(tmp_path / "wide.npy"), "digits", preprocessing=Preprocessing(image_size=8))
    assert x.shape == y.shape


# Grids


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


def test_grids_that_cannot_be_are_refused(tmp_path, refuses):
    digits = load("digits[0:2]")
    with refuses(ParameterError, "gaussian:dim=3,n=5", "(3,)", "images"):
        save_grid(load("gaussian:dim=3,n=5"), tmp_path / "grid.png")
    with refuses(ParameterError, "limit is 0"):
        save_grid(digits, tmp_path / "grid.png", limit=0)
    with refuses(OutputError, "grid.xyz", ".png"):
        save_grid(digits, tmp_path / "grid.xyz")
    with refuses(OutputError, "grid.png", "writable"):
        save_grid(digits, tmp_path / "missing" / "grid.png")
    assert not list(tmp_path.iterdir())
