"""Samples and what is estimated from them: draws, rows, the fit, resuming, and the commands."""

import json
import math
import random
import signal
import subprocess

import numpy as np
import pytest
import typer.testing

from tests.running import WCHECK, wait_until
from wcheck.cli.app import app
from wcheck.cli.unconverged import rounding
from wcheck.errors import ParameterError
from wcheck.estimators.plugin import Exact
from wcheck.experiments.base import Workers, write_rows
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.fit import Line, fit
from wcheck.experiments.sample_complexity import SINKHORN_REPS, SampleComplexity
from wcheck.experiments.sampling import Populations, is_synthetic, sized, variants
from wcheck.measures.sources import UNCHANGED, Preprocessing, load
from wcheck.progress import silent
from wcheck.table import Table, parse_rows


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.experiments.reference.folder", lambda: tmp_path / "cache")


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def rows_of(experiment, jobs=1):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, workers=Workers(jobs))
    return table.rows


def timeless(rows):
    return [{**row, "seconds": None} for row in rows]


def test_samples_of_one_data_set_are_disjoint_and_new_each_time():
    populations = Populations(UNCHANGED, 0)
    seen = []
    for rep in range(3):
        x, y = populations.pair("digits", "digits", 800, rep)
        both = [points.tobytes() for z in (x, y) for points in z.dense()]
        assert len(both) == 1600
        assert len(set(both)) >= 1595  # digits holds a few equal images
        seen.append(frozenset(both))
    assert len(set(seen)) == 3


def test_distributions_are_drawn_anew_for_each_side_and_repetition():
    populations = Populations(UNCHANGED, 0)
    draws = [
        z.dense() for rep in range(2) for z in populations.pair("gaussian:dim=2", "gaussian:dim=2", 50, rep)
    ]
    assert len({draw.tobytes() for draw in draws}) == 4
    again = Populations(UNCHANGED, 0).pair("gaussian:dim=2", "gaussian:dim=2", 50, 1)
    assert np.array_equal(again[0].dense(), draws[2])


def test_two_data_sets_are_each_drawn_from():
    x, y = Populations(UNCHANGED, 0).pair("digits[0:100]", "digits[100:300]", 90, 0)
    first, second = (
        {row.tobytes() for row in load(f"digits[{part}]").dense()} for part in ("0:100", "100:300")
    )
    assert {row.tobytes() for row in x.dense()} <= first
    assert {row.tobytes() for row in y.dense()} <= second


def test_what_is_a_distribution():
    assert is_synthetic("gaussian:dim=3")
    assert is_synthetic("8gaussians")
    assert not is_synthetic("gaussian:dim=3,n=5")
    assert not is_synthetic("digits")
    assert (sized("8gaussians", 7), sized("gaussian:dim=3", 7)) == ("8gaussians:n=7", "gaussian:dim=3,n=7")


def test_options_multiply_only_what_takes_them():
    found = variants(
        ["sinkhorn", "exact", "sliced"], {"epsilon": (1.0, 10.0), "projections": (5,), "kernel": ()}
    )
    assert [(variant.name, dict(variant.options)) for variant in found] == [
        ("sinkhorn", {"epsilon": 1.0}),
        ("sinkhorn", {"epsilon": 10.0}),
        ("exact", {}),
        ("sliced", {"projections": 5}),
    ]


def test_rows_do_not_depend_on_jobs():
    options = {"dim": (3,), "n": (20, 90), "reps": 4, "estimator": ("exact", "sinkhorn", "sliced", "batch")}
    experiment = SampleComplexity(UNCHANGED, batch_size=(8,), batches=(3,), **options)
    one = rows_of(experiment)
    assert timeless(rows_of(experiment, jobs=2)) == timeless(one)
    assert [(row["n"], row["estimator"], row["rep"]) for row in one] == [
        (n, name, rep)
        for n in (20, 90)
        for name in ("exact", "sinkhorn", "sliced", "batch")
        for rep in range(4)
    ]


def test_a_repetition_has_its_samples_whatever_else_is_run():
    few = rows_of(SampleComplexity(UNCHANGED, dim=(3,), n=(30,), reps=2, estimator=("exact",)))
    many = rows_of(SampleComplexity(UNCHANGED, dim=(3,), n=(10, 30), reps=5, estimator=("energy", "exact")))
    same = [row for row in many if row["n"] == 30 and row["estimator"] == "exact" and row["rep"] < 2]
    assert timeless(same) == timeless(few)
    other = rows_of(SampleComplexity(UNCHANGED, dim=(3,), n=(30,), reps=2, estimator=("exact",), seed=1))
    assert other[0]["value"] != few[0]["value"]


