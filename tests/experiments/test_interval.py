"""Intervals for the population: coverage where the truth is known, their width, and what is refused."""

import json
import math
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import typer.testing
from scipy.stats import binomtest, truncnorm

from wcheck import Measure
from wcheck.cli.app import app
from wcheck.critics import seen
from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.critics.saved import save
from wcheck.estimators.extension import Extension
from wcheck.experiments.interval import Interval, upper_estimate, upper_side
from wcheck.experiments.lower_side import lower_side, paired, unseen
from wcheck.experiments.null import null_calibration, pooled_null
from wcheck.progress import silent
from wcheck.rows.table import parse_rows
from wcheck.transport.solve.exact import exact

TRIALS, RISK = 150, 0.05
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "interval.py"


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


def test_unequal_samples_count_in_full():
    """Groups of the longer keep every value's weight nearly equal, and its mean where the sizes divide."""
    random = np.random.default_rng(0)
    f, g = random.random(30), random.random(10)
    assert paired(f, g) == pytest.approx(f.reshape(10, 3).mean(axis=1) - g)
    assert paired(g, f) == pytest.approx(g - f.reshape(10, 3).mean(axis=1))
    assert len(paired(random.random(32), g)) == 10
    points, _, diameter = segments(random, 300)
    x, y = Measure.of(points[0, :30]), Measure.of(points[1])
    few, all_of_them = (
        np.mean([lower_side(x, other, diameter, RISK, seed, None, silent)["lower"] for seed in range(5)])
        for other in (y.take(np.arange(30)), y)
    )
    assert all_of_them > few


def test_the_estimate_of_the_upper_end_is_the_plug_in_and_its_normal_error():
    """On segments the potentials are constant on each side of the gap, but for what the samples' spread adds."""
    points = np.random.default_rng(0).normal(size=(2, 60, 3))
    plugin = exact(*points)
    u, v = plugin.potentials
    error = math.sqrt(u.var(ddof=1) / 60 + v.var(ddof=1) / 60)
    assert upper_estimate(plugin, 0.025) == pytest.approx(plugin.value + 1.959964 * error)
    assert upper_estimate(plugin, 0.5) == pytest.approx(plugin.value)


def test_the_null_has_the_sizes_of_the_samples():
    """Under equal distributions it is what the samples are apart, and halves are farther apart than that."""
    random = np.random.default_rng(0)
    x, y = (Measure.of(random.normal(size=(n, 5))) for n in (300, 200))
    found = pooled_null(x, y, 12, 0, silent)
    value = exact(x, y).value
    spread = found["null_error"] * math.sqrt(12)
    assert abs(value - found["null"]) < 5 * spread
    assert null_calibration(x, y, 0, 0, silent)["null_between"] > found["null"] + 5 * spread
    assert pooled_null(x, y, 0, 0, silent) == {"splits": 0}


def test_one_row_with_everything(tmp_path):
    ended = invoke("interval", "digits[0:300]", "digits[300:600]", "--permutations", 19)
    assert ended.exit_code == 0, ended.stderr
    (row,) = parse_rows(ended.stdout)
    assert tuple(row) == Interval.columns
    assert row["diameter"] == pytest.approx(8.0)
    assert 0 <= row["lower"] <= row["value"] <= row["upper_estimate"] <= row["upper"] <= row["diameter"]
    assert row["null_error"] < 0.05 * row["null"]
    assert row["splits"] == 10
    assert row["estimand"] == "population"
    assert 1 / 20 <= row["p_value"] <= 1
    assert row["upper_margin"] == pytest.approx(8.0 * math.sqrt(2 / 300 * math.log(40) / 2))
    assert "With a confidence of 0.95" in ended.stderr
    assert "independent draws, samples that are independent of each other" in ended.stderr
    assert "not guaranteed" in ended.stderr
    assert "(the mean of 10 splits and its standard error)" in ended.stderr
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


def test_permutations_that_are_as_far_apart_count_however_they_round():
    """Multiples of 0.1 have the p-value of the integers, whose distances on the line are exact in floats."""
    found = []
    for trial in range(20):
        x, y = np.random.default_rng(trial).integers(0, 5, (2, 10, 1)).astype(np.float64)
        whole, rounded = (
            null_calibration(Measure.of(unit * x), Measure.of(unit * y), 49, trial, silent)["p_value"]
            for unit in (1.0, 0.1)
        )
        assert whole == rounded
        found.append(whole)
    assert len(set(found)) > 5


