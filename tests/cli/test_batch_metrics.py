"""``wcheck batch`` with other ground metrics."""

import json

import numpy as np
import pytest
import typer.testing
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from wcheck.cli.app import app
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.reference import reference
from wcheck.experiments.sampling import GIVEN, Populations
from wcheck.measures.measure import Measure
from wcheck.measures.sources import load
from wcheck.rows.table import parse_rows
from wcheck.transport.cost.metric import metric_of

PAIR = ("digits[0:30]", "digits[30:60]")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.experiments.reference.folder", lambda: tmp_path / "cache")
    (tmp_path / "batch_ground.py").write_text(
        "def halves(x, y):\n    return abs(x[:, None] - y[None]).sum(-1) / 2\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*args):
    words = ("batch", *PAIR, "--batch-size", 8, "--reps", 3, "--jobs", 1, *args)
    return typer.testing.CliRunner().invoke(app, [*map(str, words)])


def rows_of(*args):
    ended = invoke(*args)
    assert ended.exit_code == 0, ended.stderr
    return list(parse_rows(ended.stdout)), ended.stderr


def by_assignment(x, y, metric, p):
    costs = cdist(x.dense(), y.dense(), metric) ** p
    return costs[linear_sum_assignment(costs)].mean() ** (1 / p)


def test_batches_and_the_whole_sets_are_measured_by_the_metric():
    """Beside scipy's matrices and its solver."""
    rows, told = rows_of("--metric", "chebyshev", "--metric", "cosine", "--p", 1, "--p", 2)
    whole = [load(text) for text in PAIR]
    populations = Populations.of(*whole, 0)
    assert [(row["metric"], row["p"], row["rep"]) for row in rows] == [
        (metric, p, rep) for metric in ("chebyshev", "cosine") for p in (1, 2) for rep in range(3)
    ]
    for row in rows:
        of = row["metric"], row["p"]
        assert row["value"] == pytest.approx(
            by_assignment(*populations.pair(*GIVEN, 8, row["rep"]), *of), rel=1e-6
        )
        assert row["exact"] == pytest.approx(by_assignment(*whole, *of), rel=1e-6)
        assert row["bias"] == row["value"] - row["exact"]
    assert told.count("with the ground metric chebyshev,") == 2
    assert "exact (metric = cosine, p = 2) on batches of 8" in told


def test_the_euclidean_metric_is_the_default_and_is_said_in_every_row():
    rows, told = rows_of("--estimator", "exact", "--estimator", "sliced")
    assert {(row["metric"], row["unit"]) for row in rows} == {("euclidean", None)}
    assert "metric" not in told
    named, _ = rows_of("--metric", "euclidean", "--metric", "angular")
    assert [row["unit"] for row in named] == [None] * 3 + ["radians"] * 3
    same = [row | {"seconds": None} for row in named[:3]]
    assert same == [row | {"seconds": None} for row in rows[:3]]


def test_a_function_of_ones_own_in_a_file_that_says_so(folder):
    rows, told = rows_of("--metric", "batch_ground:halves", "--metric", "cityblock")
    mine, theirs = rows[:3], rows[3:]
    for column in ("value", "exact"):
        assert [2 * row[column] for row in mine] == pytest.approx([row[column] for row in theirs], rel=1e-6)
    assert "with the ground function batch_ground:halves," in told
    assert invoke("--metric", "cityblock", "-o", "rows.csv").exit_code == 0
    assert json.loads((folder / "rows.csv.json").read_text())["config"]["metric"] == ["cityblock"]
    other = invoke("--metric", "cosine", "-o", "rows.csv")
    assert other.exit_code == 2
    assert "metric" in other.stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--metric", "l1"), "choose one of euclidean"),
        (("--metric", "nothing:there"), "--metric nothing:there cannot be imported"),
        (("--metric", "haversine"), "haversine takes (latitude, longitude)"),
        (("--metric", "cosine", "--estimator", "sliced"), "sliced estimates the Euclidean distance only"),
        (
            ("--metric", "euclidean", "--metric", "cosine", "--estimator", "exact", "--estimator", "mmd"),
            "metric is 'cosine', but mmd estimates",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(options, why):
    ended = invoke(*options)
    assert ended.exit_code == 2
    assert why in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_references_are_kept_by_metric_and_by_names_and_not_for_functions(folder):
    random = np.random.default_rng(0)
    points = [random.uniform(-60, 60, (6, 2)) for _ in range(2)]
    names = {"lat": ("lat", "lon"), "lon": ("lon", "lat")}
    found = {}
    for first, columns in names.items():
        pair = [Measure.of(side, columns=columns) for side in points]
        for metric in ("euclidean", "cityblock", "haversine"):
            found[first, metric] = reference(*pair, metric=metric)
    kept = len(list((folder / "cache").iterdir()))
    assert found["lat", "euclidean"] == found["lon", "euclidean"]
    assert len({bracket.upper for bracket in found.values()}) == 4
    turned = [Measure.of(side[:, ::-1].copy()) for side in points]
    assert found["lon", "haversine"].upper == pytest.approx(reference(*turned, metric="haversine").upper)
    before = len(list((folder / "cache").iterdir()))
    assert (kept, before) == (5, 6)
    halves = metric_of("batch_ground:halves", folder)
    assert 2 * reference(*pair, metric=halves).upper == pytest.approx(found["lon", "cityblock"].upper)
    assert len(list((folder / "cache").iterdir())) == before


def test_processes_measure_by_the_same_metric():
    options = {"source": PAIR[0], "target": PAIR[1], "batch_size": (8,), "reps": 1, "metric": ("cityblock",)}
    experiment = BatchEstimates.of(**options)
    prepared = experiment.prepared(lambda *_: None)
    ((metric, order, lower, upper),) = prepared.exact
    assert (metric, order) == ("cityblock", 1)
    (row,) = (row for task in prepared.tasks() for row in prepared.run(task, lambda *_: None))
    assert (row["exact_lower"], row["exact_upper"]) == (lower, upper)
