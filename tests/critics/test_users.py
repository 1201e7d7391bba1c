"""Objectives of the user's own: what they are asked for, and what is said of those that are wrong."""

import json
import pickle  # noqa: TID251 - what this test made itself
import sys

import numpy as np
import pytest
import torch

from wcheck.critics.objective import Needs
from wcheck.critics.recipe import Recipe
from wcheck.critics.saved import load, save
from wcheck.critics.training import Training
from wcheck.errors import ParameterError, SourceError
from wcheck.generators.game import Game
from wcheck.generators.training import GameTraining
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure

HEAD = """
from dataclasses import dataclass
from typing import ClassVar

import torch

from wcheck.critics.objective import Needs, Objective


@dataclass(frozen=True, slots=True)
class Mine(Objective):
    name: ClassVar[str] = "mine"
"""
GOOD = """
    needs: ClassVar[Needs] = Needs.{needs}

    def value(self, network, x, y):
        return network(x).mean() - network(y).mean(){more}


def made():
    return Mine()
"""
BAD = {
    "raises": ("raise RuntimeError('no\\nluck')", "failed .RuntimeError: no luck."),
    "nan": ("return network(y).mean() * torch.nan", "value of .* is nan for random points"),
    "vector": ("return network(y)", r"value of .* is torch.float32 \(4,\): return one number"),
    "float": ("return 1.0", "value of .* is float: return one number"),
    "detached": (
        "return network(y.detach()).mean()",
        "generator_loss of .* has no gradient with respect to the generated",
    ),
}


@pytest.fixture
def module(tmp_path, monkeypatch, request):
    """Write a module of the test's own name; return the function that names it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    name = "mine_" + "".join(letter if letter.isalnum() else "_" for letter in request.node.name)

    def written(body):
        (tmp_path / f"{name}.py").write_text(HEAD + body)
        return f"{name}:made"

    return written


def data():
    return FrozenPoints(Measure.of(np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)))


@pytest.mark.parametrize("needs", list(Needs))
def test_an_objective_of_the_users_is_played_like_any_other(module, needs):
    more = " + (y - x).square().mean()" if needs is Needs.NOTHING else ""
    text = module(GOOD.format(needs=needs.name, more=more))
    game = Game.of(objective=text, lr=1e-2, width=4, batch_size=5, generator_width=4, critic_steps=1)
    assert game.objective.needs is needs
    assert game.settings()["objective"] == text
    played = GameTraining(game, data())
    played.advance(3)
    assert torch.isfinite(played.last.loss)
    assert pickle.loads(pickle.dumps(game)) == game  # as it travels to another process


def test_it_is_ascended_on_between_two_sets(module):
    recipe = Recipe.of(objective=module(GOOD.format(needs="VALUES", more="")), lr=1e-2, width=4, batch_size=5)
    training = Training(recipe, data(), data())
    training.advance(2)
    assert Recipe.of(**recipe.values()) == recipe


def refused(text, message):
    with pytest.raises((ParameterError, SourceError), match=message) as error:
        Game.of(objective=text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", BAD)
def test_what_is_wrong_with_its_value_is_said_in_one_line(module, wrong):
    body, message = BAD[wrong]
    refused(
        module(
            f"\n    def value(self, network, x, y):\n        {body}\n\n\ndef made():\n    return Mine()\n"
        ),
        message,
    )


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("return {}", "returned dict: return a wcheck.critics.objective.Objective"),
        ("return Mine()", "failed .TypeError: Can't instantiate abstract class Mine"),
    ],
)
def test_a_factory_that_returns_none_is_refused(module, made, message):
    refused(module(f"\n    pass\n\n\ndef made():\n    {made}\n"), message)


def test_a_module_that_is_not_there():
    with pytest.raises(SourceError, match="objective nowhere_at_all:made cannot be imported"):
        Game.of(objective="nowhere_at_all:made")


def test_a_file_that_names_an_objective_does_not_get_it_imported(module, tmp_path):
    recipe = Recipe.of(width=4)
    from wcheck.critics.critic import Critic

    save(Critic(recipe.network((2,), seed=0), recipe, (2,)), tmp_path / "critic", {})
    description = json.loads((tmp_path / "critic" / "critic.json").read_text())
    (tmp_path / "evil.py").write_text("open('ran', 'w')\n")
    description["recipe"]["objective"] = "evil:made"
    (tmp_path / "critic" / "critic.json").write_text(json.dumps(description))
    with pytest.raises(
        SourceError, match="evil:made, which is code, and code that a file names is never run"
    ):
        load(tmp_path / "critic")
    assert not (tmp_path / "ran").exists()
