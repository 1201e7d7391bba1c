"""What a critic is worth, where it is known; and critics that are saved and read."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from wcheck import exact
from wcheck.critics.audit import audit
from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.critics.saved import load, save
from wcheck.critics.training import Training
from wcheck.errors import OutputError, SourceError
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure
from wcheck.transport.bounds.potentials import AllPairs

SHIFT = np.array([3.0, 4.0, 0.0])


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, z):
        return self.function(z)


def shifted(n=60):
    y = np.random.default_rng(0).standard_normal((n, 3))
    return Measure.of((y + SHIFT).astype(np.float32)), Measure.of(y.astype(np.float32))


def look(function, x, y, grad_points=100):
    critic = Critic(Function(function), Recipe.of(), x.shape)
    return audit(critic, FrozenPoints(x), FrozenPoints(y), AllPairs(x, y), grad_points=grad_points, seed=0)


def along_the_shift(slope):
    return lambda z: slope * z @ torch.tensor(SHIFT / 5.0, dtype=z.dtype)


@pytest.mark.parametrize("slope", [1.0, 0.01, 250.0])
def test_a_linear_critic_of_shifted_data_finds_the_shift_whatever_its_slope(slope):
    x, y = shifted()
    found = look(along_the_shift(slope), x, y)
    assert found.value == pytest.approx(5.0 * slope, rel=1e-5)
    assert found.grad_max == pytest.approx(slope, rel=1e-6)
    assert found.normalised == pytest.approx(5.0, rel=1e-5)
    upper = exact(x, y).bracket.upper
    assert 4.999 < found.normalised_pairs <= upper
    assert 4.999 < found.lower <= upper
    assert not found.diverged


def test_a_sampled_gradient_can_claim_more_than_the_distance_and_all_pairs_cannot():
    """The comparator: a critic that is flat but for a cliff, which the sampled points miss."""
    x, y = shifted()
    truth = exact(x, y).bracket

    def cliff(z):
        return 0.01 * z[:, 2] + 100.0 * torch.sigmoid(1e4 * (z @ torch.tensor(SHIFT, dtype=z.dtype) - 12.5))

    found = look(cliff, x, y, grad_points=20)
    assert found.normalised > truth.upper
    assert found.normalised_pairs <= truth.upper


def test_gradient_points_are_fixed_by_seed_and_more_of_them_see_more():
    x, y = shifted()
    few, again, many = (look(lambda z: z.pow(3).sum(1), x, y, count) for count in (50, 50, 5000))
    assert few.grad_max == again.grad_max
    assert few.grad_max < many.grad_max


def test_the_largest_gradient_by_hand():
    """On the line between two points, |grad |z|^2 / 2| = |z| is at most the larger norm, and nearly reached."""
    x, y = Measure.of(np.array([[10.0, 0.0, 0.0]])), Measure.of(np.array([[1.0, 0.0, 0.0]]))
    found = look(lambda z: z.square().sum(1) / 2, x, y, grad_points=1000)
    assert 9.9 < found.grad_max <= 10.0
    assert found.lipschitz_pairs == pytest.approx(99 / 2 / 9)


def test_weights_enter_the_value():
    x = Measure.of(np.array([0.0, 10.0]), np.array([0.25, 0.75]))
    y = Measure.of(np.array([1.0]))
    assert look(lambda z: z[:, 0], x, y).value == pytest.approx(7.5 - 1.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e30])
def test_values_that_are_no_longer_numbers_have_diverged(bad):
    x, y = shifted()
    found = look(lambda z: bad * z.sum(1), x, y)
    assert found.diverged
    assert found.lipschitz_pairs is None
    assert found.lower is None


def test_a_critic_the_wrong_way_round_claims_nothing():
    x, y = shifted()
    found = look(along_the_shift(-1.0), x, y)
    assert found.value == pytest.approx(-5.0, rel=1e-5)
    assert (found.lipschitz_pairs, found.normalised_pairs) == (0.0, None)
    assert found.lower == pytest.approx(AllPairs(x, y).lower_constant)


def test_a_constant_critic_is_the_baseline():
    x, y = shifted()
    found = look(lambda z: 0.0 * z.sum(1) + 3.0, x, y)
    assert (found.value, found.grad_max, found.normalised) == (pytest.approx(0.0, abs=1e-6), 0.0, None)
    assert (found.lipschitz_pairs, found.normalised_pairs) == (0.0, None)
    assert found.lower == AllPairs(x, y).lower_constant


@pytest.fixture
def trained():
    x, y = (FrozenPoints(measure) for measure in shifted())
    training = Training(Recipe.of(lipschitz="clip", clip=0.2), x, y)
    training.advance(20)
    return training.critic, x.points


def test_a_saved_critic_has_the_same_values(trained, tmp_path):
    critic, points = trained
    save(critic, tmp_path / "new" / "folder", {"step": 20})
    again = load(tmp_path / "new" / "folder")
    assert torch.equal(critic.values(points), again.values(points))
    assert again.recipe == critic.recipe
    assert json.loads((tmp_path / "new" / "folder" / "critic.json").read_text())["step"] == 20
    names = {file.name for file in (tmp_path / "new" / "folder").iterdir()}
    assert names == {"critic.pt", "critic.json"}


def test_a_saved_critic_holds_tensors_alone(trained, tmp_path):
    save(trained[0], tmp_path, {})
    state = torch.load(tmp_path / "critic.pt", weights_only=True)
    assert all(isinstance(value, torch.Tensor) for value in state.values())


def test_other_weights_give_other_values(trained, tmp_path):
    critic, points = trained
    save(critic, tmp_path, {})
    before = critic.values(points)
    with torch.no_grad():
        for weight in critic.network.parameters():
            weight += 0.01
    assert torch.equal(before, load(tmp_path).values(points))
    save(critic, tmp_path, {})
    assert not torch.equal(before, load(tmp_path).values(points))


def test_weights_that_were_not_written_with_the_description_are_refused(trained, tmp_path):
    save(trained[0], tmp_path, {})
    state = torch.load(tmp_path / "critic.pt", weights_only=True)
    torch.save({name: tensor + 0.01 for name, tensor in state.items()}, tmp_path / "critic.pt")
    with pytest.raises(SourceError, match="damaged or do not belong together"):
        load(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "weights", "json", "shape"])
def test_what_is_no_critic_is_refused(trained, tmp_path, damage):
    save(trained[0], tmp_path, {})
    if damage == "missing":
        (tmp_path / "critic.json").unlink()
    elif damage == "weights":
        (tmp_path / "critic.pt").write_bytes(b"no weights")
    elif damage == "json":
        (tmp_path / "critic.json").write_text("{}")
    else:
        text = (tmp_path / "critic.json").read_text()
        (tmp_path / "critic.json").write_text(text.replace('"shape": [\n  3\n ]', '"shape": [\n  4\n ]'))
    with pytest.raises(SourceError, match="holds no critic"):
        load(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_clear_error(trained, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        save(trained[0], tmp_path / "file" / "folder", {})


def linear(*weight):
    layer = nn.Linear(len(weight), 1)
    layer.weight = nn.Parameter(torch.tensor([weight]))
    return nn.Sequential(layer, nn.Flatten(0))


def look_at(network, x, y, **recipe):
    critic = Critic(network, Recipe.of(**recipe), x.shape)
    return audit(critic, FrozenPoints(x), FrozenPoints(y), AllPairs(x, y), grad_points=100, seed=0)


def test_everything_about_a_linear_critic_follows_from_its_weights():
    x, y = shifted()
    found = look_at(linear(1.2, 1.6, 0.0), x, y)
    sampled = found.gradients
    for norm in (sampled.line_max, sampled.line_q50, sampled.line_q99, sampled.data_max, sampled.data_q50):
        assert norm == pytest.approx(2.0, rel=1e-6)
    assert sampled.ascent == pytest.approx(2.0, rel=1e-6)
    assert found.bound.value == pytest.approx(2.0, rel=1e-6)
    assert found.lipschitz_pairs == pytest.approx(2.0, rel=1e-6)
    assert 4.999 < found.normalised_upper <= found.normalised_pairs <= 5.0 + 1e-6
    assert found.layer_gradients == {"0": 1.0}
    assert found.orthonormality is found.clip_share is None


def relu_network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1), nn.Flatten(0)
    )


def test_a_critic_times_4_has_4_times_the_slopes_and_certifies_the_same():
    x, y = shifted()
    network = relu_network()
    once = look_at(network, x, y)
    with torch.no_grad():
        for parameter in network[4].parameters():
            parameter *= 4.0
    times = look_at(network, x, y)
    for found, expected in (
        (times.value, once.value), (times.grad_max, once.grad_max), (times.gradients.ascent, once.gradients.ascent),
        (times.lipschitz_pairs, once.lipschitz_pairs), (times.bound.value, once.bound.value),
    ):  # fmt: skip
        assert found == pytest.approx(4.0 * expected, rel=1e-6)
    for name in ("normalised", "normalised_pairs", "normalised_upper"):
        assert getattr(times, name) == pytest.approx(getattr(once, name), rel=1e-6)
    assert times.lower == pytest.approx(once.lower, rel=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_bounds_are_in_order(seed):
    x, y = shifted()
    network = relu_network(seed)
    if look_at(network, x, y).value < 0:
        x, y = y, x
    found = look_at(network, x, y)
    assert found.grad_max <= found.gradients.ascent <= found.bound.value
    assert found.lipschitz_pairs <= found.bound.value
    assert found.normalised_upper <= found.normalised_pairs <= exact(x, y).bracket.upper


def test_an_unconverged_power_iteration_claims_anything_and_certifies_nothing_more():
    """The layer divides by its estimate of the norm, 4e-6 instead of 5: what it claims is a million times W1."""
    x, y = shifted()
    network = linear(3.0, 4.0, 0.0)
    nn.utils.parametrizations.spectral_norm(network[0])
    estimate = network[0].parametrizations.weight[0]
    estimate._u.fill_(1.0)
    estimate._v.copy_(torch.tensor([0.8, -0.6 + 1e-6, 0.0]))
    found = look_at(network, x, y, lipschitz="spectral")
    truth = exact(x, y).bracket
    assert found.value > 1e5 * truth.upper
    assert found.bound.value > 1e5
    assert 4.99 < found.normalised_upper <= found.normalised_pairs <= truth.upper


def test_an_ascent_finds_what_the_sampled_points_miss():
    """|grad| is 1 + bump; the bump's top lies beside the lines, in the box, and there is a slope that leads there."""
    x, y = shifted()
    top = torch.tensor([1.5, -1.0, 0.5])

    def bump(z):
        return z[:, 0] + 4.0 * torch.tanh(0.5 * ((z - top)[:, 1]))

    found = look(bump, x, y, grad_points=200).gradients
    assert max(found.line_max, found.data_max) < found.ascent <= math.sqrt(5) + 1e-5
    assert found.ascent > 2.2


