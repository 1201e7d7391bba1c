"""Critics whose layers are more or fewer, and normalised: what they are, what they depend on, what fits together."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from wcheck.critics import saved
from wcheck.critics.audit import audit
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.critic import Critic
from wcheck.critics.ensemble import Ensemble, alike
from wcheck.critics.in_training import batch_dependence, generator_gradient
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.errors import ParameterError
from wcheck.generators.game import Game
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure
from wcheck.transport.bounds.potentials import AllPairs
from wcheck.transport.solve.exact import exact

SMALL = {"width": 8, "batch_size": 6, "lr": 1e-2}


def measures(n=20, dim=3):
    random = np.random.default_rng(0)
    return [Measure.of(random.standard_normal((n, dim)).astype(np.float32) + shift) for shift in (1, 0)]


def trained(steps=30, n=20, **options):
    x, y = map(FrozenPoints, measures(n))
    training = Training(Recipe.of(**{**SMALL, **options}), x, y)
    training.advance(steps)
    return training.critic, x, y


def kinds(**options):
    network = Recipe.of(**options).network(options.pop("shape", (5,)), seed=0)
    return [type(layer) for layer in network if isinstance(layer, (nn.Linear, nn.LayerNorm, nn.BatchNorm1d))]


@pytest.mark.parametrize("arch", ["mlp", "groupsort"])
def test_hidden_layers_are_as_many_as_asked_for_each_normalised(arch):
    assert kinds(arch=arch) == [nn.Linear] * 4
    assert kinds(arch=arch, layers=1) == [nn.Linear] * 2
    assert kinds(arch=arch, layers=2, norm="batch") == [nn.Linear, nn.BatchNorm1d] * 2 + [nn.Linear]
    assert kinds(arch=arch, layers=1, norm="layer") == [nn.Linear, nn.LayerNorm, nn.Linear]


@pytest.mark.parametrize(("lipschitz", "usual"), [("gp", "layer"), ("clip", "batch"), ("spectral", "none")])
def test_dcgan_is_normalised_as_its_constraint_has_it_unless_it_is_told(lipschitz, usual):
    made = {"batch": nn.BatchNorm2d, "layer": nn.GroupNorm}
    for norm in (None, *CONSTRAINTS[lipschitz].norms):
        recipe = Recipe.of("dcgan", lipschitz, norm=norm)
        assert recipe.norm == recipe.settings()["norm"] == (norm or usual)
        found = {type(layer) for layer in recipe.network((1, 32, 32), seed=0)} & set(made.values())
        assert found == ({made[recipe.norm]} if recipe.norm in made else set())


def test_where_there_is_no_choice_the_settings_are_blank():
    assert Recipe.of("resnet", norm="batch", layers=7).norm is None
    assert Recipe.of("resnet", layers=7).layers is Recipe.of("dcgan", layers=7).layers is None
    autoencoder = Recipe.of(objective="energy-based", norm="batch", layers=7)
    assert autoencoder.norm is autoencoder.layers is None
    assert Recipe.of("dcgan", objective="energy-based", norm="batch").norm == "batch"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"norm": "instance"}, "norm is 'instance'.*none, batch, layer"),
        ({"layers": 0}, "layers is 0: give an integer of at least 1"),
        (
            {"norm": "batch", "lipschitz": "spectral"},
            "norm is batch: with lipschitz spectral it must be none",
        ),
        (
            {"norm": "layer", "lipschitz": "orthonormal"},
            "norm is layer: with lipschitz orthonormal it must be none",
        ),
        ({"norm": "batch", "lipschitz": "ct"}, "must be none or layer; .*choose lipschitz gp, lp, dragan"),
        ({"norm": "batch", "batch_size": 1}, "batch_size is 1: norm batch averages"),
    ],
)
def test_what_does_not_fit_together_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        Recipe.of(**options)


def test_one_point_has_no_average():
    with pytest.raises(ParameterError, match="full, but there is only one point"):
        trained(n=1, norm="batch", batch_size="full")
    with pytest.raises(ParameterError, match="free_points is 1: norm batch"):
        Game.of(norm="batch", generator="points", free_points=1, objective="minimax")


@pytest.mark.parametrize("batch_size", [6, "full"])
@pytest.mark.parametrize("lipschitz", ["gp", "clip", "none"])
def test_a_value_depends_on_the_rest_of_the_batch_with_batch_normalisation_alone(lipschitz, batch_size):
    for norm in ("none", "layer", "batch"):
        found = batch_dependence(
            *trained(lipschitz=lipschitz, norm=norm, clip=0.5, batch_size=batch_size), seed=0
        )
        assert found > 0.05 if norm == "batch" else found < 1e-5


def test_the_dependence_is_that_of_the_mean_of_a_batch():
    """``D(x) = x - mean x`` of an independent batch of k points: sqrt(2 / k) standard deviations."""

    class Centred(nn.Module):
        def forward(self, z):
            return (z - z.mean(dim=0)).sum(dim=1)

    x, y = (
        FrozenPoints(Measure.of(np.random.default_rng(seed).standard_normal((4000, 1)).astype(np.float32)))
        for seed in (0, 1)
    )
    critic = Critic(Centred(), Recipe.of(lipschitz="none", batch_size=50), (1,))
    squares = [batch_dependence(critic, x, y, seed=seed) ** 2 for seed in range(40)]
    assert np.mean(squares) == pytest.approx(2 / 100, rel=0.4)


def test_a_look_leaves_a_critic_as_it_is():
    critic, x, y = trained(norm="batch", lipschitz="clip")
    before = {name: value.clone() for name, value in critic.network.state_dict().items()}
    assert len(before) > 14  # running averages among them
    batch_dependence(critic, x, y, seed=0)
    generator_gradient(critic, x, y, seed=0)
    assert critic.network.training
    assert all(torch.equal(value, before[name]) for name, value in critic.network.state_dict().items())


@pytest.mark.parametrize(
    ("objective", "slope"),
    [
        ("wasserstein", lambda d: np.ones_like(d)),
        ("minimax", lambda d: 1 / (1 + np.exp(-d))),
        ("non-saturating", lambda d: 1 / (1 + np.exp(d))),
    ],
)
def test_the_generators_gradient_is_its_closed_form(objective, slope):
    """``D(z) = 3 z``: the loss has slope ``3 s(D(y_i)) / k`` at a generated point."""
    linear = nn.Sequential(nn.Linear(1, 1), nn.Flatten(0))
    with torch.no_grad():
        linear[0].weight.fill_(3.0)
        linear[0].bias.zero_()
    x, y = map(FrozenPoints, measures(dim=1))
    critic = Critic(linear, Recipe.of(objective=objective, batch_size="full"), (1,))
    expected = np.linalg.norm(3 * slope(3 * y.points.numpy().astype(float)) / 20)
    assert generator_gradient(critic, x, y, seed=0) == pytest.approx(expected, rel=1e-5)


def test_a_loss_without_a_gradient_has_none():
    class Steps(nn.Module):
        def forward(self, z):
            return z.detach().sum(dim=1)

    x, y = map(FrozenPoints, measures())
    assert generator_gradient(Critic(Steps(), Recipe.of(), (3,)), x, y, seed=0) is None


@pytest.mark.parametrize("lipschitz", ["clip", "gp"])
def test_what_is_certified_of_a_batch_normalised_critic_is_of_the_function_that_is_evaluated(lipschitz):
    critic, x, y = trained(steps=60, norm="batch", lipschitz=lipschitz, clip=0.5)
    pair = measures()
    found = audit(critic, x, y, AllPairs(*pair), grad_points=200, seed=0)
    truth = exact(*pair).bracket.upper
    assert 0 < found.normalised_pairs <= truth
    assert found.lower <= truth
    assert found.normalised_upper <= found.normalised_pairs * (1 + 1e-9)
    values = critic.values(x.points)
    for size in (1, 3):  # the same whatever else is in the batch
        again = torch.cat([critic.values(part) for part in x.points.split(size)])
        assert torch.allclose(again, values, atol=1e-6)


def test_a_normalised_critic_goes_on_from_its_state_and_is_loaded_as_it_was(tmp_path):
    x, y = map(FrozenPoints, measures())
    recipe = Recipe.of(norm="batch", layers=2, lipschitz="clip", **SMALL)
    whole, begun, resumed = (Training(recipe, x, y) for _ in range(3))
    whole.advance(20)
    begun.advance(9)
    resumed.restore(begun.state())
    resumed.advance(20)
    expected = whole.critic.values(x.points)
    assert torch.equal(resumed.critic.values(x.points), expected)
    saved.save(whole.critic, tmp_path / "critic", {})
    loaded = saved.load(tmp_path / "critic")
    assert loaded.recipe == recipe
    assert torch.equal(loaded.values(x.points), expected)


def test_the_old_saved_critics_have_the_layers_that_they_had():
    """Their descriptions name neither depth nor normalisation."""
    values = Recipe.of("mlp", width=4).values()
    before = {name: value for name, value in values.items() if name not in ("layers", "norm")}
    assert Recipe.of(**before) == Recipe.of("mlp", width=4, layers=3, norm="none")
    assert Recipe.of("dcgan", "clip").norm == "batch"


def test_deep_critics_are_trained_together_and_normalised_ones_are_not():
    assert alike(Recipe.of(norm="batch")) is alike(Recipe.of(norm="layer")) is None
    assert alike(Recipe.of(layers=5)) != alike(Recipe.of())
    x, y = map(FrozenPoints, measures())
    recipes = [Recipe.of(layers=5, seed=seed, **SMALL) for seed in (0, 1)]
    ensemble = Ensemble(recipes, x, y)
    alone = [Training(recipe, x, y) for recipe in recipes]
    for training in (ensemble, *alone):
        training.advance(10)
    for one, other in itertools.zip_longest(ensemble.critics, [training.critic for training in alone]):
        assert torch.allclose(one.values(x.points), other.values(x.points), atol=1e-5)
