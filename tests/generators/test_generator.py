"""Generators: what a sample depends on, and what becomes of one that is saved, damaged, or somebody else's."""

import errno
import json
import sys

import numpy as np
import pytest
import torch

from wcheck.errors import DivergedError, OutputError, ParameterError, SourceError
from wcheck.generators.generator import BLOCK, Generator
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure
from wcheck.measures.scaling import scale_of
from wcheck.measures.sources import Preprocessing, load

SMALL = {"latent": 4, "generator_width": 8, "generator_layers": 2, "free_points": 20}


@pytest.fixture(scope="module")
def digits():
    return FrozenPoints(load("digits[0:50]"))


def fresh(points, generator="mlp", **options):
    return Generator.fresh(GeneratorRecipe.of(generator, **{**SMALL, **options}), points)


@pytest.mark.parametrize("generator", ["mlp", "dcgan", "dcgan-flat", "points"])
def test_a_sample_depends_on_its_seed_alone(digits, generator):
    one = fresh(digits, generator)
    sample = one.sample(2 * BLOCK + 40, 5)
    assert (sample.shape, sample.dtype, scale_of(sample)) == ((1, 8, 8), np.float32, "0,1")
    assert len(sample) == 2 * BLOCK + 40
    few, part = one.sample(7, 5).dense(), one.rows(slice(BLOCK - 3, BLOCK + 5), 5)
    assert np.array_equal(few, sample.dense()[:7])
    assert np.array_equal(part, sample.dense()[BLOCK - 3 : BLOCK + 5])
    assert not np.array_equal(one.sample(7, 6).dense(), few)
    assert not np.array_equal(one.sample(7, 5, "target").dense(), few)


def test_a_sample_of_many_blocks_is_one_sample(digits, monkeypatch):
    one = fresh(digits)
    whole = one.sample(5 * BLOCK).digest()
    monkeypatch.setattr("wcheck.generators.generator.TOGETHER", 2)
    assert one.sample(5 * BLOCK).digest() == whole


def test_a_sample_does_not_depend_on_the_threads(digits):
    one, before = fresh(digits, generator_width=512), torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = one.sample(50).digest()
        torch.set_num_threads(2)
        assert one.sample(50).digest() == alone
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_sample_leaves_the_training_as_it_was(digits):
    one = fresh(digits, "dcgan")
    kept = {name: weight.clone() for name, weight in one.network.state_dict().items()}
    one.network.train()
    state = torch.random.get_rng_state()
    one.sample(30)
    assert one.network.training
    assert all(torch.equal(weight, kept[name]) for name, weight in one.network.state_dict().items())
    assert torch.equal(torch.random.get_rng_state(), state)


def test_all_free_points_are_a_sample_of_their_number(digits):
    one = fresh(digits, "points", free_points=300)
    sample = one.sample(300, 1).dense()
    assert np.array_equal(np.unique(sample, axis=0), np.unique(one.network.points.detach().numpy(), axis=0))


def test_a_point_does_not_depend_on_the_others_of_its_batch(digits):
    one = fresh(digits, "dcgan")
    one.network(torch.randn(30, 4))  # statistics of a batch
    latents = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(one(latents)[:1], one(latents[:1]), atol=1e-6)
    assert not torch.allclose(one.network.train()(latents)[:1], one(latents[:1]), atol=1e-6)


def test_named_coordinates_and_scales_are_those_of_the_data():
    table = Measure.of(np.random.default_rng(0).normal(size=(9, 3)), columns=("a", "b", "c"))
    sample = fresh(FrozenPoints(table)).sample(5)
    assert (sample.columns, sample.shape, scale_of(sample)) == (("a", "b", "c"), (3,), "")
    signed = FrozenPoints(load("digits[0:9]", preprocessing=Preprocessing(scale="-1,1")))
    one = fresh(signed, "dcgan")
    assert one.ends == (-1.0, 1.0)
    assert scale_of(one.sample(3)) == "-1,1"
    assert abs(one.sample(3).dense().mean()) < 0.1


