"""Images in arrays: the same pictures in every layout and scale are at one distance, or refused."""

import numpy as np
import pytest

from wcheck.errors import ParameterError
from wcheck.measures.sources import Preprocessing, load, load_pair, scale_of
from wcheck.transport.solve.batch import exact_batch
from wcheck.transport.solve.exact import exact

RNG = np.random.default_rng(5)
X, Y = (RNG.integers(256, size=(n, 3, 8, 8), dtype=np.uint8) for n in (9, 7))
GREY_X, GREY_Y = X[:, :1], Y[:, :1]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def last(images):
    return np.moveaxis(images, 1, -1)


def unit(images):
    return (images / 255).astype(np.float32)


def symmetric(images):
    return images / 127.5 - 1


def flat(images):
    return images.reshape(len(images), -1)


def between(x, y, **options):
    np.save("x.npy", x)
    np.save("y.npy", y)
    p, q = load_pair("x.npy", "y.npy", preprocessing=Preprocessing(**options))
    return exact(p, q).value


def truth(x=X, y=Y):
    """The distance in [0, 1], by arrays alone."""
    return exact(flat(x) / 255, flat(y) / 255).value


@pytest.mark.parametrize("other", [X, last(X), unit(X), last(unit(X)), X / 255, last(X / 255)])
@pytest.mark.parametrize("first", [Y, last(Y)])
def test_the_layout_is_told_by_the_shape(here, first, other):
    assert between(other, first) == pytest.approx(truth(), rel=1e-6)
    assert between(first, other) == pytest.approx(truth(), rel=1e-6)


def test_floats_of_two_layouts_are_brought_to_one(here):
    assert between(last(symmetric(X)), symmetric(Y)) == pytest.approx(2 * truth(), rel=1e-6)


@pytest.mark.parametrize("scale", ["0,1", "-1,1"])
@pytest.mark.parametrize(
    ("x", "options"),
    [
        (symmetric(X), {"pixel_range": "-1,1"}),
        (last(symmetric(X)).astype(np.float32), {"pixel_range": "-1,1"}),
        (flat(unit(X)), {"pixel_range": "0,1", "layout": "chw"}),
        (flat(last(unit(X))), {"pixel_range": "0,1", "layout": "hwc"}),
        (X.astype(np.int64), {"pixel_range": "0,255"}),
        (257 * X.astype(np.uint16), {"pixel_range": "0,65535"}),
        (flat(X), {"layout": "chw"}),
    ],
)
def test_what_is_said_of_a_layout_and_a_range_is_believed(here, x, options, scale):
    wanted = truth() * (2 if scale == "-1,1" else 1)
    assert between(x, Y, scale=scale, **options) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("x", [GREY_X, last(GREY_X), GREY_X[:, 0], unit(GREY_X)[:, 0], flat(unit(GREY_X))])
@pytest.mark.parametrize("y", [GREY_Y, last(GREY_Y)])
def test_one_channel_has_one_order(here, x, y):
    assert between(x, y) == pytest.approx(truth(GREY_X, GREY_Y), rel=1e-6)


def test_floats_that_have_the_scale_are_not_touched(here):
    np.save("x.npy", symmetric(X))
    points = load("x.npy", preprocessing=Preprocessing(pixel_range="-1,1", scale="-1,1"))
    assert points.digest() == load("x.npy").digest()
    assert (points.shape, points.dtype, scale_of(points)) == ((3, 8, 8), np.float64, "-1,1")


def test_a_zscore_of_two_ranges_is_that_of_one(here):
    one = between(unit(X), Y, pixel_range="0,1", scale="zscore")
    assert one == pytest.approx(between(X, Y, scale="zscore"), rel=1e-5)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (flat(X), Y, ("x.npy", "192", "3x8x8", "--layout chw")),
        (flat(unit(X)), last(Y), ("192", "3x8x8", "--layout")),
        (symmetric(X), Y, ("scale 0,1", "3x8x8", "from -1 to 1", "--pixel-range=-1,1")),
        (symmetric(GREY_X)[:, 0], GREY_Y, ("1x8x8", "8x8", "--pixel-range=-1,1")),
        (X.astype(float), Y, ("to 255", "--pixel-range=0,255")),
        (1e3 * X, Y, ("--pixel-range=BLACK,WHITE",)),
        (GREY_X[:, 0], unit(GREY_Y)[:, 0], ("uint8", "8x8", "two scales")),
        (flat(GREY_X), flat(symmetric(GREY_Y)), ("uint8", "floats from -1", "two scales")),
        (flat(GREY_X), GREY_Y, ("64", "1x8x8", "--layout chw or hwc")),
        (GREY_X, Y, ("64 and 192", "1x8x8", "3x8x8", "--channels")),
        (X[:, :2].astype(float), last(Y[:, :2]).astype(float), ("2x8x8", "8x8x2", "the same order")),
    ],
)
def test_two_readings_are_refused_with_both_shapes_and_scales(here, refuses, x, y, words):
    with refuses(ParameterError, *words):
        between(x, y)


def test_vectors_are_compared_as_they_lie_if_that_is_said(here):
    wanted = exact(flat(X).astype(float), flat(symmetric(Y))).value
    assert between(X, flat(symmetric(Y)), layout="vectors") == pytest.approx(wanted, rel=1e-6)
    x, y = load_pair("digits[0:9]", "gaussian:dim=64,n=5", preprocessing=Preprocessing(layout="vectors"))
    assert exact(x, y).value == pytest.approx(exact(x.dense(), y.dense()).value)


