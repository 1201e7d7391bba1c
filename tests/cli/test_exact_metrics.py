"""``wcheck exact`` with other metrics and with masses that differ, from files to sentences."""

import sys

import numpy as np
import pandas as pd
import pytest
import typer.testing
from scipy.spatial.distance import cdist

from wcheck.cli.app import app
from wcheck.rows.table import parse_rows


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two tables of places, two histograms, two tables with counts, and a cost of one's own."""
    random = np.random.default_rng(0)
    for name, n in (("cities", 12), ("towns", 9)):
        places = np.stack([random.uniform(-60, 70, n), random.uniform(-180, 180, n)], 1)
        np.savetxt(tmp_path / f"{name}.csv", places, delimiter=",", header="lat,lon", comments="")
        np.save(tmp_path / f"{name}.npy", random.integers(0, 9, (4, n)))
        counted = np.concatenate([random.normal(size=(n, 2)), random.integers(1, 5, (n, 1))], 1)
        np.savetxt(tmp_path / f"{name}-counted.csv", counted, delimiter=",", header="a,b,weight", comments="")
    (tmp_path / "ground_of_mine.py").write_text(
        "def halves(x, y):\n    return abs(x[:, None] - y[None]).sum(-1) / 2\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "ground_of_mine", raising=False)  # that of another test
    return tmp_path


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, ["exact", *map(str, args)])


def rows_of(*args):
    ended = invoke(*args)
    assert ended.exit_code == 0, ended.stderr
    return list(parse_rows(ended.stdout)), ended.stderr


@pytest.mark.usefixtures("files")
def test_metrics_multiply_and_are_columns():
    rows, told = rows_of(
        "digits[0:30]", "digits[30:60]", "--metric", "cityblock", "--metric", "angular", "--p", 1, "--p", 2
    )
    assert [(row["metric"], row["unit"], row["p"]) for row in rows] == [
        ("cityblock", None, 1),
        ("cityblock", None, 2),
        ("angular", "radians", 1),
        ("angular", "radians", 2),
    ]
    assert {row["quantity"] for row in rows} == {"distance"}
    assert "ground metric cityblock" in told
    assert "radians" in told


@pytest.mark.usefixtures("files")
def test_haversine_says_its_unit():
    (row,), told = rows_of("cities.csv", "towns.csv", "--metric", "haversine")
    assert row["unit"] == "km"
    assert " km:" in told
    for name in ("cities", "towns"):
        pd.read_csv(f"{name}.csv")[["lon", "lat"]].to_csv(f"{name}-turned.csv", index=False)
    (turned,), _ = rows_of("cities-turned.csv", "towns-turned.csv", "--metric", "haversine")
    assert turned["value"] == pytest.approx(row["value"], rel=1e-14)


@pytest.mark.usefixtures("files")
def test_a_function_of_ones_own():
    (row,), _ = rows_of("digits[0:30]", "digits[30:60]", "--metric", "ground_of_mine:halves")
    (whole,), _ = rows_of("digits[0:30]", "digits[30:60]", "--metric", "cityblock")
    assert row["metric"] == "ground_of_mine:halves"
    assert row["value"] == pytest.approx(whole["value"] / 2, rel=1e-9)


def test_a_function_that_has_changed_is_found_out(files):
    run = ["digits[0:20]", "digits[20:40]", "--metric", "ground_of_mine:halves", "-o", "rows.csv"]
    assert invoke(*run).exit_code == 0
    assert invoke(*run).exit_code == 0  # the same goes on
    module = files / "ground_of_mine.py"
    module.write_text(module.read_text().replace("/ 2", "/ 3"))
    ended = invoke(*run)
    assert ended.exit_code == 2
    assert "another configuration: metric_sha256" in ended.stderr


def test_masses_are_those_of_the_files(files):
    masses = [np.load(files / f"{name}.npy").sum() for name in ("cities", "towns")]
    rows, told = rows_of("cities.npy:grid", "histogram:towns.npy", "--partial", 10, "--partial", min(masses))
    assert [row["partial"] for row in rows] == [10, min(masses)]
    assert [row["moved"] for row in rows] == pytest.approx([10, min(masses)])
    assert {(row["source_mass"], row["target_mass"], row["quantity"]) for row in rows} == {
        (*masses, "partial")
    }
    assert rows[0]["value"] < rows[1]["value"]
    assert told.count("It is not a Wasserstein distance") == 2
    shares, _ = rows_of("cities.npy:grid", "histogram:towns.npy", "--partial", 0.5, "--normalise")
    assert shares[0]["source_mass"] == pytest.approx(1.0)


def test_left_mass_costs(files):
    x, y = (
        np.loadtxt(files / f"{name}-counted.csv", delimiter=",", skiprows=1) for name in ("cities", "towns")
    )
    least = cdist(x[:, :2], y[:, :2]).min()
    (row,), told = rows_of("cities-counted.csv", "towns-counted.csv", "--penalty-unmatched", least / 3)
    assert row["moved"] == 0
    assert row["value"] == pytest.approx(least / 3 * (x[:, 2].sum() + y[:, 2].sum()), rel=1e-9)
    assert "0 is moved" in told


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--metric", "l1"], "choose one of euclidean"),
        (["--metric", "nothing:there"], "--metric nothing:there cannot be imported"),
        (["--partial", 1, "--penalty-unmatched", 1], "different objectives"),
        (["--partial", -1], "above 0"),
        (["--partial", "nan"], "above 0"),
        (["--partial", 1e6], "at most the smaller mass"),
        (["--metric", "cosine"], "zero vector at row 0"),
        (["--metric", "cityblock", "--dask", "tcp://127.0.0.1:1"], "leave --dask out"),
        (["--partial", 1, "--partial", 2, "--save-plan", "plan.npz"], "one file"),
        (["--metric", "cosine", "--metric", "angular", "--checkpoint", "solve"], "one solve"),
    ],
)
def test_what_is_refused(options, why):
    ended = invoke("cities.npy:grid", "histogram:towns.npy", *options)
    assert ended.exit_code == 2
    assert why in ended.stderr
    assert ended.stderr.count("\n") == 1
