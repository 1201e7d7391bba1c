"""A saved generator as a source: whose points it has, beside what, in which process; and what is refused."""

import sys

import numpy as np
import pytest
import torch
import typer.testing

from wcheck.cli.app import app
from wcheck.errors import ParameterError, SourceError
from wcheck.generators.generator import Generator
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.lazy import find, register
from wcheck.measures.measure import Measure
from wcheck.measures.overlap import check_independent
from wcheck.measures.scaling import scale_of
from wcheck.measures.sources import UNCHANGED, Preprocessing, load, load_pair, registry
from wcheck.parallel import processes
from wcheck.rows.table import parse_rows


def saved(folder, data="digits[0:50]", generator="mlp", about=None, **options):
    points = data if isinstance(data, FrozenPoints) else FrozenPoints(load(data))
    recipe = GeneratorRecipe.of(generator, latent=4, generator_width=32, **options)
    made = Generator.fresh(recipe, points)
    made.save(folder, about or {})
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def digest(given):
    """Load a text, of which paths are relative to a folder, as a task does in any process."""
    text, folder = given
    return load(text, preprocessing=Preprocessing(folder=folder)).digest()


def test_its_points_are_those_of_a_sample(folder):
    made = saved(folder / "runs" / "003")
    found = load("generator:runs/003,n=300,seed=4")
    assert (found.name, found.shape, scale_of(found)) == ("generator:runs/003,n=300,seed=4", (1, 8, 8), "0,1")
    assert np.array_equal(found.dense(), made.sample(300, 4).dense())
    assert len(load("generator:runs/003")) == 10_000
    assert np.array_equal(load("generator:runs/003[5:9]").dense(), made.sample(9).dense()[5:])


def test_two_with_one_text_are_independent_draws(folder):
    saved(folder / "g")
    x, y = load_pair("generator:g,n=50", "generator:g,n=50")
    check_independent(x, y, "a test", UNCHANGED)
    other = load("generator:g,n=50", preprocessing=Preprocessing(data_seed=1))
    points = np.concatenate([x.dense(), y.dense(), other.dense()])
    assert len(np.unique(points, axis=0)) == 150
    assert x.digest() == load("generator:g,n=50,seed=0").digest() != load("generator:g,n=50,seed=1").digest()


def test_a_subset_and_a_slice_are_points_of_the_whole(folder):
    saved(folder / "g")
    whole, part = load("generator:g,n=40").dense(), Preprocessing(subset=7)
    drawn = load("generator:g,n=40", preprocessing=part).dense()
    assert len(np.unique(drawn, axis=0)) == 7
    assert all((whole == point).all(axis=1).any() for point in drawn)


@pytest.mark.parametrize("scale", ["0,1", "-1,1"])
def test_images_are_brought_to_the_scale_of_those_beside_them(folder, scale):
    signed = FrozenPoints(load("digits[0:9]", preprocessing=Preprocessing(scale="-1,1")))
    made = saved(folder / "g", signed, "dcgan")
    x, y = load_pair("digits[0:20]", "generator:g,n=20", preprocessing=Preprocessing(scale=scale))
    assert (scale_of(x), scale_of(y)) == (scale, scale)
    expected = made.sample(20, 0, "target").dense()
    assert np.allclose(y.dense(), expected if scale == "-1,1" else (expected + 1) / 2, atol=1e-6)
    small = load("generator:g,n=3", preprocessing=Preprocessing(image_size=4, channels="rgb"))
    assert small.shape == (3, 4, 4)


@pytest.mark.parametrize("data", ["digits[0:60]", "gaussian:dim=3,n=60,mean=5,std=2"])
def test_a_zscore_is_undone(folder, data):
    """Free points that begin as the standardised data are the data again."""
    standard = load(data, preprocessing=Preprocessing(scale="zscore", image_size=None))
    made = Generator.fresh(GeneratorRecipe.of("points", free_points=60), FrozenPoints(standard))
    made.network.points.data = torch.from_numpy(standard.dense().astype(np.float32))
    made.save(folder / "g")
    assert scale_of(made.sample(60)) == scale_of(Generator.load(folder / "g").sample(60)) == "zscore"
    x, y = (
        load_pair(data, "generator:g,n=60")
        if data.startswith("digits")
        else (load(data), load("generator:g,n=60"))
    )
    assert scale_of(x) == scale_of(y) == ("0,1" if data.startswith("digits") else "")
    order = [np.lexsort(points.dense().round(4).T) for points in (x, y)]
    assert np.allclose(x.dense()[order[0]], y.dense()[order[1]], atol=1e-5)


def test_named_coordinates_are_compared_by_their_names(folder):
    table = Measure.of(np.random.default_rng(0).normal(size=(9, 2)), columns=("a", "b"))
    made = saved(folder / "g", FrozenPoints(table))
    (folder / "p.csv").write_text("b,a\n1,2\n3,4\n")
    _, y = load_pair("p.csv", "generator:g,n=5")
    assert y.columns == ("b", "a")
    assert np.array_equal(y.dense(), made.sample(5, 0, "target").dense()[:, ::-1])
    (folder / "q.csv").write_text("b,c\n1,2\n3,4\n")
    with pytest.raises(ParameterError, match="only generator:g,n=5 has a"):
        load_pair("q.csv", "generator:g,n=5")
    with pytest.raises(ParameterError, match="columns names the column 'z'"):
        load_pair("p.csv", "generator:g,n=5", preprocessing=Preprocessing(columns=("z",)))


