"""Tables: headers, names, weights and separators are never guessed where two readings are possible."""

import gzip
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wcheck
from wcheck.errors import ParameterError, SourceError
from wcheck.measures import delimited
from wcheck.measures.columns import aligned, assign
from wcheck.measures.measure import Measure
from wcheck.measures.sources import Preprocessing, load, load_pair, scale_of

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 3)), RNG.normal(size=(9, 3))
NAMES = ["a", "b", "c"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text, name="p.csv", **options):
    """Read a text as a file of this name: points and weights as lists."""
    data = text if isinstance(text, bytes) else text.encode()
    Path(name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    measure = load(name, preprocessing=Preprocessing(**options))
    return measure.dense().tolist(), measure.weights.tolist()


# headers


@pytest.mark.parametrize(
    ("text", "options", "points"),
    [
        ("0,1,2\n5,6,7\n8,9,9\n", {}, [[5, 6, 7], [8, 9, 9]]),
        ("0,1,2\n5,6,7\n", {"header": False}, [[0, 1, 2], [5, 6, 7]]),
        ("0,1,2\n5,6,7\n", {"header": True}, [[5, 6, 7]]),
        ("0\n5\n", {}, [[5]]),
        ("0.0,1.0\n5,6\n", {}, [[0, 1], [5, 6]]),
        ("1,0\n5,6\n", {}, [[1, 0], [5, 6]]),
        ("7,8\n5,6\n", {"header": True}, [[5, 6]]),
        ("0x1p3,2\n1,2\n", {"header": True}, [[1, 2]]),
        ("cat,2\n1,2\n", {"header": True}, [[1, 2]]),
        ("1,2,weight\n5,6,1\n", {}, [[5, 6]]),
        ("Na,K,Cl\n1,2,3\n", {}, [[1, 2, 3]]),
        ("1st,2nd\n1,2\n", {}, [[1, 2]]),
    ],
)
def test_what_the_first_line_is(here, text, options, points):
    assert read(text, **options)[0] == points


@pytest.mark.parametrize(
    "first",
    ["0x1p3,2", "0x1p3,0x1p4", "cat,2", "1_000,2", "1.5.2,3", "NA,2", "NA,NA", "?,2", "12%,3", "1d3,4", ",5", "1,,2",
     "−1.5,2", "5,"],
)  # fmt: skip
def test_a_first_line_that_may_be_a_damaged_point_is_neither_lost_nor_believed(here, refuses, first):
    rest = "\n" + ",".join("1" for _ in first.split(",")) + "\n"
    with refuses(SourceError, "line 1", "--header", "--no-header"):
        read(first + rest)
    with refuses(SourceError, "in line 1 of column"):
        read(first + rest, header=False)


def test_a_header_of_numbers_is_what_pandas_writes_and_it_is_said(here, caplog):
    caplog.set_level(logging.INFO, "wcheck")
    pd.DataFrame(X).to_csv("p.csv", index=False)
    assert np.array_equal(load("p.csv").dense(), X)
    assert "p.csv: the first line, 0 to 2, is a header (--no-header: a point)." in caplog.messages


@pytest.mark.parametrize("columns", [None, NAMES])
@pytest.mark.parametrize("kind", ["csv", "frame"])
def test_an_index_is_refused_until_it_is_named_or_dropped(here, refuses, columns, kind):
    pd.DataFrame(X, columns=columns).to_csv("p.csv")

    def take(**options):
        if kind == "csv":
            return load("p.csv", preprocessing=Preprocessing(**options))
        frame = pd.read_csv("p.csv", dtype=str).astype(float)
        return Measure.of(frame.drop(columns=list(options.pop("drop", ()))), name="p.csv", **options)

    with refuses(SourceError if kind == "csv" else ParameterError, "p.csv", "no name", "'Unnamed: 0'"):
        take()
    assert np.array_equal(take(drop=("Unnamed: 0",)).dense(), X)
    named = take(columns=("Unnamed: 0", *map(str, columns or range(3))))
    assert np.array_equal(named.dense(), np.column_stack([np.arange(12), X]))


def test_columns_without_a_name_are_counted_in_words_that_agree(here, refuses):
    (here / "semi.csv").write_text("x;y\n1,5;2,0\n")
    with refuses(
        SourceError, "semi.csv has 1 name in its header and 3 columns: name every column.", "--separator"
    ):
        load("semi.csv")


def test_an_index_without_a_header_is_refused_until_it_is_named_or_dropped(here, refuses):
    pd.DataFrame(X).to_csv("p.csv", header=False)
    with refuses(SourceError, "counts its rows", "--drop 0", "--columns"):
        load("p.csv")
    assert np.array_equal(load("p.csv", preprocessing=Preprocessing(drop=("0",))).dense(), X)
    assert load("p.csv", preprocessing=Preprocessing(columns=("0", "1"))).dim == 2
    assert read("0,5\n1,7\n")[0] == [[0, 5], [1, 7]], "two rows count nothing"
    assert read("0.0,5\n1.0,7\n2.0,6\n")[0] == [[0, 5], [1, 7], [2, 6]], "an index is not written with points"
    assert read("7\n8\n9\n")[0] == [[7], [8], [9]]


@given(
    st.lists(
        st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2),
        min_size=1,
        max_size=5,
    )
)
def test_any_table_is_read_to_the_last_bit_with_and_without_a_header(tmp_path_factory, points):
    path = tmp_path_factory.mktemp("p") / "p.csv"
    for header in (["x", "y"], False):
        pd.DataFrame(points).to_csv(path, index=False, header=header)
        read_points = load(str(path), preprocessing=Preprocessing(header=bool(header))).dense()
        assert np.array_equal(read_points, points)


