"""The sentences that commands end with: what they say of rows that are easily told wrongly."""

import pytest

from wcheck.columns.rounding import between
from wcheck.experiments.known import KnownTruth
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.experiments.telling import certify, critics, exact, known, pixels, two_sample
from wcheck.experiments.telling.sample_complexity import named
from wcheck.experiments.telling.words import among, and_counted, averaged, do, groups, percent, uncertain


def look(step, value, **about):
    """A row of the oracle on a pair whose exact distance is 2."""
    row = {
        "protocol": "stanczuk",
        "estimand": "W1 of the whole sets",
        "status": "ok",
        "exact_lower": 2.0,
        "exact_upper": 2.0,
        "lower_constant": 1.0,
        "lower": 1.25,
        "lipschitz_pairs": 2.0,
        "normalised_upper": None,
        "lipschitz_upper_reason": "a layer has none",
        "step": step,
        "value": value,
    }
    for column, divided in (("", value), ("normalised_", value / 4), ("normalised_pairs_", value / 2)):
        row |= {f"{column}ratio": divided / 2, column.removesuffix("_") or "value": divided}
    return row | about


def oracle(*rows):
    return EXPERIMENTS["oracle"].told(rows).splitlines()


def test_a_critic_claims_divides_and_certifies_an_idea_a_sentence():
    assert oracle(look(0, 0.1), look(20, 1.0)) == [
        "The exact Wasserstein-1 distance between these two sets lies at 2.",
        "After 20 steps the critic claims 1 (50 % of it).",
        "Divided by the steepest gradient found, it claims 0.25 (12 %), which proves nothing.",
        "Divided by the steepest rise from any target point to any source point, 2, it certifies 0.5 (25 %).",
        "Its c-transform certifies 1.25, of which 1 is not due to any critic: a constant certifies it, because it is "
        "the mean distance to the nearest neighbour.",
    ]


def test_small_shares_are_not_told_as_nothing():
    told = oracle(look(20, 0.001), look(0, 0.0), look(20, 0.03))
    assert told[1] == "After 20 steps the 2 critics claim 0.001 to 0.03 (less than 0.1 to 1.5 % of it)."


@pytest.mark.parametrize("value", [-0.3, 0.3])
def test_critics_without_a_step_have_learnt_nothing_yet(value):
    told = oracle(look(0, value))
    assert told[1:] == ["The critic has not taken a step yet: it has learnt nothing so far."]
    both = oracle(look(0, value), look(0, value))
    assert both[1:] == ["The 2 critics have not taken a step yet: they have learnt nothing so far."]
    one = oracle(look(0, value), look(20, 1.0), look(0, value))
    assert one[1:3] == [
        "1 of the 2 critics has not taken a step yet: it has learnt nothing so far.",
        "After 20 steps 1 of the 2 critics claims 1 (50 % of it).",
    ]


def test_a_claim_below_0_is_no_negative_share():
    told = oracle(look(20, -0.3), look(0, 0.0), look(20, 1.0))
    assert told[1] == (
        "1 of the 2 critics is no higher on the source than on the target: it has learnt nothing yet; give more "
        "--steps."
    )
    assert told[2].startswith("After 20 steps 1 of the 2 critics claims 1 ")
    assert "-" not in " ".join(told).replace("Wasserstein-1", "").replace("c-trans", "").replace(
        "--steps", ""
    )
    alone = oracle(look(20, -0.3))
    assert alone[1].startswith("The critic is no higher on the source")
    assert not any("claims" in sentence for sentence in alone)


def test_a_c_transform_that_a_constant_equals_is_not_due_to_the_critic():
    (sentence,) = critics.transformed([look(20, 1.0, lower=0.9)])
    assert sentence == (
        "Its c-transform certifies no more than a constant does: 1, the mean distance to the nearest neighbour."
    )


def test_a_saved_critic_that_is_higher_on_the_other_set_says_what_to_exchange():
    told = EXPERIMENTS["audit"].told([look(20, -0.3)]).splitlines()
    assert told[1] == (
        "The critic is higher on Q than on P, by 0.3 on average, but it should be higher on the first source: give "
        "the two sources in the other order."
    )
    assert not any("claims" in sentence or "%" in sentence for sentence in told)
    right = EXPERIMENTS["audit"].told([look(20, 1.0)]).splitlines()
    assert right[1] == "The critic claims 1 (50 % of it)."
    assert right[4] == "There is no bound on its slope everywhere: a layer has none."


