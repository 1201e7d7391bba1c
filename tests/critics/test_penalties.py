"""Gradient penalties and the consistency term, by hand and beside each other."""

import pytest
import torch
from torch import nn

from wcheck.critics.constraint import Constraint
from wcheck.critics.objectives import Wasserstein
from wcheck.critics.penalties import AroundData, ConsistencyTerm, FlatAtData, GradientPenalty, OneSidedPenalty
from wcheck.errors import ParameterError


class HalfSquare(nn.Module):
    """``D(z) = w |z|^2 / 2``, whose gradient is ``w z``."""

    def __init__(self, weight=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, z):
        return self.weight * z.square().sum(dim=1) / 2


def batches():
    source = torch.Generator().manual_seed(0)
    return torch.randn(16, 3, generator=source) + 2, torch.randn(16, 3, generator=source)


def generator(seed=7):
    return torch.Generator().manual_seed(seed)


def norms_between(weight):
    x, y = batches()
    t = torch.rand(16, 1, generator=generator())
    return (t * x + (1 - t) * y).norm(dim=1) * weight


def term(constraint, network):
    """Return what the constraint adds to the unconstrained loss."""
    x, y = batches()
    plain = Constraint().loss(Wasserstein(), network, x, y, generator())
    return (constraint.loss(Wasserstein(), network, x, y, generator()) - plain).item()


def test_the_unconstrained_loss_is_the_difference_of_means():
    x, y = batches()
    loss = Constraint().loss(Wasserstein(), HalfSquare(), x, y, generator())
    expected = (y.square().sum(1).mean() - x.square().sum(1).mean()).item() / 2
    assert loss.item() == pytest.approx(expected, rel=1e-6)


def test_the_two_sided_penalty_by_hand():
    expected = 3.0 * (norms_between(1.5) - 1).square().mean().item()
    assert term(GradientPenalty(penalty=3.0), HalfSquare(1.5)) == pytest.approx(expected, rel=1e-5)


def test_the_one_sided_penalty_by_hand():
    norms = norms_between(0.5)
    assert (norms < 1).any()
    assert (norms > 1).any()
    expected = 3.0 * torch.where(norms > 1, norms - 1, 0).square().mean().item()
    assert term(OneSidedPenalty(penalty=3.0), HalfSquare(0.5)) == pytest.approx(expected, rel=1e-5)


def test_the_penalty_at_the_data_by_hand():
    """The gradient of the half square is the point itself, times the weight; where it is 0 nothing is added."""
    x, _ = batches()
    expected = 3.0 / 2 * (1.5 * x).square().sum(1).mean().item()
    assert term(FlatAtData(penalty=3.0), HalfSquare(1.5)) == pytest.approx(expected, rel=1e-5)
    assert term(FlatAtData(), HalfSquare(0.0)) == 0.0


def test_the_penalty_around_the_data_by_hand():
    x, _ = batches()
    draws = generator()
    t, shares = torch.rand(16, 1, generator=draws), torch.rand(16, 3, generator=draws)
    z = x + t * 0.5 * x.std(correction=0) * shares
    expected = 3.0 * (1.5 * z.norm(dim=1) - 1).square().mean().item()
    assert term(AroundData(penalty=3.0), HalfSquare(1.5)) == pytest.approx(expected, rel=1e-5)
    assert term(AroundData(penalty=3.0), HalfSquare(1.5)) != pytest.approx(
        term(GradientPenalty(penalty=3.0), HalfSquare(1.5)), rel=1e-2
    )


def test_both_penalties_agree_where_the_slope_exceeds_1_and_only_one_is_0_below():
    assert norms_between(10.0).min() > 1
    steep = HalfSquare(10.0)
    assert term(OneSidedPenalty(), steep) == term(GradientPenalty(), steep)
    assert term(OneSidedPenalty(penalty=1.0), HalfSquare(0.0)) == 0.0
    assert term(GradientPenalty(penalty=1.0), HalfSquare(0.0)) == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [GradientPenalty, OneSidedPenalty, AroundData, FlatAtData])
