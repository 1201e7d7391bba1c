"""Folders of images, resizing, and grids."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wcheck.errors import ParameterError, SourceError
from wcheck.measures import points as points_module
from wcheck.measures.images import resize
from wcheck.measures.sources import Preprocessing, load, load_pair

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
    image.save(tmp_path / "x.png", transparency=bytes([255] * 200))
    assert load(str(tmp_path)).shape == (3, 6, 5)


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P", "L", "RGB"])
def test_transparent_pixels_are_refused(tmp_path, refuses, mode):
    image, options = Image.fromarray(picture()).convert(mode), {}
    if mode in ("LA", "RGBA"):
        image.putalpha(Image.fromarray(np.full((6, 5), 254, np.uint8)))
    else:  # one colour, that of the first pixel, is transparent
        options["transparency"] = image.getpixel((0, 0))
    image.save(tmp_path / "x.png", **options)
    with refuses(SourceError, "x.png", "transparent pixels", "flatten"):
        load(str(tmp_path))


@pytest.mark.parametrize("name", ["x.png", "x.tif"])
def test_sixteen_bits_of_grey_are_all_read(tmp_path, name):
    deep = RNG.integers(65536, size=(6, 5), dtype=np.uint16)
    deep[0, :2] = 0, 65535
    Image.fromarray(deep).save(tmp_path / name)
    points = load(str(tmp_path)).dense().reshape(3, 6, 5)
    assert np.allclose(points, deep / 65535, rtol=0, atol=1e-7)
    assert (points[:, 0, :2] == [[0, 1]] * 3).all()
    Image.fromarray(picture()).save(tmp_path / "y.png")
    both = load(str(tmp_path))
    assert np.array_equal(both.dense()[0], points.ravel())
    assert np.array_equal(both.dense()[1], load(f"{tmp_path}[1:]").dense()[0])


def png(depth, colour, rows, *chunks):
    """Write a PNG by hand: Pillow cannot save 16 bits in colour."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    height, width = rows.shape[:2]
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", head),
            *(chunk(*extra) for extra in chunks),
            chunk(b"IDAT", data),
            chunk(b"IEND", b""),
        ]
    )


def tiff(bits, values, photometric=2):
    """Write a TIFF of one strip by hand."""
    height, width, channels = values.shape
    content = values.astype(f"<u{bits // 8}").tobytes()
    tags = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * channels), 259: (3, [1]), 262: (3, [photometric]),
            273: (4, [0]), 277: (3, [channels]), 278: (4, [height]), 279: (4, [len(content)])}  # fmt: skip
    entries, extra, start = b"", b"", 8 + 2 + 12 * len(tags) + 4
    for tag, (kind, numbers) in tags.items():
        packed = struct.pack(f"<{len(numbers)}{'HI'[kind == 4]}", *numbers)
        if len(packed) > 4:
            packed, extra = struct.pack("<I", start + len(extra)), extra + packed
        if tag == 273:
            packed = struct.pack("<I", start + 6 * (channels > 2))
        entries += struct.pack("<HHI", tag, kind, len(numbers)) + packed.ljust(4, b"\0")
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0" + extra + content


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_in_colour_are_refused_not_cut(tmp_path, refuses, colour, channels):
    values = RNG.integers(65536, size=(6, 5, channels), dtype=np.uint16)
    (tmp_path / "deep.png").write_bytes(png(16, colour, values.astype(">u2")))
    with Image.open(tmp_path / "deep.png") as image:
        assert np.asarray(image).dtype == np.uint8  # what Pillow makes of it
    with refuses(SourceError, "deep.png", "16 bits", "8", "--pixel-range=0,65535"):
        load(str(tmp_path))


def test_tiff_is_read_in_eight_bits_and_refused_in_more(tmp_path, refuses):
    values = RNG.integers(256, size=(6, 5, 3), dtype=np.uint8)
    (tmp_path / "x.tif").write_bytes(tiff(8, values))
    assert np.array_equal(
        load(str(tmp_path)).dense().reshape(3, 6, 5), values.transpose(2, 0, 1) / np.float32(255)
    )
    (tmp_path / "x.tif").write_bytes(tiff(16, values))
    with refuses(SourceError, "x.tif", "16 bits"):
        load(str(tmp_path))
    (tmp_path / "x.tif").write_bytes(tiff(16, values[..., :1], photometric=0))
    with refuses(SourceError, "x.tif", "0 is white"):
        load(str(tmp_path))