# names


def write(name, array, columns):
    frame = pd.DataFrame(array, columns=columns)
    if name.endswith(".parquet"):
        frame.columns = frame.columns.map(str)
        frame.to_parquet(name)
    else:
        frame.to_csv(name, index=False, sep="\t" if ".tsv" in name else ",")


VALUE = wcheck.exact(X, Y).value


@pytest.mark.parametrize("first", ["p.csv", "p.parquet", "p.tsv.gz"])
@pytest.mark.parametrize("second", ["q.csv", "q.parquet", "q.tsv"])
@pytest.mark.parametrize("order", [[1, 2, 0], [2, 1, 0]])
def test_columns_in_another_order_are_matched_by_name(here, first, second, order):
    write(first, X, NAMES)
    write(second, Y[:, order], [NAMES[i] for i in order])
    x, y = load_pair(first, second)
    assert np.array_equal(x.dense(), X)
    assert np.array_equal(y.dense(), Y)
    assert wcheck.exact(x, y).value == VALUE


def test_default_numbers_in_another_order_are_names_too(here):
    write("p.csv", X, [0, 1, 2])
    write("q.parquet", Y[:, [2, 0, 1]], [2, 0, 1])
    assert wcheck.exact(*load_pair("p.csv", "q.parquet")).value == VALUE


def test_where_only_one_has_names_position_counts(here):
    np.save("p.npy", X)
    write("q.csv", Y, NAMES)
    pd.DataFrame(Y).to_csv("r.csv", index=False)
    for pair in (("p.npy", "q.csv"), ("q.csv", "p.npy"), ("p.npy", "r.csv"), ("q.csv", "r.csv")):
        _, second = load_pair(*pair)
        assert np.array_equal(second.dense(), X if pair[1] == "p.npy" else Y)


@pytest.mark.parametrize("name", ["q.csv", "q.parquet"])
def test_other_names_are_refused(here, refuses, name):
    write("p.csv", X, NAMES)
    write(name, Y, ["a", "b", "z"])
    with refuses(ParameterError, f"only p.csv has c; only {name} has z", "--columns"):
        load_pair("p.csv", name)
    write(name, np.column_stack([Y, Y[:, :1]]), [*NAMES, "id"])
    with refuses(ParameterError, f"only {name} has id"):
        load_pair("p.csv", name)
    x, y = load_pair("p.csv", name, preprocessing=Preprocessing(columns=("c", "a")))
    assert np.array_equal(x.dense(), X[:, [0, 2]])
    assert np.array_equal(y.dense(), Y[:, [0, 2]])


