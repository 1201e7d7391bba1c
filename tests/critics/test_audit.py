"""What a critic is worth, where it is known; and critics that are saved and read."""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from wcheck import exact
from wcheck.critics.audit import audit
from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import FrozenPoints, train
from wcheck.errors import OutputError, SourceError
from wcheck.measures.measure import Measure
from wcheck.transport.potentials import AllPairs

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
    *_, (_, critic, _) = train(Recipe.of(lipschitz="clip", clip=0.2), x, y, steps=20, every=20)
    return critic, x.points


def test_a_saved_critic_has_the_same_values(trained, tmp_path):
    critic, points = trained
    critic.save(tmp_path / "new" / "folder", {"step": 20})
    again = Critic.load(tmp_path / "new" / "folder")
    assert torch.equal(critic(points), again(points))
    assert again.recipe == critic.recipe
    assert json.loads((tmp_path / "new" / "folder" / "critic.json").read_text())["step"] == 20
    names = {file.name for file in (tmp_path / "new" / "folder").iterdir()}
    assert names == {"critic.pt", "critic.json"}


def test_a_saved_critic_holds_tensors_alone(trained, tmp_path):
    trained[0].save(tmp_path, {})
    state = torch.load(tmp_path / "critic.pt", weights_only=True)
    assert all(isinstance(value, torch.Tensor) for value in state.values())


def test_other_weights_give_other_values(trained, tmp_path):
    critic, points = trained
    critic.save(tmp_path, {})
    state = torch.load(tmp_path / "critic.pt", weights_only=True)
    torch.save({name: tensor + 0.01 for name, tensor in state.items()}, tmp_path / "critic.pt")
    assert not torch.equal(critic(points), Critic.load(tmp_path)(points))


@pytest.mark.parametrize("damage", ["missing", "weights", "json", "shape"])
def test_what_is_no_critic_is_refused(trained, tmp_path, damage):
    trained[0].save(tmp_path, {})
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
        Critic.load(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_clear_error(trained, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        trained[0].save(tmp_path / "file" / "folder", {})