def test_a_diverged_generator_has_no_sample(digits):
    one = fresh(digits)
    torch.nn.init.constant_(one.network[0].bias, float("inf"))
    with pytest.raises(DivergedError, match="not finite numbers: its training diverged"):
        one.sample(3)
    with pytest.raises(ParameterError, match="n is 0"):
        one.sample(0)


@pytest.mark.parametrize("generator", ["mlp", "dcgan", "dcgan-flat", "points"])
def test_a_saved_generator_is_the_same_one(digits, tmp_path, generator):
    one = fresh(digits, generator, prior="uniform", generator_betas=(0.5, 0.9), average=0.9, seed=2)
    if generator == "dcgan":
        one.network.train()(torch.randn(30, 4))  # statistics of a batch
    one.save(tmp_path / "deep" / "g", {"step": 7})
    again = Generator.load(tmp_path / "deep" / "g")
    assert (again.recipe, again.shape, again.scale, again.columns) == (
        one.recipe,
        one.shape,
        one.scale,
        one.columns,
    )
    assert again.sample(30, 3).digest() == one.sample(30, 3).digest()
    description = json.loads((tmp_path / "deep" / "g" / "generator.json").read_text())
    assert description["step"] == 7


def test_a_generator_of_named_coordinates_is_saved_with_them(tmp_path):
    table = Measure.of(np.zeros((2, 2)), columns=("a", "b"))
    fresh(FrozenPoints(table)).save(tmp_path)
    assert Generator.load(tmp_path).columns == ("a", "b")


def test_a_folder_that_cannot_be_written_is_one_line(digits, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="give another folder to save"):
        fresh(digits).save(tmp_path / "file" / "g")


def test_a_disk_without_room_costs_no_generator_that_is_there(digits, tmp_path, monkeypatch):
    one, other = fresh(digits), fresh(digits, seed=1)
    one.save(tmp_path)

    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OutputError, match="No space left on device; give another folder to save"):
            other.save(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"generator.pt", "generator.json"}
    assert Generator.load(tmp_path).sample(3).digest() == one.sample(3).digest()


# Files that come from anywhere


class Evil:
    def __reduce__(self):
        return open, ("evil", "w")


def changed(folder, **values):
    path = folder / "generator.json"
    description = json.loads(path.read_text())
    for name, value in values.items():
        (description["recipe"] if name in description["recipe"] else description)[name] = value
    path.write_text(json.dumps(description))


def moments(*numbers):
    return {"mean": numbers, "deviation": numbers, "ends": None}


def pickled(folder):
    """A file whose pickle would make another one, were it followed."""
    torch.save({"0.weight": Evil()}, folder / "generator.pt")


def fresh_weights():
    return fresh(FrozenPoints(load("digits[0:2]")), seed=1).network.state_dict()