def test_a_zscore_is_taken_after_the_names_are_matched(here):
    write("p.csv", X * [1, 10, 100], NAMES)
    write("q.csv", (Y * [1, 10, 100])[:, ::-1], NAMES[::-1])
    zscore = Preprocessing(scale="zscore")
    scaled = load_pair("p.csv", "q.csv", preprocessing=zscore)
    write("q.csv", Y * [1, 10, 100], NAMES)
    same = load_pair("p.csv", "q.csv", preprocessing=zscore)
    assert [measure.digest() for measure in scaled] == [measure.digest() for measure in same]


def test_measures_that_were_read_apart_are_matched_and_keep_their_scale(here):
    write("p.csv", X, NAMES)
    write("q.csv", X[:, ::-1], NAMES[::-1])
    x, y = (load(name, preprocessing=Preprocessing(scale="zscore")) for name in ("p.csv", "q.csv"))
    assert wcheck.exact(x, y).value == pytest.approx(0, abs=1e-12)
    assert (scale_of(aligned(x, y)), aligned(x, y).columns) == ("zscore", ("a", "b", "c"))


def test_names_are_as_many_as_coordinates(refuses):
    with refuses(ParameterError, "3 coordinates and 2 names"):
        Measure.of(X, columns=["a", "b"])


def test_a_name_twice_counts_only_in_the_same_order(refuses):
    measures = [Measure.of(X, columns=names, name="".join(names)) for names in ("aab", "aab", "aba")]
    assert aligned(measures[0], measures[1]) is measures[1]
    with refuses(ParameterError, "more than once"):
        aligned(measures[0], measures[2])


@pytest.mark.parametrize("convert", [lambda frame: frame, pa.Table.from_pandas], ids=["pandas", "pyarrow"])
def test_data_frames_are_compared_by_name_as_files_are(convert, refuses):
    x, y = pd.DataFrame(X, columns=NAMES), pd.DataFrame(Y, columns=NAMES)
    mixed = convert(y[["c", "a", "b"]])
    assert wcheck.exact(convert(x), mixed).value == VALUE
    assert wcheck.exact_batch([convert(x)], [mixed]).value[0] == pytest.approx(VALUE, rel=1e-12)
    other = convert(y.rename(columns={"a": "z"}))
    for compare in (wcheck.exact, lambda p, q: wcheck.exact_batch([p], [q])):
        with refuses(ParameterError, "has a;", "has z"):
            compare(convert(x), other)
    assert wcheck.exact(x, Y).value == VALUE
    assert wcheck.exact(x, pd.DataFrame(Y)).value == VALUE


# weights


@pytest.mark.parametrize("name", ["weight", "weights", "Weight", "WEIGHTS", " weight "])
@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
def test_a_column_called_weight_in_any_case_holds_weights(here, name, kind):
    frame = pd.DataFrame({"x": [1.0, 3.0], name: [0.25, 0.75], "w": [5.0, 6.0], "pt": [7.0, 8.0]})
    if kind == "frame":
        measure = Measure.of(frame)
    else:
        frame.to_csv("p.csv", index=False) if kind == "csv" else frame.to_parquet("p.parquet")
        measure = load(f"p.{kind}")
    assert measure.dense().tolist() == [[1, 5, 7], [3, 6, 8]], "w and pt stay coordinates"
    assert measure.weights.tolist() == [0.25, 0.75]
    assert measure.columns == ("x", "w", "pt")


@pytest.mark.parametrize("name", ["p.csv", "p.parquet"])
def test_the_columns_taken_as_coordinates_are_said(here, caplog, name):
    caplog.set_level(logging.INFO, "wcheck")
    write(name, np.array([[1, 0.25, 2], [3, 0.75, 4]]), ["w", "Weight", "a b"])
    load(name)
    assert f"{name}: the coordinates are w, 'a b'; its weights are Weight." in caplog.messages
    write(name, np.ones((2, 100)), [f"pc{i}" for i in range(100)])
    load(name)
    assert f"{name}: the coordinates are pc0, pc1, pc2, ..., pc99 (100 columns)." in caplog.messages


