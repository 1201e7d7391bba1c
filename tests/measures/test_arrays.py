"""Arrays whose headers or archives are odd or hostile; test_files.py has the ordinary ones."""

import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from wcheck.errors import ParameterError, SourceError
from wcheck.measures.sources import load

POINTS = np.arange(12.0).reshape(6, 2) / 7


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def npy(header, data=b"", version=(1, 0), length=None):
    """Return an array file with any header."""
    text = (header if isinstance(header, bytes) else repr(header).encode()) + b"\n"
    width = "<H" if version == (1, 0) else "<I"
    return (
        b"\x93NUMPY"
        + bytes(version)
        + struct.pack(width, len(text) if length is None else length)
        + text
        + data
    )


def of(shape, descr="<f8", order=False):
    return {"descr": descr, "fortran_order": order, "shape": shape}


def write(name, content):
    if name.endswith(".npz"):
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("points.npy", content)
    else:
        Path(name).write_bytes(content)


# Which array of an archive


@pytest.mark.parametrize("names", [("arr_0",), ("X",), ("X", "weights"), ("centroids", "labels"), ("a/b",)])
def test_the_only_array_is_taken_without_naming_it(names):
    weights = np.array([0.1, 0.2, 0.3, 0.0, 0.15, 0.25])
    np.savez("p.npz", **{name: weights if name == "weights" else POINTS for name in names})
    measure = load("p.npz[1:5]")
    assert np.array_equal(measure.dense(), POINTS[1:5])
    assert measure.is_uniform == ("weights" not in names)


def test_savez_without_a_name_is_read():
    np.savez("p.npz", POINTS)
    assert load("p.npz").digest() == load("p.npz:arr_0").digest()


@pytest.mark.parametrize("names", [("arr_0", "arr_1"), ("weights",), (), [f"layer{i}" for i in range(50)]])
def test_several_arrays_or_none_are_not_guessed(names, refuses):
    np.savez("p.npz", **dict.fromkeys(names, POINTS))
    with refuses(SourceError, "p.npz", *names[:2], "'points'", "p.npz:KEY"):
        load("p.npz")


def test_a_long_list_of_names_is_cut(refuses):
    np.savez("p.npz", **{f"layer{i}": POINTS for i in range(50)})
    with refuses(SourceError, "layer19 and 30 more"):
        load("p.npz")


# Orders, versions, types


@pytest.mark.parametrize("name", ["p.npy", "p.npz"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("order", [False, True])
@pytest.mark.parametrize("descr", ["<f8", ">f8", "<f4", ">i2", "<f2"])
def test_every_version_order_and_byte_order_holds_the_same_numbers(name, version, order, descr):
    values = np.arange(12).reshape(3, 4)
    write(name, npy(of((3, 4), descr, order), values.astype(descr).tobytes("F" if order else "C"), version))
    assert np.array_equal(load(name).dense(), values)
    assert np.array_equal(load(f"{name}[1:2]").dense(), values[1:2])


def test_what_lies_behind_an_array_is_left_alone():
    write("p.npy", npy(of((2, 2)), POINTS.tobytes()))
    assert np.array_equal(load("p.npy").dense(), POINTS[:2])


@pytest.mark.parametrize("name", ["p.npy", "p.npz"])
@pytest.mark.parametrize(
    "dtype",
    [[("x", "<f8"), ("y", "<f8")], [("größe", "<f8"), ("y", "<f8")], [("x", "<f8", (2,))]],
    ids=["fields", "unicode", "nested"],
)
def test_records_are_refused(name, dtype, refuses):
    array = np.zeros(4, dtype)
    np.savez("p.npz", points=array)
    np.save("p.npy", array)
    with refuses(SourceError, name, "records"):
        load(name)


# Headers that lie


@pytest.mark.parametrize("name", ["p.npy", "p.npz"])
@pytest.mark.parametrize(
    ("header", "word"),
    [
        (of((10**12, 10**6)), ""),
        (of((2**32, 2**32)), ""),  # 8 * 2^64 bytes, which is 0 in 64 bits
        (of((2**61, 8)), ""),
        (of((10**30, 10**30)), ""),
        (of((-2, -3)), "(-2, -3)"),
        (of((-6, 2)), ""),
        (of((1,) * 70), ""),
        (of((3, 2), "<f1000000"), "damaged"),
        (of((3, 2), [("x", "<f8")] * 5), "damaged"),
        (of((3, 2), "|O"), "Python objects"),
        (b"{" * 5000, "damaged"),
        (b"(" * 9000, "damaged"),
        (b"-" * 9000 + b"1", "damaged"),
        (b"{'shape': (1,)}", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b" " * 20_000, "longer than 10000"),
    ],
)
def test_a_header_that_lies_is_refused(name, header, word, refuses):
    write(name, npy(header, bytes(48)))
    with refuses(SourceError, name, "cannot be read", word):
        load(name)


@pytest.mark.parametrize("name", ["p.npy", "p.npz"])
@pytest.mark.parametrize("version", [(9, 9), (4, 0)])
def test_an_unknown_version_is_refused(name, version, refuses):
    write(name, npy(of((3, 2)), bytes(48), version))
    with refuses(SourceError, name, "format"):
        load(name)


@pytest.mark.parametrize("name", ["p.npy", "p.npz"])
def test_a_header_that_claims_gigabytes_is_not_read(name, refuses):
    write(name, npy(of((3, 2)), bytes(48), (2, 0), 0xFFFFFFF0))
    with refuses(SourceError, name, "4294967280"):
        load(name)


@pytest.mark.parametrize("name", ["p.npy", "p.npz"])
@pytest.mark.parametrize(("shape", "descr"), [((10**15, 0), "<f8"), ((10**9,), "<U0"), ((4, 4), "|V0")])
def test_arrays_of_no_bytes_are_refused(name, shape, descr, refuses):
    write(name, npy(of(shape, descr)))
    with pytest.raises((SourceError, ParameterError)) as caught:
        load(name)
    assert name in str(caught.value)


# Archives that lie


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(method, refuses):
    with zipfile.ZipFile("p.npz", "w", method) as archive:
        archive.writestr("points.npy", npy(of((3, 2)), bytes(48)))
    with refuses(SourceError, "p.npz", "points.npy", "compress"):
        load("p.npz")


def test_a_name_that_is_there_twice_is_refused(refuses):
    with zipfile.ZipFile("p.npz", "w") as archive:
        archive.writestr("points.npy", npy(of((3, 2)), bytes(48)))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("points.npy", npy(of((2, 2)), bytes(32)))
    with refuses(SourceError, "p.npz", "twice"):
        load("p.npz")


def test_a_member_that_unpacks_to_more_than_it_says_is_refused(refuses):
    write("p.npz", npy(of((3, 2)), bytes(48) + bytes(10**6)))
    with refuses(SourceError, "p.npz", "disagree"):
        load("p.npz")
    # The archive's directory says 48 bytes of numbers, the compressed stream has many more.
    whole = npy(of((3, 2)), bytes(48))
    with zipfile.ZipFile("p.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", whole + bytes(10**6))
    data = Path("p.npz").read_bytes()
    said, true = struct.pack("<I", len(whole)), struct.pack("<I", len(whole) + 10**6)
    Path("p.npz").write_bytes(data.replace(true, said))
    with refuses(SourceError, "p.npz", "CRC"):
        load("p.npz")
    assert zlib.crc32(whole) != zlib.crc32(whole + bytes(10**6))
