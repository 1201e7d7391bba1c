"""The one loop: when it ticks, what it counts as its time, and that it goes on from where it was to the last bit."""

import time

import pytest
import torch
from torch import nn

from wcheck.errors import ParameterError
from wcheck.learning.descent import Descent, Player
from wcheck.learning.loop import TICK_STEPS, Loop, looks

CPU = torch.device("cpu")
SETTINGS = [Descent("adam", 0.1, (0.5, 0.9)), Descent("rmsprop", 0.1, None)]


class Game(Loop):
    """Two players in turn, the first twice, and a stream that both draw from: parts lie in parts."""

    def __init__(self):
        super().__init__(CPU)
        torch.manual_seed(0)
        self.players = [Player(nn.Linear(2, 1), settings, CPU) for settings in SETTINGS]
        self.stream = torch.Generator().manual_seed(1)

    def take_step(self):
        high, low = self.players
        for _ in range(2):
            z = torch.randn(3, 2, generator=self.stream)
            high.descend(lambda z=z: (low.network(z) - high.network(z)).square().mean())
        z = torch.randn(3, 2, generator=self.stream)
        low.descend(lambda: (high.network(z) + low.network(z)).square().mean())

    def parts(self):
        return {"players": [player.parts() for player in self.players], "stream": self.stream}

    def weights(self):
        return torch.cat([player.network.weight.detach().clone() for player in self.players])


def test_it_goes_on_from_where_it_was_to_the_last_bit(tmp_path):
    straight, cut, resumed = Game(), Game(), Game()
    straight.advance(20)
    cut.advance(7)
    torch.save(cut.state(), tmp_path / "state.pt")
    resumed.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    assert (resumed.step, resumed.seconds) == (7, cut.seconds)
    resumed.advance(20)
    assert torch.equal(straight.weights(), resumed.weights())
    assert not torch.equal(straight.weights(), cut.weights())


def test_the_state_of_another_training_is_refused():
    other = Game()
    other.players.pop()
    with pytest.raises(ValueError, match="zip"):
        Game().restore(other.state())


def test_a_player_leaves_the_others_alone():
    game = Game()
    high, low = game.players
    before = low.network.weight.detach().clone()
    high.descend(lambda: (high.network(torch.ones(1, 2)) + low.network(torch.ones(1, 2))).mean())
    assert torch.equal(low.network.weight, before)
    assert low.network.weight.grad is None


def test_it_ticks_now_and_then_and_what_a_tick_takes_is_not_its_time():
    game, at = Game(), []

    def tick():
        at.append(game.step)
        time.sleep(0.05)

    game.advance(2 * TICK_STEPS + 1, tick)
    game.advance(2 * TICK_STEPS + 1, tick)  # nothing is left to do
    assert at == [0, TICK_STEPS, 2 * TICK_STEPS]
    assert 0 < game.seconds < 0.15


def test_looks_come_before_the_first_step_every_so_often_and_after_the_last():
    assert looks(25, 10) == [0, 10, 20, 25]
    assert looks(20, 10) == [0, 10, 20]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("lion", 0.1, None), "optimizer is 'lion': choose one of adam, rmsprop, sgd"),
        (("adam", 0.0, (0.0, 0.9)), "lr is 0.0"),
        (("adam", float("nan"), (0.0, 0.9)), "lr is nan"),
        (("adam", 0.1, (0.0, 1.0)), "betas are"),
        (("adam", 0.1, (0.9,)), "betas are"),
        (("adam", 0.1, (0.0, 0.9), "int8"), "amp is 'int8': choose one of bf16, fp16"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(ParameterError, match=words):
        Descent(*settings)


def test_only_adam_has_betas():
    assert Descent("sgd", 0.1, (0.5, 0.9)) == Descent("sgd", 0.1, None)
