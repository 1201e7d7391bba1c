"""A trained critic as an estimator: the same numbers as its training gives, and what they prove."""

import math

import numpy as np
import pytest
import torch

from wcheck import Measure, exact
from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.errors import ParameterError
from wcheck.estimators.extension import extensions
from wcheck.estimators.registry import make
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.driver import write_rows
from wcheck.experiments.sample_complexity import SampleComplexity
from wcheck.experiments.sampling import variants
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.known import known
from wcheck.rows.table import Table

SMALL = {"steps": 60, "width": 16, "lr": 1e-3}


@pytest.fixture(scope="module")
def pair():
    random = np.random.default_rng(0)
    return Measure.of(random.normal(size=(50, 3))), Measure.of(random.normal(size=(40, 3)) + 1.0)


def rows_of(experiment):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table)
    return table.rows


@pytest.mark.parametrize("lipschitz", ["gp", "clip", "orthonormal"])
def test_the_value_is_the_claim_of_a_critic_trained_alone(pair, lipschitz):
    found = make("critic", lipschitz=lipschitz, **SMALL)(*pair, seed=3)
    training = Training(Recipe.of(lipschitz=lipschitz, width=16, lr=1e-3, seed=3), *map(FrozenPoints, pair))
    training.advance(60)
    f, g = (training.critic.values(torch.from_numpy(z.dense()).float()).double().mean() for z in pair)
    assert found.value == pytest.approx(float(f - g), abs=1e-12)
    assert found.value != make("critic", lipschitz=lipschitz, **SMALL)(*pair, seed=4).value


@pytest.mark.parametrize("objective", ["wasserstein", "c-transform", "c-eps-transform"])
def test_what_is_certified_is_below_w1(pair, objective):
    found = make("critic", objective=objective, **SMALL)(*pair)
    truth = exact(*pair).value
    assert 0.5 * truth < found.about["lower"] <= truth
    if objective == "c-transform":  # a dual value of the whole pair, up to float32
        assert found.value <= truth * (1 + 1e-5)


def test_a_c_transform_has_no_weights(pair):
    weighted = Measure.of(pair[0].dense(), np.random.default_rng(1).dirichlet(np.ones(50)))
    make("critic", steps=1)(weighted, pair[1])
    with pytest.raises(ParameterError, match="has weights, but objective c-transform"):
        make("critic", objective="c-transform", steps=1)(weighted, pair[1])


@pytest.mark.parametrize("kind", ["critic", "extension", "known"])
def test_gradients_of_potentials_are_those_of_finite_differences(pair, kind):
    potential = {
        "critic": lambda: make("critic", lipschitz="gp", arch="groupsort", **SMALL)(*pair).potential,
        "extension": lambda: extensions(*pair)["mean"],
        "known": lambda: known("gaussian:dim=3,n=9", "gaussian:dim=3,n=9,std=2").potential,
    }[kind]()
    z = np.random.default_rng(3).normal(size=(40, 3))
    gradient = potential.gradient(Measure.of(z))
    assert gradient.shape == (40, 3)
    assert gradient.dtype == np.float64
    for axis in np.eye(3):
        high, low = (potential(Measure.of(z + step * axis)) for step in (1e-3, -1e-3))
        assert np.median(np.abs((high - low) / 2e-3 - gradient @ axis)) < 1e-3  # kinks are few


def test_a_critic_that_explodes_is_a_row_without_a_number():
    experiment = SampleComplexity.of(
        dim=(2,), n=(20,), reps=1, estimator=("critic",), lipschitz=("none",), lr=(1e30,), steps=(50,)
    )
    (row,) = rows_of(experiment)
    assert row["status"] == "diverged"
    assert row["value"] is None
    assert SampleComplexity.told([row])


def test_batch_takes_critics_and_says_how_they_were_trained():
    experiment = BatchEstimates.of(
        data="digits",
        n=60,
        batch_size=(20,),
        reps=2,
        estimator=("exact", "critic"),
        steps=(5,),
        width=(8, 16),
    )
    rows = rows_of(experiment)
    assert [row["estimator"] for row in rows] == ["exact"] * 2 + ["critic"] * 4
    assert [row["width"] for row in rows] == [None, None, 8, 8, 16, 16]
    for row, best in zip(rows[2:], rows[:2] * 2, strict=True):
        assert (row["lipschitz"], row["penalty"], row["steps"], row["betas"]) == ("gp", 10.0, 5, "0,0.9")
        assert row["lower"] <= best["upper"]  # the same batches
        assert row["bias"] == row["value"] - row["exact"]
        assert math.isfinite(row["value"])


def test_settings_that_a_critic_ignores_make_no_other_critic():
    settings = {"lipschitz": ("gp", "clip"), "penalty": (1.0, 10.0), "clip": (0.1,)}
    found = variants(("critic", "exact"), settings)
    assert [variant.name for variant in found] == ["critic"] * 3 + ["exact"]
