"""The two-Gaussian picture: closed forms, and what training makes of them."""

import math

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from wcheck.cli.app import app
from wcheck.errors import ParameterError
from wcheck.experiments.driver import write_rows
from wcheck.experiments.two_gaussians import GRID, TwoGaussians
from wcheck.rows.table import Table


@pytest.fixture(scope="module")
def models():
    experiment = TwoGaussians(n=2000, width=32, steps=400, batch_size=64, lipschitz=("lp", "gp"), lr=2e-3)
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table)
    assert {row["status"] for row in table.rows} == {"ok"}
    return {
        model: {
            column: np.array([row[column] for row in table.rows if row["model"] == model])
            for column in experiment.columns[9:-1]
        }
        for model in ("discriminator", "lp", "gp")
    }


def test_the_best_discriminator_is_the_ratio_of_densities(models):
    best = models["discriminator"]
    data, generator = best["density_data"], best["density_generator"]
    assert best["best_value"] == pytest.approx(data / (data + generator), rel=1e-9)
    slopes = np.gradient(best["best_value"], best["z"])
    assert best["best_gradient"][1:-1] == pytest.approx(slopes[1:-1], abs=0.15)
    told = np.gradient(np.log1p(-best["best_value"][: GRID // 2]), best["z"][: GRID // 2])
    assert best["best_generator_gradient"][1 : GRID // 2 - 1] == pytest.approx(told[1:-1], abs=0.2)
    total = np.trapezoid(data, best["z"])
    assert total == pytest.approx(1.0, abs=0.01)


def test_the_discriminator_saturates_under_the_generator_and_the_critic_does_not(models):
    told = {name: np.abs(model["generator_gradient"]) for name, model in models.items()}
    under = np.abs(models["lp"]["z"] + 2.0) < 0.5
    assert told["discriminator"][under].max() < 0.05 * told["discriminator"].max()
    assert told["lp"][under].min() > 0.5 * told["lp"].max()


def test_both_are_trained(models):
    found = models["discriminator"]
    assert np.abs(found["value"] - found["best_value"])[np.abs(found["z"]) > 1].max() < 0.02
    low, high = np.interp([-2.0, 2.0], models["lp"]["z"], models["lp"]["value"])
    # Where -2 m s + penalty (s - 1)^2 is least: a penalty lets the slope be 1 + m / penalty.
    assert (high - low) / 4 == pytest.approx(1.2, abs=0.15)
    assert models["lp"]["value"][GRID // 2] == 0.0
    assert models["lp"]["z"][GRID // 2] == 0.0


def test_a_two_sided_penalty_may_keep_a_critic_from_the_slope_that_a_one_sided_one_allows(models):
    """Its loss has a second minimum at the slope -(1 - m / penalty), here -0.8; the one-sided one has none.

    How far it has come is chaotic: on some processors to -0.8, on others to .45.
    """
    under = np.abs(models["gp"]["z"] + 2.0) < 0.5
    assert (models["gp"]["gradient"][under] < 0.8).all()
    assert models["lp"]["gradient"][under] == pytest.approx(1.2, abs=0.15)


def test_closed_forms_reach_far_into_the_tails():
    far = TwoGaussians(mean=50.0, std=0.1)._best("discriminator", -50.0)
    assert all(math.isfinite(value) for value in far.values())
    assert far["best_value"] == 0.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mean": 0.0}, "mean is 0.0"),
        ({"std": -1.0}, "std is -1.0"),
        ({"steps": 0}, "steps is 0"),
        ({"lipschitz": ("hope",)}, "lipschitz is 'hope'"),
        ({"lipschitz": ("discriminator",)}, "not a constraint"),
        ({"batch_size": 0}, "batch_size is 0"),
    ],
)
def test_what_cannot_be_run_is_refused(options, words):
    with pytest.raises(ParameterError, match=words):
        TwoGaussians(**options)


def test_rows_are_the_same_bytes_on_any_number_of_threads(tmp_path):
    rows, before = [], torch.get_num_threads()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        path = tmp_path / f"{threads}.csv"
        command = ["two-gaussians", "--n", "500", "--steps", "40", "--jobs", "1", "-o", str(path)]
        assert CliRunner().invoke(app, command).exit_code == 0
        rows.append(path.read_bytes())
    torch.set_num_threads(before)
    assert rows[0] == rows[1]
