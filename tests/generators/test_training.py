"""Games in training: Algorithm 1 by hand, the same bytes however they are cut, and what a step says of itself."""

import copy
import math
from functools import partial

import numpy as np
import pytest
import torch

from wcheck import exact, exact_batch
from wcheck.critics.objective import Needs
from wcheck.critics.objectives import OBJECTIVES
from wcheck.errors import ParameterError
from wcheck.generators.game import Game
from wcheck.generators.training import GameTraining
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure
from wcheck.minimisers import batch_minimiser, uniform_minimiser
from wcheck.rng import torch_generator

SMALL = {"width": 8, "generator_width": 8, "generator_layers": 1, "latent": 3, "batch_size": 6, "lr": 1e-2,
         "generator_lr": 1e-2, "features": 3, "critic_steps": 2}  # fmt: skip


def data(n=40, d=2, weights=None, shift=2.0):
    points = np.random.default_rng(0).standard_normal((n, d)).astype(np.float32) + np.float32(shift)
    return FrozenPoints(Measure.of(points, weights))


def training(points=None, **options):
    return GameTraining(Game.of(**{**SMALL, **options}), points or data())


def weights(module):
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_game_trains_and_goes_on_with_the_same_bytes(objective):
    options = {"objective": objective, "average": 0.9}
    through = training(**options)
    through.advance(2)
    begun = weights(through.generator.network)
    kept = copy.deepcopy(through.state())
    through.advance(4)
    resumed = training(**options)
    resumed.restore(kept)
    assert resumed.last is None
    resumed.advance(4)
    assert same(weights(through.generator.network), weights(resumed.generator.network))
    assert not same(weights(through.generator.network), begun)
    assert torch.equal(through.last.made, resumed.last.made)
    assert through.last.loss == resumed.last.loss
    if OBJECTIVES[objective].needs is Needs.NOTHING:
        assert through.critic is None
    else:
        assert same(weights(through.critic.network), weights(resumed.critic.network))


@pytest.mark.parametrize("objective", ["wasserstein", "began", "hinge", "feature-energy", "exact", "sliced"])
def test_reading_what_a_step_says_changes_nothing(objective):
    silent, read = training(objective=objective), training(objective=objective)
    silent.advance(3)
    for step in range(1, 4):
        read.advance(step)
        told = read.last
        for name in (
            "loss",
            "generator_loss",
            "value_of_step",
            "generator_gradient",
            "generator_gradient_weights",
        ):
            assert math.isfinite(getattr(told, name))
        assert (told.cosine is None) == (read.critic is None)
        assert (told.balance is None) == (objective != "began")
    assert same(weights(silent.generator.network), weights(read.generator.network))


def test_algorithm_1_by_hand():
    """Two critic steps of plain descent on -(mean f(x) - mean f(G(z))), then one of the generator on -mean f(G(z))."""
    options = {
        "lipschitz": "none",
        "optimizer": "sgd",
        "generator_optimizer": "sgd",
        "lr": 0.1,
        "generator_lr": 0.2,
    }
    points, seed = data(), 0
    played = training(points, **options)
    generator, critic = (copy.deepcopy(player.network) for player in (played.generator, played.critic))
    played.advance(1)
    reals = torch_generator(seed, "critic", "batches")
    batches, latents = (torch_generator(seed, "generator", stream) for stream in ("batches", "steps"))
    for _ in range(2):
        z = played.game.generator.latents(6, latents)
        x = points.draw(6, reals)
        loss = critic(generator(z).detach()).mean() - critic(x).mean()
        for parameter, gradient in zip(
            critic.parameters(), torch.autograd.grad(loss, list(critic.parameters())), strict=True
        ):
            parameter.data -= 0.1 * gradient
    x = points.draw(6, batches)
    made = generator(played.game.generator.latents(6, latents))
    loss = -critic(made).mean()
    for parameter, gradient in zip(
        generator.parameters(), torch.autograd.grad(loss, list(generator.parameters())), strict=True
    ):
        parameter.data -= 0.2 * gradient
    assert torch.equal(played.last.real, x)
    assert torch.allclose(played.last.made, made, atol=1e-6)
    assert played.last.generator_loss == pytest.approx(loss.item(), abs=1e-6)
    expected = (critic(x).mean() - critic(made).mean()).item()
    assert played.last.loss == pytest.approx(expected, abs=1e-6)
    for own, by_hand in zip(played.generator.network.parameters(), generator.parameters(), strict=True):
        assert torch.allclose(own, by_hand, atol=1e-6)
    assert played.last.cosine == pytest.approx(1.0)