@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
def test_counts_are_weights_once_they_are_named_and_normalised(here, refuses, kind):
    frame = pd.DataFrame({"n": [3, 1, 0], "x": [1.0, 2.0, 3.0]})

    def take(weights, normalise, part=""):
        if kind == "frame":
            return Measure.of(frame, weights, name="p.frame", normalise=normalise)
        frame.to_csv("p.csv", index=False) if kind == "csv" else frame.to_parquet("p.parquet")
        return load(f"p.{kind}{part}", preprocessing=Preprocessing(weights=weights, normalise=normalise))

    with refuses(ParameterError, "total 4.0", "--normalise"):
        take("n", False)
    measure = take("n", True)
    assert measure.weights.tolist() == [0.75, 0.25, 0]
    assert (measure.dense().tolist(), measure.columns) == ([[1], [2], [3]], ("x",))
    with refuses(ParameterError, "--weights", "'m'", "n, x"):
        take("m", True)
    if kind != "frame":
        assert take("n", True, "[1:3]").weights.tolist() == [1, 0]


def test_normalise_takes_any_total_and_no_other_weights(refuses):
    half = np.exp(RNG.normal(size=5)).astype(np.float16)
    weights = Measure.of(X[:5], half, normalise=True).weights
    assert np.allclose(weights, half / half.astype(float).sum(), rtol=1e-15)
    assert Measure.of(X[:5], [1e308] * 5, normalise=True).weights.tolist() == [0.2] * 5
    assert Measure.of(X[:2], [5e-324, 5e-324], normalise=True).weights.tolist() == [0.5, 0.5]
    for wrong in ([1, -1], [np.nan, 1], [np.inf, 1], [0, 0]):
        with refuses(ParameterError, "weight"):
            Measure.of(X[:2], wrong, normalise=True)


def test_npz_weights_are_normalised_too(here):
    np.savez("p.npz", points=X[:3], weights=[1, 2, 1])
    assert load("p.npz", preprocessing=Preprocessing(normalise=True)).weights.tolist() == [0.25, 0.5, 0.25]


def test_weights_of_both_sides(here):
    for name, array, counts in (("p.csv", X, np.arange(1, 13)), ("q.parquet", Y, np.arange(9, 0, -1))):
        write(name, np.column_stack([counts, array]), ["n", *NAMES])
    x, y = load_pair("p.csv", "q.parquet", preprocessing=Preprocessing(weights="n", normalise=True))
    value = wcheck.exact(X, Y, np.arange(1, 13) / 78, np.arange(9, 0, -1) / 45).value
    assert wcheck.exact(x, y).value == pytest.approx(value, rel=1e-12)
    frames = (pd.read_csv("p.csv", dtype=str).astype(float), pd.read_parquet("q.parquet"))
    x_frame, y_frame = (Measure.of(frame, "n", normalise=True) for frame in frames)
    assert (x.digest(), y.digest()) == (x_frame.digest(), y_frame.digest()), "as in Python"


def test_weights_that_one_table_has_and_a_column_dropped_from_one(here, refuses, caplog):
    caplog.set_level(logging.INFO, "wcheck")
    write("p.csv", np.column_stack([X, np.arange(12), X[:, 0]]), [*NAMES, "n", "id"])
    write("q.csv", Y, NAMES)
    options = {"weights": "n", "normalise": True, "drop": ("id",)}
    for pair in (("p.csv", "q.csv"), ("q.csv", "p.csv")):
        x, y = load_pair(*pair, preprocessing=Preprocessing(**options))
        weighted, uniform = (x, y) if pair[0] == "p.csv" else (y, x)
        assert uniform.is_uniform
        assert np.allclose(weighted.weights, np.arange(12) / 66, rtol=1e-15)
        assert np.array_equal(weighted.dense(), X)
    assert "q.csv: there is no column n, so all points have the same weight." in caplog.messages
    for wrong in ({"weights": "m"}, {"drop": ("ID",)}, {"columns": ("a", "n")}):
        with refuses(ParameterError, f"--{next(iter(wrong))}", "not in"):
            load_pair("p.csv", "q.csv", preprocessing=Preprocessing(**wrong))


# choices


