"""The certified Lipschitz bound of networks: known constants, what it covers, and what it refuses."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations, spectral_norm

from wcheck.critics.activations import GroupSort
from wcheck.critics.certified import lipschitz_bound
from wcheck.critics.networks import ARCHITECTURES
from wcheck.critics.recipe import Recipe

from .zoo import Forward as Function


def dense(*rows):
    matrix = torch.tensor(rows)
    layer = nn.Linear(matrix.shape[1], matrix.shape[0])
    layer.weight = nn.Parameter(matrix)
    return layer


HALF = dense([0.3, 0.4])
"""A layer of norm 1/2."""
TWICE = dense([2.0, 0.0], [0.0, 2.0])


def bound(network, dim=2):
    return lipschitz_bound(network, (dim,))


@pytest.mark.parametrize(
    ("network", "norm"),
    [
        (nn.Sequential(HALF, nn.Flatten(0)), 0.5),
        (nn.Sequential(TWICE, nn.ReLU(), HALF, nn.Flatten(0)), 1.0),
        (nn.Sequential(TWICE, nn.LeakyReLU(0.2), HALF, nn.Flatten(0)), 1.0),
        (nn.Sequential(TWICE, nn.LeakyReLU(-3.0), HALF, nn.Flatten(0)), 3.0),
        (nn.Sequential(TWICE, GroupSort(), HALF, nn.Flatten(0)), 1.0),
        (nn.Sequential(TWICE, nn.Dropout(), nn.Tanh(), HALF, nn.Flatten(0)), 1.0),
        (Function(lambda z, a, b: b(z + functional.relu(a(z))).squeeze(1), TWICE, HALF), 1.5),
        (Function(lambda z, a: a(z - 0.25 * z.abs()).view(-1), HALF), 0.625),
        (Function(lambda z, a: (3 * a(z) / 2).flatten(0), HALF), 0.75),
        (Function(lambda z: z.sum(1)), math.sqrt(2)),
        (Function(lambda z: z.mean(dim=1)), math.sqrt(0.5)),
        (Function(lambda z: torch.cat([z, 3 * z], dim=1).sum(dim=1)), 2 * math.sqrt(10)),
        (Function(lambda z: torch.maximum(z[:, 0], z[:, 1])), math.sqrt(2)),
        (Function(lambda z: (z[:, :1] + torch.zeros(1, 4)).sum(1)), 4.0),
        (Function(lambda z: functional.linear(z, torch.tensor([[3.0, 4.0]]))[:, 0]), 5.0),
    ],
)
def test_known_constants(network, norm):
    found = bound(network)
    assert found.reason is None
    assert norm <= found.value <= norm * (1 + 1e-6)


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Linear(4, 1)), "LayerNorm divides by"),
        (nn.Sequential(nn.Unflatten(1, (2, 1, 1)), nn.GroupNorm(1, 2), nn.Flatten()), "GroupNorm divides by"),
        (nn.Sequential(nn.BatchNorm1d(2, track_running_stats=False)), "without running statistics"),
        (Function(lambda z: z[:, 0] * z[:, 1]), "depend on the point"),
        (Function(lambda z: 1 / z[:, 0]), "depends on the point"),
        (Function(lambda z: (z - z.mean(0, keepdim=True))[:, 0]), "mixes the points"),
        (Function(lambda z: torch.exp(z)[:, 0]), "no rule for the operation exp"),
        (Function(lambda z: z.mul_(3.0)[:, 0]), "changes its input"),
        (Function(lambda z: z[:, 0] if z.sum() > 0 else 2 * z[:, 0]), "takes values out of torch"),
        (Function(lambda z: z[:, 0].sort().values), "mixes the points"),
    ],
)
def test_what_has_no_bound_says_why(network, reason):
    found = bound(network)
    assert found.value is None
    assert reason in found.reason
    assert "\n" not in found.reason


def test_weights_that_are_no_numbers_have_no_bound():
    assert bound(nn.Sequential(dense([math.nan, 1.0]), nn.Flatten(0))).reason == "its weights are not finite"


def test_batch_normalisation_counts_with_its_running_statistics():
    norm = nn.BatchNorm1d(2, eps=1e-12)
    norm.running_var = torch.tensor([4.0, 0.25])
    norm.weight = nn.Parameter(torch.tensor([1.0, -3.0]))
    network = nn.Sequential(norm, HALF, nn.Flatten(0)).train()
    assert bound(network).value == pytest.approx(3.0)
    assert network.training


def test_layers_are_listed_with_their_norms():
    assert bound(nn.Sequential(TWICE, nn.ReLU(), HALF, nn.Flatten(0))).layers == pytest.approx(
        {"0": 2.0, "1": 1.0, "2": 0.5, "3": 1.0}
    )


@pytest.mark.parametrize("of", [parametrizations.spectral_norm, spectral_norm])
@pytest.mark.filterwarnings("ignore:.*weight_norm.*|.*spectral_norm.*:FutureWarning")
def test_a_power_iteration_that_has_not_converged_is_found_out(of):
    """Nominally 1-Lipschitz; the estimate of the norm is that in a direction where the matrix is nearly 0."""
    torch.manual_seed(0)
    layer = of(dense([1e6, 0.0], [0.0, 1e-3]))
    left, right = ("_u", "_v") if hasattr(layer, "parametrizations") else ("weight_u", "weight_v")
    holder = layer.parametrizations.weight[0] if hasattr(layer, "parametrizations") else layer
    for name in (left, right):
        getattr(holder, name).copy_(torch.tensor([0.0, 1.0]))
    found = bound(nn.Sequential(layer, dense([1.0, 0.0]), nn.Flatten(0)))
    assert found.value == pytest.approx(1e9)


def shipped(arch, lipschitz, shape=(3, 32, 32)):
    return Recipe.of(arch, lipschitz).network(shape, seed=0)


@pytest.mark.parametrize(
    ("arch", "lipschitz"),
    [
        ("mlp", "orthonormal"),
        ("mlp", "aol"),
        ("groupsort", "orthonormal"),
        ("dcgan", "aol"),
        ("dcgan", "orthonormal"),
    ],
)
def test_what_is_1_lipschitz_by_construction_is_so_by_measure(arch, lipschitz):
    assert 0.01 < lipschitz_bound(shipped(arch, lipschitz), (3, 32, 32)).value < 1.0 + 1e-5


def test_every_architecture_without_normalisation_has_a_bound():
    for arch in ARCHITECTURES:
        shape = (1, 32, 32) if arch == "dcgan" else (1, 4, 4)
        found = lipschitz_bound(shipped(arch, "spectral", shape), shape)
        assert found.reason is None, arch
        assert 0 < found.value < math.inf


@settings(max_examples=25)
@given(
    widths=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    seed=st.integers(0, 2**31),
    activation=st.sampled_from([nn.ReLU, lambda: nn.LeakyReLU(0.3), nn.Tanh, nn.Sigmoid, nn.ELU]),
    skips=st.booleans(),
)
def test_no_two_points_are_steeper_than_the_bound(widths, seed, activation, skips):
    torch.manual_seed(seed)
    layers, inputs = [], 3
    for width in widths:
        layers += [nn.Linear(inputs, width), activation()]
        inputs = width
    network = nn.Sequential(*layers, nn.Linear(inputs, 3))
    if skips:
        network = Function(lambda z, inner: z - inner(z), network)
    whole = nn.Sequential(network, nn.Linear(3, 1), nn.Flatten(0)).double()
    found = lipschitz_bound(whole.float(), (3,)).value
    z = 3 * torch.randn(40, 3, dtype=torch.float64)
    with torch.no_grad():
        values = whole.double()(z)
    distances = torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist").fill_diagonal_(math.inf)
    assert ((values[:, None] - values).abs() / distances).max().item() <= found
