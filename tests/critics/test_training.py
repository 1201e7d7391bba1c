"""Mini-batch ascent: that it separates two sets, and that the same seed gives the same critic however one looks."""

import sys

import numpy as np
import pytest
import torch

from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training, is_small
from wcheck.learning.loop import looks
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure


def shifted(shift=3.0, n=40, d=2):
    y = np.random.default_rng(0).standard_normal((n, d)).astype(np.float32)
    return FrozenPoints(Measure.of(y + np.float32(shift) * np.eye(d, dtype=np.float32)[0])), FrozenPoints(
        Measure.of(y)
    )


def final(recipe, steps=30, every=30, **points):
    x, y = shifted(**points)
    training = Training(recipe, x, y)
    for step in looks(steps, every):
        training.advance(step)
        found = training.critic.values(x.points), training.critic.values(y.points)
    return found


def test_looking_changes_nothing():
    often = final(Recipe.of(), steps=20, every=1)
    rarely = final(Recipe.of(), steps=20, every=20)
    assert torch.equal(often[0], rarely[0])


@pytest.mark.parametrize("lipschitz", ["gp", "clip"])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_training_raises_x_above_y(lipschitz, optimizer):
    recipe = Recipe.of(lipschitz=lipschitz, optimizer=optimizer, lr=1e-3, clip=0.1)
    at_x, at_y = final(recipe, steps=100)
    assert at_x.mean() > at_y.mean()


def test_a_penalised_critic_finds_a_shift():
    at_x, at_y = final(Recipe.of(lr=1e-3), steps=300)
    # A penalty of 10 lets the slope of the difference be above 1; how far it is after so few steps, rounding decides.
    assert (at_x.mean() - at_y.mean()).item() == pytest.approx(3.0, rel=0.3)


def test_the_seed_decides():
    first, again, other = (final(Recipe.of(seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize(
    ("arch", "shape", "options", "small"),
    [
        ("mlp", (64,), {}, True),
        ("mlp", (3, 32, 32), {}, False),
        ("mlp", (3, 32, 32), {"batch_size": 8}, True),
        ("mlp", (2,), {"batch_size": None}, False),
        ("dcgan", (3, 32, 32), {"batch_size": 1}, False),
    ],
)
def test_what_is_too_little_work_for_threads_to_share(arch, shape, options, small):
    """The mlp on 64 coordinates has 64 * 256 + 2 * 256^2 + 256 weights and 769 offsets, 148,481 in all."""
    assert is_small([Recipe.of(arch, "gp", **options)], shape, 1000) == small


def test_many_small_critics_at_once_are_much_work():
    recipes = [Recipe.of("mlp", "gp", seed=seed) for seed in range(4)]
    assert is_small(recipes[:3], (64,), 1000)
    assert not is_small(recipes, (64,), 1000)


def test_a_users_module_is_found_where_it_lies_by_whoever_builds_the_critic_first(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("lies_apart", "lies_elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text(
            "from torch import nn\n\ndef made(shape):\n    return nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))\n"
        )
    recipe = Recipe.of("lies_apart:made", batch_size=4)
    training = Training(recipe, *shifted(), modules=tmp_path / "lies_apart")
    training.advance(1)
    assert training.critic.recipe.width is None
    assert is_small([Recipe.of("lies_elsewhere:made")], (2,), 40, modules=tmp_path / "lies_elsewhere")