def test_columns_are_chosen_and_dropped_by_name_or_position(here, refuses):
    text = "x,label,y,weight\n1,cat,2,0.25\n3,dog,4,0.75\n"
    with refuses(SourceError, "'cat'", "'label'", "--drop label"):
        read(text)
    assert read(text, drop=("label",)) == ([[1, 2], [3, 4]], [0.25, 0.75])
    assert read(text, columns=("y", "x")) == ([[1, 2], [3, 4]], [0.25, 0.75])
    assert read(text, columns=("y",), drop=("weight",)) == ([[2], [4]], [0.5, 0.5])
    assert read(text, columns=("x", "weight")) == ([[1, 0.25], [3, 0.75]], [0.5, 0.5])
    assert read("1,cat,2\n3,dog,4\n", columns=("0", "2"), header=False)[0] == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"drop": ("z",)}, ("--drop", "'z'", "x, label, y, weight")),
        ({"columns": ("X",)}, ("--columns", "'X'")),
        ({"weights": "w"}, ("--weights", "'w'")),
        ({"columns": ("x", "y"), "weights": "x"}, ("both name 'x'",)),
        ({"separator": ":"}, ("separator", "';'")),
    ],
)
def test_an_option_that_does_not_fit_the_table_is_refused(here, refuses, options, words):
    with refuses(ParameterError, *words):
        read("x,label,y,weight\n1,7,2,1\n", **options)


def test_two_columns_of_weights_are_refused_until_one_is_dropped(here, refuses):
    text = "x,weight,Weights,n\n1,1,1,1\n"
    with refuses(SourceError, "2 columns of weights, weight, Weights", "--drop"):
        read(text)
    assert read(text, drop=("weight",)) == ([[1, 1]], [1])
    with refuses(SourceError, "3 columns of weights"):
        read(text, weights="n")
    with refuses(ParameterError, "2 times"):
        read("x,x\n1,1\n", drop=("x",))


def test_an_option_for_tables_needs_one_table(here, refuses):
    np.save("p.npy", X)
    write("q.csv", Y, NAMES)
    for options in ({"weights": "a"}, {"drop": ("a",)}, {"header": True}, {"separator": ";"}):
        with refuses(ParameterError, "p.npy", "FILE.csv"):
            load("p.npy", preprocessing=Preprocessing(**options))
    pair = load_pair("q.csv", "p.npy", preprocessing=Preprocessing(columns=tuple(NAMES)))
    assert [measure.dim for measure in pair] == [3, 3]


def test_positions_and_names_say_the_same():
    assert assign("t", ["a", "", "b"], drop=["Unnamed: 1"]).coordinate_names == ("a", "b")


# ways of writing


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("p.tsv", "x\ty\n1.5\t2\n3\t4\n", {}),
        ("P.TSV", "1.5\t2\n3\t4\n", {}),
        ("p.csv.gz", "x,y\n1.5,2\n3,4\n", {}),
        ("p.tsv.gz", "1.5\t2\n3\t4\n", {}),
        ("p.csv", "x;y\n1.5;2\n3;4\n", {"separator": ";"}),
        ("p.csv", "x;y\n1,5;2\n3;4,0\n", {"separator": ";", "decimal_comma": True}),
        ("p.csv", '"1,5","2"\n"3","4"\n', {"decimal_comma": True}),
        ("p.csv", "x\ty\n1.5\t2\n3\t4\n", {"separator": "tab"}),
        ("p.csv", "x|y\n1.5|2\n3|4\n", {"separator": "|"}),
        ("p.csv", "x,y\n1.5,2\n3,4\n".encode("utf-16"), {}),
        ("p.csv", "\ufeff1.5,2\r\n3,4\r\n".encode("utf-16-be"), {}),
        ("p.csv", "\ufeffx,y\n1.5,2\n3,4".encode("utf-32"), {}),
        ("p.csv.gz", "\ufeffx,y\n1.5,2\n3,4\n".encode(), {}),
        ("p.csv", 'x,"y\nz",t\n1.5,2,"a\nb"\n3,4,"c,d"\n', {"drop": ("t",)}),
    ],
)  # fmt: skip
def test_tables_of_text_are_written_in_many_ways(here, name, text, options):
    assert read(text, name, **options)[0] == [[1.5, 2], [3, 4]]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("x;y\n1;2\n", {}, ("';'", "--separator")),
        ("1,5;2,5\n3,5;4,5\n", {}, ("';'", "--separator")),
        ("x;y\n1,5;2,5\n", {}, ("';'", "--separator")),
        ("x\ty\n1\t2\n", {}, ("'tab'", "--separator")),
        ("x;y\n1,5;2\n", {"separator": ";"}, ("'1,5'", "--decimal-comma")),
        ("x;y\n1.000,5;2\n", {"separator": ";", "decimal_comma": True}, ("'1.000,5'",)),
        ("x,y\n1_000,2\n", {}, ("'1_000'", "line 2")),
        ("x,y\n1,2\n٣,4\n", {}, ("'٣'", "line 3")),
        ("x,y\n1,0x1p3\n", {}, ("'0x1p3'", "line 2")),
        ("x,y\n1,\n", {}, ("''", "line 2", "'y'")),
    ],
)
def test_what_is_written_otherwise_is_named_in_the_error(here, refuses, text, options, words):
    with refuses(SourceError, "p.csv", *words):
        read(text, **options)


