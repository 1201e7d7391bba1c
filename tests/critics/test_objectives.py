"""Objectives of games: their gradients against differences, their values by hand, and what they bound."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from wcheck import exact
from wcheck.critics.autoencoders import Reconstruction
from wcheck.critics.direct import MMD, Energy, Exact, Sinkhorn, Sliced
from wcheck.critics.embedding import SCALES, rational_quadratic
from wcheck.critics.objective import Needs
from wcheck.critics.objectives import OBJECTIVES
from wcheck.critics.statistics import between
from wcheck.measures.measure import Measure


def clouds(n=6, m=6, d=3, shift=0.5, seed=0):
    source = torch.Generator().manual_seed(seed)
    x, y = (torch.randn((k, d), generator=source, dtype=torch.float64) for k in (n, m))
    return x, y + shift


def critic(needs, d=3):
    """A smooth critic in float64, which gives what is needed."""
    outputs = {Needs.VALUES: 1, Needs.FEATURES: 4, Needs.RECONSTRUCTIONS: d, Needs.NOTHING: 1}[needs]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        layers = nn.Sequential(nn.Linear(d, 5), nn.Tanh(), nn.Linear(5, outputs)).double()
    if needs is Needs.RECONSTRUCTIONS:
        return Reconstruction(layers)
    return nn.Sequential(layers, nn.Flatten(0)) if needs is Needs.VALUES else layers


def made(name):
    """An objective whose hinges are inside: energies are about 2."""
    options = {"energy-based": {"margin": 3.0}, "sinkhorn": {"epsilon": 3.0}, "sliced": {"projections": 20}}
    return OBJECTIVES[name](**options.get(name, {}))


def differences(function, at, step=1e-6):
    found = torch.zeros_like(at)
    for place in np.ndindex(*at.shape):
        moved = torch.zeros_like(at)
        moved[place] = step
        found[place] = (function(at + moved) - function(at - moved)).detach() / (2 * step)
    return found


def draws():
    return torch.Generator().manual_seed(3)


@pytest.mark.parametrize("m", [6, 8])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_gradient_of_a_generators_loss_is_that_of_differences(name, m):
    objective, (x, y) = made(name), clouds(m=m)
    network = objective.prepare(critic(objective.needs))
    if name == "began":
        network.balance = torch.tensor(0.3, dtype=torch.float64)

    def loss(points):
        return objective.generator_loss(network, x, points, draws())

    points = y.clone().requires_grad_()
    (found,) = torch.autograd.grad(loss(points), points)
    assert found.abs().max() > 1e-3
    # what Sinkhorn's annealing leaves undone is no part of its gradient
    tolerance = 2e-4 if name == "sinkhorn" else 1e-7
    assert found.numpy() == pytest.approx(differences(loss, y).numpy(), abs=tolerance)


@pytest.mark.parametrize("side", ["x", "y", "weights"])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_gradient_of_the_value_is_that_of_differences(name, side):
    objective, (x, y) = made(name), clouds(m=8)
    network = objective.prepare(critic(objective.needs))
    if name == "began":
        network.balance = torch.tensor(0.3, dtype=torch.float64)
    if objective.needs is Needs.NOTHING and side == "weights":
        return
    weight = next(network.parameters())

    def value(at):
        if side == "weights":
            with torch.no_grad():
                weight.copy_(at)
        return objective.value(network, at if side == "x" else x, at if side == "y" else y)

    if side == "weights":
        start = weight.detach().clone()
        (found,) = torch.autograd.grad(objective.value(network, x, y), weight)
    else:
        start = {"x": x, "y": y}[side]
        points = start.clone().requires_grad_()
        (found,) = torch.autograd.grad(value(points), points)
    tolerance = 2e-4 if name == "sinkhorn" else 1e-7
    assert found.numpy() == pytest.approx(differences(value, start).numpy(), abs=tolerance)


@pytest.mark.parametrize("name", ["feature-energy", "feature-mmd"])
def test_a_witness_is_the_function_whose_means_differ_by_the_value(name):
    """Its mean over a batch holds each point beside itself, which the value leaves out."""
    objective, (x, y) = made(name), clouds(n=10, m=10)
    network = critic(Needs.FEATURES)
    f = objective.witness(network, x, y)
    if name == "feature-energy":
        first, itself = y.tensor_split(2)[0], (0.0,)
        within = (between(network(x)),)
    else:
        first, itself = y, (len(SCALES), len(SCALES))
        within = tuple(between(network(z), rational_quadratic) for z in (x, y))
    beside = sum((alone - own.item()) / 10 for own, alone in zip(within, itself, strict=True))
    expected = objective.value(network, x, y).item() + (beside if name == "feature-mmd" else -beside)
    assert (f(x).mean() - f(first).mean()).item() == pytest.approx(expected, rel=1e-7)
    point = (x[:1] + 0.1).requires_grad_()
    (found,) = torch.autograd.grad(f(point).sum(), point)
    assert found.numpy() == pytest.approx(differences(lambda z: f(z).sum(), point.detach()).numpy(), abs=1e-7)


@pytest.mark.parametrize(
    ("name", "value", "loss"),
    [
        ("wasserstein", 2.0 - 0.5, -0.5),
        ("minimax", -math.log1p(math.exp(-2)) - math.log1p(math.exp(0.5)), -math.log1p(math.exp(0.5))),
        ("non-saturating", -math.log1p(math.exp(-2)) - math.log1p(math.exp(0.5)), math.log1p(math.exp(-0.5))),
        ("least-squares", -((2.0 - 1) ** 2 + 0.5**2) / 2, (0.5 - 1) ** 2 / 2),
        ("hinge", -(0.0 + 1.5), -0.5),
        ("energy-based", -(2.0 + 10.0 - 0.5), 0.5),
        ("began", 0.25 * 0.5 - 2.0, 0.5),
    ],
)
def test_the_formulas_by_hand(name, value, loss):
    """The critic's value is the first coordinate, at data 2 and at generated points 1/2."""

    class First(nn.Module):
        def forward(self, z):
            return z[:, 0]

    objective = OBJECTIVES[name]()
    network = objective.prepare(First())
    if name == "began":
        network.balance.fill_(0.25)
    x, y = torch.full((3, 2), 2.0), torch.full((3, 2), 0.5)
    assert objective.value(network, x, y).item() == pytest.approx(value, rel=1e-6)
    assert objective.generator_loss(network, x, y, draws()).item() == pytest.approx(loss, rel=1e-6)


