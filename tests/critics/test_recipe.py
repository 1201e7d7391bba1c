"""Recipes, objective times constraint: each pair trains or is refused by one sentence; settings are checked."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

from wcheck import columns
from wcheck.columns import former
from wcheck.critics.constraint import Constraint
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.networks import ARCHITECTURES
from wcheck.critics.objective import Needs, Objective
from wcheck.critics.objectives import OBJECTIVES
from wcheck.critics.penalties import GradientPenalty
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.errors import ParameterError
from wcheck.learning.samplers import FrozenPoints
from wcheck.learning.settings import Range, number
from wcheck.measures.measure import Measure

OPTIONS = ("penalty", "consistency", "dropout", "clip", "epsilon", "margin", "diversity", "features")
CRITICS = [name for name, kind in OBJECTIVES.items() if kind.needs in (Needs.VALUES, Needs.RECONSTRUCTIONS)]
"""The objectives of critics that have a value at a point, which can be trained without a generator."""


@dataclass(frozen=True, slots=True)
class OnFeatures(Objective):
    name: ClassVar[str] = "on-features"
    needs: ClassVar[Needs] = Needs.FEATURES

    def value(self, network, x, y):
        return network(x).mean() - network(y).mean()


@dataclass(frozen=True, slots=True)
class Leaky(GradientPenalty):
    """A dummy with an option of its own."""

    name: ClassVar[str] = "leaky"

    leak: float = number(0.1, Range(0, below=1))

    def excess(self, norms):
        return (norms - 1).clamp(min=0) - self.leak * (1 - norms).clamp(min=0)


@pytest.fixture
def dummies(monkeypatch):
    monkeypatch.setitem(OBJECTIVES, "on-features", OnFeatures)
    monkeypatch.setitem(CONSTRAINTS, "leaky", Leaky)


def sets(shape=(3,), n=8):
    random = np.random.default_rng(0)
    return [FrozenPoints(Measure.of(random.random((n, *shape), np.float32) + shift)) for shift in (1, 0)]


def trains(recipe, shape=(3,)):
    training = Training(recipe, *sets(shape))
    before = [weight.clone() for weight in training.critic.network.parameters()]
    training.advance(2)
    after = list(training.critic.network.parameters())
    assert all(torch.isfinite(weight).all() for weight in after)
    return any(not torch.equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("objective", [*OBJECTIVES, "on-features"])
@pytest.mark.parametrize("lipschitz", [*CONSTRAINTS, "leaky"])
@pytest.mark.usefixtures("dummies")
def test_every_pair_trains_or_is_refused_by_one_sentence(objective, lipschitz):
    options = {"objective": objective, "lipschitz": lipschitz, "width": 4, "batch_size": 4, "lr": 1e-3}
    kind, constraint = OBJECTIVES[objective], CONSTRAINTS[lipschitz]
    if objective not in CRITICS:
        with pytest.raises(
            ParameterError, match=rf"{objective} needs {kind.needs}, but a critic trained between two"
        ) as error:
            Recipe.of(**options)
        assert "\n" not in str(error.value)
    elif kind.needs not in constraint.supports:
        with pytest.raises(
            ParameterError,
            match=rf"{objective} needs a reconstruction .* lipschitz {lipschitz} is for critics with one value .*: ",
        ) as error:
            Recipe.of(**options)
        assert "\n" not in str(error.value)
    else:
        assert trains(Recipe.of(**options, features=2))


@pytest.mark.parametrize("arch", ["dcgan", "resnet"])
@pytest.mark.parametrize("objective", CRITICS)
def test_every_objective_trains_every_architecture(arch, objective):
    shape = {"dcgan": (1, 32, 32), "resnet": (1, 4, 4)}[arch]
    if arch == "resnet" and OBJECTIVES[objective].needs is Needs.RECONSTRUCTIONS:
        with pytest.raises(ParameterError, match="arch resnet has none: choose"):
            Recipe.of(arch, objective=objective)
        return
    assert trains(Recipe.of(arch, objective=objective, batch_size=2), shape)


@pytest.mark.parametrize("objective", [name for name in CRITICS if name not in ("energy-based", "began")])
def test_the_value_is_larger_the_better_two_sets_are_separated(objective):
    """The critic is the first coordinate; each set is one point, and that of x moves away along it."""
    y, way = torch.zeros(2, 3), torch.tensor([1.0, 0.0, 0.0])
    values = [OBJECTIVES[objective]().value(FirstCoordinate(), y + by * way, y).item() for by in (0, 0.5, 1)]
    assert values[0] < values[1] < values[2]


class FirstCoordinate(torch.nn.Module):
    def forward(self, z):
        return z[:, 0]


@pytest.mark.usefixtures("dummies")
def test_a_constraint_of_a_users_own_has_its_option_and_its_checks():
    assert Recipe.of(lipschitz="leaky", leak=0.3).constraint == Leaky(leak=0.3)
    assert Recipe.of(lipschitz="leaky", leak=0.3).settings()["leak"] == 0.3
    assert Recipe.of(lipschitz="gp", leak=0.3) == Recipe.of(lipschitz="gp")
    with pytest.raises(ParameterError, match=r"leak is 1.5: .* of at least 0 and below 1, such as 0.1"):
        Recipe.of(lipschitz="leaky", leak=1.5)


def test_an_option_that_nothing_reads_is_a_mistake_of_the_caller():
    with pytest.raises(TypeError, match="option leak"):
        Recipe.of(leak=0.3)


def test_a_recipe_fills_in_what_was_left_open_and_drops_what_is_ignored():
    gp = Recipe.of(lipschitz="gp", penalty=3.0, clip=0.5).settings()
    assert gp == dict.fromkeys(OPTIONS) | {
        "objective": "wasserstein", "lipschitz": "gp", "penalty": 3.0, "arch": "mlp", "width": 256,
        "layers": 3, "norm": "none", "optimizer": "adam", "lr": 1e-4, "betas": "0,0.9", "batch_size": 64, "amp": None,
        "seed": 0,
    }  # fmt: skip
    clip = Recipe.of("dcgan", "clip", penalty=3.0, betas=(0.5, 0.9), width=7, batch_size=None)
    assert clip.settings() == dict.fromkeys(OPTIONS) | {
        "objective": "wasserstein", "lipschitz": "clip", "clip": 0.01, "arch": "dcgan", "width": None,
        "layers": None, "norm": "batch", "optimizer": "rmsprop", "lr": 5e-5, "betas": None, "batch_size": "full",
        "amp": None, "seed": 0,
    }  # fmt: skip
    assert Recipe.of(lipschitz="clip") == Recipe.of(lipschitz="clip", penalty=30.0)
    assert Recipe.of(lipschitz="gp") != Recipe.of(lipschitz="gp", penalty=30.0)


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("objective", CRITICS)
def test_a_recipe_is_what_its_values_make(arch, objective):
    if arch == "resnet" and OBJECTIVES[objective].needs is Needs.RECONSTRUCTIONS:
        return
    recipe = Recipe.of(arch, objective=objective, batch_size=None, seed=3, epsilon=0.5, optimizer="rmsprop")
    assert Recipe.of(**recipe.values()) == recipe


def test_settings_come_in_the_order_of_the_vocabulary():
    names = [setting.name for setting in columns.settings("critic")]
    assert [*Recipe.of().settings()] == [*names, "seed"]


@pytest.mark.parametrize("kind", [*OBJECTIVES.values(), *CONSTRAINTS.values()])
def test_every_option_has_its_line_in_the_vocabulary_with_the_default_as_published(kind):
    groups = ("critic", "game") if kind in OBJECTIVES.values() else ("critic",)
    settings = {setting.name: setting for group in groups for setting in columns.settings(group)}
    for option in kind.settings():
        usual, *others = settings[option.name].published.replace(",", ";").split(";")
        own = dict(text.strip().split(": ") for text in others)
        assert own.get(kind.name, usual) == str(option.default).removesuffix(".0")


def test_the_vocabulary_names_every_choice():
    for setting, names in (("objective", OBJECTIVES), ("lipschitz", CONSTRAINTS), ("arch", ARCHITECTURES)):
        line = columns.named(setting)
        assert all(name in f"{line.meaning} {line.metavar}" for name in names)


@pytest.mark.parametrize("lipschitz", CONSTRAINTS)
@pytest.mark.parametrize("objective", CRITICS)
def test_what_a_pair_does_not_read_is_blank_and_changes_nothing(objective, lipschitz):
    given = {"penalty": 3.0, "consistency": 4.0, "dropout": 0.25, "clip": 0.5, "epsilon": 6.0, "margin": 7.0,
             "diversity": 0.75, "features": 8}  # fmt: skip
    read = {
        option.name for kind in (OBJECTIVES[objective], CONSTRAINTS[lipschitz]) for option in kind.settings()
    }
    if OBJECTIVES[objective].needs not in CONSTRAINTS[lipschitz].supports:
        return
    recipe = Recipe.of("mlp", lipschitz, objective=objective, **given)
    assert {name: recipe.settings()[name] for name in OPTIONS} == {
        name: given[name] if name in read else None for name in OPTIONS
    }
    ignored = {
        name: value // 2 if name == "features" else value / 2
        for name, value in given.items()
        if name not in read
    }
    assert Recipe.of("mlp", lipschitz, objective=objective, **{**given, **ignored}) == recipe


@pytest.mark.parametrize("name", former.OBJECTIVES)
def test_what_a_c_transform_was_called_means_the_objective_without_a_constraint(name):
    recipe = Recipe.of(lipschitz=name)
    assert recipe == Recipe.of(objective=name) == Recipe.of(objective=name, lipschitz="none")
    assert recipe == Recipe.of(objective=name, lipschitz=name)
    assert type(recipe.constraint) is Constraint
    assert recipe.title == name
    with pytest.raises(ParameterError, match=f"lipschitz is '{name}': choose one of gp, lp"):
        Recipe.of(objective="wasserstein", lipschitz=name)


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ({}, "gp"),
        ({"lipschitz": "none"}, "none"),
        ({"objective": "c-transform"}, "c-transform"),
        ({"objective": "c-transform", "lipschitz": "gp"}, "c-transform gp"),
    ],
)
def test_what_a_critic_is_called_among_others(given, title):
    assert Recipe.of(**given).title == title


def test_integer_betas_are_what_adam_takes():
    betas = Recipe.of(betas=(0, 0.9)).descent.betas
    assert betas == (0.0, 0.9)
    assert isinstance(betas[0], float)


@pytest.mark.parametrize(
    "wrong",
    [
        {"arch": "vgg"},
        {"objective": "hope"},
        {"lipschitz": "hope"},
        {"optimizer": "lion"},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"betas": (0.0, 1.0)},
        {"batch_size": 0},
        {"seed": -1},
        {"width": 0},
        {"penalty": -1.0},
    ],
)
def test_a_recipe_refuses_what_cannot_be(wrong):
    with pytest.raises(ParameterError, match=f"^{next(iter(wrong))} "):
        Recipe.of(**wrong)
