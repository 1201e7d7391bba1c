"""Lipschitz mechanisms: the penalty by hand, clipped weights, and what each option belongs to."""

import pytest
import torch
from torch import nn

from wcheck.critics.lipschitz import mechanism_options
from wcheck.critics.mechanism import Mechanism
from wcheck.critics.penalties import GradientPenalty
from wcheck.critics.recipe import Recipe
from wcheck.critics.weights import WeightClipping
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


def generator():
    return torch.Generator().manual_seed(7)


def test_unconstrained_loss_is_the_difference_of_means():
    x, y = batches()
    loss = Mechanism().loss(HalfSquare(), x, y, generator())
    assert loss.item() == pytest.approx(
        (y.square().sum(1).mean() - x.square().sum(1).mean()).item() / 2, rel=1e-6
    )


def test_penalty_by_hand():
    x, y = batches()
    t = torch.rand(16, 1, generator=generator())
    norms = (t * x + (1 - t) * y).norm(dim=1) * 1.5
    plain = Mechanism().loss(HalfSquare(1.5), x, y, generator())
    loss = GradientPenalty(penalty=3.0).loss(HalfSquare(1.5), x, y, generator())
    assert (loss - plain).item() == pytest.approx(3.0 * (norms - 1).square().mean().item(), rel=1e-5)


def test_the_penalty_is_two_sided():
    x, y = batches()
    flat = GradientPenalty(penalty=1.0).loss(HalfSquare(0.0), x, y, generator())
    assert flat.item() == pytest.approx(1.0)


def test_the_penalty_has_a_gradient_with_respect_to_the_weights():
    x, y = batches()

    def loss(weight):
        network = HalfSquare(weight)
        return network, GradientPenalty(penalty=3.0).loss(network, x, y, generator())

    network, value = loss(1.5)
    value.backward()
    step = 1e-2
    numeric = (loss(1.5 + step)[1] - loss(1.5 - step)[1]).item() / (2 * step)
    assert network.weight.grad.item() == pytest.approx(numeric, rel=1e-3)


def linear():
    network = nn.Linear(4, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[-3.0, 0.02, 0.001, 3.0]]))
    return network


def test_clipping_clips_at_the_start_and_after_each_step():
    network = WeightClipping(clip=0.02).prepare(linear())
    assert network.weight.tolist()[0] == pytest.approx([-0.02, 0.02, 0.001, 0.02])
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    network(torch.ones(5, 4)).sum().backward()
    optimizer.step()
    assert network.weight.abs().max() > 0.02
    WeightClipping(clip=0.02).after_step(network)
    assert network.weight.abs().max().item() == pytest.approx(0.02)


def test_the_penalty_clips_nothing():
    network = GradientPenalty().prepare(linear())
    GradientPenalty().after_step(network)
    assert network.weight.abs().max() == 3.0


def test_options_belong_to_one_mechanism():
    assert mechanism_options("gp") == ("penalty",)
    assert mechanism_options("clip") == ("clip",)
    with pytest.raises(ParameterError, match="'gpp': choose one of gp, lp, ct, clip"):
        mechanism_options("gpp")


@pytest.mark.parametrize("penalty", [-1.0, float("nan"), float("inf")])
def test_a_penalty_is_finite_and_not_negative(penalty):
    with pytest.raises(ParameterError, match="penalty is"):
        GradientPenalty(penalty=penalty)


@pytest.mark.parametrize("clip", [0.0, -0.01, float("nan")])
def test_a_clip_is_positive(clip):
    with pytest.raises(ParameterError, match="clip is"):
        WeightClipping(clip=clip)


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