def test_a_step_says_how_steep_the_generators_loss_is():
    played = training(objective="exact", generator_optimizer="sgd", generator_lr=1e-9)
    played.advance(1)
    told = played.last
    made = told.made.clone().requires_grad_()
    loss = played.game.objective.value(torch.nn.Identity(), told.real, made)
    assert told.generator_gradient == pytest.approx(
        torch.autograd.grad(loss, made)[0].norm().item(), rel=1e-5
    )
    result = exact(Measure.of(told.real.numpy()), Measure.of(told.fake.numpy()))
    assert told.loss == pytest.approx(result.value, rel=1e-12)
    weights = [parameter.grad for parameter in played.generator.network.parameters()]
    assert told.generator_gradient_weights == pytest.approx(
        math.sqrt(sum(w.square().sum() for w in weights)), rel=1e-5
    )


def test_the_loss_of_a_c_transform_is_never_above_its_batchs_distance():
    played = training(objective="c-transform", lr=1e-2)
    for step in range(1, 30):
        played.advance(step)
        told = played.last
        truth = exact(Measure.of(told.real.numpy()), Measure.of(told.fake.numpy())).bracket
        assert told.loss.item() <= truth.upper


def test_two_batches_are_made_where_an_objective_takes_two():
    played = training(objective="feature-energy")
    played.advance(1)
    assert played.last.real.shape == played.last.fake.shape == (6, 2)
    assert played.last.made.shape == (12, 2)
    assert torch.equal(played.last.made[:6], played.last.fake)


@pytest.mark.parametrize(("schedule", "steps"), [("constant", [2, 2, 2]), ("wgan", [100, 100, 2])])
def test_the_schedule_of_the_critic(schedule, steps):
    game = Game.of(**SMALL, schedule=schedule)
    assert [game.critic_steps_at(step) for step in (0, 24, 25)] == steps
    assert game.critic_steps_at(500) == (100 if schedule == "wgan" else 2)
    taken = []
    played = GameTraining(game, data())
    ascend = played._critic.ascend
    played._critic.ascend = lambda *batches: taken.append(0) or ascend(*batches)
    played.advance(1)
    assert len(taken) == steps[0]


def test_the_average_of_the_weights_by_hand():
    played, plain = training(average=0.75), training()
    expected = weights(plain.generator.network)
    for step in range(1, 4):
        plain.advance(step)
        played.advance(step)
        now = weights(plain.generator.network)
        expected = {name: 0.75 * tensor + 0.25 * now[name] for name, tensor in expected.items()}
    found = weights(played.generator.network)
    assert all(torch.allclose(found[name], tensor, atol=1e-6) for name, tensor in expected.items())
    assert not same(found, now)


def test_every_step_is_told():
    told = []
    played = GameTraining(Game.of(**SMALL, objective="energy"), data(), after_step=told.append)
    played.advance(3)
    assert [step.number for step in told] == [1, 2, 3]
    assert told[-1] is played.last


def test_looking_changes_nothing_and_the_seed_decides():
    often, rarely, other = training(), training(), training(seed=1)
    for step in range(1, 5):
        often.advance(step)
        often.generator.sample(5)
    rarely.advance(4)
    other.advance(4)
    assert same(weights(often.generator.network), weights(rarely.generator.network))
    assert not same(weights(often.generator.network), weights(other.generator.network))


def test_data_are_drawn_by_their_weights():
    heavy = np.where(np.arange(40) < 2, 0.5, 0.0)
    points = data(weights=heavy)
    played = training(points, objective="exact")
    played.advance(3)
    assert all((row == points.points[:2]).all(dim=1).any() for row in played.last.real)
    with pytest.raises(ParameterError, match="batch_size is full, but the data have weights"):
        training(points, objective="exact", batch_size="full")


def test_a_batch_of_more_points_than_there_are_is_refused():
    with pytest.raises(
        ParameterError, match="batch_size is 41, and there are 40 points to train on: give at most 40"
    ):
        training(batch_size=41)


def freed(points, seed=0, steps=300, average=0.98, **options):
    """Four free points that descend on the exact distance, with averaged weights."""
    game = Game.of(
        objective="exact", generator="points", free_points=4, generator_lr=0.02, generator_betas=(0.5, 0.99),
        average=average, seed=seed, **options,
    )  # fmt: skip
    played = GameTraining(game, points)
    played.advance(steps)
    assert played.last.made.shape == (4, 2)
    return played.generator(played.game.generator.latents(4, torch.Generator())).numpy()


