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
from wcheck import columns
from wcheck.cli.app import app
from wcheck.errors import ParameterError
from wcheck.estimators.plugin import Exact
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.decay import Errors, decay, reached
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.fit import fit
from wcheck.experiments.sample_complexity import SINKHORN_REPS, SampleComplexity
from wcheck.experiments.sampling import Populations, is_synthetic, sized, variants
from wcheck.measures.sources import UNCHANGED, Preprocessing, load
from wcheck.progress import silent
from wcheck.rows.table import Table, parse_rows
from wcheck.transport.bounds.certificate import Bracket


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
    experiment = SampleComplexity.of(batch_size=(8,), batches=(3,), **options)
    one = rows_of(experiment)
    assert timeless(rows_of(experiment, jobs=2)) == timeless(one)
    assert [(row["n"], row["estimator"], row["rep"]) for row in one] == [
        (n, name, rep)
        for n in (20, 90)
        for name in ("exact", "sinkhorn", "sliced", "batch")
        for rep in range(4)
    ]


def test_a_repetition_has_its_samples_whatever_else_is_run():
    few = rows_of(SampleComplexity.of(dim=(3,), n=(30,), reps=2, estimator=("exact",)))
    many = rows_of(SampleComplexity.of(dim=(3,), n=(10, 30), reps=5, estimator=("energy", "exact")))
    same = [row for row in many if row["n"] == 30 and row["estimator"] == "exact" and row["rep"] < 2]
    assert timeless(same) == timeless(few)
    other = rows_of(SampleComplexity.of(dim=(3,), n=(30,), reps=2, estimator=("exact",), seed=1))
    assert other[0]["value"] != few[0]["value"]


def test_the_bias_falls_and_the_truth_is_0():
    rows = rows_of(SampleComplexity.of(dim=(5,), n=(10, 100), reps=20, estimator=("exact",)))
    means = [np.mean([row["value"] for row in rows if row["n"] == n]) for n in (10, 100)]
    assert means[0] > means[1] > 0.5
    assert {row["truth"] for row in rows} == {0.0}
    assert {row["estimand"] for row in rows} == {"empirical"}
    assert all(row["lower"] <= row["value"] <= row["upper"] for row in rows)


def test_sinkhorn_is_repeated_less_often_where_it_is_slow():
    experiment = SampleComplexity.of(n=(1000, 5000))
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
        ({"target": "digits"}, "Q belongs to P"),
        ({"source": "digits", "target": "gaussian:dim=64"}, "both without n"),
    ],
)
def test_what_is_not_allowed_is_refused_at_once(options, message):
    with pytest.raises(ParameterError, match=message):
        SampleComplexity.of(**options)


def test_more_points_than_there_are_is_one_line():
    ended = invoke("sample-complexity", "digits", "--n", 1000, "--reps", 1, "--jobs", 1)
    assert ended.exit_code == 2
    assert "two disjoint samples of 1000 each need 2000" in ended.stderr
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
    rows = list(fit(line_rows(-0.25)))
    assert rows[0]["slope"] == pytest.approx(-0.25)
    assert rows[0]["rate"] is None  # of a source whose intrinsic dimension is not known
    wanted = {row["wanted_error"]: row for row in rows if row.get("wanted_error")}
    for error, row in wanted.items():
        for column in ("n", "n_lower", "n_upper", "n_last"):
            assert row[column] == pytest.approx((2 / error) ** 4)
    for row in rows:
        assert row["error"] == pytest.approx(2 * row["n"] ** -0.25)
        assert row["bound"] is None if row.get("wanted_error") else "bound" not in row


def test_the_range_widens_with_noise_and_holds_the_truth():
    quiet, loud = ([*fit(line_rows(-0.25, noise=noise))] for noise in (0.02, 0.3))
    for row in (*quiet, *loud):
        assert row["error_lower"] <= row["error"] <= row["error_upper"]
        assert row["slope_lower"] <= -0.25 <= row["slope_upper"]
    widths = [math.log(rows[-1]["n_upper"] / rows[-1]["n_lower"]) for rows in (quiet, loud)]
    assert widths[1] > 5 * widths[0] > 0
    assert quiet[-1]["n_lower"] < (2 / 0.01) ** 4 < quiet[-1]["n_upper"]


