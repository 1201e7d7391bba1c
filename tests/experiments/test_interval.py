"""Intervals for the population: coverage where the truth is known, their width, and what is refused."""

import math

import numpy as np
import pytest
import typer.testing
from scipy.stats import binomtest, truncnorm

from wcheck import Measure
from wcheck.cli.app import app
from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.experiments.interval import Interval, lower_side, upper_side
from wcheck.progress import silent
from wcheck.table import parse_rows
from wcheck.transport.exact import exact

TRIALS, RISK = 150, 0.05


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def truncated_shift(random, n):
    """Two normal distributions cut off at 2 deviations, 0.7 apart: W1 = 0.7, and the diameter is known."""
    points = truncnorm.rvs(-2.0, 2.0, size=(2, n, 3), random_state=random)
    points[1, :, 0] += 0.7
    return points, 0.7, math.sqrt(4.7**2 + 2 * 4**2)


def segments(random, n):
    """Uniform on two parallel unit segments, 0.5 apart."""
    points = np.zeros((2, n, 2))
    points[:, :, 1] = random.random((2, n))
    points[1, :, 0] = 0.5
    return points, 0.5, math.sqrt(1.25)


@pytest.mark.parametrize("draw", [truncated_shift, segments])
def test_coverage(draw):
    """Each side misses no more often than its risk, by a binomial test at 1e-3."""
    low = high = 0
    for trial in range(TRIALS):
        points, truth, diameter = draw(np.random.default_rng(trial), 40)
        x, y = (Measure.of(z) for z in points)
        low += lower_side(x, y, diameter, RISK, trial, None, silent)["lower"] > truth
        high += upper_side(exact(x, y).value, diameter, 40, 40, RISK)["upper"] < truth
    for misses in (low, high):
        assert binomtest(misses, TRIALS, RISK, alternative="greater").pvalue >= 1e-3


def test_a_claim_that_is_too_strong_is_found_out():
    """The empirical distance itself is above the truth nearly always: as a lower bound it fails the same test."""
    misses = 0
    for trial in range(TRIALS):
        points, truth, _ = truncated_shift(np.random.default_rng(trial), 40)
        misses += exact(*points).value > truth
    assert binomtest(misses, TRIALS, RISK, alternative="greater").pvalue < 1e-3


def test_the_lower_side_comes_near_the_truth_with_more_points():
    margins = []
    for n in (200, 2000):
        points, truth, diameter = segments(np.random.default_rng(0), n)
        x, y = (Measure.of(z) for z in points)
        found = lower_side(x, y, diameter, 0.025, 0, None, silent)
        assert found["lower"] == pytest.approx(found["held_out_value"] - found["lower_margin"])
        assert found["lower"] < truth
        margins.append(found["lower_margin"])
    # on segments the optimal function is constant on each: what is left is the price of the range
    assert found["lower_margin"] < 0.5 * found["hoeffding_margin"]
    assert margins[1] < 0.2 * margins[0]


def test_one_row_with_everything(tmp_path):
    ended = invoke("interval", "digits[0:300]", "digits[300:600]", "--permutations", 19)
    assert ended.exit_code == 0, ended.stderr
    (row,) = parse_rows(ended.stdout)
    assert tuple(row) == Interval.columns
    assert row["diameter"] == pytest.approx(8.0)
    assert 0 <= row["lower"] <= row["value"] <= row["upper"] <= row["diameter"]
    assert row["estimand"] == "population"
    assert 1 / 20 <= row["p_value"] <= 1
    assert row["upper_margin"] == pytest.approx(8.0 * math.sqrt(2 / 300 * math.log(40) / 2))
    assert "With a confidence of 0.95" in ended.stderr
    assert "independent draws" in ended.stderr
    again = invoke("interval", "digits[0:300]", "digits[300:600]", "--permutations", 19)
    assert [{**r, "seconds": 0} for r in parse_rows(again.stdout)] == [{**row, "seconds": 0}]


def test_the_permutation_test_sees_a_difference_and_none(tmp_path):
    random = np.random.default_rng(0)
    np.save(tmp_path / "p.npy", random.random((80, 2)))
    np.save(tmp_path / "q.npy", 0.5 * random.random((80, 2)) + 0.5)
    np.save(tmp_path / "r.npy", random.random((80, 2)))
    found = {}
    for other in ("q", "r"):
        ended = invoke(
            "interval", tmp_path / "p.npy", tmp_path / f"{other}.npy", "--diameter", 1.5, "--permutations", 99
        )
        (found[other],) = parse_rows(ended.stdout)
    assert found["q"]["p_value"] == 0.01
    assert found["r"]["p_value"] > 0.01
    assert found["q"]["null_between"] > found["q"]["null_source"]


def test_a_saved_critic_gives_the_lower_side(tmp_path):
    """One that rises along the shift certifies most of it; the extension makes any critic 1-Lipschitz."""
    import torch

    recipe = Recipe.of("mlp", "gp")
    from wcheck.critics import networks

    network = networks.build("mlp", (2,), recipe.mechanism, seed=0)
    points, truth, diameter = segments(np.random.default_rng(1), 3000)
    x, y = (Measure.of(z) for z in points)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    tensors = [torch.from_numpy(z.points).float() for z in (x, y)]
    for _ in range(30):
        optimiser.zero_grad()
        (network(tensors[1]).mean() - network(tensors[0]).mean()).backward()
        optimiser.step()
    Critic(network, recipe, (2,)).save(tmp_path / "critic", {})
    found = lower_side(x, y, diameter, 0.025, 0, tmp_path / "critic", silent)
    assert 0.5 * truth < found["lower"] < truth


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--diameter", "bounds"), "known beforehand"),
        (("--diameter", "0.5"), "points 1."),
        (("--diameter", "-1"), "diameter is -1"),
        (("--diameter", "sample"), "--diameter sample is not a number"),
        (("--diameter", "2", "--confidence", "1"), "confidence is 1"),
        (("--diameter", "2", "--permutations", "-1"), "permutations is -1"),
    ],
)
def test_what_is_refused_is_one_line(tmp_path, options, message):
    np.save(tmp_path / "p.npy", np.random.default_rng(0).random((30, 2)))
    ended = invoke("interval", tmp_path / "p.npy", tmp_path / "p.npy", *options)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.cifar10
def test_the_lower_side_on_cifar10_is_at_most_half_of_hoeffdings():
    from wcheck.measures.sources import load_pair

    x, y = load_pair("cifar10:train[0:1000]", "cifar10:train[1000:2000]")
    found = lower_side(x, y, math.sqrt(3072), 0.025, 0, None, silent)
    assert found["lower_margin"] <= 0.5 * found["hoeffding_margin"]
