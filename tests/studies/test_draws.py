"""The claims about random draws of options, on rows for which they hold, and on rows for which they must fail."""

import re

import numpy as np
import pandas as pd
import pytest

from tests.studies.judges import finding, verdict
from wcheck.errors import ParameterError
from wcheck.studies import commands
from wcheck.studies.draws import DRAWS, E7, drawn

GAMES = ("wasserstein gp", "non-saturating none", "hinge spectral", "exact", "energy", "minimax none")


def draws(score, count=6, failed=(), games=GAMES):
    """Two looks at each draw; ``score`` maps the number of a game and of a draw to the last energy distance."""
    rows = []
    for number, game in enumerate(games):
        objective, _, lipschitz = game.partition(" ")
        for draw in range(count):
            for step in (0.0, 10.0):
                rows.append(
                    {
                        "objective": objective, "lipschitz": lipschitz or np.nan, "lr": 0.1 * (draw + 1),
                        "generator_lr": 0.1 * (draw + 1), "seed": 0.0, "steps": 10.0, "step": step,
                        "energy_distance": score(number, draw) if step else 9.0, "excess": 1.0 + draw, "spread": 0.5,
                        "seconds": step, "status": "diverged" if step and (number, draw) in failed else "ok",
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def luck(number, draw):
    return float(np.random.default_rng([number, draw]).permutation(1000)[0] + 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (draws(lambda game, draw: 1.0 + draw + game / 100), "reproduced"),
        (draws(lambda game, draw: 1.0 + game + draw / 100), "not reproduced"),  # the loss decides
        (draws(lambda game, draw: 1.0 + game + draw / 100, count=1), "not settled"),
        (draws(lambda game, draw: 1.0 + game + 2 * draw, count=2, games=GAMES[:3]), "not settled"),
        (draws(luck, failed={(n, d) for n in range(6) for d in range(6)}), "not settled"),
        (draws(luck).iloc[:0], "not settled"),
    ],
)
def test_no_loss_outperforms(rows, expected):
    assert verdict("no-loss-outperforms", draws=rows) == expected


def test_a_draw_that_failed_is_ranked_last():
    """A game whose draws are the best ones, and all fail but one, is no longer better."""
    best = draws(lambda game, draw: game + draw / 100 + 1)
    some = draws(lambda game, draw: game + draw / 100 + 1, failed={(0, draw) for draw in range(1, 6)})
    first, second = (finding("no-loss-outperforms", draws=rows).value for rows in (best, some))
    assert second < first / 2


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (draws(lambda game, draw: 1.0 + draw), "reproduced"),
        (draws(lambda game, draw: 1.0 + draw / 100), "not reproduced"),  # all draws are alike
        (draws(lambda game, draw: 1.0, failed={(game, 0) for game in range(6)}), "reproduced"),
        (draws(lambda game, draw: 1.0 + draw * (game % 2)), "not settled"),
        (draws(lambda game, draw: 1.0 + draw, count=1), "not settled"),
    ],
)
def test_games_are_sensitive_to_options(rows, expected):
    assert verdict("games-are-sensitive-to-options", draws=rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (draws(lambda game, draw: 5.0 if game else 6.0), "reproduced"),
        (draws(lambda game, draw: 5.2 if game == 1 else 5.0), "reproduced"),  # within a tenth
        (draws(lambda game, draw: 9.0 if game == 1 else 5.0), "not reproduced"),
        (draws(lambda game, draw: 5.0 + (game == 1) * 0.6 + draw / 5), "not settled"),
        (draws(lambda game, draw: 5.0, count=4), "not settled"),
        (draws(lambda game, draw: 5.0, games=GAMES[2:]), "not settled"),
    ],
)
def test_the_vanilla_gan_is_comparable(rows, expected):
    assert verdict("vanilla-gan-is-comparable", draws=rows) == expected


def test_what_equal_seconds_would_make_of_it_is_told():
    """Games whose seconds grow with their number are alike in the end; halfway the slow ones are behind."""

    def rows(steps):
        found = []
        for number, game in enumerate(GAMES):
            for draw in range(6):
                for step in steps:
                    found.append(
                        {
                            "objective": game.partition(" ")[0], "lipschitz": game.partition(" ")[2],
                            "generator_lr": draw + 1.0, "seed": 0.0, "steps": 40.0, "step": step, "excess": 1.0,
                            "energy_distance": 41.0 - step + draw / 10, "spread": 0.5, "status": "ok",
                            "seconds": step * (number + 1),
                        }
                    )  # fmt: skip
        return pd.DataFrame(found)

    found = finding("no-loss-outperforms", draws=rows((0.0, 10.0, 20.0, 30.0, 40.0)))
    assert found.value < 0.1
    within = re.search(r"within 140.0 s, the time of the median draw, it is (\S+) \((\S+) to", found.found)
    assert float(within[1]) > float(within[2]) > 1.0
    assert "within" not in finding("no-loss-outperforms", draws=rows((0.0, 40.0))).found


@pytest.mark.parametrize("preset", ["quick", "full", "paper"])
def test_another_number_of_draws_takes_its_time(preset):
    study = drawn(7)
    (run,) = study.runs
    assert commands.options(run, preset, "digits")["samples"] == 7
    share = commands.options(DRAWS, preset, "digits")["samples"]
    assert run.seconds[preset] == pytest.approx(DRAWS.seconds[preset] * 7 / share)
    assert study.claims is E7.claims
    with pytest.raises(ParameterError, match="draws is 1: give at least 2"):
        drawn(1)