def test_a_saved_critic_gives_the_lower_side(tmp_path):
    """One that rises along the shift certifies most of it; the extension makes any critic 1-Lipschitz."""

    recipe = Recipe.of("mlp", "gp")
    network = recipe.network((2,), seed=0)
    points, truth, diameter = segments(np.random.default_rng(1), 3000)
    x, y = (Measure.of(z) for z in points)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    tensors = [torch.from_numpy(z.points).float() for z in (x, y)]
    for _ in range(30):
        optimiser.zero_grad()
        (network(tensors[1]).mean() - network(tensors[0]).mean()).backward()
        optimiser.step()
    about = {"scale": "", "target_scale": ""}
    save(Critic(network, recipe, (2,)), tmp_path / "critic", about, [torch.zeros(1, 2)])
    critic = unseen(tmp_path / "critic", x, y, {})
    found = lower_side(x, y, diameter, 0.025, 0, critic, silent)
    assert 0.5 * truth < found["lower"] < truth


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A critic that ``wcheck oracle`` trained on 40 points a side."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wcheck.experiments.reference.folder", lambda: folder / "cache")
        options = ("--steps", 2, "--every", 2, "--width", 8, "--grad-points", 10, "--save", folder / "critic")
        ended = invoke("oracle", "digits[0:40]", "digits[40:80]", *options)
    assert ended.exit_code == 0, ended.stderr
    return folder / "critic"


SHORT = ("--permutations", 0, "--splits", 0)


def test_a_critic_bounds_only_what_it_has_not_seen(trained):
    ended = invoke("interval", "digits[80:120]", "digits[120:160]", *SHORT, "--critic", trained)
    assert ended.exit_code == 0, ended.stderr
    (row,) = parse_rows(ended.stdout)
    assert row["function"] == str(trained)
    for sources, shared in (
        (("digits[0:40]", "digits[40:80]"), "40 of the 40 points of digits[0:40]"),
        (("digits[110:150]", "digits[79:110]"), "1 of the 31 points of digits[79:110]"),
        (("digits[70:110]", "digits[110:150]"), "10 of the 40 points of digits[70:110]"),
    ):
        ended = invoke("interval", *sources, *SHORT, "--critic", trained)
        assert ended.exit_code == 2
        assert ended.stdout == ""
        assert f"trained on {shared}" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


def test_a_critic_of_ones_own_is_made_only_where_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wcheck.experiments.reference.folder", lambda: tmp_path / "cache")
    (tmp_path / "of_mine.py").write_text(
        "from torch import nn\n"
        "def critic(shape):\n"
        "    return nn.Sequential(nn.Linear(64, 1), nn.Flatten(0))\n"
    )
    train = ("oracle", "--data", "digits[0:80]", "--steps", 2, "--grad-points", 10, "--save", "critic")
    assert invoke(*train, "--critic", "of_mine:critic").exit_code == 0
    judged = ("interval", "digits[80:120]", "digits[120:160]", *SHORT, "--critic", "critic")
    refused = invoke(*judged)
    assert refused.exit_code == 2
    assert "give --arch of_mine:critic to let it run" in refused.stderr
    ended = invoke(*judged, "--arch", "of_mine:critic")
    assert ended.exit_code == 0, ended.stderr
    alone = invoke("interval", "digits[80:120]", "digits[120:160]", *SHORT, "--arch", "of_mine:critic")
    assert alone.exit_code == 2
    assert "give --critic too" in alone.stderr


def test_a_retrained_critic_is_another_run(trained, tmp_path):
    critic, file = tmp_path / "critic", tmp_path / "rows.csv"
    shutil.copytree(trained, critic)
    command = ("interval", "digits[80:120]", "digits[120:160]", *SHORT, "--critic", critic, "-o", file)
    assert invoke(*command).exit_code == 0
    assert invoke(*command).exit_code == 0
    weights = torch.load(critic / "critic.pt", weights_only=True)
    torch.save({name: 2.0 * tensor for name, tensor in weights.items()}, critic / "critic.pt")
    refused = invoke(*command)
    assert refused.exit_code == 2
    assert "critic_sha256 was" in refused.stderr


