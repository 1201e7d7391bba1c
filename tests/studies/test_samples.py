"""The claims about samples, on rows for which they hold, and on rows for which they must fail."""

import math

import pandas as pd
import pytest

from tests.studies.judges import finding, verdict

BOUND = 2 * math.exp(-2)


def batches(**changed):
    """Two pairs of theta* and n for which the theorem holds."""
    rows = pd.DataFrame(
        {
            "n": [1.0, 10.0],
            "reps": 100.0,
            "theta_star": 0.1,
            "bias": [1.8, 0.7],
            "gradient": 0.5,
            "gradient_mc": 0.51,
            "gradient_mc_error": 0.01,
            "argmin_low": 0.0,
            "argmin_high": 0.0,
            "argmin_mc": 0.0,
            "loss_argmin": 0.1,
            "loss_theta_star": 0.2,
            "status": "ok",
        }
    )
    return rows.assign(**changed)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "reproduced"),
        ({"bias": [1.8, BOUND - 1e-6]}, "not reproduced"),  # for one n no pair is biased as much
        ({"gradient_mc": 0.56}, "not reproduced"),  # the closed form is not what is drawn
        ({"n": 1.0}, "not settled"),
        ({"status": "raised"}, "not settled"),
    ],
)
def test_the_gradient_of_batches_is_biased(changed, expected):
    assert verdict("bernoulli-gradient-is-biased", bernoulli=batches(**changed)) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "reproduced"),
        ({"argmin_high": 0.1}, "not reproduced"),  # theta* is one of the minimisers
        ({"loss_argmin": 0.2}, "not reproduced"),
        ({"argmin_mc": 0.1}, "not reproduced"),
        ({"status": "raised"}, "not settled"),
    ],
)
def test_the_minimum_of_batches_is_elsewhere(changed, expected):
    assert verdict("bernoulli-minimum-is-elsewhere", bernoulli=batches(**changed)) == expected


def test_what_is_found_is_said_with_its_numbers():
    assert "at least 0.7000" in finding("bernoulli-gradient-is-biased", bernoulli=batches()).found
