"""The source of a user's own model: how its function is called, and what it may return."""

import sys

import numpy as np
import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.errors import ParameterError, SourceError
from wcheck.measures.overlap import check_independent
from wcheck.measures.scaling import scale_of
from wcheck.measures.sources import UNCHANGED, Preprocessing, load, load_pair

MODULE = """
import numpy as np
import torch

CALLS = []

def normal(n, seed):
    CALLS.append((n, seed))
    return np.random.RandomState(seed).normal(size=(n, 3))  # takes 32 bits alone

def tensor(n, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 1, 4, 4, generator=generator, requires_grad=True)

def images(n, seed):
    return np.random.default_rng(seed).integers(0, 256, (n, 3, 4, 4), dtype=np.uint8)

def floats(n, seed):
    return np.random.default_rng(seed).uniform(-1, 1, (n, 1, 4, 4)).astype(np.float32)

def few(n, seed):
    return np.zeros((n - 1, 2))

def infinite(n, seed):
    points = np.zeros((n, 2))
    points[3, 1] = np.nan
    return points

def text(n, seed):
    return "points"

def number(n, seed):
    return 3.0

def broken(n, seed):
    raise ValueError("not\\ntoday")

def leaves(n, seed):
    raise SystemExit(3)

def frame(n, seed):
    import pandas as pd
    return pd.DataFrame(np.zeros((n, 2)), columns=["b", "a"])

def no_seed(n):
    return np.zeros((n, 2))
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    name = f"sampler_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["", *sys.path])
    return name


def test_the_function_is_called_with_a_number_and_a_seed(module):
    found = load(f"sampler:{module}:normal,n=20,seed=7")
    assert np.array_equal(found.dense(), np.random.RandomState(7).normal(size=(20, 3)))
    assert sys.modules[module].CALLS == [(20, 7)]
    assert len(load(f"sampler:{module}:normal")) == 10_000
    assert np.array_equal(load(f"sampler:{module}:normal,n=20,seed=7[5:8]").dense(), found.dense()[5:8])


def test_both_sides_and_every_data_seed_are_independent_draws(module):
    text = f"sampler:{module}:normal,n=20"
    x, y = load_pair(text, text)
    check_independent(x, y, "a test", UNCHANGED)
    other = load(text, preprocessing=Preprocessing(data_seed=1))
    assert len({x.digest(), y.digest(), other.digest()}) == 3
    assert y.digest() == load_pair(text, text)[1].digest()
    seeds = [seed for _, seed in sys.modules[module].CALLS]
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_tensors_and_images_are_read_as_those_of_files(module):
    tensor = load(f"sampler:{module}:tensor,n=5")
    assert (tensor.shape, scale_of(tensor)) == ((1, 4, 4), "")
    images = load(f"sampler:{module}:images,n=5")
    assert (images.shape, scale_of(images), images.dense().max() <= 1) == ((3, 4, 4), "0,1", True)
    signed = load(f"sampler:{module}:floats,n=5", preprocessing=Preprocessing(pixel_range="-1,1"))
    assert (scale_of(signed), signed.dense().min() >= 0) == ("0,1", True)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("few", SourceError, ["returned an array of shape (4, 2): return n = 5 points"]),
        ("number", SourceError, ["returned an array of shape (): return n = 5 points"]),
        ("infinite", ParameterError, ["holds nan at row 3, column 1"]),
        ("text", SourceError, ["returned an array of shape ()"]),
        (
            "broken",
            SourceError,
            ["failed for n = 5 and the seed 0 (ValueError: not today): repair the function"],
        ),
        ("leaves", SourceError, ["failed for n = 5 and the seed 0 (SystemExit: 3)"]),
        ("frame", SourceError, ["returned a data frame: return an array or a tensor"]),
        ("no_seed", SourceError, ["failed for n = 5", "TypeError"]),
        ("missing", SourceError, ["missing cannot be imported (AttributeError"]),
        ("CALLS", SourceError, ["is not a function"]),
    ],
)
def test_what_a_function_does_wrong_is_one_line(refuses, module, name, error, words):
    with refuses(error, f"{module}:{name}", *words):
        load(f"sampler:{module}:{name},n=5")


@pytest.mark.parametrize(
    "text", ["sampler:", "sampler:nofunction", "sampler:m:f,n=x", "sampler:m:f,factory=a:b"]
)
def test_what_names_no_function_is_one_line(module, text):
    ended = typer.testing.CliRunner().invoke(app, ["data", "show", text])
    assert (ended.exit_code, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