def test_a_critic_that_has_seen_both_halves_says_more_than_the_distributions():
    """Why it is refused: the optimal values of both samples, whose distributions are equal, prove a distance."""

    def lower(pair):
        perfect = Extension(pair[1], -exact(*pair).potentials[1], lowest=False)
        return lower_side(x, y, math.sqrt(3), 0.025, 0, lambda z: perfect(Measure.of(z)), silent)["lower"]

    random = np.random.default_rng(0)
    x, y, *others = (Measure.of(random.random((1000, 3), np.float32)) for _ in range(4))
    assert lower((x, y)) > 0.0
    assert lower(others) == 0.0


def test_the_same_points_are_found_in_another_file(trained, tmp_path):
    from wcheck.measures.sources import load

    for name, dtype in (("same", np.float32), ("wide", np.float64)):
        np.save(tmp_path / f"{name}.npy", load("digits[30:60]").dense().reshape(-1, 1, 8, 8).astype(dtype))
        x = Measure.of(np.load(tmp_path / f"{name}.npy"))
        described = json.loads((trained / "critic.json").read_text())
        known = seen.read(trained, described["trained_on"])
        assert np.isin(seen.hashes(x.dense().astype(np.float32)), known).all()
    assert described["trained_on"]["points"] == len(known) == 80
    negative = np.array([[0.0, 1.0], [-0.0, 1.0], [0.0, 2.0]], np.float32)
    assert len(np.unique(seen.hashes(negative))) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("no record", "does not say which points"),
        ("no file", "does not say which points"),
        ("other file", "does not say which points"),
        ("scale", "trained on points of scale -1,1, and these have scale 0,1"),
        ("target_scale", "trained on points of target_scale zscore, and these have target_scale 0,1"),
        ("image_size", "trained on points of image_size 8, and these have image_size none"),
        ("embed", "trained on points of embed mine:features, and these have embed none"),
    ],
)
def test_a_critic_whose_points_are_not_known_is_refused(trained, tmp_path, change, message):
    folder = tmp_path / "critic"
    shutil.copytree(trained, folder)
    described = json.loads((folder / "critic.json").read_text())
    if change == "no record":
        del described["trained_on"]
    elif change == "no file":
        (folder / "points.npy").unlink()
    elif change == "other file":
        np.save(folder / "points.npy", np.zeros(1, np.uint64))
    else:
        other = {"scale": "-1,1", "target_scale": "zscore", "image_size": 8, "embed": "mine:features"}
        described[change] = other[change]
    (folder / "critic.json").write_text(json.dumps(described))
    ended = invoke("interval", "digits[80:120]", "digits[120:160]", *SHORT, "--critic", folder)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_the_coverage_script_runs_and_goes_on(tmp_path, capsys):
    main = runpy.run_path(str(BENCHMARK))["main"]
    command = ["--small", "-o", str(tmp_path / "rows.csv")]
    main(command)
    written = (tmp_path / "rows.csv").read_text()
    assert written.count("\n") == 1 + 2 * 3 * 3
    first = capsys.readouterr().out
    assert "seen" in first
    lines = written.splitlines(keepends=True)
    (tmp_path / "rows.csv").write_text("".join(lines[:-2]))
    main(command)
    assert (tmp_path / "rows.csv").read_text() == written
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--diameter", "bounds"), "known in advance"),
        (("--diameter", "0.5"), "points 1."),
        (("--diameter", "-1"), "diameter is -1"),
        (("--diameter", "sample"), "--diameter sample is not a number"),
        (("--diameter", "2", "--confidence", "1"), "confidence is 1"),
        (("--diameter", "2", "--permutations", "-1"), "permutations is -1"),
        (("--diameter", "2", "--splits", "-1"), "splits is -1"),
        (("--diameter", "2", "--splits", "1"), "a standard error needs at least 2"),
    ],
)
def test_what_is_refused_is_one_line(tmp_path, options, message):
    np.save(tmp_path / "p.npy", np.random.default_rng(0).random((30, 2)))
    ended = invoke("interval", f"{tmp_path}/p.npy[:15]", f"{tmp_path}/p.npy[15:]", *options)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.cifar10
def test_the_lower_side_on_cifar10_is_at_most_half_of_hoeffdings():
    from wcheck.measures.sources import load_pair

    x, y = load_pair("cifar10:train[0:1000]", "cifar10:train[1000:2000]")
    found = lower_side(x, y, math.sqrt(3072), 0.025, 0, None, silent)
    assert found["lower_margin"] <= 0.5 * found["hoeffding_margin"]