DAMAGES = {
    "no folder": lambda folder: [file.unlink() for file in folder.iterdir()],
    "no weights": lambda folder: (folder / "generator.pt").unlink(),
    "not JSON": lambda folder: (folder / "generator.json").write_text("{"),
    "a list": lambda folder: (folder / "generator.json").write_text("[1]"),
    "deep": lambda folder: (folder / "generator.json").write_text("[" * 100_000),
    "long": lambda folder: (folder / "generator.json").write_bytes(b" " * (1 << 25)),
    "no recipe": lambda folder: changed(folder, recipe=None),
    "no such option": lambda folder: changed(folder, recipe={"speed": 1, "generator_betas": None}),
    "cut off": lambda folder: (folder / "generator.pt").write_bytes(
        (folder / "generator.pt").read_bytes()[:-200]
    ),
    "flipped": lambda folder: (folder / "generator.pt").write_bytes(
        (folder / "generator.pt").read_bytes().replace(b"data.pkl", b"date.pkl")
    ),
    "a pickle": pickled,
    "text for a number": lambda folder: changed(folder, latent="4"),
    "a huge latent": lambda folder: changed(folder, latent=1 << 50),
    "a huge width": lambda folder: changed(folder, generator_width=1 << 31),
    "other width": lambda folder: changed(folder, generator_width=9),
    "a huge shape": lambda folder: changed(folder, shape=[1, 1 << 40, 1 << 40]),
    "no shape": lambda folder: changed(folder, shape=[]),
    "a negative shape": lambda folder: changed(folder, shape=[-1, 8, -8]),
    "a shape of text": lambda folder: changed(folder, shape="188"),
    "a scale": lambda folder: changed(folder, scale="loud"),
    "a scale of lists": lambda folder: changed(folder, scale=["0,1"]),
    "moments": lambda folder: changed(
        folder, scale="zscore", moments={"mean": [1e999], "deviation": [1], "ends": None}
    ),
    "moments of others": lambda folder: changed(
        folder, scale="zscore", moments={"mean": [1, 2, 3], "deviation": [1, 2, 3], "ends": None}
    ),
    "no moments": lambda folder: changed(folder, scale="zscore"),
    "columns": lambda folder: changed(folder, columns=["a"]),
    "betas": lambda folder: changed(folder, generator_betas=3),
    "rate": lambda folder: changed(folder, generator_lr="fast"),
    "of another training": lambda folder: torch.save(fresh_weights(), folder / "generator.pt"),
    "swapped": lambda folder: (folder / "generator.pt").write_bytes((folder / "other.pt").read_bytes()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_and_hostile_files_are_one_line_and_nothing_is_run(digits, tmp_path, monkeypatch, damage):
    monkeypatch.chdir(tmp_path)
    fresh(digits).save(tmp_path)
    torch.save(fresh(digits, latent=5).network.state_dict(), tmp_path / "other.pt")
    DAMAGES[damage](tmp_path)
    with pytest.raises(SourceError) as error:
        Generator.load(tmp_path)
    assert str(tmp_path) in error.value.line
    assert "\n" not in error.value.line
    assert not (tmp_path / "evil").exists()


def test_another_format_names_the_versions(digits, tmp_path):
    fresh(digits).save(tmp_path)
    changed(tmp_path, format=9)
    with pytest.raises(
        SourceError, match=r"has format 9, written by wcheck .* reads format 1; .*train the generator again"
    ):
        Generator.load(tmp_path)


OWN = """
import torch
from torch import nn

open("called", "w").close()

class Noisy(nn.Linear):
    def forward(self, z):
        return super().forward(z) + torch.randn(len(z), 1)

def noisy(latent, shape):
    return Noisy(latent, torch.Size(shape).numel())

class Moody(nn.Linear):
    def forward(self, z):
        if not self.training:
            raise RuntimeError("not today")
        return super().forward(z)

def moody(latent, shape):
    return Moody(latent, torch.Size(shape).numel())

class Short(nn.Linear):
    def forward(self, z):
        return super().forward(z)[:, :None if self.training else 3]

def short(latent, shape):
    return Short(latent, torch.Size(shape).numel())
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_saved.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_factory_is_called_only_where_the_user_names_it(digits, own):
    one = fresh(digits, "own_saved:noisy")
    one.save(own / "g")
    (own / "called").unlink()
    sys.modules.pop("own_saved")
    with pytest.raises(
        SourceError, match=r"own_saved:noisy makes, which is code: give factory=own_saved:noisy to let"
    ):
        Generator.load(own / "g")
    with pytest.raises(SourceError, match="which is code"):
        Generator.load(own / "g", factory="other:make")
    assert not (own / "called").exists()
    again = Generator.load(own / "g", factory="own_saved:noisy")
    assert (own / "called").exists()
    assert again.sample(300, 1).digest() == one.sample(300, 1).digest()
    assert np.array_equal(again.rows(slice(260, 270), 1), one.sample(300, 1).dense()[260:270])
    fresh(digits).save(own / "plain")
    with pytest.raises(
        SourceError, match="which was not made by a factory: leave factory=own_saved:noisy out"
    ):
        Generator.load(own / "plain", factory="own_saved:noisy")


@pytest.mark.parametrize(
    ("name", "said"), [("moody", "RuntimeError: not today"), ("short", r"points of shape \(256, 3\)")]
)
def test_a_module_that_fails_later_is_one_line(digits, own, name, said):
    with pytest.raises(SourceError, match=said):
        fresh(digits, f"own_saved:{name}").sample(5)
