"""Files of arrays and tables: read as they are, mapped where possible, refused where they are no numbers."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wcheck.errors import ParameterError, SourceError
from wcheck.measures import rows as rows_module
from wcheck.measures.sources import Preprocessing, load, scale_of

POINTS = np.arange(12.0).reshape(6, 2) / 7


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, points=POINTS, weights=None):
    if name != name.lower():
        write(name.lower(), points, weights)
        Path(name.lower()).rename(name)
        return
    frame = pd.DataFrame(points, columns=["x", "y"])
    if weights is not None:
        frame["weight"] = weights
    if name.endswith(".npy"):
        np.save(name, points)
    elif name.endswith(".npz"):
        np.savez(name, points=points, **({} if weights is None else {"weights": weights}))
    elif name.endswith(".csv"):
        frame.to_csv(name, index=False, na_rep="nan")
    else:
        frame.to_parquet(name)


@pytest.mark.parametrize("name", ["p.npy", "p.npz", "p.csv", "p.parquet", "P.CSV", "p.NPY"])
def test_points_are_read_to_the_last_bit(here, name):
    write(name)
    measure = load(name)
    assert np.array_equal(measure.dense(), POINTS)
    assert (measure.name, scale_of(measure), measure.is_uniform) == (name, "", True)
    assert np.array_equal(load(f"{name}[2:5]").dense(), POINTS[2:5])
    assert np.array_equal(load(f"{here}/{name}[4:]").dense(), POINTS[4:])


@pytest.mark.parametrize("name", ["p.npz", "p.csv", "p.parquet"])
def test_weights_are_read_and_a_part_is_conditioned(here, name):
    weights = np.array([0.1, 0.2, 0.3, 0.0, 0.15, 0.25])
    write(name, weights=weights)
    measure = load(name)
    assert np.allclose(measure.weights, weights, rtol=0, atol=1e-15)
    assert measure.shape == (2,)
    part = load(f"{name}[1:3]")
    assert np.allclose(part.weights, [0.4, 0.6], rtol=0, atol=1e-15)
    drawn = load(name, preprocessing=Preprocessing(subset=3))
    assert drawn.weights.sum() == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("name", ["p.npz", "p.csv", "p.parquet"])
@pytest.mark.parametrize(
    ("weights", "word"),
    [([1, 1, -1, 0, 0, 0], "-1.0"), ([0] * 6, "total 0.0"), ([1] * 6, "total 6.0")],
)
@pytest.mark.parametrize("part", ["", "[0:2]"])
def test_wrong_weights_are_refused_whole_or_in_part(here, refuses, name, weights, word, part):
    write(name, weights=np.array(weights, float))
    with refuses(ParameterError, name, word):
        load(name + part)


def test_a_part_without_weight_is_refused(here, refuses):
    write("p.npz", weights=np.array([0, 0, 0, 0, 0.5, 0.5]))
    with refuses(SourceError, "p.npz[0:3]", "no weight"):
        load("p.npz[0:3]")


@pytest.mark.parametrize("name", ["p.npy", "p.npz", "p.csv", "p.parquet"])
def test_values_that_are_not_finite_are_refused(here, refuses, name):
    points = POINTS.copy()
    points[4, 1] = np.nan
    write(name, points)
    with refuses(ParameterError, name, "nan", "row 4", "column 1"):
        load(name)
    points[4, 1] = np.inf
    write(name, points)
    with refuses(ParameterError, name, "inf", "row 4", "column 1"):
        load(name, preprocessing=Preprocessing(scale="zscore"))


@pytest.mark.parametrize("name", ["p.npy", "p.npz", "p.csv", "p.parquet"])
def test_files_that_are_something_else_are_refused(here, refuses, name):
    (here / name).write_bytes(b"\x89 no such format\x00\n" * 20)
    with refuses(SourceError, name):
        load(name)
    (here / name).write_bytes(b"")
    with refuses(SourceError, name):
        load(name)


@pytest.mark.parametrize("name", ["p.npy", "p.npz", "p.parquet"])
def test_truncated_files_are_refused(here, refuses, name):
    write(name, np.random.default_rng(0).random((500, 2)))
    whole = (here / name).read_bytes()
    for keep in (len(whole) // 2, len(whole) - 1):
        (here / name).write_bytes(whole[:keep])
        with refuses(SourceError, name, "cannot be read"):
            load(name)


# .npy


def test_npy_stays_mapped(here):
    write("p.npy")
    measure = load("p.npy[1:]")
    base = measure.points
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    assert base.mode == "r"


@pytest.mark.parametrize("dtype", [">f8", ">f4", "<i2", ">u4", "f2", "?"])
def test_npy_of_any_number_type_and_byte_order(here, dtype):
    values = np.array([[0, 1], [1, 1]])
    np.save("p.npy", values.astype(dtype))
    assert np.array_equal(load("p.npy").dense(), values)


def test_npy_with_more_axes_keeps_them_as_shape(here):
    array = np.random.default_rng(0).random((4, 2, 3, 5))
    np.save("p.npy", np.asfortranarray(array))
    measure = load("p.npy")
    assert measure.shape == (2, 3, 5)
    assert np.array_equal(measure.dense().reshape(array.shape), array)


@pytest.mark.parametrize("channels", [1, 3])
def test_npy_of_uint8_images_is_images_in_either_layout(here, channels):
    images = np.random.default_rng(0).integers(256, size=(5, channels, 8, 6), dtype=np.uint8)
    np.save("first.npy", images)
    np.save("last.npy", images.transpose(0, 2, 3, 1))
    first, last = load("first.npy"), load("last.npy")
    assert first.shape == last.shape == (channels, 8, 6)
    assert first.digest() == last.digest()
    assert scale_of(first) == "0,1"
    assert np.array_equal(first.dense(), images.reshape(5, -1) / np.float32(255))


def test_npy_of_other_uint8_arrays_is_vectors(here):
    values = np.arange(20, dtype=np.uint8).reshape(5, 4)
    np.save("p.npy", values)
    measure = load("p.npy")
    assert scale_of(measure) == ""
    assert np.array_equal(measure.dense(), values)


def test_npy_of_python_objects_is_never_unpickled(here, refuses):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    np.save("p.npy", np.array([Trap()], object), allow_pickle=True)
    with refuses(SourceError, "p.npy", "Python objects"):
        load("p.npy")
    np.savez("p.npz", points=np.array([Trap()], object))
    with refuses(SourceError, "p.npz", "Python objects"):
        load("p.npz")


@pytest.mark.parametrize(
    ("array", "kind", "word"),
    [
        (np.empty((0, 3)), SourceError, "no points"),
        (np.empty((3, 0)), ParameterError, "(3, 0)"),
        (np.array(3.0), SourceError, "single number"),
        (np.array([[1j]]), ParameterError, "complex128"),
        (np.array([["a"]]), ParameterError, "<U1"),
    ],
)
@pytest.mark.parametrize("name", ["p.npy", "p.npz"])
def test_arrays_that_are_no_points_are_refused(here, refuses, array, kind, word, name):
    np.savez("p.npz", points=array)
    np.save("p.npy", array)
    with refuses(kind, name, word):
        load(name)


# .npz


def test_npz_by_key(here):
    np.savez_compressed("p.npz", train=POINTS, test=POINTS + 1, points=POINTS + 2, weights=np.full(6, 1 / 6))
    assert np.array_equal(load("p.npz:test[1:3]").dense(), POINTS[1:3] + 1)
    assert load("p.npz:test[1:3]").name == "p.npz:test[1:3]"
    assert np.array_equal(load("p.npz").dense(), POINTS + 2)


def test_npz_by_key_takes_no_weights(here):
    np.savez("p.npz", points=POINTS, weights=np.array([1.0, 0, 0, 0, 0, 0]))
    assert load("p.npz:points").is_uniform
    assert not load("p.npz").is_uniform


def test_npz_without_the_key_names_those_it_has(here, refuses):
    np.savez("p.npz", train=POINTS, test=POINTS)
    with refuses(SourceError, "train, test", "'points'", "p.npz:KEY"):
        load("p.npz")
    with refuses(SourceError, "train, test", "'valid'"):
        load("p.npz:valid")


def test_npz_with_weights_of_another_length_is_refused(here, refuses):
    np.savez("p.npz", points=POINTS, weights=np.array([0.5, 0.5]))
    with refuses(ParameterError, "6 points", "(2,)"):
        load("p.npz")


def header(shape):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return file.getvalue()


def test_npz_that_unpacks_to_more_than_the_memory_is_refused_unread(here, refuses, monkeypatch):
    np.savez_compressed("p.npz", points=np.zeros((1_000_000, 3)))
    assert (here / "p.npz").stat().st_size < 100_000

    class Memory:
        available = 23_000_000

    monkeypatch.setattr("psutil.virtual_memory", Memory)
    with refuses(SourceError, "points of p.npz", "GiB", ".npy"):
        load("p.npz")
    Memory.available = 25_000_000
    assert len(load("p.npz")) == 1_000_000


def test_npz_whose_header_claims_more_than_it_holds_is_refused(here, refuses):
    with zipfile.ZipFile("p.npz", "w") as archive:
        archive.writestr("points.npy", header((10**12, 10**6)) + bytes(80))
    with refuses(SourceError, "p.npz", "damaged"):
        load("p.npz")


def test_npz_with_a_flipped_byte_is_refused(here, refuses):
    np.savez("p.npz", points=np.random.default_rng(0).random((100, 10)))
    data = bytearray((here / "p.npz").read_bytes())
    data[4000] ^= 1
    (here / "p.npz").write_bytes(data)
    with refuses(SourceError, "p.npz", "CRC"):
        load("p.npz")


@pytest.mark.parametrize("name", ["p.npz", "p.csv", "p.parquet"])
def test_a_part_does_not_keep_the_whole_in_memory(here, name):
    write(name, np.zeros((1000, 2)))
    points = load(f"{name}[10:20]").points
    while points.base is not None:
        points = points.base
    assert points.shape[0] == 10


# .csv and .parquet


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("x,y\n1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("1\n2\n", [[1], [2]]),
        ("1, 2\n\n3 ,4", [[1, 2], [3, 4]]),
        ("0.1,-1e-3\n", [[0.1, -1e-3]]),
        ("\ufeffx,y\r\n1,2\r\n", [[1, 2]]),
        ("\ufeff1,2\n", [[1, 2]]),
        ('"a, b",c\n1,2\n', [[1, 2]]),
        ("0,weightless\n1,2\n", [[1, 2]]),
    ],
)
def test_csv_with_and_without_a_header(here, text, points):
    (here / "p.csv").write_text(text, encoding="utf-8", newline="")
    measure = load("p.csv")
    assert measure.dense().tolist() == points
    assert measure.dtype == np.float64
    assert measure.is_uniform


def test_csv_calls_its_weights_weight_or_weights(here):
    for name in ("weight", "weights"):
        (here / "p.csv").write_text(f"x,{name},y\n1,0.25,2\n3,0.75,4\n")
        measure = load("p.csv")
        assert measure.dense().tolist() == [[1, 2], [3, 4]]
        assert measure.weights.tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,label\n1,2\n3,cat\n", ("'label'", "'cat'", "line 3")),
        ("1,2\n3,cat\n", ("'1'", "'cat'", "line 2")),
        ("x,ok\n1,True\n", ("'ok'", "'True'", "line 2")),
        ("1,2\n3,\n", ("'1'", "''", "line 2")),
        ("x;y\n1;2\n", ("'x;y'", "'1;2'")),
        (",x\n0,1\n1,2\n", ("no name", "index=False")),
        ("x,y\n1,2,3\n", ("2 names", "3 columns")),
        ("1,2\n3,4,5\n", ("3 cells in line 2", "2 before")),
        ("1,2\n3\n", ("1 cell in line 2", "2 before")),
        ("x,y\n", ("no points",)),
        ("", ("no ",)),
        ("weight\n1\n", ("no column of coordinates",)),
        ("x,weight,weights\n1,1,1\n", ("2 columns of weights",)),
    ],
)
def test_csv_that_is_no_table_of_points_is_refused(here, refuses, text, words):
    (here / "p.csv").write_text(text)
    with refuses(SourceError, "p.csv", *words):
        load("p.csv")


def test_csv_in_another_encoding_is_refused(here, refuses):
    (here / "p.csv").write_bytes("größe\n1\n".encode("latin-1"))
    with refuses(SourceError, "p.csv", "UTF-8"):
        load("p.csv")


def test_parquet_keeps_float32_and_drops_the_index(here):
    frame = pd.DataFrame(POINTS.astype(np.float32), columns=[0, 1], index=pd.Index(range(10, 16), name="id"))
    frame.columns = frame.columns.map(str)
    frame.to_parquet("p.parquet")
    measure = load("p.parquet")
    assert measure.dtype == np.float32
    assert np.array_equal(measure.dense(), POINTS.astype(np.float32))


def test_parquet_with_a_column_that_is_not_numeric_is_refused(here, refuses):
    pd.DataFrame({"x": [1.0], "name": ["cat"]}).to_parquet("p.parquet")
    with refuses(SourceError, "p.parquet", "'name'"):
        load("p.parquet")
    pd.DataFrame({"x": [1.0], "embedding": [[1.0, 2.0]]}).to_parquet("p.parquet")
    with refuses(SourceError, "p.parquet", "'embedding'"):
        load("p.parquet")


def test_parquet_with_a_missing_value_is_refused(here, refuses):
    pd.DataFrame({"x": pd.array([1, None], "Int64")}).to_parquet("p.parquet")
    with refuses(ParameterError, "p.parquet", "nan", "row 1"):
        load("p.parquet")


def test_parquet_that_unpacks_to_more_than_the_memory_is_refused(here, refuses, monkeypatch):
    pd.DataFrame({"x": np.zeros(1_000_000)}).to_parquet("p.parquet")
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 7_000_000}))
    with refuses(SourceError, "p.parquet", "GiB"):
        load("p.parquet")


def test_memory_that_suffices_is_not_refused():
    rows_module.check_memory(1, "x", "y")


def test_one_suffix_one_reader(here, refuses):
    (here / "p.txt").write_text("1,2\n")
    with refuses(SourceError, "p.txt", re.escape(".npy").replace("\\", ""), ".parquet"):
        load("p.txt")