def test_energy_and_mmd_are_unbiased_where_means_over_all_pairs_are_not():
    """Two standard Gaussian batches of 64 in 64 dimensions: the truth is 0, and the diagonal makes it a third."""
    source = torch.Generator().manual_seed(0)
    found, with_diagonal, discrepancies = [], [], []
    for _ in range(40):
        x, y = (torch.randn((64, 64), generator=source, dtype=torch.float64) for _ in range(2))
        found.append(Energy().value(nn.Identity(), x, y).item())
        discrepancies.append(MMD().value(nn.Identity(), x, y).item())
        with_diagonal.append(
            (2 * torch.cdist(x, y).mean() - torch.cdist(x, x).mean() - torch.cdist(y, y).mean()).item()
        )
    for values in (found, discrepancies):
        assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(40)
    assert np.mean(with_diagonal) > 10 * np.std(found) / math.sqrt(40)
    assert np.mean(with_diagonal) == pytest.approx(0.35, abs=0.02)
    assert min(found) < 0


@pytest.mark.parametrize("objective", [Energy(), MMD(), MMD(kernel="imq")])
def test_an_unbiased_statistic_by_every_pair(objective):
    x, y = clouds(5, 4)
    scale = torch.pdist(x).median().item()
    kernels = {"gaussian": lambda r: scale**2 * math.exp(-((r / scale) ** 2) / 2),
               "imq": lambda r: scale**2 / math.sqrt(1 + (r / scale) ** 2)}  # fmt: skip
    k = (lambda r: -r) if isinstance(objective, Energy) else kernels[objective.kernel]

    def mean(left, right, distinct):
        pairs = [(i, j) for i in range(len(left)) for j in range(len(right)) if not distinct or i != j]
        return np.mean([k(float(torch.linalg.vector_norm(left[i] - right[j]))) for i, j in pairs])

    expected = mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False)
    assert objective.value(nn.Identity(), x, y).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("m", [7, 10])
