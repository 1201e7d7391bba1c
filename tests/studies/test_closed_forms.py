"""The claims about closed forms and theorems, on rows for which they hold, and on rows for which they must fail."""

import math

import pandas as pd
import pytest

from tests.studies.judges import finding, verdict
from wcheck.experiments.driver import write_rows
from wcheck.experiments.toys import Toys
from wcheck.rows.table import Table


def toy(name, run):
    """Rows of a toy from curves (x -> computed) by quantity, with the closed form and the bracket on them."""
    return pd.DataFrame(
        [
            {"toy": name, "x": x, "quantity": quantity, "closed_form": value, "computed": value, "lower": value,
             "upper": value, "status": "ok"}
            for quantity, values in run.items()
            for x, value in values.items()
        ]
    )  # fmt: skip


def with_value(frame, quantity, x, **columns):
    """The rows with other values of a quantity at an x."""
    chosen = (frame["quantity"] == quantity) & (frame["x"] == x)
    return pd.concat([frame[~chosen], frame[chosen].assign(**columns)])


def constant(value, xs, at_zero=0.0):
    return {x: value if x else at_zero for x in xs}


XS = (-1.0, -0.5, 0.0, 0.5, 1.0)
SEGMENTS = toy(
    "segments",
    {
        "w1": {x: abs(x) for x in XS},
        "js": constant(math.log(2), XS),
        "kl": constant(math.inf, XS),
        "tv": constant(1.0, XS),
    },
)
PEAK = toy(
    "peak",
    {
        "w1": {x: x / 2 for x in (0.0, 0.05, 0.1, 0.2, 0.3)},
        "js": {0.0: 0.0, 0.05: 0.1, 0.1: 0.2, 0.2: 0.2, 0.3: 0.2},
    },
)
LINE = pd.concat([toy("shift", {"w1": {0.0: 0.0, 1.0: 1.0}}), toy("quantiles", {"w1": {0.0: 0.5, 1.0: 2.0}})])
ATOMS = toy(
    "atoms", {"w1": {0.01: 0.0025, 1.0: 0.25}, "js": {0.01: 0.69, 1.0: 0.69}, "tv": {0.01: 1.0, 1.0: 1.0}}
)
COINS = toy(
    "coins",
    {
        "w1": {0.0: 0.0, 1.0: 1.0},
        "js": {0.0: 0.0, 1.0: 0.2},
        "tv": {0.0: 0.0, 1.0: 0.5},
        "w1_bound": {0.0: 0.0, 1.0: 1.0},
        "tv_bound": {0.0: 0.0, 1.0: 0.6},
    },
)
TILT = COINS.assign(toy="tilt").pipe(with_value, "w1", 1.0, computed=0.2, lower=0.2, upper=0.2)
CONVERGENCE = pd.concat([ATOMS, COINS, TILT])
ANGLES = [k / 8 for k in range(6)]
GRADIENT = toy(
    "gradient", {name: dict.fromkeys(ANGLES, 0.5) for name in ("slope_differences", "slope_backward")}
)
ENERGY = toy(
    "energy",
    {
        "energy": {0.0: 0.0, 0.5: 1.0, 1.0: 2.0},
        "tv": {0.0: 0.0, 0.5: 0.5, 1.0: 1.0},
        "variation": {0.0: 0.0, 0.5: 1.0, 1.0: 2.0},
        "energy_discriminator": {0.0: 2.0, 0.5: 1.0, 1.0: 0.0},
    },
)
STEPS = [float(step) for step in range(1, 11)]
NORMS = pd.concat(
    [
        toy("power", {name: {x: 1 - 1e-4 / x for x in STEPS} for name in ("norm_mean", "norm_least")}),
        toy("layer", {"norm_free": {0.0: 1.0, 100.0: 114.0}, "norm_spectral": {0.0: 1.2, 100.0: 1.00001}}),
    ]
)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (SEGMENTS, "reproduced"),
        (with_value(SEGMENTS, "w1", 0.5, computed=0.6), "not reproduced"),
        (with_value(SEGMENTS, "js", 0.5, computed=0.6), "not reproduced"),
        (with_value(SEGMENTS, "kl", 0.5, computed=700.0), "not reproduced"),
        (SEGMENTS[SEGMENTS["quantity"] != "tv"], "not reproduced"),
        (SEGMENTS[:0], "not settled"),
    ],
)
def test_only_w1_sees_segments(rows, expected):
    assert verdict("segments-seen-by-w1", toys_segments=rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (PEAK, "reproduced"),
        (with_value(PEAK, "js", 0.3, computed=0.25), "not reproduced"),  # it grows on
        (with_value(PEAK, "js", 0.05, computed=0.15), "not reproduced"),
        (with_value(PEAK, "w1", 0.3, computed=0.1), "not reproduced"),  # it stops
        (PEAK[PEAK["x"] < 0.2], "not settled"),
    ],
)
def test_a_divergence_of_peaks_saturates(rows, expected):
    assert verdict("js-of-a-peak-saturates", toys_peak=rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (LINE, "reproduced"),
        (LINE.assign(closed_form=LINE["closed_form"] + 1e-6), "not reproduced"),
        (LINE.assign(computed=LINE["computed"] + 1e-6), "not reproduced"),
        (LINE[LINE["toy"] == "shift"], "not settled"),
    ],
)
def test_distances_on_a_line_are_known(rows, expected):
    assert verdict("line-and-shift-are-known", toys_line=rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (CONVERGENCE, "reproduced"),
        (pd.concat([with_value(ATOMS, "w1", 0.01, computed=0.2), COINS]), "not reproduced"),
        (pd.concat([with_value(ATOMS, "tv", 0.01, computed=0.1), COINS]), "not reproduced"),
        (pd.concat([ATOMS, with_value(COINS, "js", 0.0, computed=0.2)]), "not reproduced"),
        (COINS, "not settled"),
    ],
)
def test_w1_is_the_weakest(rows, expected):
    assert verdict("w1-is-weaker", toys_convergence=rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (CONVERGENCE, "reproduced"),
        (pd.concat([COINS, with_value(TILT, "w1", 1.0, lower=1.1)]), "not reproduced"),
        (pd.concat([COINS, with_value(TILT, "tv", 1.0, computed=0.7)]), "not reproduced"),
        (pd.concat([with_value(COINS, "w1", 1.0, computed=0.9), TILT]), "not reproduced"),
        (TILT, "not settled"),
    ],
)
def test_w1_and_tv_have_their_bounds(rows, expected):
    assert verdict("w1-is-bounded-by-tv", toys_convergence=rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (GRADIENT, "reproduced"),
        (with_value(GRADIENT, "slope_backward", 0.25, computed=0.50001), "not reproduced"),
        (with_value(GRADIENT, "slope_differences", 0.25, computed=-0.5), "not reproduced"),
        (GRADIENT[GRADIENT["x"] < 0.2], "not settled"),
    ],
)
def test_the_gradient_is_the_potentials(rows, expected):
    assert verdict("gradient-by-the-potential", toys_gradient=rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (ENERGY, "reproduced"),
        (with_value(ENERGY, "energy", 1.0, computed=1.0), "not reproduced"),  # m / 2 of what is at most 1
        (with_value(ENERGY, "energy_discriminator", 1.0, computed=0.5), "not reproduced"),
        (ENERGY[ENERGY["quantity"] != "energy_discriminator"], "not settled"),
    ],
)
def test_the_energy_based_loss_is_total_variation(rows, expected):
    assert verdict("energy-based-is-total-variation", toys_energy=rows) == expected