def test_the_penalty_has_a_gradient_with_respect_to_the_weights(kind):
    x, y = batches()

    def loss(weight):
        network = HalfSquare(weight)
        return network, kind(penalty=3.0).loss(Wasserstein(), network, x, y, generator())

    network, value = loss(1.5)
    value.backward()
    step = 1e-2
    numeric = (loss(1.5 + step)[1] - loss(1.5 - step)[1]).item() / (2 * step)
    assert network.weight.grad.item() == pytest.approx(numeric, rel=1e-3)


@pytest.mark.parametrize("penalty", [-1.0, float("nan"), float("inf")])
def test_a_penalty_is_finite_and_not_negative(penalty):
    for kind in (GradientPenalty, OneSidedPenalty, ConsistencyTerm):
        with pytest.raises(ParameterError, match="penalty is"):
            kind(penalty=penalty)


def layered():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 200), nn.ReLU(), nn.Linear(200, 1), nn.Flatten(0))


def test_without_dropout_the_consistency_term_is_0():
    x, y = batches()
    found = ConsistencyTerm(dropout=0.0, consistency=100.0).loss(Wasserstein(), layered(), x, y, generator())
    draws = generator()
    for _ in range(2):  # what the passes at x and y, and at x again, draw for their masks
        torch.rand((32, 200) if _ == 0 else (16, 200), generator=draws)
    assert found.item() == pytest.approx(
        GradientPenalty().loss(Wasserstein(), layered(), x, y, draws).item(), rel=1e-6
    )


def test_the_consistency_term_by_hand():
    """One linear layer after the dropped one: the two values at x are sums over what was kept."""
    x, y = batches()
    network, consistency = layered(), 5.0
    found, without = (
        ConsistencyTerm(consistency=weight, dropout=0.4)
        .loss(Wasserstein(), network, x, y, generator())
        .item()
        for weight in (consistency, 0.0)
    )
    draws = generator()
    masks = [
        torch.rand((32, 200), generator=draws)[:16] >= 0.4,
        torch.rand((16, 200), generator=draws) >= 0.4,
    ]
    hidden = [network[:2](x) * mask / 0.6 for mask in masks]
    values = [network[2](kept)[:, 0] for kept in hidden]
    expected = (values[0] - values[1]).square().mean() + 0.1 * (hidden[0] - hidden[1]).square().mean()
    assert found - without == pytest.approx(consistency * expected.item(), rel=1e-4)


def test_dropping_leaves_the_mean_and_no_trace():
    network, (x, y) = layered(), batches()
    before = network(x)
    ConsistencyTerm().loss(Wasserstein(), network, x, y, generator())
    assert torch.equal(network(x), before)
    wide = x.repeat(300, 1)
    plain = -Constraint().loss(Wasserstein(), network, wide, wide + 1, generator())
    dropped = -ConsistencyTerm(penalty=0.0, consistency=0.0).loss(
        Wasserstein(), network, wide, wide + 1, generator()
    )
    assert dropped.item() == pytest.approx(plain.item(), abs=0.05)


def test_what_is_dropped_follows_the_generator_alone():
    x, y = batches()

    def loss(seed):
        torch.manual_seed(torch.seed())
        return ConsistencyTerm().loss(Wasserstein(), layered(), x, y, generator(seed)).item()

    assert loss(1) == loss(1)
    assert loss(1) != loss(2)


@pytest.mark.parametrize(("option", "value"), [("consistency", -1.0), ("dropout", 1.0), ("dropout", -0.1)])
def test_options_of_consistency(option, value):
    with pytest.raises(ParameterError, match=f"{option} is {value}"):
        ConsistencyTerm(**{option: value})


class Constant(nn.Module):
    """A critic that ignores its points."""

    def __init__(self):
        super().__init__()
        self.level = nn.Parameter(torch.tensor(0.5))

    def forward(self, z):
        return self.level.expand(len(z))


@pytest.mark.parametrize(("constraint", "added"), [(GradientPenalty(), 10.0), (OneSidedPenalty(), 0.0)])
def test_a_critic_that_ignores_its_points_has_a_slope_of_0(constraint, added):
    assert term(constraint, Constant()) == added