def test_estimates_of_batches_are_above_or_below_and_say_what_they_vary_by():
    rows = [
        {"source": "P", "target": "Q", "exact_lower": 2.0, "exact_upper": 2.0, "estimator": name, "batch_size": 8}
        | {"value": value, "bias": value - 2.0}
        for name in ("exact", "sliced")
        for value in ((2.5, 2.7) if name == "exact" else (1.5, 1.5))
    ]  # fmt: skip
    assert EXPERIMENTS["batch"].told(rows).splitlines()[1:] == [
        "exact on batches of 8: 2.60 on average over 2 batches (standard deviation 0.14), 0.6 above the exact "
        "distance.",
        "sliced on batches of 8: 1.5 on average over 2 batches (standard deviation 0), 0.5 below the exact distance.",
    ]


def test_an_estimator_of_many_settings_is_named_by_those_that_differ():
    given = {"estimator": "critic", "lipschitz": "gp", "arch": "mlp", "lr": 1e-4, "batch_size": 64}
    rows = [given | {"penalty": penalty} for penalty in (1.0, 10.0)]
    assert [named(row, rows) for row in rows] == ["critic (penalty = 1.0)", "critic (penalty = 10.0)"]
    assert named(rows[0], rows[:1]) == "critic"
    few = {"estimator": "sinkhorn", "epsilon": 1.0}
    assert named(few, [*rows, few]) == "sinkhorn (epsilon = 1.0)"


@pytest.mark.parametrize(
    ("differences", "said"),
    [
        ((0.1, 0.2), "are nearer to the Dirac at the mean than to other batches in each dimension here"),
        ((-0.2, -0.1), "are nearer to other batches than to the Dirac at the mean in each dimension here"),
        ((-0.1, 0.1), "too few dimensions to say"),
    ],
)
def test_without_a_crossing_it_is_said_who_is_nearer(differences, said):
    rows = [
        {"n": 8, "dim": dim, "difference": difference, "difference_error": 0.01, "reps": 9}
        for dim, difference in enumerate(differences, start=1)
    ]
    assert said in EXPERIMENTS["crossover"].told(rows)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0"), (0.0005, "less than 0.1"), (0.0049, "0.49"), (0.123, "12"), (0.996, "99.6"), (1.5, "150")],
)
def test_a_share_in_percent_keeps_what_tells_it_from_0_and_from_all(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("mean", "error", "text"),
    [
        (2.24966, 0.0951, "2.250 +- 0.095"),
        (1.41221, 0.0094, "1.4122 +- 0.0094"),
        (-0.00012, 0.05, "0.00 +- 0.05"),
        (1234.5, 77.2, "1234 +- 77"),
        (1.5, 0.0, "1.5 +- 0"),
        (1 / 3, 1e-17, "0.33333 +- 1e-17"),
        (1.5, None, "1.5"),
    ],
)
def test_a_number_has_the_decimal_places_of_its_error(mean, error, text):
    assert uncertain(mean, error) == text


def test_one_repetition_has_no_deviation():
    assert averaged([2.5], "pair", "pairs") == "2.5 on one pair"


def test_a_bracket_is_rounded_outwards():
    assert between(1 / 3, 2 / 3, 3) == "between 0.333 and 0.667"
    assert between(2 / 3, 2 / 3, 3) == "between 0.666 and 0.667"


def test_rows_are_grouped_in_order_of_appearance():
    rows = [{"a": 2}, {"a": 1, "b": 3}, {"a": 2, "b": None}]
    assert list(groups(rows, "a", "b")) == [((2, None), [rows[0], rows[2]]), ((1, 3), [rows[1]])]


def test_two_samples_are_told_apart_or_not_and_what_p_is_stands_below():
    row = {"source": "a", "target": "b", "statistic": "energy", "p_value": 0.005, "permutations": 199}
    first, meaning, draws = two_sample.told([row]).splitlines()
    assert first == "The energy distance tells the two samples apart: p = 0.005 (199 permutations)."
    assert meaning.startswith("p: how often")
    assert draws == "This assumes that the points of a and b are independent draws."
    lines = two_sample.told([row, row | {"statistic": "mmd", "p_value": 0.2}]).splitlines()
    assert lines[1] == (
        "The maximum mean discrepancy does not tell the two samples apart: p = 0.2 (199 permutations)."
    )
    assert lines[-1].endswith("not that the distributions are equal.")


def test_one_image_is_spoken_of_as_one():
    row = {"alteration": "crop", "label": 3, "index": 7, "nearer": 0, "others": 1614}
    assert (
        pixels.told([row])
        == "crop: none of 1,614 images of other classes is nearer to image 7 than its altered form."
    )
    told = pixels.told([row | {"nearer": 25, "label": None}])
    assert told == "crop: 25 of 1,614 other images are nearer to image 7 than its altered form."