def test_the_bias_falls_and_the_truth_is_0():
    rows = rows_of(SampleComplexity(UNCHANGED, dim=(5,), n=(10, 100), reps=20, estimator=("exact",)))
    means = [np.mean([row["value"] for row in rows if row["n"] == n]) for n in (10, 100)]
    assert means[0] > means[1] > 0.5
    assert {row["truth"] for row in rows} == {0.0}
    assert {row["estimand"] for row in rows} == {"empirical"}
    assert all(row["lower"] <= row["value"] <= row["upper"] for row in rows)


def test_sinkhorn_is_repeated_less_often_where_it_is_slow():
    experiment = SampleComplexity(UNCHANGED, n=(1000, 5000))
    counts = {}
    for task in experiment.tasks():
        key = task.variant.name, task.n
        counts[key] = counts.get(key, 0) + task.last - task.first
    assert counts == {
        ("exact", 1000): 300,
        ("sinkhorn", 1000): 300,
        ("exact", 5000): 300,
        ("sinkhorn", 5000): SINKHORN_REPS,
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reps": 0}, "reps is 0"),
        ({"n": (0,)}, "n is 0"),
        ({"estimator": ("nothing",)}, "choose one of"),
        ({"epsilon": (-1.0,)}, "epsilon is -1"),
        ({"target": "digits"}, "belongs to --source"),
        ({"source": "digits", "target": "gaussian:dim=64"}, "both without n"),
    ],
)
def test_what_is_not_allowed_is_refused_at_once(options, message):
    with pytest.raises(ParameterError, match=message):
        SampleComplexity(UNCHANGED, **options)


def test_more_points_than_there_are_is_one_line():
    ended = invoke("sample-complexity", "--source", "digits", "--n", 1000, "--reps", 1, "--jobs", 1)
    assert ended.exit_code == 2
    assert "two disjoint samples of 1000 each take 2000" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def line_rows(slope, constant=2.0, noise=0.0, sizes=(10, 30, 100, 1000), reps=50):
    random_ = np.random.default_rng(0)
    return [
        {"source": "s", "target": "s", "dim": 4, "estimator": "exact", "epsilon": None, "scaling": None,
         "batch_size": None, "batches": None, "projections": None, "kernel": None, "n": n, "status": "ok",
         "truth": 0.0, "value": constant * n**slope * (1 + noise * random_.standard_normal())}
        for n in sizes for _ in range(reps)
    ]  # fmt: skip


def test_the_fit_recovers_a_line():
    rows = list(fit(line_rows(-0.25), 0))
    assert rows[0]["slope"] == pytest.approx(-0.25)
    assert rows[0]["rate"] == -0.25
    wanted = {row["wanted_error"]: row for row in rows if row.get("wanted_error")}
    assert wanted[0.1]["n"] == pytest.approx((2 / 0.1) ** 4)
    assert wanted[0.01]["n"] == pytest.approx((2 / 0.01) ** 4)
    assert wanted[0.01]["n_lower"] == pytest.approx(wanted[0.01]["n_upper"])
    for row in rows:
        assert row["error"] == pytest.approx(2 * row["n"] ** -0.25)


def test_the_bootstrap_and_the_band_widen_with_noise():
    quiet, loud = ([*fit(line_rows(-0.25, noise=noise), 0)] for noise in (0.02, 0.3))
    for row in (*quiet, *loud):
        assert row["error_lower"] <= row["error"] <= row["error_upper"]
        assert row["slope_lower"] <= -0.2 <= row["slope_upper"] + 0.1
    widths = [math.log(rows[-1]["n_upper"] / rows[-1]["n_lower"]) for rows in (quiet, loud)]
    assert widths[1] > 5 * widths[0] > 0
    assert quiet[-1]["n_lower"] < (2 / 0.01) ** 4 < quiet[-1]["n_upper"]


def test_the_band_is_that_of_a_linear_regression():
    from scipy.stats import linregress, t

    n, errors = np.array([10.0, 30.0, 100.0, 700.0]), np.array([3.0, 2.1, 1.7, 0.9])
    line, theirs = Line.through(n, errors), linregress(np.log10(n), np.log10(errors))
    half = t.ppf(0.975, 2) * theirs.stderr
    assert (line.slope, line.intercept) == pytest.approx((theirs.slope, theirs.intercept))
    assert (line.slope_lower, line.slope_upper) == pytest.approx((theirs.slope - half, theirs.slope + half))
    at_one = 10.0 ** (theirs.intercept - t.ppf(0.975, 2) * theirs.intercept_stderr)
    assert line.at(1.0)[1] == pytest.approx(at_one)


def test_what_has_no_line_says_so():
    (one,) = fit(line_rows(-0.25, sizes=(10,)), 0)
    assert one["status"].startswith("no line")
    rising = [row for row in fit(line_rows(0.25), 0) if row.get("wanted_error")]
    assert [row["n"] for row in rising] == [None, None]
    assert list(fit([], 0)) == []


