"""Toys: every closed form against what is computed, and facts that tell the quantities apart."""

import math

import numpy as np
import pytest

from wcheck.errors import ParameterError
from wcheck.experiments.divergences import (
    energy_generator_loss,
    jensen_shannon,
    kullback_leibler,
    total_variation,
)
from wcheck.experiments.driver import write_rows
from wcheck.experiments.toys import TOYS, WIDTH, Fact, Toys
from wcheck.rows.table import Table


@pytest.fixture(scope="module")
def rows():
    table = Table(Toys.columns, Toys.fine)
    write_rows(Toys(), table)
    return table.rows


def curve(rows, toy, quantity):
    return {row["x"]: row["closed_form"] for row in rows if (row["toy"], row["quantity"]) == (toy, quantity)}


def test_every_computed_value_is_its_closed_form(rows):
    assert {row["toy"] for row in rows} == TOYS.keys()
    assert {row["status"] for row in rows} == {"ok"}
    for row in rows:
        if row["quantity"] == "w1":
            room = 1e-12 * max(1.0, row["closed_form"])
            assert row["lower"] - room <= row["closed_form"] <= row["upper"] + room


def test_only_w1_sees_how_far_the_segments_are(rows):
    assert curve(rows, "segments", "w1") == {x: abs(x) for x in TOYS["segments"].steps}
    for quantity, value in (("js", math.log(2)), ("kl", math.inf), ("tv", 1.0)):
        assert curve(rows, "segments", quantity) == {x: value if x else 0.0 for x in TOYS["segments"].steps}


def test_beyond_the_width_of_the_peak_only_w1_grows(rows):
    for quantity in ("js", "kl", "tv"):
        values = curve(rows, "peak", quantity)
        assert len({value for x, value in values.items() if x >= WIDTH}) == 1
        assert values[0.05] == pytest.approx(values[0.1] / 2)  # goes as min(width, |x|)
    w1 = curve(rows, "peak", "w1")
    assert all(w1[x] == pytest.approx(x / 2) for x in w1)


def test_a_wrong_value_is_not_taken_for_its_closed_form():
    assert not Fact("w1", 1.0, 1.0 + 1e-8).holds
    assert not Fact("kl", math.inf, 700.0).holds
    assert not Fact("kl", 700.0, math.inf).holds
    assert Fact("kl", math.inf, math.inf).holds


def test_divergences_of_two_coins():
    p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert total_variation(p, q) == 0.25
    assert kullback_leibler(p, q) == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3))
    assert kullback_leibler(q, np.array([1.0, 0.0])) == math.inf
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p))
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(math.log(2))


def test_the_energy_based_discriminator_is_the_best_of_many():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
    margin = 3.0

    def loss(d):
        return p @ d + q @ np.maximum(0, margin - d)

    best = np.where(p < q, margin, 0.0)
    assert all(loss(best) <= loss(d) for d in rng.uniform(0, 2 * margin, (500, 6)))
    assert energy_generator_loss(p, q, margin) == pytest.approx((q - p) @ best)
    assert energy_generator_loss(p, q, margin) == pytest.approx(margin / 2 * abs(p - q).sum())


def test_an_unknown_toy_is_refused():
    with pytest.raises(
        ParameterError, match="toy is 'train': choose one of segments, peak, shift, quantiles"
    ):
        Toys(toy=("segments", "train"))
