"""Critics and estimators on pairs of known truth: what a row says, and that it can say that something is wrong."""

import math

import numpy as np
import pytest

from wcheck import columns
from wcheck.columns import former
from wcheck.errors import ParameterError
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.known import LEFT_OUT, KnownTruth
from wcheck.experiments.sample_complexity import SampleComplexity
from wcheck.experiments.telling.known import summarised
from wcheck.measures.known import known
from wcheck.rows.table import Table

SMALL = {"dim": (3,), "n": (60,), "seed": (0,), "steps": (150,), "width": (16,)}


def small(options):
    """Small runs; where estimators alone are asked for, without what only critics read."""
    alone = "estimator" in options and not {"lipschitz", "objective"} & options.keys()
    return {
        name: value for name, value in SMALL.items() if not (alone and name in ("width", "steps"))
    } | options


def run(workers=None, **options):
    experiment = KnownTruth.of(**small(options))
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, workers=workers)
    return table.rows


@pytest.fixture(scope="module")
def rows():
    return {
        row["method"]: row
        for row in run(
            lipschitz=("gp", "clip"), lr=(2e-3,), estimator=("exact", "lp-extension", "oracle", "sliced")
        )
    }


def test_a_row_says_what_a_method_makes_of_the_truth(rows):
    for row in rows.values():
        assert row["status"] == "ok"
        assert row["truth"] > 100 * row["truth_error"] > 0
        assert row["ratio"] == pytest.approx(row["estimate"] / row["truth"])
        assert row["source"] != row["target"]
    assert {row["kind"] for row in rows.values()} == {"critic", "estimator"}
    for method in ("exact", "sliced"):
        assert rows[method]["cosine"] is rows[method]["value_held_out"] is rows[method]["lr"] is None
    assert rows["gp"]["lr"] == 2e-3
    assert (rows["gp"]["steps"], rows["exact"]["steps"]) == (150, None)


def test_the_true_potential_has_the_true_gradient_and_others_have_not(rows):
    assert rows["oracle"]["cosine"] == pytest.approx(1.0)
    assert rows["oracle"]["gradient_l2"] == 0.0
    assert abs(rows["oracle"]["estimate"] - rows["oracle"]["truth"]) < 4 * rows["oracle"]["standard_error"]
    assert 0.3 < rows["lp-extension"]["cosine"] < 0.999
    assert 0.3 < rows["gp"]["cosine"] < 0.999
    assert rows["gp"]["gradient_l2"] > 0.01


def test_the_plug_in_sees_independent_samples(rows):
    """Coupled ones would give the mean move of these very points, within a few standard errors of the truth."""
    assert rows["exact"]["ratio"] > 1.05


def test_clipping_has_no_scale_and_still_a_direction(rows):
    clip = rows["clip"]
    assert abs(clip["ratio"]) < 0.1
    assert clip["gradient_l2"] > 0.8
    assert clip["normalised_ratio"] == pytest.approx(clip["ratio"] / clip["grad_max"])
    assert clip["normalised_ratio"] > 10 * abs(clip["ratio"])


def test_gradients_of_a_critic_are_measured_against_the_truth(monkeypatch):
    """A wrong truth must be seen: turned around, the same critic is turned away from it."""
    from wcheck.measures import known as truths

    (right,) = run(lipschitz=("gp",), lr=(2e-3,))
    signed = truths._signed
    monkeypatch.setattr(
        truths, "_signed", lambda sign, u, distance, error=0.0: signed(-sign, u, distance, error)
    )
    (wrong,) = run(lipschitz=("gp",), lr=(2e-3,))
    assert wrong["cosine"] == pytest.approx(-right["cosine"])
    assert wrong["gradient_l2"] > right["gradient_l2"] + 1


def test_a_c_transform_is_judged_by_what_it_ascends_on():
    (row,) = run(lipschitz=("c-transform",))
    (exact,) = run(estimator=("exact",))
    assert 0 < row["estimate"] <= exact["estimate"] * (1 + 1e-5)
    assert row["estimate"] > 0.5 * exact["estimate"]


def test_methods_of_a_seed_see_the_same_pair_and_seeds_are_other_pairs():
    rows = run(seed=(0, 1), estimator=("exact", "energy"))
    assert [(row["seed"], row["method"]) for row in rows] == [
        (0, "exact"), (0, "energy"), (1, "exact"), (1, "energy")
    ]  # fmt: skip
    assert rows[0]["truth"] == rows[1]["truth"] != rows[2]["truth"]
    assert run(seed=(1,), estimator=("exact",))[0]["estimate"] == rows[2]["estimate"]