def test_exact_is_the_distance_and_its_gradient_the_plans(m):
    x, y = clouds(7, m)
    result = exact(Measure.of(x.numpy()), Measure.of(y.numpy()))
    points = y.clone().requires_grad_()
    value = Exact().value(nn.Identity(), x, points)
    assert result.bracket.lower * (1 - 1e-12) <= value.item() <= result.bracket.upper * (1 + 1e-12)
    (found,) = torch.autograd.grad(value, points)
    plan = torch.from_numpy(result.plan.toarray())
    away = y[None] - x[:, None]
    expected = (plan[..., None] * away / away.norm(dim=2, keepdim=True)).sum(dim=0)
    assert found.numpy() == pytest.approx(expected.numpy(), abs=1e-9)
    wrong = torch.full_like(plan, 1 / plan.numel())  # the comparator: the gradient of another plan is another
    assert not np.allclose(
        found.numpy(), (wrong[..., None] * away / away.norm(dim=2, keepdim=True)).sum(dim=0)
    )


def test_equal_batches_are_0_apart_and_pull_at_nothing():
    x, _ = clouds()
    points = x.flip(0).clone().requires_grad_()
    value = Exact().value(nn.Identity(), x, points)
    assert value.item() == 0
    assert torch.equal(torch.autograd.grad(value, points)[0], torch.zeros_like(x))


@pytest.mark.parametrize("objective", [Exact(), Sinkhorn(), Energy(), Sliced(), MMD()])
def test_points_that_are_not_finite_make_the_value_so(objective):
    x, y = clouds()
    y[0, 0] = torch.nan
    assert not math.isfinite(objective.value(nn.Identity(), x, y).item())


def test_sliced_is_the_mean_of_distances_on_lines():
    x, y = clouds(6, 9)
    shape = (3, 20)
    normal = torch.randn(shape, generator=draws(), dtype=torch.float64)
    directions = normal / normal.norm(dim=0)
    expected = np.mean(
        [
            exact(
                Measure.of((x @ direction)[:, None].numpy()), Measure.of((y @ direction)[:, None].numpy())
            ).value
            for direction in directions.T
        ]
    )
    found = Sliced(projections=20).generator_loss(nn.Identity(), x, y, draws())
    assert found.item() == pytest.approx(expected, rel=1e-6)
    equal = Sliced(projections=20).generator_loss(nn.Identity(), x, x + 1.0, draws())
    assert equal.item() == pytest.approx(directions.sum(dim=0).abs().mean().item(), rel=1e-9)


def test_each_step_of_sliced_draws_its_directions_and_its_value_does_not():
    (x, y), source, objective = clouds(), draws(), Sliced(projections=3)
    losses = {objective.generator_loss(nn.Identity(), x, y, source).item() for _ in range(3)}
    assert len(losses) == 3
    assert len({objective.value(nn.Identity(), x, y).item() for _ in range(3)}) == 1


def entropic_cost(costs, epsilon):
    """An upper bound of ``min <P, c> + eps KL(P | a x b)`` by a plan of Sinkhorn's iteration, rounded to marginals."""
    n, m = costs.shape
    f, g = np.zeros(n), np.zeros(m)
    for _ in range(3000):
        f = -epsilon * np.log(np.mean(np.exp((g - costs) / epsilon), axis=1))
        g = -epsilon * np.log(np.mean(np.exp((f[:, None] - costs) / epsilon), axis=0))
    plan = np.exp((f[:, None] + g - costs) / epsilon) / (n * m)
    plan *= np.minimum(1, 1 / n / plan.sum(axis=1))[:, None]
    plan *= np.minimum(1, 1 / m / plan.sum(axis=0))
    rows, columns = 1 / n - plan.sum(axis=1), 1 / m - plan.sum(axis=0)
    plan += np.outer(rows, columns) / max(rows.sum(), 1e-300)
    return (plan * costs).sum() + epsilon * (plan * np.log(plan * n * m)).sum()