def test_images_beside_a_normal_distribution_are_refused_unsaid(refuses):
    with refuses(ParameterError, "digits", "gaussian:dim=64,n=5", "--layout vectors"):
        load_pair("digits", "gaussian:dim=64,n=5")


def test_a_white_of_16_in_uint8_is_not_taken_for_black(here, refuses):
    digits = load("digits[0:50]").dense().reshape(50, 1, 8, 8)
    np.save("x.npy", (16 * digits).astype(np.uint8))
    with refuses(ParameterError, "x.npy", "white is 16", "255", "--pixel-range=0,16"):
        load_pair("x.npy", "digits")
    np.save("x.npy", 16 * digits)
    x, y = load_pair("x.npy", "digits[0:50]", preprocessing=Preprocessing(pixel_range="0,16"))
    assert np.array_equal(x.dense(), y.dense())


def test_a_range_that_cannot_be_meant_is_refused(here, refuses):
    np.save("x.npy", X.astype(float))
    with refuses(ParameterError, "pixel_range is -1,1", "from 0 to 255"):
        load("x.npy", preprocessing=Preprocessing(pixel_range="-1,1"))
    np.save("x.npy", 1.2 * symmetric(X))  # what generators make leaves the range a little
    load("x.npy", preprocessing=Preprocessing(pixel_range="-1,1"))


@pytest.mark.parametrize("text", ["1,0", "0", "0,1,2", "a,b", "0,inf", "nan,1", ""])
def test_a_range_is_two_numbers(refuses, text):
    with refuses(ParameterError, "pixel_range is", repr(text), "-1,1"):
        load("digits", preprocessing=Preprocessing(pixel_range=text))


def test_what_cannot_be_images_is_refused_as_such(here, refuses):
    np.save("x.npy", np.zeros((4, 7)))
    with refuses(ParameterError, "layout is hwc", "x.npy", "shape 7"):
        load("x.npy", preprocessing=Preprocessing(layout="hwc"))
    with refuses(ParameterError, "pixel range", "x.npy", "--layout chw"):
        load("x.npy", preprocessing=Preprocessing(pixel_range="0,1"))
    with refuses(ParameterError, "layout is 'nchw'", "did you mean chw?"):
        load("x.npy", preprocessing=Preprocessing(layout="nchw"))
    with refuses(ParameterError, "layout is 'vectors'"):
        load("x.npy", preprocessing=Preprocessing(layout="vectors", pixel_range="0,1"))


def test_what_would_do_nothing_is_refused(refuses):
    for option, options in (("layout", {"layout": "chw"}), ("--pixel-range", {"pixel_range": "0,1"})):
        with refuses(ParameterError, option, "digits", "leave it out"):
            load("digits", preprocessing=Preprocessing(**options))


def test_a_scale_needs_a_range_where_black_and_white_are_not_known(here, refuses):
    np.save("x.npy", symmetric(X))
    with refuses(ParameterError, "scale is -1,1", "x.npy", "--pixel-range"):
        load("x.npy", preprocessing=Preprocessing(scale="-1,1"))
    with refuses(ParameterError, "scale is -1,1", "x.npy", "--pixel-range=-1,1"):
        load("x.npy", preprocessing=Preprocessing(scale="-1,1", layout="chw"))


# Channels


def test_grey_beside_rgb_is_brought_to_either(here):
    np.save("x.npy", GREY_X)
    np.save("y.npy", Y)
    for channels in ("rgb", "grey"):
        x, y = load_pair("x.npy", "y.npy", preprocessing=Preprocessing(channels=channels))
        assert x.shape == y.shape == ({"rgb": 3, "grey": 1}[channels], 8, 8)
    assert np.allclose(x.dense(), flat(GREY_X) / 255, atol=1e-7)
    luma = (Y * np.array([0.299, 0.587, 0.114]).reshape(3, 1, 1)).sum(axis=1)
    assert np.allclose(y.dense(), flat(luma) / 255, rtol=0, atol=1e-6)
    repeated = load("x.npy", preprocessing=Preprocessing(channels="rgb")).dense()
    assert np.array_equal(repeated, np.tile(unit(flat(GREY_X)), 3))


def test_channels_of_vectors_are_refused(refuses):
    with refuses(ParameterError, "channels is grey", "vectors"):
        load("gaussian:dim=3,n=5", preprocessing=Preprocessing(channels="grey"))


# In Python


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X, last(Y)),
        (unit(X), last(unit(Y))),
        (X, flat(Y)),
        (X, unit(Y)),
        (flat(X), flat(symmetric(Y))),
        (X[:, :2], last(Y)[:, :, :6]),
    ],
)
@pytest.mark.parametrize("solve", [exact, lambda x, y: exact_batch([x], [y])])
def test_arrays_of_two_layouts_or_scales_are_refused_in_python(solve, x, y):
    with pytest.raises(ParameterError, match=r"shape|dimension"):
        solve(x, y)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (GREY_X, last(GREY_Y)),
        (GREY_X[:, 0], flat(GREY_Y)),
        (X, Y),
        (flat(X), flat(Y)),
        (flat(X // 255), flat(unit(Y))),
    ],
)
def test_arrays_of_one_order_are_compared_in_python(x, y):
    assert exact(x, y).value == exact(flat(x).astype(float), flat(y).astype(float)).value
