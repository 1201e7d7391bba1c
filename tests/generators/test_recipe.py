"""Recipes of generators: what is filled in, what is dropped, what is refused, and what latents are drawn."""

import math

import pytest
import torch

from wcheck.errors import ParameterError
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.learning.descent import Descent


def latents(k, seed=0, **options):
    return GeneratorRecipe.of(**options).latents(k, torch.Generator().manual_seed(seed))


def test_what_is_left_out_is_as_published():
    assert GeneratorRecipe.of().settings() == {
        "generator": "mlp", "latent": 100, "prior": "normal", "generator_width": 512, "generator_layers": 4,
        "free_points": None, "generator_optimizer": "adam", "generator_lr": 1e-4, "generator_betas": "0,0.9",
        "average": None, "amp": None, "seed": 0,
    }  # fmt: skip
    assert GeneratorRecipe.of("dcgan").size.width == 64


def test_what_a_generator_does_not_read_makes_no_other_recipe():
    points = GeneratorRecipe.of("points", latent=3, generator_width=5, generator_layers=2)
    assert points == GeneratorRecipe.of("points")
    assert GeneratorRecipe.of("dcgan-flat", generator_layers=2, free_points=5) == GeneratorRecipe.of(
        "dcgan-flat"
    )
    assert GeneratorRecipe.of("mlp", free_points=5) == GeneratorRecipe.of("mlp")
    assert GeneratorRecipe.of("mlp", latent=3) != GeneratorRecipe.of("mlp")


def test_the_optimiser_is_that_of_the_game_unless_one_is_named():
    clip = Descent("rmsprop", 5e-5, None)
    assert GeneratorRecipe.of(published=clip).descent == clip
    assert GeneratorRecipe.of(published=clip, generator_lr=1e-3).descent == Descent("rmsprop", 1e-3, None)
    adam = GeneratorRecipe.of(published=clip, generator_optimizer="adam").descent
    assert adam == Descent("adam", 5e-5, (0.0, 0.9))


@pytest.mark.parametrize("generator", ["mlp", "dcgan", "points", "mine:make"])
def test_the_values_make_the_same_recipe_again(generator):
    recipe = GeneratorRecipe.of(
        generator, latent=7, prior="uniform", free_points=9, generator_betas=(0.5, 0.9), average=0.99, seed=3
    )
    assert GeneratorRecipe.of(**recipe.values()) == recipe


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"generator": "gan"}, "generator is 'gan': did you mean dcgan? Choose one of mlp, dcgan"),
        ({"latent": 0}, "latent is 0: give an integer of at least 1"),
        ({"latent": 1.5}, "latent is 1.5"),
        ({"prior": "cauchy"}, "prior is 'cauchy': choose one of normal, uniform"),
        ({"generator_width": -1}, "generator_width is -1"),
        ({"generator_layers": 101}, "generator_layers is 101: give at most 100"),
        ({"free_points": 0}, "free_points is 0"),
        ({"generator_lr": 0}, "generator_lr is 0: a step size is finite and above 0"),
        ({"generator_lr": math.nan}, "generator_lr is nan"),
        ({"generator_betas": (0.5, 1.0)}, "generator_betas are"),
        ({"generator_optimizer": "lion"}, "generator_optimizer is 'lion': choose one of adam"),
        ({"amp": "fp8"}, "amp is 'fp8'"),
        ({"average": 1.0}, "average is 1.0: give a decay above 0 and below 1"),
        ({"seed": -1}, "seed is -1"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused_by_its_name(options, said):
    with pytest.raises(ParameterError) as error:
        GeneratorRecipe.of(**options)
    assert said in error.value.line


def test_latents_are_of_the_prior():
    normal = latents(4000, latent=5)
    uniform = latents(4000, latent=5, prior="uniform")
    assert normal.shape == uniform.shape == (4000, 5)
    assert normal.dtype == uniform.dtype == torch.float32
    # six standard errors of a variance over 20,000 numbers: 6 sqrt(2 / 20000) and 6 sqrt(4/45 / 20000)
    assert normal.var().item() == pytest.approx(1, abs=0.06)
    assert uniform.var().item() == pytest.approx(1 / 3, abs=0.013)
    assert -1 <= uniform.min() < -0.99
    assert 0.99 < uniform.max() <= 1
    assert torch.equal(latents(10, latent=5, seed=4), latents(10, latent=5, seed=4))
    assert not torch.equal(latents(10, latent=5, seed=4), latents(10, latent=5, seed=5))


@pytest.mark.parametrize("k", [3, 7, 14, 17])
def test_free_points_are_drawn_in_turn(k):
    rows = latents(k, generator="points", free_points=7)
    assert rows.shape == (k, 1)
    counts = torch.bincount(rows[:, 0], minlength=7)
    assert {*counts.tolist()} <= {k // 7, -(-k // 7)}
    assert GeneratorRecipe.of("points", free_points=7).batch(64) == 7
    assert GeneratorRecipe.of("mlp").batch(64) == 64
