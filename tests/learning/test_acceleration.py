"""Mixed precision and compiled losses: the same ascent, or one clear error."""

from functools import partial

import numpy as np
import pytest
import torch

from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.errors import ParameterError
from wcheck.learning.acceleration import Precision
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure

CPU = torch.device("cpu")


def points(shift):
    y = np.random.default_rng(0).standard_normal((30, 2)).astype(np.float32)
    return FrozenPoints(Measure.of(y + np.float32(shift)))


def trained(recipe, steps=6, **options):
    training = Training(recipe, points(1.0), points(0.0), **options)
    training.advance(steps)
    return training


@pytest.mark.parametrize("lipschitz", ["gp", "ct", "spectral"])
def test_a_compiled_loss_trains_the_same_critic_and_its_trial_leaves_no_trace(lipschitz, monkeypatch):
    """The whole way but for the machine code, which takes a minute to make: torch traces, and runs what it traced."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    recipe = Recipe.of("mlp", lipschitz, width=8, batch_size=5)
    plain, fast = trained(recipe), trained(recipe, compile=True)
    torch._dynamo.reset()
    at = points(0.5).points
    assert torch.allclose(plain.critic.values(at), fast.critic.values(at), atol=1e-6)
    assert torch.equal(plain.state()["parts"]["generator"], fast.state()["parts"]["generator"])


def test_a_compiler_that_fails_is_one_clear_error(monkeypatch):
    def failing(loss):
        def run(*args):
            raise RuntimeError("no C++ compiler\nwas found")

        return run

    monkeypatch.setattr(torch, "compile", failing)
    with pytest.raises(
        ParameterError, match=r"compile failed \(RuntimeError: no C\+\+ compiler was found\): leave it"
    ):
        Training(Recipe.of(width=4), points(1.0), points(0.0), compile=True)


def test_mixed_precision_on_a_processor_is_refused():
    with pytest.raises(
        ParameterError, match=r"amp is bf16, but the device is the processor: .* give device cuda"
    ):
        Training(Recipe.of(width=4, amp="bf16"), points(1.0), points(0.0))
    with pytest.raises(ParameterError, match="amp is 'int8': choose one of bf16, fp16"):
        Recipe.of(amp="int8")


@pytest.mark.parametrize("amp", ["bf16", "fp16"])
@pytest.mark.parametrize("lipschitz", ["gp", "ct", "c-eps-transform", "none"])
def test_mixed_precision_computes_nearly_the_same_loss(amp, lipschitz, monkeypatch):
    """On the processor all the same, where torch emulates it: products are rounded, the loss and its terms are not."""
    monkeypatch.setattr("wcheck.learning.acceleration.check_amp", lambda amp, device: None)
    training = Training(Recipe.of("mlp", lipschitz, width=8), points(1.0), points(0.0))
    network, recipe = training.critic.network, training.critic.recipe
    batches = points(1.0).points, points(0.0).points
    with Precision(amp, CPU).cast():
        rounded = recipe.loss(network, *batches, torch.Generator().manual_seed(1))
        assert network(batches[0]).dtype != torch.float32
    plain = recipe.loss(network, *batches, torch.Generator().manual_seed(1))
    assert rounded.dtype == torch.float32
    assert rounded.item() == pytest.approx(plain.item(), rel=0.02, abs=0.02)
    assert rounded.item() != plain.item()


def test_scaled_losses_descend_as_plain_ones(monkeypatch):
    """The scale is a power of 2, so that scaling and its undoing round nothing."""
    monkeypatch.setattr("wcheck.learning.acceleration.check_amp", lambda amp, device: None)

    def descended(amp):
        weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
        optimizer = torch.optim.SGD([weight], 0.1)
        precision = Precision(amp, CPU)
        for _ in range(3):
            optimizer.zero_grad()
            precision.descend(weight.square().sum(), [weight], optimizer)
        return weight, precision

    (plain, _), (scaled, precision) = descended(None), descended("fp16")
    assert torch.equal(plain, scaled)
    again = Precision("fp16", CPU)
    again.load_state_dict(precision.state_dict())
    assert again.state_dict() == precision.state_dict()
    assert precision.state_dict()["_growth_tracker"] == 3
