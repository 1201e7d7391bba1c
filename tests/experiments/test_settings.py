"""Settings of the vocabulary that experiments multiply out."""

import pytest

from wcheck import columns
from wcheck.errors import ParameterError
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.driver import write_rows
from wcheck.experiments.known import KnownTruth
from wcheck.experiments.oracle import Oracle
from wcheck.experiments.sample_complexity import SampleComplexity
from wcheck.progress import silent
from wcheck.rows import sidecar
from wcheck.rows.table import Table

CRITIC = [setting.name for setting in columns.settings("critic")]


def recipes(**options):
    return [recipe for task in Oracle.of(**options).tasks() for recipe in task.recipes]


@pytest.mark.parametrize("experiment", [Oracle, KnownTruth])
def test_every_setting_of_a_critic_has_a_column(experiment):
    assert set(CRITIC) - set(experiment.columns) <= {"lipschitz", "objective"}


def test_rows_of_known_tell_every_setting_that_differs():
    experiment = KnownTruth.of(
        dim=(1,), funnels=(1,), n=(8,), seed=(0,), steps=(2,), lipschitz=("gp",), width=(4,), batch_size=(4,),
        betas=((0.0, 0.9), (0.5, 0.9)), optimizer=("adam", "sgd"),
    )  # fmt: skip
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table)
    assert [(row["optimizer"], row["betas"], row["amp"]) for row in table.rows] == [
        ("adam", "0,0.9", None), ("adam", "0.5,0.9", None), ("sgd", None, None)
    ]  # fmt: skip


def test_a_batch_may_be_full():
    (known,) = KnownTruth.of(dim=(1,), n=(8,), seed=(0,), lipschitz=("gp",), batch_size=("full",)).tasks()
    assert known.method.recipe.batch_size is None
    assert [recipe.batch_size for recipe in recipes(batch_size=("full", 8))] == [None, 8]


def test_the_last_setting_changes_first():
    swept = recipes(
        lr=(1e-3, 1e-4), batch_size=(8, 16), optimizer=("adam", "sgd"), penalty=(1.0, 2.0), seed=(0,)
    )
    names = ("penalty", "lr", "batch_size", "optimizer")
    assert [tuple(recipe.settings()[name] for name in names) for recipe in swept] == [
        (penalty, lr, size, optimizer)
        for penalty in (1.0, 2.0) for lr in (1e-3, 1e-4) for size in (8, 16) for optimizer in ("adam", "sgd")
    ]  # fmt: skip


def test_a_setting_that_is_left_out_is_as_published():
    assert recipes() == recipes(penalty=()) == recipes(penalty=(10.0,), lipschitz=("gp",), batch_size=(64,))
    estimates = SampleComplexity.of(dim=(1,), n=(8,), reps=1, estimator=("sinkhorn",))
    assert [task.variant.options for task in estimates.tasks()] == [(("epsilon", 100.0),)]
    finer = SampleComplexity.of(dim=(1,), n=(8,), reps=1, estimator=("sinkhorn",), scaling=(0.5,))
    assert [task.variant.options for task in finer.tasks()] == [(("epsilon", 100.0), ("scaling", 0.5))]


def test_a_batch_size_of_batch_is_no_setting_of_an_estimator():
    experiment = BatchEstimates.of(batch_size=(8, 16), estimator=("sliced",), projections=(3,))
    assert (experiment.batch_size, experiment.settings) == ((8, 16), {"projections": (3,)})


def test_a_setting_that_is_not_there_is_refused():
    with pytest.raises(ParameterError, match=r"setting is 'hope': choose one of .*penalty, consistency"):
        Oracle(settings={"hope": (1.0,)})


def test_configurations_differ_by_the_name_of_a_setting():
    then, now = (
        sidecar.jsonable(KnownTruth.of(n=(64,), penalty=(penalty,)).config(silent)) for penalty in (1.0, 2.0)
    )
    assert sidecar.differences(then, now) == ["penalty was [1.0] and is [2.0]"]


@pytest.mark.parametrize(
    ("experiment", "options", "said"),
    [
        (
            Oracle,
            {"lipschitz": ("clip",), "penalty": (3.0,)},
            "penalty is given, but no critic with lipschitz clip reads",
        ),
        (
            Oracle,
            {"optimizer": ("sgd",), "betas": ((0.0, 0.9),)},
            "betas is given, but no critic with optimizer sgd",
        ),
        (Oracle, {"arch": ("dcgan",), "width": (3,)}, "width is given, but no critic with arch dcgan reads"),
        (
            BatchEstimates,
            {"epsilon": (1.0,)},
            "no estimator with estimator exact reads it: choose estimator sinkhorn",
        ),
        (
            BatchEstimates,
            {"estimator": ("critic",), "clip": (1.0,)},
            "clip is given, but no critic with lipschitz gp",
        ),
        (SampleComplexity, {"estimator": ("exact",), "steps": (9,)}, "steps is given, but no estimator with"),
        (KnownTruth, {"estimator": ("exact",), "steps": (9,)}, "choose estimator critic, or leave it out"),
    ],
)
def test_a_setting_that_nothing_reads_is_refused_by_name(experiment, options, said):
    with pytest.raises(ParameterError, match=said):
        experiment.of(**options)


def test_a_setting_that_something_reads_is_not_refused():
    assert len(Oracle.of(lipschitz=("clip", "gp"), penalty=(1.0, 2.0)).tasks()) == 3
    assert Oracle.of("paper", lipschitz=("clip",)).settings["penalty"]  # the preset's, which was not given
