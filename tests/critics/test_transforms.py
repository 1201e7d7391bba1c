"""c-transforms over the batch of data: what they are by hand, and that they bound the batches' W1."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from wcheck import exact
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.critics.transforms import CTransform, SoftCTransform
from wcheck.errors import ParameterError
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, z):
        return self.function(z)


def clouds(n=12, m=9, d=3):
    random = np.random.default_rng(5)
    return [torch.from_numpy(random.standard_normal((k, d)).astype(np.float32)) for k in (n, m)]


def value(objective, function, x, y):
    return objective.value(Function(function), x, y).item()


def test_the_bound_by_hand():
    x, y = torch.tensor([[0.0], [4.0]]), torch.tensor([[1.0], [5.0]])
    # f = (0, 2): f^c(1) = min(1 - 0, 3 - 2) = 1 and f^c(5) = min(5 - 0, 1 - 2) = -1
    assert value(CTransform(), lambda z: z[:, 0] / 2, x, y) == pytest.approx(1.0 + 0.0)


FUNCTIONS = [
    lambda z: 0 * z[:, 0],
    lambda z: z[:, 0],
    lambda z: 100 * z.square().sum(1),
    lambda z: -z.norm(dim=1),
    lambda z: torch.sin(20 * z).sum(1),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_any_function_gives_at_most_the_distance_of_the_batches(function):
    x, y = clouds()
    truth = exact(Measure.of(x.numpy()), Measure.of(y.numpy())).bracket.upper
    assert value(CTransform(), function, x, y) <= truth * (1 + 1e-6)


def test_the_optimal_potential_gives_the_distance():
    x, y = clouds()
    found = exact(Measure.of(x.numpy()), Measure.of(y.numpy()))
    potential = torch.from_numpy(np.asarray(found.potentials[0], dtype=np.float32))
    assert value(CTransform(), lambda z: potential, x, y) == pytest.approx(found.value, rel=1e-5)


def test_other_signs_would_bound_nothing():
    """The comparator: what the misprinted sign would ascend on exceeds the distance."""
    x, y = clouds()
    f = 10 * x[:, 0]
    literal = f.mean() + (torch.cdist(x, y) + f[:, None]).amin(dim=0).mean()
    truth = exact(Measure.of(x.numpy()), Measure.of(y.numpy())).bracket.upper
    assert (
        max(literal.item(), (f.mean() - (f[:, None] - torch.cdist(x, y)).amin(dim=0).mean()).item()) > truth
    )


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("epsilon", [0.01, 1.0, 10.0])
def test_the_soft_minimum_lies_above_by_at_most_epsilon_log_n(function, epsilon):
    x, y = clouds()
    hard = value(CTransform(), function, x, y)
    soft = value(SoftCTransform(epsilon), function, x, y)
    slack = 1e-6 * (1 + abs(hard))
    assert hard - slack <= soft <= hard + epsilon * math.log(len(x)) + slack


def test_with_a_large_epsilon_the_soft_minimum_is_a_mean():
    x, y = clouds()
    assert value(SoftCTransform(1e4), lambda z: z[:, 0], x, y) == pytest.approx(
        torch.cdist(x, y).mean().item(), rel=1e-3
    )


def test_a_trained_c_transform_nears_the_distance_of_the_batches():
    """Full batches: what is ascended on is a bound of W1 that the ascent nearly reaches, with no constraint."""
    x, y = (FrozenPoints(Measure.of(points.numpy())) for points in clouds(10, 10))
    recipe = Recipe.of("mlp", "c-transform", width=32, lr=1e-2, batch_size=None)
    training = Training(recipe, x, y)
    training.advance(150)
    truth = exact(Measure.of(x.points.numpy()), Measure.of(y.points.numpy())).value
    reached = value(CTransform(), training.critic.network, x.points, y.points)
    assert 0.97 * truth < reached <= truth * (1 + 1e-6)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, math.nan])
def test_epsilon_is_positive(epsilon):
    with pytest.raises(ParameterError, match="epsilon is"):
        SoftCTransform(epsilon)


@pytest.mark.parametrize("objective", [CTransform(), SoftCTransform(0.3)])
@pytest.mark.parametrize("side", [0, 1])
def test_a_generator_learns_from_the_costs(objective, side):
    """The gradient in the points of either side is that of differences, of the critic and of the costs together."""
    sets = [points.double() for points in clouds(5, 4)]

    def at(points):
        x, y = (points, sets[1]) if side == 0 else (sets[0], points)
        # in float64: the critic's own values alone are rounded to float32
        return objective.value(Function(lambda z: torch.sin(z).sum(1)), x, y)

    points = sets[side].clone().requires_grad_()
    (found,) = torch.autograd.grad(at(points), points)
    step = 1e-2
    for place in np.ndindex(*points.shape):
        moved = torch.zeros_like(points)
        moved[place] = step
        with torch.no_grad():
            numeric = (at(points + moved) - at(points - moved)).item() / (2 * step)
        assert found[place].item() == pytest.approx(numeric, abs=1e-3)


def test_the_slope_of_the_costs_counts():
    """The comparator: under a constant critic the value moves with the points by the costs alone."""
    x, y = clouds(5, 4)
    y.requires_grad_()
    (found,) = torch.autograd.grad(CTransform().value(Function(lambda z: 0 * z[:, 0]), x, y), y)
    assert found.norm(dim=1) == pytest.approx(np.full(4, 0.25), rel=1e-5)


@pytest.mark.parametrize("objective", [CTransform(), SoftCTransform(0.3)])
def test_equal_points_pull_at_nothing(objective):
    x = torch.zeros(3, 2)
    y = torch.zeros(4, 2, requires_grad=True)
    (found,) = torch.autograd.grad(objective.value(Function(lambda z: 0 * z[:, 0]), x, y), y)
    assert torch.equal(found, torch.zeros(4, 2))
