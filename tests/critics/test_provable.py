"""1-Lipschitz families: no two points are further apart in value than in place, before, during and after training."""

import numpy as np
import pytest
import torch
from torch import nn

from wcheck.critics.gram import Scaled
from wcheck.critics.provable import AlmostOrthogonal, Orthonormal
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.learning.loop import looks
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure

FAMILIES = {"orthonormal": Orthonormal, "aol": AlmostOrthogonal}
ROUNDING = 1e-5


def frozen(shape, n, seed):
    points = np.random.default_rng(seed).random((n, *shape), dtype=np.float32)
    return FrozenPoints(Measure.of(points))


def steepest(critic, points):
    """Return the largest slope between any two points, and between points and others very near."""
    random = torch.Generator().manual_seed(1)
    near = points + 1e-3 * torch.randn(points.shape, generator=random)
    together = torch.cat([points, near]).double()
    network = critic.network.double()
    values = critic.values(together)
    slopes = (values[:, None] - values).abs() / torch.cdist(together, together).fill_diagonal_(1.0)
    network.float()
    return slopes.max().item()


@pytest.mark.parametrize("lipschitz", FAMILIES)
@pytest.mark.parametrize(
    ("arch", "shape", "n", "steps"), [("mlp", (6,), 40, 12), ("dcgan", (1, 32, 32), 6, 2)]
)
def test_no_slope_exceeds_1_whatever_the_training_did(lipschitz, arch, shape, n, steps):
    x, y = frozen(shape, n, 0), frozen(shape, n, 1)
    recipe = Recipe.of(arch, lipschitz, width=16, lr=0.1, batch_size=4)
    training = Training(recipe, x, y)
    for step in looks(steps, steps // 2):
        training.advance(step)
        assert steepest(training.critic, x.points) <= 1 + ROUNDING


def test_an_unconstrained_critic_is_steeper():
    """The comparator."""
    x, y = frozen((6,), 40, 0), frozen((6,), 40, 1)
    training = Training(Recipe.of("mlp", "none", width=16, lr=0.1), x, y)
    training.advance(12)
    assert steepest(training.critic, x.points) > 2


def trained(layer, family, shape, steps=3):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = FAMILIES[family]().prepare(nn.Sequential(layer))
        optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
        for _ in range(steps):
            optimizer.zero_grad()
            network(torch.randn(8, *shape)).square().mean().neg().backward()
            optimizer.step()
    return network


def matrix(network, shape):
    """Return the network's matrix: it is affine."""
    basis = torch.eye(torch.Size(shape).numel()).reshape(-1, *shape)
    with torch.no_grad():
        return (network(basis) - network(torch.zeros(1, *shape))).flatten(1).T.double()


@pytest.mark.parametrize(("inputs", "outputs"), [(7, 7), (12, 5), (5, 12), (9, 1)])
def test_orthonormal_matrices_are(inputs, outputs):
    found = torch.linalg.svdvals(
        matrix(trained(nn.Linear(inputs, outputs), "orthonormal", (inputs,)), (inputs,))
    )
    assert found.min() > 1 - 1e-4
    assert found.max() < 1 + ROUNDING


@pytest.mark.parametrize(("inputs", "outputs"), [(3, 8), (2, 8), (8, 4)])
def test_orthonormal_convolutions_are_isometric(inputs, outputs):
    """4x4 with stride 2 on 8x8: from 64 c numbers to 16 c', so that the fewer are kept, or all of them."""
    shape = (inputs, 8, 8)
    found = torch.linalg.svdvals(
        matrix(trained(nn.Conv2d(inputs, outputs, 4, 2, 1), "orthonormal", shape), shape)
    )
    assert found.min() > 1 - 1e-3
    assert found.max() < 1 + ROUNDING


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Linear(7, 7), (7,)),
        (nn.Linear(12, 5), (12,)),
        (nn.Linear(5, 12), (5,)),
        (nn.Conv2d(3, 8, 4, stride=2, padding=1), (3, 8, 8)),
        (nn.Conv2d(1, 8, 4, stride=2, padding=1), (1, 8, 8)),
        (nn.Conv2d(2, 3, 3, padding=1), (2, 6, 6)),
        (nn.Conv2d(4, 2, 4, stride=4), (4, 8, 8)),
    ],
)
def test_almost_orthogonal_layers_have_norm_at_most_1(layer, shape):
    norm = torch.linalg.matrix_norm(matrix(trained(layer, "aol", shape), shape), 2)
    assert 0.1 < norm <= 1 + ROUNDING


def test_orthogonal_rows_are_almost_orthogonal_already():
    """The rescaling leaves them as they are: each sum is 1."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = AlmostOrthogonal().prepare(nn.Sequential(nn.Linear(9, 4)))
    parameter = network[0].parametrizations.weight.original
    assert torch.allclose(network[0].weight, parameter, atol=1e-6)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (2, 7, 3), (1, 9)])
def test_scaled_matrices_have_norms_a_little_below_1(shape):
    matrices = 1e4 * torch.randn(shape, generator=torch.Generator().manual_seed(3))
    norms = torch.linalg.matrix_norm(Scaled()(matrices), 2)
    assert (norms <= 1 + 1e-6).all()
    assert (norms >= min(shape[-2:]) ** (-1 / 32) - 1e-6).all()


def test_scaling_survives_sizes_whose_powers_are_no_floats():
    for size in (1e-15, 1e15):
        norm = torch.linalg.matrix_norm(Scaled()(size * torch.eye(4)), 2)
        assert norm.item() == pytest.approx(4 ** (-1 / 32), rel=1e-5)


@pytest.mark.parametrize("lipschitz", FAMILIES)
def test_looking_and_evaluating_change_nothing(lipschitz):
    """Libraries that iterate a little further whenever a layer is used would change the critic by looking at it."""
    x, y = frozen((1, 32, 32), 6, 0), frozen((1, 32, 32), 6, 1)
    recipe = Recipe.of("dcgan", lipschitz, batch_size=2)

    def final(every):
        training = Training(recipe, x, y)
        for step in looks(2, every):
            training.advance(step)
            training.critic.values(x.points)
        return training.critic

    often, rarely = final(1), final(2)
    assert torch.equal(often.values(x.points), rarely.values(x.points))
    trained_mode = often.network.train()(x.points).detach()
    assert torch.allclose(often.values(x.points), trained_mode, atol=1e-6)