@pytest.mark.parametrize(
    ("claim", "rows", "expected"),
    [
        ("power-iteration-from-below", NORMS, "reproduced"),
        ("power-iteration-from-below", with_value(NORMS, "norm_mean", 10.0, computed=1.01), "not reproduced"),
        ("power-iteration-from-below", with_value(NORMS, "norm_least", 5.0, computed=0.5), "not reproduced"),
        ("power-iteration-from-below", NORMS[NORMS["x"] != 7], "not settled"),
        ("ten-steps-of-power-iteration", NORMS, "reproduced"),
        (
            "ten-steps-of-power-iteration",
            with_value(NORMS, "norm_mean", 10.0, computed=0.99),
            "not reproduced",
        ),
        ("ten-steps-of-power-iteration", NORMS[NORMS["x"] != 10], "not settled"),
        ("spectral-layer-ends-at-one", NORMS, "reproduced"),
        (
            "spectral-layer-ends-at-one",
            with_value(NORMS, "norm_spectral", 100.0, computed=1.001),
            "not reproduced",
        ),
        ("spectral-layer-ends-at-one", with_value(NORMS, "norm_free", 100.0, computed=2.0), "not reproduced"),
        ("spectral-layer-ends-at-one", NORMS[NORMS["x"] != 100], "not settled"),
    ],
)
def test_norms_of_power_iteration(claim, rows, expected):
    assert verdict(claim, toys_norms=rows) == expected


def test_conventions_are_named_with_what_the_mixture_of_them_would_miss():
    assert "would miss it by up to 1" in finding("energy-based-is-total-variation", toys_energy=ENERGY).found


def test_rows_of_the_toys_themselves_are_understood():
    table = Table(Toys.columns, Toys.fine)
    write_rows(Toys(toy=("coins", "atoms", "tilt", "energy")), table)
    frame = pd.DataFrame(table.rows)
    for claim in ("w1-is-weaker", "w1-is-bounded-by-tv"):
        assert verdict(claim, toys_convergence=frame) == "reproduced"
    assert verdict("energy-based-is-total-variation", toys_energy=frame) == "reproduced"