def test_rows_do_not_depend_on_who_runs_them():
    options = {"lipschitz": ("gp",), "estimator": ("exact",), "steps": (5,)}
    timed = {"seconds": None}
    alone, shared = run(Workers(jobs=1), **options), run(**options)
    assert [row | timed for row in alone] == [row | timed for row in shared]


def test_all_methods_are_compared_unless_some_are_named():
    from wcheck.critics.constraints import CONSTRAINTS
    from wcheck.estimators.registry import ESTIMATORS

    def methods(**options):
        return [
            task.method.recipe.title if task.method.name == "critic" else task.method.name
            for task in KnownTruth.of(**small({"n": (64,)} | options)).tasks()
        ]

    everything = (*CONSTRAINTS, *former.OBJECTIVES, *ESTIMATORS)
    assert methods() == [name for name in everything if name not in LEFT_OUT]
    assert methods(estimator=("closed-form",)) == ["closed-form"]
    assert methods(lipschitz=("gp",)) == ["gp"]
    assert methods(objective=("wasserstein", "c-transform")) == ["gp", "c-transform"]
    assert methods(objective=("c-transform",), lipschitz=("gp", "none")) == ["c-transform gp", "c-transform"]
    assert KnownTruth.of(**{**SMALL, "n": (64,)}).config(lambda *_: None)["estimator"][0] == "exact"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dim": (0,)}, "dim is 0"),
        ({"n": (0,)}, "n is 0"),
        ({"steps": (0,)}, "steps is 0"),
        ({"funnels": (-1,)}, "funnels is -1"),
        ({"seed": (-1,)}, "seed is -1: give an integer of at least 0"),
        ({"move": 0.0}, "move is 0.0: give a share of the way"),
        ({"move": 1.1}, "move is 1.1"),
        ({"lipschitz": ("hope",)}, "lipschitz is 'hope'"),
        ({"estimator": ("guess",)}, "estimator is 'guess'"),
        ({"n": (1000, 20)}, "batch_size is 64, but a sample has 20 points"),
        ({"n": (1,), "estimator": ("max-sliced",)}, "a sample has 1 point: max-sliced splits it"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(options, words):
    with pytest.raises(ParameterError, match=words):
        KnownTruth.of(**options)


def test_other_commands_know_the_truth_of_funnels_and_its_error():
    pair = {"source": "funnel:dim=2", "target": "funnel:dim=2,move=0.5"}
    estimators = ("oracle", "closed-form")
    experiments = (
        SampleComplexity.of(**pair, n=(300,), reps=2, estimator=estimators),
        BatchEstimates.of(
            **{role: f"{text},n=300" for role, text in pair.items()}, batch_size=(200,), reps=2,
            estimator=estimators, exact=((1, 1.0, 1.0),),
        ),
    )  # fmt: skip
    truth = known(*(f"{text},n=300" for text in pair.values()))
    for experiment in experiments:
        table = Table(experiment.columns, experiment.fine)
        write_rows(experiment, table)
        for row in table.rows:
            own = truth.standard_error if row["estimator"] == "closed-form" else row["standard_error"]
            assert row["standard_error"] == own > 0
            assert abs(row["value"] - truth.distance) < 4 * (own + truth.standard_error)
            assert row.get("truth_error", truth.standard_error) == truth.standard_error


def test_summaries_are_means_with_standard_errors():
    rows = [{"ratio": ratio, "cosine": None} for ratio in (1.0, 2.0, 4.0)]
    mean, error = summarised(rows, ("ratio", "cosine"))["ratio"]
    assert mean == pytest.approx(7 / 3)
    assert error == pytest.approx(np.std([1, 2, 4], ddof=1) / math.sqrt(3))
    assert summarised(rows[:1], ("ratio", "cosine")) == {"ratio": (1.0, None)}


@pytest.mark.parametrize("setting", columns.names("critic"))
def test_a_line_is_told_for_each_value_of_any_setting(setting):
    shared = dict.fromkeys(KnownTruth.columns) | {
        "dim": 2,
        "funnels": 4,
        "n": 9,
        "truth": 1.0,
        "status": "ok",
    }
    rows = [
        shared | {"method": "gp", "seed": seed, "ratio": value / 10, setting: value}
        for seed in (0, 1)
        for value in (1, 2)
    ]
    lines = KnownTruth.told(rows).splitlines()[2:-1]
    assert [line.split()[:2] for line in lines] == [["gp", f"{setting}={value}"] for value in (1, 2)]
