"""Gaussians against the Dirac at their mean: closed forms, the crossing and its interval."""

import math

import numpy as np
import pytest

from wcheck import exact
from wcheck.errors import ParameterError
from wcheck.experiments.crossing import crossing
from wcheck.experiments.crossover import Crossover, expected_norm
from wcheck.experiments.driver import Workers, write_rows
from wcheck.rng import generator
from wcheck.rows.table import Table


def rows_of(experiment, **options):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, **options)
    return table.rows


@pytest.mark.parametrize(("dim", "norm"), [(1, math.sqrt(2 / math.pi)), (2, math.sqrt(math.pi / 2))])
def test_the_expected_norm_is_the_known_one(dim, norm):
    assert expected_norm(dim) == pytest.approx(norm, rel=1e-14)


def test_large_dimensions_have_a_norm_of_about_their_root():
    assert expected_norm(10**6) == pytest.approx(1000 - 1 / 4000, rel=1e-9)


def test_a_row_is_the_mean_over_exact_distances():
    (row,) = rows_of(Crossover(n=(12,), dim=(5,), reps=6))
    x, y = generator(0, "crossover", 12, 5).standard_normal((2, 6, 12, 5))
    real = np.array([exact(*pair).value for pair in zip(x, y, strict=True)])
    dirac = np.array([exact(batch, np.zeros((1, 5))).value for batch in x])
    assert tuple(row) == Crossover.columns
    assert row["real"] == pytest.approx(real.mean())
    assert row["dirac"] == pytest.approx(dirac.mean())
    assert row["difference"] == pytest.approx((real - dirac).mean())
    assert row["difference_error"] == pytest.approx(np.std(real - dirac, ddof=1) / math.sqrt(6))
    assert row["lower"] <= row["real"] <= row["upper"]


def test_the_dirac_is_at_its_expected_distance_within_five_standard_errors():
    for row in rows_of(Crossover(n=(20,), dim=(1, 7, 40), reps=200)):
        assert abs(row["dirac"] - row["dirac_expected"]) < 5 * row["dirac_error"]


def test_the_crossing_is_where_two_trials_found_it():
    """16.19 +- 0.01, by 4,400 and by some 20,000 batches a dimension; a straight line says 16.27."""
    found = crossing(rows_of(Crossover(n=(64,), dim=tuple(range(10, 24)), reps=1000)))
    assert found.low < 16.19 < found.high
    assert found.high - found.low < 0.12


def test_smaller_batches_cross_earlier():
    rows = rows_of(Crossover(n=(8, 32), dim=tuple(range(2, 20)), reps=60))
    small, large = (crossing([row for row in rows if row["n"] == n]) for n in (8, 32))
    assert small.high < large.low


def test_processes_change_nothing_but_the_time():
    experiment = Crossover(n=(8,), dim=(2, 3), reps=3)
    here, there = rows_of(experiment), rows_of(experiment, workers=Workers(jobs=2))
    assert [row | {"seconds": 0} for row in here] == [row | {"seconds": 0} for row in there]


def curve(values, error=0.1, reps=100):
    return [
        {"dim": dim, "difference": value, "difference_error": error, "reps": reps}
        for dim, value in enumerate(values, 1)
    ]


def test_a_curve_is_crossed_at_its_root():
    """One that is a parabola in the logarithm of the dimension."""
    x = np.log(np.arange(1, 13) / 6.25)
    found = crossing(curve(0.8 * x - 0.2 * x**2))
    assert found.dim == pytest.approx(6.25)
    assert found.low < 6.25 < found.high


@pytest.mark.parametrize("noise", [0.0, 1e-17, 1e-16, 1e-15])
def test_a_straight_line_is_crossed_at_its_root_however_it_is_rounded(noise):
    random = np.random.default_rng(0)
    x = np.log(np.arange(8, 40) / 15.5)
    for _ in range(50):
        rows = curve(x + noise * random.normal(size=len(x)), error=0.003)
        found = crossing([row | {"dim": row["dim"] + 7} for row in rows])
        assert found.dim == pytest.approx(15.5)
        assert 15.4 < found.low < found.high < 15.6


@pytest.mark.parametrize("reps", [5, 100, 10_000])
def test_the_interval_holds_the_root_as_often_as_it_says(reps):
    """Of a curve that is neither a parabola nor a cubic, bent as that of batches of 64."""
    rng = np.random.default_rng(0)
    dims, truth, inside = np.arange(6, 31), 16.2, 0
    means = 0.42 * (np.sqrt(dims) - math.sqrt(truth))
    for _ in range(400):
        noisy = means + 0.08 / math.sqrt(reps) * rng.normal(size=len(dims))
        spread = np.sqrt(rng.chisquare(reps - 1, len(dims)) / (reps - 1))
        rows = [
            {"dim": dim, "difference": value, "difference_error": error, "reps": reps}
            for dim, value, error in zip(dims, noisy, 0.08 / math.sqrt(reps) * spread, strict=True)
        ]
        found = crossing(rows)
        inside += found.low <= truth <= found.high
    assert 0.93 <= inside / 400 <= 0.99


def test_a_curve_that_may_not_cross_has_no_interval():
    found = crossing(curve([-1e-3, -1e-3, -1e-3, 1e-3, 1e-3, 1e-3], error=1.0))
    assert (found.low, found.high) == (0.0, math.inf)


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0, 4.0], [-4.0, -3.0, -2.0, -1.0], [-1.0, -0.5, 1.0], [1.0]])
def test_without_a_change_of_sign_there_is_no_crossing(values):
    assert crossing(curve(values)) is None


@pytest.mark.parametrize(
    ("wrong", "message"), [({"n": (0,)}, "n is 0"), ({"dim": (0, 1)}, "dim is 0"), ({"reps": 1}, "reps is 1")]
)
def test_what_cannot_be_run_is_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        Crossover(**wrong)