@pytest.mark.parametrize("name", ["x.png", "x.webp", "x.tif"])
def test_several_frames_are_refused(tmp_path, refuses, name):
    first, *others = (Image.fromarray(picture()) for _ in range(3))
    first.save(tmp_path / name, save_all=True, append_images=others)
    with refuses(SourceError, name, "3 frames or pages"):
        load(str(tmp_path))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_upright(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    values = picture(6, 5)
    Image.fromarray(values).save(tmp_path / "x.png", exif=exif)
    flipped = values[:, ::-1] if orientation in (2, 4, 5, 7) else values
    turns = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}[orientation]
    upright = np.rot90(flipped, turns)
    measure = load(str(tmp_path))
    assert measure.shape == (3, *upright.shape[:2])
    assert np.array_equal(
        measure.dense().reshape(measure.shape), upright.transpose(2, 0, 1) / np.float32(255)
    )


def test_cmyk_with_a_profile_is_refused(tmp_path, refuses):
    Image.fromarray(picture()).convert("CMYK").save(tmp_path / "x.jpg", icc_profile=b"a profile")
    with refuses(SourceError, "x.jpg", "CMYK", "profile", "RGB"):
        load(str(tmp_path))


def test_grey_among_colour_is_said(tmp_path, caplog):
    Image.fromarray(picture()).save(tmp_path / "x.png")
    Image.fromarray(picture()).convert("L").save(tmp_path / "y.png")
    with caplog.at_level("INFO", "wcheck"):
        load(str(tmp_path))
    assert caplog.messages == [f"{tmp_path}: 1 of 2 images is grey, repeated in red, green and blue."]


@pytest.mark.parametrize("form", ["EPS", "PPM", "BMP", "GIF"])
def test_a_file_is_what_its_name_says_or_not_read(tmp_path, refuses, form):
    """Pillow would run Ghostscript on an EPS file called .png."""
    content = io.BytesIO()
    Image.fromarray(picture()).save(content, form)
    (tmp_path / "x.png").write_bytes(content.getvalue())
    with refuses(SourceError, "x.png", "damaged or not an image"):
        load(str(tmp_path))


def test_a_bomb_is_refused_by_its_header(tmp_path, refuses):
    """A file of some bytes that says it holds 50,000 x 50,000 pixels."""
    for name, content in {
        "x.png": png(8, 2, np.zeros((1, 1), np.uint8)).replace(
            struct.pack(">II", 1, 1), struct.pack(">II", 50_000, 50_000)
        ),
        "x.tif": tiff(8, np.zeros((1, 1, 3), np.uint8)).replace(
            struct.pack("<HHII", 256, 4, 1, 1), struct.pack("<HHII", 256, 4, 1, 2**31 - 1)
        ),
    }.items():
        (tmp_path / name).write_bytes(content)
        with refuses(SourceError, name, "cannot be read"):
            load(str(tmp_path))
        (tmp_path / name).unlink()


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.webp", "x.tif"])
def test_damaged_pictures_are_refused_or_read_never_more(tmp_path, name):
    """A hundred mutations of each format: pixels of the right shape, or one line."""
    random = np.random.default_rng(3)
    Image.fromarray(picture(20, 16)).save(tmp_path / name)
    whole = np.frombuffer((tmp_path / name).read_bytes(), np.uint8)
    refusals = []
    for _ in range(100):
        changed = whole.copy()
        where = random.integers(min(len(whole), random.choice([40, 400, 4000])), size=random.integers(1, 5))
        changed[where] = random.integers(256, size=len(where))
        (tmp_path / name).write_bytes(changed.tobytes()[: random.choice([None, len(whole) // 2])])
        try:
            assert load(str(tmp_path)).dim % 3 == 0
        except SourceError as error:
            refusals.append(str(error))
    assert len(refusals) > 10
    assert all(len(message.splitlines()) == 1 for message in refusals)


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
    with refuses(SourceError, "x.png", "damaged or not an image"):
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
        f"{path}: 6 images taken, 9 left out: 1 .gif, 1 .txt, 1 broken link, 2 hidden, 1 linked folder, "
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
    monkeypatch.setattr(points_module, "BLOCK_BYTES", 8 * measure.dim * 7)
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