def test_the_gradient_with_respect_to_each_layer():
    x, y = shifted()
    first, second = nn.Linear(3, 2), nn.Linear(2, 1)
    second.weight = nn.Parameter(torch.tensor([[0.03, -0.04]]))
    found = look_at(nn.Sequential(first, nn.Identity(), second, nn.Flatten(0)), x, y).layer_gradients
    assert found == pytest.approx({"0": 0.05, "2": 1.0})


def test_the_share_of_clipped_weights():
    x, y = shifted()
    network = linear(0.01, -0.01, 0.005)
    nn.init.zeros_(network[0].bias)
    assert look_at(network, x, y, lipschitz="clip", clip=0.01).clip_share == 0.5


def test_the_residual_of_orthonormal_layers_that_are_not():
    x, y = shifted()
    frozen = FrozenPoints(x), FrozenPoints(y)
    training = Training(Recipe.of(lipschitz="orthonormal", width=4), *frozen)
    training.advance(2)
    assert (
        0
        <= max(audit(training.critic, *frozen, AllPairs(x, y), grad_points=9, seed=0).orthonormality.values())
        < 1e-4
    )
    found = look_at(linear(3.0, 4.0, 0.0), x, y, lipschitz="orthonormal")
    assert found.orthonormality == pytest.approx({"0": 24.0})


