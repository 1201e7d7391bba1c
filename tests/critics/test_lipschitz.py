"""What each option of a mechanism belongs to, and recipes."""

import pytest

from wcheck.critics.lipschitz import MECHANISMS, OPTIONS, mechanism_options
from wcheck.critics.recipe import Recipe
from wcheck.errors import ParameterError


def test_options_belong_to_one_mechanism():
    assert mechanism_options("gp") == ("penalty",)
    assert mechanism_options("clip") == ("clip",)
    assert mechanism_options("ct") == ("penalty", "consistency", "dropout")
    assert mechanism_options("c-eps-transform") == ("epsilon",)
    assert mechanism_options("none") == ()
    assert OPTIONS == ("penalty", "consistency", "dropout", "clip", "epsilon")
    with pytest.raises(ParameterError, match="'gpp': choose one of gp, lp, ct, clip"):
        mechanism_options("gpp")


def test_a_recipe_fills_in_what_was_left_open_and_drops_what_is_ignored():
    gp = Recipe.of(lipschitz="gp", penalty=3.0, clip=0.5)
    assert (gp.penalty, gp.clip, gp.optimizer, gp.lr, gp.betas) == (3.0, None, "adam", 1e-4, (0.0, 0.9))
    clip = Recipe.of(lipschitz="clip", penalty=3.0, betas=(0.5, 0.9))
    assert (clip.penalty, clip.clip, clip.optimizer, clip.lr, clip.betas) == (
        None,
        0.01,
        "rmsprop",
        5e-5,
        None,
    )
    assert clip == Recipe.of(lipschitz="clip", penalty=30.0)
    assert gp != Recipe.of(lipschitz="gp", penalty=30.0)


@pytest.mark.parametrize("lipschitz", MECHANISMS)
def test_what_a_mechanism_does_not_read_is_blank_and_changes_nothing(lipschitz):
    given = {"penalty": 3.0, "consistency": 4.0, "dropout": 0.25, "clip": 0.5, "epsilon": 6.0}
    recipe, read = Recipe.of("mlp", lipschitz, **given), mechanism_options(lipschitz)
    assert {name: getattr(recipe, name) for name in OPTIONS} == {
        name: given[name] if name in read else None for name in OPTIONS
    }
    ignored = {name: value / 2 for name, value in given.items() if name not in read}
    assert Recipe.of("mlp", lipschitz, **{**given, **ignored}) == recipe


def test_integer_betas_are_what_adam_takes():
    betas = Recipe.of(betas=(0, 0.9)).betas
    assert betas == (0.0, 0.9)
    assert isinstance(betas[0], float)


@pytest.mark.parametrize(
    "wrong",
    [
        {"arch": "vgg"},
        {"lipschitz": "hope"},
        {"optimizer": "lion"},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"betas": (0.0, 1.0)},
        {"batch_size": 0},
        {"seed": -1},
        {"penalty": -1.0},
    ],
)
def test_a_recipe_refuses_what_cannot_be(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Recipe.of(**wrong)
