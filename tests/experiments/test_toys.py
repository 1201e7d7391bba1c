"""Toys: every closed form against what is computed, and facts that tell the quantities apart."""

import math

import numpy as np
import pytest
import torch

from wcheck.errors import ParameterError
from wcheck.experiments import toy_norms
from wcheck.experiments.divergences import (
    energy_generator_loss,
    jensen_shannon,
    kullback_leibler,
    total_variation,
)
from wcheck.experiments.driver import write_rows
from wcheck.experiments.toy import MARGIN, Fact
from wcheck.experiments.toy_distances import WIDTH
from wcheck.experiments.toy_medians import best_medians
from wcheck.experiments.toys import TOYS, Toys
from wcheck.rows.table import Table
from wcheck.transport.solve.exact import exact


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
    assert not Fact("norm", 1.0, 1.0 + 1e-8, side="below").holds
    assert not Fact("norm", 1.0, 1.0 - 1e-8, side="above").holds
    assert Fact("norm", 1.0, 0.5, side="below").holds
    assert Fact("norm", 1.0, 2.0, side="above").holds


def test_atoms_converge_in_w1_alone(rows):
    w1 = curve(rows, "atoms", "w1")
    assert w1 == {x: x / 4 for x in TOYS["atoms"].steps}
    assert min(w1.values()) < 0.004
    for quantity, value in (("js", math.log(2)), ("kl", math.inf), ("tv", 1.0)):
        assert set(curve(rows, "atoms", quantity).values()) == {value}


@pytest.mark.parametrize("toy", ["coins", "tilt"])
def test_w1_is_bounded_by_the_total_variation_and_that_by_kullback_leibler(rows, toy):
    bounds, variations = curve(rows, toy, "w1_bound"), curve(rows, toy, "tv")
    for x, w1 in curve(rows, toy, "w1").items():
        assert w1 <= bounds[x] * (1 + 1e-12)
        assert variations[x] <= curve(rows, toy, "tv_bound")[x] * (1 + 1e-12)
        assert (toy, w1 == pytest.approx(bounds[x])) in [("coins", True), ("tilt", x == 0)]


def test_bounds_hold_between_random_measures():
    rng = np.random.default_rng(1)
    points = rng.standard_normal((30, 3))
    diameter = np.linalg.norm(points[:, None] - points, axis=2).max()
    for _ in range(20):
        p, q = rng.dirichlet(np.full(30, 0.3)), rng.dirichlet(np.full(30, 0.3))
        tv = total_variation(p, q)
        assert exact(points, points, p, q).bracket.lower <= diameter * tv
        assert tv <= math.sqrt(kullback_leibler(p, q) / 2)
        assert tv <= 2 * math.sqrt(jensen_shannon(p, q))


@pytest.mark.parametrize("seed", range(1, 5))
def test_the_slope_of_w1_is_that_of_its_potential_wherever_the_points_lie(seed):
    facts = [fact for x in (0.3, 1.7) for fact in TOYS["gradient"].facts(x, seed)]
    assert {fact.quantity for fact in facts} == {"w1", "slope_differences", "slope_backward"}
    assert all(fact.holds for fact in facts)


def test_no_slope_is_given_at_a_kink(monkeypatch):
    # Within differences as wide as this one the optimal plan changes.
    monkeypatch.setattr("wcheck.experiments.toy_gradient.STEP", 0.5)
    assert [fact.quantity for fact in TOYS["gradient"].facts(0.3, 0)] == ["w1"]


def test_the_margin_is_taken_of_one_convention_of_total_variation_and_half_of_it_of_the_other(rows):
    losses = curve(rows, "energy", "energy")
    assert losses == pytest.approx(curve(rows, "energy", "energy_half"))
    assert losses[1.0] == MARGIN
    for x, loss in losses.items():
        assert loss == MARGIN * curve(rows, "energy", "tv")[x]
        assert loss == pytest.approx(MARGIN / 2 * curve(rows, "energy", "variation")[x])


def test_power_iteration_comes_nearer_to_the_norm_with_every_step_and_stays_below(rows):
    for quantity in ("norm_least", "norm_mean"):
        found = [row["computed"] for row in rows if row["quantity"] == quantity]
        assert found == sorted(found)
        assert found[-1] < 1


def test_the_iteration_is_the_one_of_the_lectures():
    weight, left, right = torch.randn(4, 4), torch.randn(4), torch.randn(4)
    made = toy_norms._normalised(weight, torch.zeros(4))
    toy_norms._begin_anew(made, left, right)
    v = right
    for _ in range(3):
        made(right)
        u = weight @ v
        u /= u.norm()
        v = weight.T @ u
        v /= v.norm()
    estimate = u @ weight @ v
    assert float(torch.linalg.matrix_norm(weight, 2) / estimate) == pytest.approx(
        toy_norms._norm(made), rel=1e-4
    )


@pytest.mark.parametrize("toy", ["power", "layer"])
def test_norms_depend_on_the_seed_alone(toy):
    once, again, other = (list(TOYS[toy].facts(3.0, seed)) for seed in (0, 0, 1))
    assert once == again
    assert once != other


def test_a_layer_grows_unless_it_is_normalised(rows):
    free, spectral = (
        [row["computed"] for row in rows if row["quantity"] == f"norm_{name}"]
        for name in ("free", "spectral")
    )
    assert free[0] < 2
    assert free[-1] > 100
    assert spectral[-1] == pytest.approx(1, abs=1e-4)


def test_what_toys_show_is_said():
    told = Toys.told([{"toy": "power", "x": 3.0, "quantity": f"norm_{which}", "closed_form": 1.0, "computed": computed,
                       "status": "ok"} for which, computed in (("mean", 0.9), ("least", 0.8))])  # fmt: skip
    assert told == (
        "All 2 values with a bound are on its correct side.\n3 steps of power iteration reach 90 % of "
        "the norms of random matrices on average, and 80 % at least."
    )


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


def test_the_best_medians_are_those_of_all_subsets_and_nearer_than_any_other_measure(rows):
    best = curve(rows, "medians", "w1")
    assert list(best.values()) == sorted(best.values(), reverse=True)
    others = {row["x"]: row["computed"] for row in rows if row["quantity"] == "w1_others"}
    assert all(others[x] > best[x] for x in best)


@pytest.mark.parametrize("seed", range(1, 4))
def test_cells_and_medians_hold_wherever_the_points_lie(seed):
    for toy in ("cells", "medians"):
        assert all(fact.holds for x in TOYS[toy].steps[:4] for fact in TOYS[toy].facts(x, seed))


def test_dynamic_programming_finds_the_medians_of_two_clusters():
    assert best_medians(np.array([0.0, 1.0, 2.0, 10.0, 11.0, 13.0]), 2) == (pytest.approx(5 / 6), [1, 4])