@pytest.mark.parametrize("name", ["a,b", "n=3", "lr=1,n=3", "deep/er"])
def test_a_folder_may_be_called_like_an_option(folder, name):
    saved(folder / name)
    assert len(load(f"generator:{name},n=4")) == 4


def test_commands_take_it_as_any_source(folder):
    saved(folder / "g")

    def called(*arguments):
        ended = typer.testing.CliRunner().invoke(app, arguments)
        assert ended.exit_code == 0, ended.stderr
        return list(parse_rows(ended.stdout))

    (row,) = called("exact", "digits[0:30]", "generator:g,n=30")
    assert row["target"] == "generator:g,n=30"
    assert row["lower"] > 0
    assert called("data", "show", "generator:g,n=30")[0]["shape"] == "1x8x8"
    assert "generator:DIR" in " ".join(row["source"] for row in called("data", "list"))


# In other processes


def test_local_processes_find_it_and_a_sampler(folder, monkeypatch):
    saved(folder / "g", generator_layers=2)
    (folder / "own_sampler.py").write_text(
        "import numpy\ndef draw(n, seed):\n    return numpy.random.default_rng(seed).normal(size=(n, 2))\n"
    )
    monkeypatch.setattr("sys.path", ["", *sys.path])
    texts = ["generator:g,n=300", "sampler:own_sampler:draw,n=30"]
    there = dict(processes(2)(digest, [(text, folder) for text in texts]))
    assert there == {index: digest((text, folder)) for index, text in enumerate(texts)}


def test_a_kind_is_imported_when_it_is_used_and_registered_once():
    forms = [kind.form for kind in registry()]
    assert sum(form.startswith("generator:") for form in forms) == 1
    register("generator", "wcheck.generators.source:KIND")  # as every import of wcheck does
    with pytest.raises(ParameterError, match="'generator' is already registered"):
        register("generator", "elsewhere:KIND")
    assert find("no-such-kind") is None


# What is refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("generator:", ["does not say what points are drawn from", "generator:DIR[,n=10000]"]),
        ("generator", ["does not say what points are drawn from"]),
        ("generator:,n=4", ["does not say"]),
        ("generator:missing", ["missing holds no generator: there is no such folder", "gan --save"]),
        ("generator:.", ["there is no file generator.json"]),
        ("generator:g,n=0", ["n=0: n is an integer of at least 1"]),
        ("generator:g,n=many", ["n=many: n is an integer of at least 1"]),
        ("generator:g,seed=-1", ["seed=-1: seed is an integer of at least 0"]),
        ("generator:g,m=3", ["unknown option 'm'"]),
        ("generator:g,n=3,n=4", ["n twice"]),
        ("generator:g,n=4[2:9]", ["reaches beyond the data"]),
        ("generator:g,n=1000000000000", ["GiB of memory", "give a smaller n"]),
        ("generator:g,factory=mine:make", ["which was not made by a factory: leave factory=mine:make out"]),
    ],
)  # fmt: skip
def test_what_is_not_a_generator_is_one_line(folder, text, words):
    saved(folder / "g")
    ended = typer.testing.CliRunner().invoke(app, ["exact", text, "digits[0:4]"])
    assert (ended.exit_code, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
    assert [word for word in words if word not in ended.stderr] == []


def test_nothing_is_assumed_to_keep_generated_points_between_black_and_white(folder):
    saved(folder / "g")
    ended = typer.testing.CliRunner().invoke(app, ["interval", "digits[0:20]", "generator:g,n=20"])
    assert (ended.exit_code, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
    assert "nothing keeps the points of generator:g,n=20 between black and white" in ended.stderr


def test_a_generator_in_an_embedding_is_not_embedded_again(folder):
    saved(folder / "g", about={"embed": "mine:features"})
    with pytest.raises(SourceError, match="embedded vectors"):
        load("generator:g,n=3", preprocessing=Preprocessing(embed="mine:features"))
    assert len(load("generator:g,n=3")) == 3


def test_a_diverged_generator_is_one_line(folder):
    made = saved(folder / "g")
    torch.nn.init.constant_(made.network[0].bias, float("nan"))
    made.save(folder / "g")
    ended = typer.testing.CliRunner().invoke(app, ["data", "show", "generator:g,n=5"])
    assert (ended.exit_code, len(ended.stderr.splitlines())) == (2, 1)
    assert "its training diverged" in ended.stderr


OWN = """
from torch import nn

open("called", "a").close()

def make(latent, shape):
    return nn.Linear(latent, 64)
"""


def test_one_of_the_users_own_is_read_where_the_user_names_it(folder, monkeypatch):
    (folder / "own_source.py").write_text(OWN)
    monkeypatch.setattr("sys.path", ["", *sys.path])
    made = saved(folder / "g", generator="own_source:make")
    (folder / "called").unlink()
    monkeypatch.delitem(sys.modules, "own_source")
    with pytest.raises(SourceError, match="give factory=own_source:make to let it run"):
        load("generator:g,n=5")
    assert not (folder / "called").exists()
    found = load("generator:g,n=5,factory=own_source:make")
    assert np.array_equal(found.dense(), made.sample(5).dense())
    assert (folder / "called").exists()