def test_the_command_writes_the_fit_beside_the_rows(tmp_path):
    file = tmp_path / "sc.csv"
    command = ("sample-complexity", "--dim", 4, "--n", 8, "--n", 32, "--n", 64, "--reps", 5, "--estimator", "exact",
               "--jobs", 1, "--fit", "-o", file)  # fmt: skip
    ended = invoke(*command)
    assert ended.exit_code == 0, ended.stderr
    assert "an error of 0.01 would need n = 10^" in ended.stderr
    fitted = list(parse_rows((tmp_path / "sc.fit.csv").read_text()))
    assert {row["rate"] for row in fitted} == {-0.25}
    assert json.loads((tmp_path / "sc.csv.json").read_text())["status"] == "finished"
    before = file.read_bytes()
    assert invoke(*command).exit_code == 0
    assert file.read_bytes() == before


def test_killed_with_two_jobs_and_resumed(tmp_path):
    """kill -9 in the middle: what was written down stands, and the whole is that of a run nobody killed."""
    path = tmp_path / "out.csv"
    options = {"dim": (2,), "n": (2000,), "reps": 12, "estimator": ("energy",)}
    command = [*WCHECK, "sample-complexity", "--dim=2", "--n=2000", "--reps=12", "--estimator=energy", "--jobs=2",
               "-o", str(path)]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_until(
            lambda: (
                path.exists() and len(path.read_text().splitlines()) >= 1 + random.Random(0).randrange(3, 7)
            )
        )
        process.send_signal(signal.SIGKILL)
    kept = path.read_text().splitlines()[1:4]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    assert path.read_text().splitlines()[1:4] == kept
    whole = rows_of(SampleComplexity(UNCHANGED, **options))
    assert timeless(parse_rows(path.read_text())) == timeless(whole)
    assert not path.with_name("out.csv.journal").exists()


def test_what_is_known_of_a_pair_is_not_known_of_its_scaled_points():
    pair = {"source": "gaussian:dim=2", "target": "gaussian:dim=2,mean=1"}
    options = {"n": (20,), "reps": 1, "estimator": ("exact",)}
    (plain,) = rows_of(SampleComplexity(UNCHANGED, **pair, **options))
    assert plain["truth"] == pytest.approx(2**0.5)
    (scaled,) = rows_of(SampleComplexity(Preprocessing(scale="zscore"), **pair, **options))
    assert scaled["truth"] is None
    (same,) = rows_of(SampleComplexity(Preprocessing(scale="zscore"), **options))
    assert same["truth"] == 0.0


def test_batches_stand_beside_the_exact_distance():
    experiment = BatchEstimates(
        UNCHANGED,
        data="digits[0:200]",
        batch_size=(10, 50),
        reps=8,
        estimator=("exact", "sliced", "lp-extension"),
    )
    rows = rows_of(experiment)
    assert len(rows) == 2 * 3 * 8
    from wcheck import exact

    truth = exact(load("digits[0:100]"), load("digits[100:200]")).value
    for row in rows:
        assert row["exact"] == pytest.approx(truth)
        assert row["bias"] == row["value"] - row["exact"]
    means = {
        n: np.mean([r["bias"] for r in rows if r["batch_size"] == n and r["estimator"] == "exact"])
        for n in (10, 50)
    }
    assert means[10] > means[50] > 0
    assert timeless(rows_of(experiment, jobs=2)) == timeless(rows)


def test_the_batch_command():
    ended = invoke("batch", "digits[0:50]", "digits[50:100]", "--batch-size", 20, "--reps", 3, "--jobs", 1)
    assert ended.exit_code == 0, ended.stderr
    assert tuple(next(parse_rows(ended.stdout))) == BatchEstimates.columns
    assert "exact on batches of 20: mean" in ended.stderr
    for arguments, message in (
        (("digits",), "belong together"),
        (("--data", "digits", "--estimator", "batch"), "take exact"),
        (("digits[0:9]", "digits[9:18]", "--size", 5), "--size cuts --data"),
        (("digits[0:9]", "digits[9:18]", "--batch-size", 10, "--jobs", 1), "samples of 10 take 10"),
    ):
        ended = invoke("batch", *arguments)
        assert ended.exit_code == 2
        assert message in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


def test_a_row_whose_bracket_rounding_left_wide_says_so_and_is_no_failure(monkeypatch):
    """No bracket of irrational distances closes at a tolerance of 0."""
    monkeypatch.setattr("wcheck.estimators.registry.make", lambda name, **options: Exact(tol=0.0))
    experiment = SampleComplexity(UNCHANGED, dim=(3,), n=(20,), reps=3, estimator=("exact",))
    rows = [row for task in experiment.tasks() for row in experiment.run(task, silent)]
    assert [row["status"] for row in rows] == ["rounding"] * 3
    assert all(0 < row["upper"] - row["lower"] < 1e-12 for row in rows)
    assert {"ok", "rounding"} <= experiment.fine
    assert rounding(rows)[0].startswith("3 estimates come from exact solves whose brackets")
    assert rounding([{"status": "ok"}]) == []
