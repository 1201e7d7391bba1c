"""``wcheck exact --by``: a row for each group of two tables, held against a solve of each group alone."""

import numpy as np
import pandas as pd
import pytest
import typer.testing

import wcheck
from wcheck.cli.app import app
from wcheck.rows.table import parse_rows

COORDINATES = ["eta", "phi"]


def table(seed, kinds, n=60):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 2)) + seed, columns=COORDINATES)
    return frame.assign(counts=rng.integers(1, 9, n), kind=[kinds[i % len(kinds)] for i in range(n)])


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = {"a": table(0, ["e", "muon", "tau"]), "b": table(1, ["muon", "e", "nu"])}
    for name, frame in found.items():
        frame.to_csv(f"{name}.csv", index=False)
        frame.to_parquet(f"{name}.parquet")
    return found


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, ["exact", *map(str, args)])


BY = ("--by", "kind", "--weights", "counts", "--normalise")


@pytest.mark.parametrize("other", ["b.csv", "b.parquet"])
def test_each_group_has_the_distance_of_its_points_alone(tables, other):
    ended = invoke("a.csv", other, *BY)
    rows = list(parse_rows(ended.stdout))
    assert [row["group"] for row in rows] == ["e", "muon", "tau", "nu"]
    for row in rows[:2]:
        x, y = (frame[frame.kind == row["group"]] for frame in tables.values())
        weights = [frame.counts / frame.counts.sum() for frame in (x, y)]
        alone = wcheck.exact(x[COORDINATES], y[COORDINATES], *weights)
        assert row["value"] == pytest.approx(alone.value, rel=1e-12)
        assert (row["n"], row["m"], row["status"]) == (20, 20, "optimal")
    assert [(row["n"], row["m"], row["value"], row["status"]) for row in rows[2:]] == [
        (20, 0, None, "absent"), (0, 20, None, "absent"),
    ]  # fmt: skip
    assert ended.exit_code == 1
    assert "tau: only P has points of this group" in ended.stderr


def test_groups_times_options_and_a_run_that_goes_on(tables, tmp_path):
    for frame, name in zip(tables.values(), "ab", strict=True):
        frame.assign(kind=np.arange(60) % 6).to_csv(f"{name}.csv", index=False)
    options = ("a.csv", "b.csv", *BY, "--p", 1, "--p", 2, "-o", "by.csv")
    assert invoke(*options).exit_code == 0
    whole = pd.read_csv("by.csv")
    assert whole.groupby("group").p.apply(list).to_dict() == {group: [1, 2] for group in range(6)}
    ended = invoke("a.csv", "b.csv", *BY, "--p", 1)
    assert "There are 6 groups" in ended.stderr
    assert ended.stderr.count("the Wasserstein-1 distance between") == 2
    assert invoke(*options).exit_code == 0
    pd.testing.assert_frame_equal(pd.read_csv("by.csv"), whole)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.csv", "b.csv", "--by", "kinds"), "'kinds', which is not in a.csv"),
        (("a.csv", "b.csv", "--by", "kind", "--drop", "kind"), "--by and --drop both name 'kind'"),
        (("digits[0:9]", "digits[9:18]", "--by", "kind"), "it means nothing for digits"),
        (("a.csv", "c.npy", *BY), "c.npy is not a table"),
        (("a.csv", "hole.csv", *BY), "hole.csv has no group in line 4"),
        (("a.csv", "hole.parquet", *BY), "no group in 1 row "),
        (("a.csv", "b.csv", *BY, "--save-plan", "plan.npz"), "--save-plan is for one solve"),
        (("--cost", "c.npy", "--by", "kind"), "--cost"),
    ],
    ids=str,
)
def test_what_cannot_be_grouped_is_one_line_and_status_2(tables, arguments, message):
    np.save("c.npy", np.zeros((5, 2)))
    hole = tables["b"].assign(kind=["e", "e", None, *["e"] * 57])
    hole.to_csv("hole.csv", index=False)
    hole.to_parquet("hole.parquet")
    ended = invoke(*arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