def test_free_points_on_all_data_end_as_near_to_them_as_four_points_can_be():
    """The best of three games against the best of twenty starts of another descent."""
    points = data(120).points.numpy()
    best = uniform_minimiser(points, points[:4], starts=20).value
    begun, ended = (
        [exact(points, freed(data(120), seed, steps, batch_size="full")).value for seed in range(3)]
        for steps in (1, 300)
    )
    assert min(ended) < 1.01 * best
    assert max(ended) < 1.05 * best
    assert min(begun) > 1.1 * best


def test_free_points_on_batches_end_as_near_to_batches_as_four_points_can_be(monkeypatch):
    """The best of two games against the best of twenty starts of the batch minimiser, and one that it takes all of."""
    points, random = data(120).points.numpy(), np.random.default_rng(1)
    batches = points[random.integers(0, 120, (400, 4))]

    def loss(ends):
        return exact_batch(batches, np.broadcast_to(ends.astype(np.float32), batches.shape)).value.mean()

    starts = [points[random.choice(120, 4, replace=False)] for _ in range(20)]
    whole = loss(batch_minimiser(points, starts[0], seed=20))
    monkeypatch.setattr("wcheck.minimisers.STEPS", 200)
    monkeypatch.setattr("wcheck.minimisers.BATCHES", 4)
    best = min(whole, *(loss(batch_minimiser(points, start, seed=k)) for k, start in enumerate(starts)))
    ended = [loss(freed(data(120), seed, 1000, average=0.995, batch_size=4)) for seed in range(2)]
    assert min(ended) < 1.01 * best
    assert max(ended) < 1.02 * best
    assert min(map(loss, starts)) > 1.1 * best


@pytest.mark.parametrize("objective", ["wasserstein", "c-transform", "began", "feature-energy", "exact"])
def test_a_compiled_game_is_the_same_game(objective, monkeypatch):
    """The whole way but for the machine code, which takes a minute to make: torch traces, and runs what it traced."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    game = Game.of(**SMALL, objective=objective)
    plain, fast = GameTraining(game, data()), GameTraining(game, data(), compile=True)
    for played in (plain, fast):
        played.advance(3)
    torch._dynamo.reset()
    assert fast.last.loss == pytest.approx(plain.last.loss.item(), rel=1e-4, abs=1e-6)
    assert torch.allclose(plain.last.made, fast.last.made, atol=1e-4)
    assert torch.equal(plain.state()["parts"]["streams"][0], fast.state()["parts"]["streams"][0])


@pytest.mark.parametrize("amp", ["bf16", "fp16"])
@pytest.mark.parametrize(
    "objective", ["wasserstein", "c-transform", "non-saturating", "feature-mmd", "exact"]
)
def test_a_game_in_mixed_precision_is_nearly_the_same(objective, amp, monkeypatch):
    """On the processor all the same, where torch emulates it; gradients are told as they are, not scaled."""
    monkeypatch.setattr("wcheck.learning.acceleration.check_amp", lambda amp, device: None)
    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, init_scale=64.0))
    plain, mixed = training(objective=objective), training(objective=objective, amp=amp)
    for played in (plain, mixed):
        played.advance(1)
    assert mixed.game.generator.descent.amp == amp
    assert torch.allclose(plain.last.made, mixed.last.made, atol=0.05)
    for name in ("generator_gradient", "generator_gradient_weights"):
        own, other = (getattr(played.last, name).item() for played in (plain, mixed))
        assert other == pytest.approx(own, rel=0.3), name


@pytest.mark.parametrize("objective", ["wasserstein", "began", "feature-mmd", "exact"])
@pytest.mark.parametrize("options", [{}, {"lipschitz": "clip"}])
def test_games_of_convolutions(objective, options):
    images = np.random.default_rng(0).random((8, 1, 32, 32), np.float32)
    game = Game.of(
        objective=objective, arch="dcgan", generator="dcgan", generator_width=4, latent=3, features=3, batch_size=4,
        critic_steps=1, **options,
    )  # fmt: skip
    played = GameTraining(game, FrozenPoints(Measure.of(images)))
    played.advance(1)
    before = weights(played.critic.network) if played.critic else {}
    assert math.isfinite(played.last.loss)
    assert not played.critic or same(weights(played.critic.network), before)
    assert played.last.fake.shape == (4, 32 * 32)
