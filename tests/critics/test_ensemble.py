"""Critics trained together: what each would have become alone, up to rounding, whatever the others are."""

import numpy as np
import pytest
import torch

from wcheck.critics.ensemble import Ensemble, alike
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure


def points(seed, weighted=False, n=40, d=5):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(n)) if weighted else None
    return FrozenPoints(Measure.of(rng.standard_normal((n, d)).astype(np.float32) + seed, weights))


def recipes(lipschitz="gp", optimizer="adam"):
    """Three critics of two seeds, with step sizes and penalties of their own."""
    more = 50 if (lipschitz, optimizer) == ("clip", "sgd") else 1  # small weights have small gradients
    return [
        Recipe.of(
            lipschitz=lipschitz, optimizer=optimizer, seed=seed, lr=more * lr, penalty=penalty, clip=0.05, width=16,
            batch_size=8,
        )
        for seed, lr, penalty in ((3, 1e-3, 10.0), (4, 2e-3, 1.0), (3, 5e-4, 0.1))
    ]  # fmt: skip


def values(critic, x):
    return critic.values(x.points)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("lipschitz", ["gp", "lp", "clip", "none"])
def test_each_becomes_what_it_would_alone(lipschitz, optimizer, weighted):
    x, y = points(0, weighted), points(1, weighted)
    ensemble = Ensemble(recipes(lipschitz, optimizer), x, y)
    alone = [Training(recipe, x, y) for recipe in recipes(lipschitz, optimizer)]
    first = [values(one.critic, x) for one in alone]
    for steps, rounding, moved in ((0, 1e-6, 0.0), (20, 1e-4, 1e-3)):
        ensemble.advance(steps)
        for one, critic, before in zip(alone, ensemble.critics, first, strict=True):
            one.advance(steps)
            assert critic.recipe == one.critic.recipe
            expected = values(one.critic, x)
            scale = float(expected.abs().max())
            assert float((values(critic, x) - expected).abs().max()) <= rounding * scale
            assert float((before - expected).abs().max()) >= moved * scale


def test_one_that_diverges_leaves_the_others_alone():
    x, y = points(0), points(1)
    good, wild = Recipe.of(seed=1, width=16), Recipe.of(seed=1, width=16, lr=1e30)
    ensemble = Ensemble([good, wild], x, y)
    ensemble.advance(10)
    kept = [values(critic, x) for critic in ensemble.critics]
    pair = Ensemble([good, good], x, y)
    pair.advance(10)
    assert not torch.isfinite(kept[1]).all()
    torch.testing.assert_close(kept[0], values(pair.critics[0], x))


def test_it_goes_on_from_where_it_was_to_the_last_bit():
    x, y = points(0), points(1)
    straight, cut, resumed = (Ensemble(recipes(), x, y) for _ in range(3))
    straight.advance(20)
    cut.advance(7)
    resumed.restore(cut.state())
    resumed.advance(20)
    for one, other in zip(straight.critics, resumed.critics, strict=True):
        assert torch.equal(values(one, x), values(other, x))


@pytest.mark.parametrize(
    ("options", "joins"),
    [
        ({"seed": 1}, True), ({"lr": 1.0}, True), ({"penalty": 0.5}, True), ({"width": 8}, False),
        ({"lipschitz": "lp"}, False), ({"batch_size": 8}, False), ({"optimizer": "sgd"}, False),
        ({"betas": (0.5, 0.9)}, False),
    ],
)  # fmt: skip
def test_who_is_trained_together(options, joins):
    assert (alike(Recipe.of(**options)) == alike(Recipe.of())) == joins


@pytest.mark.parametrize(
    "options", [{"batch_size": None}, {"arch": "groupsort"}, {"lipschitz": "spectral"}, {"lipschitz": "ct"}]
)
def test_who_is_trained_alone(options):
    assert alike(Recipe.of(**options)) is None


def test_critics_that_differ_in_more_are_no_ensemble():
    with pytest.raises(ValueError, match="differ in more"):
        Ensemble([Recipe.of(), Recipe.of(width=8)], points(0), points(1))
