"""Bernoulli batches: the closed forms against the solver, enumeration, and the theorem."""

import itertools
import math

import numpy as np
import pytest

from wcheck import exact
from wcheck.errors import ParameterError
from wcheck.experiments.bernoulli import Batches, Bernoulli
from wcheck.experiments.driver import write_rows
from wcheck.experiments.telling.bernoulli import BOUND
from wcheck.rows.table import Table


def rows_of(experiment):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table)
    return table.rows


def law_by_enumeration(n, theta_star):
    """All batches with their probabilities."""
    for batch in itertools.product((0, 1), repeat=n):
        yield np.array(batch, float), math.prod(theta_star if one else 1 - theta_star for one in batch)


@pytest.mark.parametrize(("n", "theta_star", "theta"), [(1, 0.3, 0.6), (4, 0.7, 0.1), (6, 0.5, 0.45)])
def test_the_loss_is_the_mean_of_exact_distances_over_all_batches(n, theta_star, theta):
    expected = sum(
        mass * exact(batch, np.array([0.0, 1.0]), None, [1 - theta, theta]).value
        for batch, mass in law_by_enumeration(n, theta_star)
    )
    assert Batches(n, theta_star).loss(theta) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("n", "theta_star"), [(1, 0.3), (3, 0.5), (7, 0.81), (64, 0.1)])
def test_the_gradient_is_the_slope_of_the_loss(n, theta_star):
    law = Batches(n, theta_star)
    for theta in (np.arange(n) + 0.37) / n:
        slope = (law.loss(theta + 1e-6) - law.loss(theta - 1e-6)) / 2e-6
        assert law.gradient(theta) == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize(("n", "theta_star"), [(1, 0.3), (1, 0.5), (5, 0.4), (6, 0.5), (9, 0.123), (40, 0.7)])
def test_the_loss_is_least_exactly_between_the_medians(n, theta_star):
    law = Batches(n, theta_star)
    low, high = law.medians()
    least = law.loss(low)
    assert law.loss(high) == pytest.approx(least, abs=1e-12)
    for theta in np.linspace(0, 1, 301):
        inside = low - 1e-12 <= theta <= high + 1e-12
        assert law.loss(theta) == pytest.approx(least, abs=1e-12) if inside else law.loss(theta) > least


@pytest.mark.parametrize("n", [1, 2, 3, 10, 64, 1000])
@pytest.mark.parametrize("theta_star", [0.05, 0.37, 0.5, 0.7, 0.999])
def test_the_bias_is_twice_the_mass_beyond_and_greatest_where_it_is_taken(n, theta_star):
    law = Batches(n, theta_star)
    worst = law.worst_theta()

    def bias(theta):
        return abs(law.gradient(theta) - np.sign(theta - theta_star))

    assert worst != theta_star
    others = [theta for theta in (np.arange(n) + 0.41) / n if abs(theta - theta_star) > 1e-12]
    assert all(bias(theta) <= bias(worst) + 1e-12 for theta in others)
    beyond = law.masses[law.means > worst] if worst > theta_star else law.masses[law.means < worst]
    assert bias(worst) == pytest.approx(2 * beyond.sum(), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 17, 1000])
def test_the_theorem_for_every_n_there_is_a_pair(n):
    rows = rows_of(Bernoulli(theta_star=(0.3141592653589793,), n=(n,), reps=10))
    assert rows[0]["bias"] >= 1 > BOUND  # wherever n theta* is no integer: one side has half of the mass


def test_bellemares_own_pair():
    n = 10
    law = Batches(n, 1 - 1 / n)
    theta = 1 - 1 / (2 * n)
    assert 1 - law.gradient(theta) == pytest.approx(2 * (1 - 1 / n) ** n)
    assert 1 - law.gradient(theta) >= BOUND


def test_monte_carlo_agrees_within_five_standard_errors_and_is_by_seed():
    rows = rows_of(Bernoulli(reps=4000))
    for row in rows:
        assert tuple(row) == Bernoulli.columns
        assert abs(row["gradient_mc"] - row["gradient"]) <= 5 * row["gradient_mc_error"] + 1e-12
        assert (
            abs(row["loss_theta_star_mc"] - row["loss_theta_star"])
            <= 5 * row["loss_theta_star_mc_error"] + 1e-9
        )
        assert row["loss_argmin"] <= row["loss_theta_star"] * (1 + 1e-12)
    again, other = rows_of(Bernoulli(reps=4000)), rows_of(Bernoulli(reps=4000, seed=1))
    assert [row["gradient_mc"] for row in rows] == [row["gradient_mc"] for row in again]
    assert [row["gradient_mc"] for row in rows] != [row["gradient_mc"] for row in other]


def test_the_wrong_minimum():
    (row,) = rows_of(Bernoulli(theta_star=(0.4,), n=(1,)))
    assert (row["argmin_low"], row["argmin_high"], row["argmin_mc"]) == (0.0, 0.0, 0.0)
    assert row["loss_argmin"] == pytest.approx(0.4)
    assert row["loss_theta_star"] == pytest.approx(0.48)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"theta_star": (0.5, 1.0)}, "theta_star is 1.0"), ({"n": (0,)}, "n is 0"), ({"reps": 1}, "reps is 1")],
)
def test_what_cannot_be_run_is_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        Bernoulli(**wrong)