def test_looking_leaves_a_critic_as_it_was(trained):
    critic, points = trained
    before = {name: tensor.clone() for name, tensor in critic.network.state_dict().items()}
    names = set(vars(critic.network))
    gradients = [parameter.grad.clone() for parameter in critic.network.parameters()]
    assert any(gradient.abs().sum() > 0 for gradient in gradients)
    measure = Measure.of(points.numpy())
    audit(
        critic,
        FrozenPoints(measure),
        FrozenPoints(measure),
        AllPairs(measure, measure),
        grad_points=9,
        seed=0,
    )
    assert critic.network.training
    assert set(vars(critic.network)) == names
    assert all(torch.equal(tensor, before[name]) for name, tensor in critic.network.state_dict().items())
    assert all(map(torch.equal, (parameter.grad for parameter in critic.network.parameters()), gradients))


def test_a_critic_of_another_format_says_who_wrote_it(trained, tmp_path):
    save(trained[0], tmp_path, {})
    text = json.loads((tmp_path / "critic.json").read_text())
    (tmp_path / "critic.json").write_text(json.dumps(text | {"format": 99, "wcheck": "9.9"}))
    with pytest.raises(SourceError, match=r"format 99, written by wcheck 9\.9"):
        load(tmp_path)


def test_a_file_that_names_code_does_not_get_it_run(trained, tmp_path, monkeypatch):
    save(trained[0], tmp_path, {})
    text = json.loads((tmp_path / "critic.json").read_text())
    text["recipe"]["arch"] = "theirs:critic"
    (tmp_path / "critic.json").write_text(json.dumps(text))
    (tmp_path / "theirs.py").write_text("raise SystemExit('it ran')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match="give arch theirs:critic to let it run"):
        load(tmp_path)


@pytest.mark.parametrize("by", ["pairs", "ascent"])
def test_a_bound_that_a_slope_exceeds_is_blank_and_says_so(by, monkeypatch):
    x, y = shifted()
    inner = network = linear(1.2, 1.6, 0.0)
    # a rule that is wrong: only what is found can show it
    monkeypatch.setattr("wcheck.critics.linear_rules.matrix_norm", lambda weight: 1.5)
    if by == "pairs":
        network = Function(lambda z: inner(z).detach())
    found = look_at(network, x, y)
    assert found.bound.value is found.normalised_upper is None
    assert found.bound.reason.startswith("a slope of 2 was found, but its layers allow 1.5:")
    assert found.bound.layers == {}
    assert found.normalised_pairs > 4.999


def test_rounding_does_not_refute_a_bound():
    """Values of float32 near 1000, at points 1e-4 apart: slopes of up to 0.6 where there is none of more than 0.01."""
    y = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    x = Measure.of(y + np.float32(1e-4))
    network = linear(0.01, 0.0, 0.0)
    nn.init.constant_(network[0].bias, 1000.0)
    found = look_at(network, x, Measure.of(y))
    assert found.lipschitz_pairs > 0.1
    assert found.bound.value == pytest.approx(0.01)
    assert found.normalised_upper is not None


def test_a_critic_that_ignores_its_points_has_no_slope():
    x, y = shifted()
    layer = nn.Linear(3, 1)
    found = look_at(Function(lambda z: layer.bias.expand(len(z))), x, y)
    assert (found.value, found.grad_max, found.bound.value) == (0.0, 0.0, 0.0)
    assert found.normalised_upper is None
    constant = look_at(Function(lambda z: torch.zeros(len(z))), x, y)
    assert (constant.value, constant.gradients, constant.bound.value) == (0.0, None, 0.0)


def test_a_critic_that_detaches_its_values_has_a_bound_and_no_gradient():
    x, y = shifted()
    network = linear(1.2, 1.6, 0.0)
    found = look_at(Function(lambda z: network(z).detach()), x, y)
    assert not found.diverged
    assert found.gradients is found.layer_gradients is found.normalised is None
    assert found.bound.value == pytest.approx(2.0)
    assert 4.999 < found.normalised_upper <= 5.0 + 1e-6


def test_a_critic_that_changes_its_argument_leaves_the_points_as_they_are():
    x, y = shifted()
    points = FrozenPoints(x)
    before = points.points.clone()
    critic = Critic(Function(lambda z: z.mul_(3.0).sum(1)), Recipe.of(), x.shape)
    found = audit(critic, points, FrozenPoints(y), AllPairs(x, y), grad_points=100, seed=0)
    assert torch.equal(points.points, before)
    assert found.grad_max == pytest.approx(3 * math.sqrt(3))
    assert "changes its input" in found.bound.reason


def test_a_critic_that_was_saved_before_there_were_objectives_is_read_as_what_it_is():
    """Written by wcheck 0.1.0 in format 1, and its values at two points as they were then."""
    critic = load(Path(__file__).parent / "saved_in_format_1")
    assert critic.recipe == Recipe.of(objective="c-eps-transform", epsilon=0.5, width=4, batch_size=4)
    at = critic.values(torch.tensor([[0.25, 0.5], [1.0, -1.0]])).tolist()
    assert at == pytest.approx([0.2030346691608429, 0.20934583246707916], rel=1e-6)