def errors_at(curve, sizes, spread=1e-3, reps=40, dim=20):
    """Errors along a curve, with so large a relative standard error of their means."""
    noise = np.random.default_rng(1).standard_normal((len(sizes), reps))
    noise = (noise - noise.mean(axis=1, keepdims=True)) / noise.std(axis=1, ddof=1, keepdims=True)
    return [
        {"source": f"gaussian:dim={dim}", "target": f"gaussian:dim={dim}", "dim": dim, "estimator": "exact",
         "epsilon": None, "scaling": None, "batch_size": None, "batches": None, "projections": None, "kernel": None,
         "n": n, "status": "ok", "truth": 0.0, "value": curve(n) * (1 + spread * reps**0.5 * z)}
        for n, own in zip(sizes, noise, strict=True) for z in own
    ]  # fmt: skip


def needs(rows):
    return {row["wanted_error"]: row for row in fit(rows) if row.get("wanted_error")}


def test_a_line_is_the_regression_with_the_errors_of_its_points():
    """Slope and interval by the delta method, from another implementation of least squares."""
    from scipy.stats import linregress, t

    rows = errors_at(lambda n: 3 * n**-0.3, (10, 40, 200), spread=0.05)
    found = Errors.of(rows)
    line, theirs = found.line(), linregress(found.x, found.y)
    assert tuple(line.curve.coef) == pytest.approx((theirs.intercept, theirs.slope))
    lever = (found.x - found.x.mean()) / ((found.x - found.x.mean()) ** 2).sum()
    assert line.error(1) == pytest.approx(0.05 / math.log(10) * np.sqrt((lever**2).sum()), rel=0.1)
    assert found.factor == pytest.approx(t.ppf(0.975, 39))
    root = line.roots()[0]
    below, above = line.around(root, found.factor)
    for end in (below, above):
        assert abs(line.curve(end)) == pytest.approx(line.half_width(end, found.factor))


def test_a_curve_that_flattens_needs_at_least_and_one_that_steepens_at_most():
    """As in 20 dimensions, where the slope tends to -1/20, and in one, where it tends to -1/2."""
    flattening = needs(errors_at(lambda n: 4.4 * n**-0.05 + 3 * n**-0.5, (10, 75, 1000)))[0.1]
    assert flattening["bound"] == "at least"
    truth = (4.4 / 0.1) ** 20
    assert flattening["n_lower"] < flattening["n"] < flattening["n_last"] < truth < flattening["n_upper"]
    steepening = needs(errors_at(lambda n: 1.8 / math.sqrt(n + 3), (10, 75, 300), dim=1))[0.01]
    assert steepening["bound"] == "at most"
    assert (
        steepening["n_theory"] < 180**2 - 3 < steepening["n_last"] < steepening["n"] < steepening["n_upper"]
    )
    straight = needs(errors_at(lambda n: 4.4 * n**-0.05, (10, 75, 1000), spread=0.01))[0.1]
    assert straight["bound"] is None


def test_within_the_sizes_there_is_no_extrapolation():
    found = needs(errors_at(lambda n: 1.8 / math.sqrt(n + 3), (10, 75, 1000), dim=1))[0.1]
    assert found["bound"] is None
    assert found["n_lower"] < 18**2 - 3 < found["n_upper"] < 500


@pytest.mark.parametrize(("dim", "rate"), [(1, -0.5), (2, -0.5), (5, -0.2)])
def test_the_rate_in_theory_and_its_inverse(dim, rate):
    for x, change in ((1.0, -0.5), (3.0, -2.0), (6.0, -1.0), (2.0, 0.3)):
        assert decay(reached(x, change, dim), dim) - decay(x, dim) == pytest.approx(change)
    assert decay(4.0, 2) == pytest.approx(0.5 * math.log10(math.log(1e4) / 1e4))
    rows = errors_at(lambda n: 10 ** decay(math.log10(n), dim), (10, 40, 160), dim=dim)
    found = needs(rows)[0.01]
    assert found["rate"] == rate
    assert found["n_theory"] == pytest.approx(10 ** reached(2.0, -2.0 - decay(2.0, dim), dim), rel=0.02)


def test_what_has_no_fit_says_so():
    for rows, reason in (
        (line_rows(-0.25, sizes=(10,)), "it needs two sizes"),
        (line_rows(-0.25, reps=1), "two repetitions of each"),
        ([row | {"truth": None} for row in line_rows(-0.25)], "the truth is not known"),
        ([row | {"estimator": "sliced"} for row in line_rows(-0.25)], "sliced does not tend to W1"),
        ([row | {"truth_error": 0.1} for row in line_rows(-0.25)], "the truth has a standard error of 0.1"),
        ([row | {"value": 0.0} for row in line_rows(-0.25)], "there are no errors"),
    ):
        (one,) = fit(rows)
        assert reason in one["status"]
    rising = [row for row in fit(line_rows(0.25)) if row.get("wanted_error")]
    assert [row.get("n") for row in rising] == [None, None]
    assert list(fit([])) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("8gaussians", "gaussian:dim=2"), "is not known"),
        (("--dim", 2, "--estimator", "sliced", "--estimator", "sinkhorn"), "does not tend to W1"),
        (("--dim", 2, "--estimator", "exact", "--reps", 1), "reps is 1"),
    ],
)
def test_a_fit_of_nothing_is_refused_before_it_is_run(options, message):
    ended = invoke("sample-complexity", "--n", 10, "--n", 20, "--reps", 3, "--fit", *options)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not ended.stdout