# hostile files


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("x,y\n1,2\n3,4,5\n", ("3 cells in line 3",)),
        ("x,t\n1,a\n2\n", ("1 cell in line 3",)),
        ("x,y\n1,2\n3,\0\n", ("NUL",)),
        ("x,y\n1,2\n3,4\n".encode("utf-16-le"), ("NUL",)),
        ("x,y\n1," + "2" * 200_000 + "\n", ("field limit",)),
        ('x,y\n1,"2\n' + "3,4\n" * 100_000, ("field limit",)),
        ('x,y\n1,"2\n3,4\n', ("unexpected end",)),
        (b"\xff" * 100, ("UTF-8",)),
        (b"\x1f\x8b\x08\x00" + bytes(50), ("p.csv",)),
        ("x,y\n1,1e999\n", ("inf",)),
    ],
)  # fmt: skip
def test_hostile_text_is_refused(here, data, words):
    options = {"drop": ("t",)} if data[:3] == "x,t" else {}
    with pytest.raises(wcheck.WcheckError) as caught:
        read(data, **options)
    message = caught.value.line
    assert "\n" not in message
    assert len(message) < 500
    for word in words:
        assert word in message


def test_a_line_without_end_is_refused(here, refuses, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 1000)
    monkeypatch.setattr(delimited, "LONGEST_LINE", 10_000)
    with refuses(SourceError, "line of more than 10,000"):
        read("1" * 20_000)
    assert read("1,2\n" * 20_000)[0] == [[1, 2]] * 20_000


@pytest.mark.parametrize("name", ["p.csv", "p.csv.gz", "p.tsv.gz"])
def test_text_that_unpacks_to_more_than_the_memory_is_refused_unread(here, refuses, monkeypatch, name):
    class Memory:
        available = 1_000_000

    monkeypatch.setattr("psutil.virtual_memory", Memory)
    monkeypatch.setattr(delimited._Table, "_numbers", lambda *_: pytest.fail("read"))
    with refuses(SourceError, name, "GiB", ".npy"):
        read("0.5\n" * 200_000, name)


@pytest.mark.parametrize(
    "damage", [lambda d: d[:-20], lambda d: d[:60] + b"\0\0" + d[62:], lambda d: d + b"more"]
)
def test_a_damaged_gzip_is_refused(here, refuses, damage):
    data = gzip.compress(np.random.default_rng(0).bytes(300).hex().encode(), mtime=0)
    Path("p.csv.gz").write_bytes(damage(data))
    with refuses(SourceError, "p.csv.gz", "cannot be read"):
        load("p.csv.gz")


# Parquet


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float64()), pa.list_(pa.float64(), 3), pa.large_list(pa.float64())], ids=str
)
def test_a_column_of_vectors_is_the_points(here, kind):
    vectors = pa.chunked_array([pa.array(X[:5].tolist(), kind), pa.array(X[5:].tolist(), kind)])
    pq.write_table(
        pa.table({"embedding": vectors, "weight": np.full(12, 1 / 12)}), "p.parquet", row_group_size=4
    )
    measure = load("p.parquet")
    assert np.array_equal(measure.dense(), X)
    assert (measure.shape, measure.columns) == ((3,), None)
    assert np.array_equal(load("p.parquet[3:7]").dense(), X[3:7])
    np.save("q.npy", Y)
    assert wcheck.exact(*load_pair("p.parquet", "q.npy")).value == pytest.approx(VALUE, rel=1e-14)