@pytest.mark.parametrize("seed", range(5))
def test_transforms_are_never_above_what_they_approximate(seed):
    """In float64, whatever the critic: W1 of the batches, and for the soft one their entropic cost."""
    x, y = clouds(12, 12, seed=seed)
    truth = exact(Measure.of(x.numpy()), Measure.of(y.numpy())).bracket.upper
    functions = (
        lambda z: 0 * z[:, 0],
        lambda z: 5 * z[:, 0],
        lambda z: -z.norm(dim=1),
        lambda z: torch.sin(9 * z).sum(1),
    )
    for function in functions:
        network = nn.Identity()
        network.forward = function
        assert OBJECTIVES["c-transform"]().value(network, x, y).item() <= truth * (1 + 1e-14)
        for epsilon in (0.3, 2.0):
            soft = OBJECTIVES["c-eps-transform"](epsilon=epsilon)
            bound = entropic_cost(torch.cdist(x, y).numpy(), epsilon)
            assert soft.value(network, x, y).item() <= bound * (1 + 1e-12)


def test_a_soft_transform_may_exceed_the_distance():
    """The comparator: what is at most the entropic cost is above W1 where that is."""
    x, y = clouds(12, 12)
    truth = exact(Measure.of(x.numpy()), Measure.of(y.numpy())).bracket.upper
    network = nn.Identity()
    network.forward = lambda z: 0 * z[:, 0]
    assert OBJECTIVES["c-eps-transform"](epsilon=20.0).value(network, x, y).item() > truth


def test_the_balance_of_began_follows_the_diversity():
    objective = OBJECTIVES["began"](diversity=0.5)

    class First(nn.Module):
        def forward(self, z):
            return z[:, 0]

    network = objective.prepare(First())
    x, y = torch.full((3, 2), 8.0), torch.full((3, 2), 1.0)
    seen = []
    for _ in range(2):
        objective.value(network, x, y)
        objective.after_step(network)
        seen.append(network.balance.item())
    assert seen == pytest.approx([0.001 * (0.5 * 8 - 1), 0.002 * (0.5 * 8 - 1)], rel=1e-5)
    objective.value(network, x, 100 * y)
    objective.after_step(network)
    assert network.balance.item() == 0  # cut off there
    with torch.no_grad():
        objective.value(network, x, y)
    objective.after_step(network)
    assert network.balance.item() == 0  # what is only looked at moves nothing
    assert [*network.state_dict()] == ["balance"]


def test_an_autoencoder_of_slope_1_certifies_2():
    from wcheck.critics.certified import lipschitz_bound
    from wcheck.critics.recipe import Recipe

    recipe = Recipe.of(objective="energy-based", lipschitz="aol", width=8, features=4)
    network = recipe.network((3,), seed=0)
    bound = lipschitz_bound(network, (3,))
    inner = math.prod(bound.layers.values())
    assert inner <= 1 + 1e-6
    assert bound.value == pytest.approx(1 + inner, rel=1e-6)
    assert bound.value > 1.5
    points = torch.randn((200, 3), generator=draws())
    away = torch.cdist(points, points) + torch.eye(200)
    values = network(points).detach()
    assert ((values[:, None] - values).abs() / away).max() <= bound.value


def test_full_batches_beyond_the_dense_program_are_solved_all_the_same(monkeypatch):
    x, y = clouds(20, 15)
    dense = Exact().value(nn.Identity(), x, y).item()
    monkeypatch.setattr("wcheck.critics.direct.DENSE", 10)
    assert Exact().value(nn.Identity(), x, y).item() == pytest.approx(dense, rel=1e-12)