def test_the_command_writes_the_fit_beside_the_rows(tmp_path):
    file = tmp_path / "sc.csv"
    command = ("sample-complexity", "--dim", 4, "--n", 8, "--n", 32, "--n", 64, "--reps", 5, "--estimator", "exact",
               "--jobs", 1, "--fit", "-o", file)  # fmt: skip
    ended = invoke(*command)
    assert ended.exit_code == 0, ended.stderr
    assert "An error of 0.01 would need 10^" in ended.stderr
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
    whole = rows_of(SampleComplexity.of(**options))
    assert timeless(parse_rows(path.read_text())) == timeless(whole)
    assert not path.with_name("out.csv.journal").exists()


def test_what_is_known_of_a_pair_is_not_known_of_its_scaled_points():
    pair = {"source": "gaussian:dim=2", "target": "gaussian:dim=2,mean=1"}
    options = {"n": (20,), "reps": 1, "estimator": ("exact",)}
    (plain,) = rows_of(SampleComplexity.of(**pair, **options))
    assert plain["truth"] == pytest.approx(2**0.5)
    (scaled,) = rows_of(SampleComplexity.of(preprocessing=Preprocessing(scale="zscore"), **pair, **options))
    assert scaled["truth"] is None
    (same,) = rows_of(SampleComplexity.of(preprocessing=Preprocessing(scale="zscore"), **options))
    assert same["truth"] == 0.0


def test_batches_stand_beside_the_exact_distance():
    experiment = BatchEstimates.of(
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
    assert "exact on batches of 20: " in ended.stderr
    for arguments, message in (
        (("digits",), "belong together"),
        (("--data", "digits", "--estimator", "batch"), "take exact"),
        (("digits[0:9]", "digits[9:18]", "--n", 5), "--n takes points from --data"),
        (("digits[0:9]", "digits[9:18]", "--batch-size", 10, "--jobs", 1), "samples of 10 need 10"),
    ):
        ended = invoke("batch", *arguments)
        assert ended.exit_code == 2
        assert message in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


def test_a_row_whose_bracket_rounding_left_wide_says_so_and_is_no_failure(monkeypatch):
    """No bracket of irrational distances closes at a tolerance of 0."""
    monkeypatch.setattr("wcheck.estimators.registry.make", lambda name, **options: Exact(tol=0.0))
    experiment = SampleComplexity.of(dim=(3,), n=(20,), reps=3, estimator=("exact",))
    rows = [row for task in experiment.tasks() for row in experiment.run(task, silent)]
    assert [row["status"] for row in rows] == ["rounding"] * 3
    assert all(0 < row["upper"] - row["lower"] < 1e-12 for row in rows)
    assert {"ok", "rounding"} <= experiment.fine


def test_batches_are_told_apart_by_every_option_of_an_estimator():
    shared = dict.fromkeys(BatchEstimates.columns) | {"exact_lower": 1.0, "exact_upper": 1.0, "bias": 0.5}
    for option in set(columns.names("estimator")) - {"batch_size"}:
        rows = [
            shared | {"estimator": "sliced", "batch_size": 8, "value": 1.5, option: value} for value in (1, 2)
        ]
        lines = [line for line in BatchEstimates.told(rows).splitlines() if "The exact" not in line]
        assert [
            f"sliced ({option} = {value}) on batches of 8" in line for value, line in enumerate(lines, 1)
        ] == [True] * 2


def test_the_reference_of_batch_is_solved_on_its_device(monkeypatch):
    devices = []

    def solved(*_, p, metric, device, report):
        devices.append(device)
        return Bracket(1.0, 1.0)

    monkeypatch.setattr("wcheck.experiments.reference.reference", solved)
    monkeypatch.setattr("wcheck.experiments.batch.check_device", lambda device: None)
    BatchEstimates.of(
        source="digits[0:20]", target="digits[20:40]", batch_size=(8,), device="elsewhere"
    ).prepared(silent)
    assert devices == ["elsewhere"]
