"""A source whose brackets or quotation marks are broken is told what is wrong with it, and the text that was meant."""

import numpy as np
import pytest

from wcheck.errors import SourceError
from wcheck.measures.sources import load, load_pair


@pytest.mark.parametrize(
    ("text", "fault", "meant"),
    [
        ("cifar10:train[0:10000", "lacks the closing bracket", "cifar10:train[0:10000]"),
        ("digits[0 : 200", "lacks the closing bracket", "digits[0:200]"),
        ("gaussian:dim=2,n=5[0:3", "lacks the closing bracket", "gaussian:dim=2,n=5[0:3]"),
        ("file.npy[", "lacks the closing bracket", "file.npy, or file.npy[a:b] for the rows from a to b"),
        ("digits[a:b", "lacks the closing bracket", "digits, or digits[a:b] for the rows from a to b"),
        ("digits0:200]", "lacks the opening bracket", "digits[0:200]"),
        ("histogram:a.csv]", "lacks the opening", "histogram:a.csv, or histogram:a.csv[a:b] for the rows from a to b"),
        ("digits]0:3[", "the wrong way round", "digits[0:3]"),
        ("digits[[0:3]]", "too many brackets", "digits[0:3]"),
        ("digits[0:3]]", "too many brackets", "digits[0:3]"),
        ("digits(0:3)", "brackets of another kind", "digits[0:3]"),
        ("digits[0:3}", "brackets of another kind", "digits[0:3]"),
        ("digits[0:3]x", "continues with 'x' after its slice", "digits[0:3]"),
        ("cifar10[0:3]:train", "continues with ':train'", "cifar10:train[0:3]"),
        ("a.npz[0:3]:key", "continues with ':key'", "a.npz:key[0:3]"),
        ("digits[0:9][0:3]", "a second slice", "digits[0:9]"),
        ("'digits", "a quotation mark", "digits"),
        ('"digits[0:3]"', "a quotation mark", "digits[0:3]"),
        ("\u201cdigits[0:3\u201d", "a quotation mark", "digits[0:3]"),
        ("digits ", "a space", "digits"),
    ],
)  # fmt: skip
def test_the_fault_and_the_text_that_was_meant_are_told(text, fault, meant):
    for call in (load, lambda text: load_pair("digits[0:3]", text)):
        with pytest.raises(SourceError) as refused:
            call(text)
        assert fault in refused.value.line
        assert refused.value.line.endswith(f"write {meant}.")


@pytest.mark.parametrize(
    "name", ["a[1].npy", "a[0:2.npy", "b]0:3[.npy", "c(1:2).npy", "'d.npy", "e[0:1]f.npy"]
)
def test_a_file_of_such_a_name_is_read(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / name, np.arange(6.0).reshape(3, 2))
    assert len(load(name)) == 3
    assert len(load(f"{name}[0:2]")) == 2


@pytest.mark.parametrize("text", ["", "[0:3]"])
def test_a_name_that_is_missing_is_said_to_be(text):
    with pytest.raises(SourceError, match="its name is missing, and the names are cifar10, "):
        load(text)


@pytest.mark.parametrize("text", ["a[1].npy", "c(1).npy", "x'y.npy", "~nobody-of-this-name/x.npy"])
def test_a_name_that_is_only_odd_is_said_not_to_be_there(text):
    with pytest.raises(SourceError, match="is not a source: there is no such file"):
        load(text)
