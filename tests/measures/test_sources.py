"""Sources as a whole: names, slices, subsets, pairs, and what is no source."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from wcheck.errors import ParameterError, SourceError
from wcheck.measures import digits
from wcheck.measures.sources import Preprocessing, describe, load, load_pair, registry, scale_of, split_pair


@pytest.mark.parametrize("text", ["digits", "digits[5:9]", "8gaussians:n=7", "gaussian:dim=2,n=9[3:]"])
def test_the_name_is_the_text(text):
    assert load(text).name == text


@pytest.mark.parametrize("elsewhere", [False, True])
def test_digits_are_those_of_scikit_learn(elsewhere, monkeypatch, tmp_path):
    from sklearn.datasets import load_digits

    known = load_digits()
    if elsewhere:
        found = importlib.util.spec_from_loader("sklearn", None)
        found.submodule_search_locations = [str(tmp_path)]
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: found)
    opened = digits.rows("")
    assert opened.n == len(known.data)
    assert np.array_equal(opened.read(slice(None))[:, 0], known.images)
    assert np.array_equal(opened.labels(), known.target.astype(str))
    measure = load("digits[10:20]")
    assert measure.shape == (1, 8, 8)
    assert np.array_equal(measure.dense() * 16, known.data[10:20])


def test_digits_are_read_without_importing_scikit_learn():
    code = "import sys; from wcheck.measures.sources import load; load('digits'); print('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"


# Subsets


def test_a_subset_is_drawn_without_replacement_by_seed_and_role():
    def drawn(seed=0, role="source", text="gaussian:dim=1,n=100[20:80]", subset=30):
        return (
            load(text, role=role, preprocessing=Preprocessing(subset=subset, data_seed=seed)).dense().ravel()
        )

    whole = load("gaussian:dim=1,n=100").dense().ravel()[20:80]
    assert len(np.unique(drawn())) == 30
    assert np.isin(drawn(), whole).all()
    assert np.array_equal(drawn(), drawn())
    assert np.array_equal(drawn(subset=60), whole)
    x, y = load_pair("digits", "digits", preprocessing=Preprocessing(subset=50))
    assert x.digest() != y.digest()
    assert not np.array_equal(
        load("digits", preprocessing=Preprocessing(subset=50, data_seed=1)).dense(), x.dense()
    )


def test_every_point_is_as_likely_to_be_in_a_subset():
    counts = np.zeros(1797)
    index = {point.tobytes(): row for row, point in enumerate(load("digits").dense())}
    for seed in range(40):
        measure = load("digits", preprocessing=Preprocessing(subset=400, data_seed=seed))
        counts[[index[point.tobytes()] for point in measure.dense()]] += 1
    expected, deviation = 40 * 400 / 1797, np.sqrt(40 * (400 / 1797) * (1 - 400 / 1797))
    assert counts.sum() == 40 * 400
    assert np.abs(counts - expected).max() < 6 * deviation
    assert abs(counts[:900].sum() - 900 * expected) < 6 * deviation * 30


def test_a_subset_larger_than_the_data_is_refused(refuses):
    with refuses(ParameterError, "subset is 11", "digits[0:10]", "at most 10"):
        load("digits[0:10]", preprocessing=Preprocessing(subset=11))


# Pairs


def test_a_pair_is_its_two_sources():
    x, y = load_pair("digits[0:5]", "digits[5:9]")
    assert (x.name, y.name) == ("digits[0:5]", "digits[5:9]")
    assert x.digest() == load("digits[0:5]").digest()
    assert y.digest() == load("digits[5:9]").digest()


def test_a_pair_of_two_dimensions_is_refused(refuses):
    with refuses(ParameterError, "digits", "8gaussians:n=5", "64 and 2", "the same space"):
        load_pair("digits", "8gaussians:n=5")


def test_split_halves_the_data():
    x, y = split_pair("digits")
    assert (x.name, y.name) == ("digits[0:898]", "digits[898:1796]")
    whole = load("digits").dense()
    assert np.array_equal(np.concatenate([x.dense(), y.dense()]), whole[:1796])


@pytest.mark.parametrize(
    ("data", "n", "names"),
    [
        ("digits", 10, ("digits[0:10]", "digits[10:20]")),
        ("digits[100:131]", None, ("digits[100:115]", "digits[115:130]")),
        ("digits[100:]", 3, ("digits[100:103]", "digits[103:106]")),
        (
            "gaussian:dim=1,n=30000",
            None,
            ("gaussian:dim=1,n=30000[0:10000]", "gaussian:dim=1,n=30000[10000:20000]"),
        ),
    ],
)
def test_split_names_its_parts_so_that_they_can_be_loaded(data, n, names):
    preprocessing = Preprocessing(scale="zscore")
    parts = split_pair(data, n, preprocessing=preprocessing)
    assert tuple(part.name for part in parts) == names
    again = load_pair(*names, preprocessing=preprocessing)
    assert [part.digest() for part in parts] == [part.digest() for part in again]


@pytest.mark.parametrize(
    ("data", "n", "word"),
    [("digits", 899, "1 to 898"), ("digits", 0, "1 to 898"), ("digits[0:1]", None, "more")],
)
def test_split_needs_twice_n_points(refuses, data, n, word):
    with refuses(ParameterError, "n is ", data, "2 n", word):
        split_pair(data, n)


# What is no source


@pytest.mark.parametrize("text", ["emnist", "", "missing.npy", "missing.npz:key", "no/such/folder", "Digits"])
def test_an_unknown_source_is_refused_and_the_names_are_given(refuses, text):
    with refuses(
        SourceError,
        repr(text),
        "cifar10, mnist, fashion-mnist, digits, gaussian, 8gaussians, funnel",
        "wcheck data list",
    ):
        load(text)


def test_digits_has_no_parts(refuses):
    with refuses(SourceError, "digits:train", "no parts"):
        load("digits:train")


def test_a_folder_may_be_called_like_a_source(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save("digits/x.png")
    assert load("./digits").shape == (3, 2, 2)
    assert load("digits").shape == (1, 8, 8)


def test_a_folder_whose_name_ends_in_brackets_takes_a_slash(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos[2020]").mkdir()
    for name in ("a", "b"):
        Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(f"photos[2020]/{name}.png")
    assert len(load("photos[2020]/")) == 2
    assert len(load("photos[2020]/[1:]")) == 1


# Listing and describing


def test_the_registry_lists_every_kind_once():
    forms = [kind.form for kind in registry()]
    assert len(set(forms)) == len(forms)
    for word in (
        "cifar10[:train|:test]",
        "digits",
        "gaussian:",
        "8gaussians:",
        "FOLDER",
        ".npy",
        ".npz[:KEY]",
    ):
        assert any(form.startswith(word) or form.endswith(word) for form in forms)
    assert all("\n" not in kind.about and kind.about for kind in registry())


def test_describe_says_what_is_there():
    row = describe(load("digits[0:100]"))
    points = load("digits[0:100]").dense()
    assert row == {
        "source": "digits[0:100]",
        "n": 100,
        "dim": 64,
        "shape": "1x8x8",
        "dtype": "float32",
        "scale": "0,1",
        "weights": "uniform",
        "minimum": 0.0,
        "maximum": 1.0,
        "mean": pytest.approx(points.astype(float).mean(), abs=1e-12),
        "sha256": load("digits[0:100]").digest(),
    }


def test_describe_gives_the_range_of_weights(tmp_path):
    np.savez(tmp_path / "p.npz", points=np.arange(3.0), weights=np.array([0.125, 0.75, 0.125]))
    row = describe(load(str(tmp_path / "p.npz")))
    assert row["weights"] == "0.125 to 0.75"
    assert row["scale"] == scale_of(load("8gaussians:n=1")) == ""