def test_a_column_of_vectors_keeps_its_type(here):
    pq.write_table(pa.table({"e": pa.array([[1, 2], [3, 4]], pa.list_(pa.float32()))}), "p.parquet")
    assert load("p.parquet").dtype == np.float32


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"e": [[1.0, 2.0], [3.0]]}, ("1 number in row 1", "2 in row 0")),
        ({"e": [[1.0, 2.0], None]}, ("row 1",)),
        ({"e": [[1.0, 2.0], [3.0, 4.0]], "n": [1, 2]}, ("'e'", "--columns e")),
        ({"e": [[[1.0]], [[2.0]]]}, ("list<", "'e'", "--drop e")),
        ({"e": [["a"], ["b"]]}, ("list<", "'e'")),
        ({"s": [{"a": 1}, {"a": 2}]}, ("struct", "'s'")),
        ({"m": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64()))}, ("map", "'m'")),
        ({"d": pa.array(["a", "b"]).dictionary_encode()}, ("dictionary", "'d'")),
        ({"t": pa.array([1, 2], pa.timestamp("s"))}, ("timestamp", "'t'")),
        ({"z": pa.nulls(2)}, ("null", "'z'")),
        ({"b": [b"x", b"y"]}, ("binary", "'b'")),
    ],
)
def test_nested_and_other_types_are_refused_by_name_unless_dropped(here, refuses, columns, words):
    pq.write_table(pa.table(columns), "p.parquet")
    with refuses(SourceError, "p.parquet", *words):
        load("p.parquet")
    if len(columns) == 1:
        pq.write_table(pa.table({**columns, "x": [1.5, 2.5]}), "p.parquet")
        kept = load("p.parquet", preprocessing=Preprocessing(drop=tuple(columns)))
        assert kept.dense().tolist() == [[1.5], [2.5]]


def test_missing_values_in_vectors_are_refused(here, refuses):
    for values, kind in (([[1.0, None]], pa.float64()), ([[1, None]], pa.int64())):
        pq.write_table(pa.table({"e": pa.array(values, pa.list_(kind))}), "p.parquet")
        with refuses(ParameterError, "nan", "row 0", "column 1"):
            load("p.parquet")
    pq.write_table(pa.table({"x": pa.array([True, None])}), "p.parquet")
    with refuses(ParameterError, "nan", "row 1"):
        load("p.parquet")


def test_vectors_that_unpack_to_more_than_the_memory_are_refused_unread(here, refuses, monkeypatch):
    pq.write_table(pa.table({"e": pa.FixedSizeListArray.from_arrays(np.zeros(10**6), 100)}), "p.parquet")
    assert Path("p.parquet").stat().st_size < 20_000
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 7_900_000}))
    monkeypatch.setattr(pq.ParquetFile, "read", lambda *_, **__: pytest.fail("read"))
    with refuses(SourceError, "p.parquet", "GiB"):
        load("p.parquet")


@pytest.mark.parametrize("kind", ["parquet", "frame"])
def test_integers_that_a_common_type_cannot_hold_are_refused(here, refuses, kind):
    frame = pd.DataFrame({"i": [2**53 + 1, 0], "x": [0.5, 1.0]})
    frame.to_parquet("p.parquet")
    with refuses(ParameterError if kind == "frame" else SourceError, "2^53", "'i'"):
        Measure.of(frame) if kind == "frame" else load("p.parquet")


def test_a_parquet_file_with_changed_bytes_is_read_or_refused_in_one_line(here):
    pq.write_table(pa.table({"e": X.tolist(), "weight": np.full(12, 1 / 12)}), "p.parquet")
    whole, errors = Path("p.parquet").read_bytes(), []
    for seed in range(100):
        rng, data = np.random.default_rng(seed), bytearray(whole)
        for place in rng.choice(len(data), 3, replace=False):
            data[place] = rng.integers(256)
        Path("p.parquet").write_bytes(data)
        try:
            load("p.parquet")
        except wcheck.WcheckError as error:
            errors.append(str(error))
    assert len(errors) > 10
    assert not any("\n" in error for error in errors)