def test_what_two_tolerances_find_alike_is_said_once():
    row = {"p": 1, "n": 2, "m": 3, "lower": 1.5, "upper": 1.6, "tol": 1e-2}
    assert exact.told([row, row | {"tol": 1e-6}]) == exact.told([row])
    first, second = exact.told([row, row | {"tol": 1e-6, "lower": 1.55}]).splitlines()
    assert first.startswith("With --tol 0.01: The Wasserstein-1 distance")
    assert second.startswith("With --tol 1e-06: ")
    assert "between 1.55 and 1.6" in second


def test_a_plan_without_a_fault_is_said_to_have_none():
    row = {
        "p": 1, "n": 2, "m": 2, "lower": 1.0, "upper": 2.0, "polish": None, "plan_read_as": "a dense plan",
        "potentials_read_as": "u and v", "transport_cost": 2.0, "marginal_violation": 0.0, "estimate": None,
        "status": "certified",
    }  # fmt: skip
    assert "costs 2, and its marginals are exact." in certify.told([row])
    assert "are off by 0.1 of the mass" in certify.told([row | {"marginal_violation": 0.1}])


def test_critics_that_are_higher_on_the_other_measure_have_learnt_nothing_yet():
    row = dict.fromkeys(KnownTruth.columns) | {
        "dim": 2, "funnels": 1, "n": 9, "seed": 0, "truth": 1.0, "method": "gp", "steps": 5, "ratio": -0.01,
        "status": "ok",
    }  # fmt: skip
    assert "learnt nothing yet (gp); give more --steps." in known.told([row])
    assert "learnt nothing yet" not in known.told([row | {"ratio": 0.01}])
    assert "learnt nothing yet" not in known.told([row | {"steps": None}])


def test_batches_that_are_as_far_as_the_whole_are_equal_to_it():
    row = {"source": "P", "target": "Q", "exact_lower": 2.0, "exact_upper": 2.0, "estimator": "exact"}
    told = EXPERIMENTS["batch"].told([row | {"batch_size": 8, "value": 2.0, "bias": 0.0}]).splitlines()
    assert told[1] == "exact on batches of 8: 2 on one batch, equal to the exact distance."


@pytest.mark.parametrize(
    ("count", "whole", "said"),
    [
        (0, 3, "none of the 3 rows are"),
        (1, 3, "1 of the 3 rows is"),
        (2, 3, "2 of the 3 rows are"),
        (3, 3, "all 3 rows are"),
        (0, 1, "no row is"),
        (1, 1, "the only row is"),
    ],
)
def test_a_share_of_several_agrees_with_its_verb(count, whole, said):
    assert f"{among(count, whole, 'row')} {do('are', count, whole)}" == said
    assert do("agree", count, whole) == ("agrees" if said.endswith("is") else "agree")


def test_the_sizes_of_two_sides_agree_with_their_noun():
    sizes = [(2, 2), (1, 2), (2, 1), (1, 1)]
    assert [and_counted(*pair, "point") for pair in sizes] == [
        "2 and 2 points", "1 and 2 points", "2 points and 1 point", "1 point and 1 point"
    ]  # fmt: skip
    assert and_counted(2, 1, "patch", "patches") == "2 patches and 1 patch"


def test_one_point_one_candidate_and_one_value_are_spoken_of_as_one():
    real, mean = (
        {"n": 1, "candidate": name, "draw": "fixed", "weights": "uniform", "scale": "raw", "embed": None}
        | {"w1": w1, "standard_error": 0.1, "difference": w1 - 2.0, "difference_error": 0.1}
        for name, w1 in (("real", 2.0), ("mean", 1.0))
    )
    assert (
        EXPERIMENTS["false-minima"]
        .told([real, mean])
        .startswith(
            "The only candidate that contains no real point is nearer to real batches of 1 point than"
        )
    )
    fact = {"toy": "shift", "quantity": "w1", "status": "ok"}
    assert EXPERIMENTS["toys"].told([fact]) == "The only value agrees with its closed form, up to rounding."
    game = {"step": 0, "n": 1, "exact": 1.0, "exact_real_lower": 1.0, "exact_real_upper": 1.0, "status": "ok"}
    told = EXPERIMENTS["gan"].told([game | {"objective": "wasserstein", "lipschitz": "gp"}])
    assert told.startswith("1 real point is at W1 1 (certified) from another, the reference")


def test_generated_points_that_are_as_far_as_real_ones_are_said_to_be():
    game = {"n": 9, "exact": 0.0, "exact_real_lower": 0.0, "exact_real_upper": 0.0, "status": "ok"}
    look = {"objective": "hinge", "lipschitz": "spectral", "step": 1, "excess": 0.0, "spread": None}
    told = EXPERIMENTS["gan"].told([game | look])
    assert "Its points are at 0, as far as real ones." in told
