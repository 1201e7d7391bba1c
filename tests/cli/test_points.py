"""What is said of points reaches every command, the workers and the sidecar; what files say runs no code."""

import io
import json
import logging
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import typer.testing

import wcheck
from wcheck.cli.app import app

NAMES = ["a", "b", "c"]
SAID = ["--drop", "label", "--weights", "n", "--normalise", "--separator", ";", "--decimal-comma"]


def table(name, count, order=(0, 1, 2), counts=True):
    """Write a table that cannot be read without being told how, and return it."""
    frame = pd.DataFrame(np.random.default_rng(count).normal(size=(count, 3)), columns=NAMES)
    mixed = frame.iloc[:, list(order)].assign(label="cat")
    if counts:
        mixed.insert(1, "n", np.arange(1, count + 1))
    mixed.to_csv(name, index=False, sep=";", decimal=",")
    return frame


@pytest.fixture
def tables(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "wcheck")
    monkeypatch.chdir(tmp_path)
    return table("p.csv", 40), table("q.csv", 30, (2, 0, 1))


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, list(map(str, args)))


def rows(*args):
    """Run a command that must succeed, and return its rows."""
    ended = invoke(*args)
    assert ended.exit_code == 0, ended.stderr
    return pd.read_csv(io.StringIO(ended.stdout)) if ended.stdout else None


def test_exact_as_in_python(tables, caplog):
    found = rows("exact", "p.csv", "q.csv", *SAID)
    weights = [np.arange(1, n + 1) / (n * (n + 1) / 2) for n in (40, 30)]
    assert found["value"][0] == pytest.approx(wcheck.exact(*tables, *weights).value, rel=1e-12)
    assert "q.csv: the coordinates are c, a, b; its weights are n." in caplog.messages


@pytest.mark.parametrize(
    "command",
    [
        [
            "batch",
            "p.csv",
            "q.csv",
            "--batch-size",
            "8",
            "--reps",
            "2",
            "--estimator",
            "exact",
            "--jobs",
            "1",
        ],
        ["interval", "p.csv", "q.csv", "--diameter", "20", "--permutations", "0"],
        ["dimension", "p.csv", "--k", "5"],
        ["kmedians", "--data", "p.csv", "--k", "3", "--starts", "2", "--jobs", "1"],
        [
            "false-minima",
            "--data",
            "p.csv",
            "--n",
            "4",
            "--reps",
            "2",
            "--starts",
            "1",
            "--fit-points",
            "12",
            "--jobs",
            "1",
        ],
        ["oracle", "p.csv", "q.csv", "--steps", "2", "--width", "4", "--every", "2"],
        [
            "sample-complexity",
            "p.csv",
            "q.csv",
            "--n",
            "5",
            "--reps",
            "2",
            "--jobs",
            "1",
        ],
        ["data", "show", "q.csv"],
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize("weighted", [True, False], ids=["weighted", "uniform"])
def test_every_command_reads_a_table_as_it_is_told(tables, caplog, command, weighted):
    said = SAID if weighted else ["--columns", "a,b", "--columns", "c", "--separator", ";", "--decimal-comma"]
    ended = invoke(*command, *said)
    told = [line for line in caplog.messages if "the coordinates are" in line]
    assert told, ended.stderr
    assert all(line.endswith("; its weights are n.") == weighted for line in told)
    refused = ended.exit_code == 2 and "weight" in ended.stderr
    assert ended.exit_code == 0 or (weighted and refused), ended.stderr


def test_workers_and_sidecar_know_it(tables):
    command = ["kmedians", "--data", "p.csv", "--k", "3", "--k", "4", "--starts", "2", *SAID]
    for jobs in (1, 2):
        rows(*command, "--jobs", jobs, "-o", f"{jobs}.csv")
    first, second = (pd.read_csv(f"{jobs}.csv").drop(columns="seconds") for jobs in (1, 2))
    pd.testing.assert_frame_equal(first, second)
    said = json.loads(Path("1.csv.json").read_text())["config"]["preprocessing"]
    assert (said["drop"], said["weights"], said["normalise"], said["separator"]) == (
        ["label"],
        "n",
        True,
        ";",
    )
    resumed = invoke(*command[:-1], "--header", "--decimal-comma", "-o", "1.csv")
    assert resumed.exit_code == 2
    assert "preprocessing.header was not set and is true" in resumed.stderr


def test_a_critic_meets_columns_in_the_order_it_was_trained_on(tables):
    plain = ["--columns", "a,b,c", "--separator", ";", "--decimal-comma"]
    train = [
        "oracle",
        "p.csv",
        "q.csv",
        "--steps",
        "20",
        "--width",
        "8",
        "--save",
        "critic",
    ]
    trained = rows(*train, *plain)
    table("p2.csv", 40, (2, 1, 0), counts=False)
    table("q2.csv", 30, (1, 0, 2), counts=False)
    audited = rows("audit", "critic", "p2.csv", "q2.csv", *plain)
    assert audited["value"][0] == pytest.approx(trained["value"].iloc[-1], rel=1e-5)
    seen = invoke("interval", "p2.csv", "q2.csv", "--critic", "critic", "--diameter", "20", *plain)
    assert seen.exit_code == 2
    assert "trained" in seen.stderr, "the points are known again in another order"
    pd.read_csv("p2.csv", sep=";").rename(columns={"a": "z"}).to_csv("z.csv", sep=";", index=False)
    other = invoke("audit", "critic", "z.csv", "z.csv", "--columns", "z,b,c", *plain[2:])
    assert other.exit_code == 2
    assert "only the critic in critic has a; only z.csv has z" in other.stderr


# A function of a module is imported only if the user's own command line, or Python call, names it.

EVIL = """
from pathlib import Path
(Path(__file__).parent / "imported").touch()
def twice(points):
    return 2 * points.reshape(len(points), -1)
def make(shape):
    from torch import nn
    return nn.Sequential(nn.Linear(shape[0], 1), nn.Flatten(0))
"""


@pytest.fixture
def evil(tables, monkeypatch):
    """Return the file that is there once somebody has imported the module ``evil``."""
    Path("evil.py").write_text(EVIL)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "evil", raising=False)
    yield Path("imported")
    sys.modules.pop("evil", None)


def test_the_command_line_may_name_a_function_and_its_workers_call_it(evil):
    found = rows("exact", "p.csv", "q.csv", *SAID)
    doubled = rows("exact", "p.csv", "q.csv", *SAID, "--embed", "evil:twice")
    assert evil.exists()
    assert doubled["value"][0] == pytest.approx(2 * found["value"][0], rel=1e-12)
    evil.unlink()
    sys.modules.pop("evil")
    pixels = [
        "pixels",
        "--data",
        "digits[0:60]",
        "--index",
        1,
        "--index",
        2,
        "--embed",
        "evil:twice",
        "--jobs",
        2,
    ]
    assert invoke(*pixels).exit_code == 0
    assert evil.exists()


@pytest.mark.parametrize(
    ("command", "column"),
    [
        (
            ["batch", "p.csv", "q.csv", "--batch-size", 8, "--reps", 2, "--estimator", "exact", "--jobs", 1],
            "value",
        ),
        (["interval", "p.csv", "q.csv", "--diameter", 40, "--permutations", 0], "value"),
        (["kmedians", "--data", "p.csv", "--k", 3, "--starts", 2, "--jobs", 1], "kmedians_loss"),
        (
            [
                "false-minima",
                "--data",
                "p.csv",
                "--n",
                4,
                "--reps",
                2,
                "--starts",
                1,
                "--fit-points",
                12,
                "--jobs",
                1,
            ],
            "w1",
        ),
        (["oracle", "p.csv", "q.csv", "--steps", 2, "--width", 4], "exact_upper"),
        (
            [
                "sample-complexity",
                "p.csv",
                "q.csv",
                "--n",
                5,
                "--reps",
                2,
                "--jobs",
                1,
            ],
            "value",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value,
)
def test_every_command_measures_in_coordinates_of_ones_own(evil, command, column):
    plain = ["--columns", "a,b,c", "--separator", ";", "--decimal-comma"]
    if command[0] == "sample-complexity":
        command = [*command, "--estimator", "exact"]
    found, doubled = rows(*command, *plain), rows(*command, *plain, "--embed", "evil:twice")
    assert set(doubled["embed"]) == {"evil:twice"}
    assert found["embed"].isna().all()
    assert np.allclose(doubled[column], 2 * found[column], rtol=1e-5)


def test_bounds_of_pixels_are_none_of_an_embedding(evil):
    interval = ["interval", "digits[0:20]", "digits[20:40]", "--permutations", 0]
    assert invoke(*interval).exit_code == 0
    refused = invoke(*interval, "--embed", "evil:twice")
    assert refused.exit_code == 2
    assert "diameter is bounds" in refused.stderr


def test_a_table_that_names_a_function_runs_nothing(evil):
    Path("n.csv").write_text("evil:twice,embed\n1,2\n3,4\n")
    Path("c.csv").write_text("x,embed\n1,evil:twice\n3,evil:twice\n")
    pd.DataFrame({"evil:twice": [1.0], "weight": [1.0]}).to_parquet("e.parquet")
    assert invoke("exact", "n.csv", "n.csv").exit_code == 0
    assert invoke("exact", "c.csv", "c.csv").exit_code == 2
    assert invoke("exact", "e.parquet", "e.parquet").exit_code == 0
    assert invoke("exact", "evil:twice", "n.csv").exit_code == 2
    assert not evil.exists()


def test_a_sidecar_that_names_a_function_runs_nothing(evil):
    command = ["kmedians", "--data", "p.csv", "--k", 3, "--starts", 2, *SAID, "-o", "k.csv"]
    rows(*command)
    sidecar = Path("k.csv.json")
    sidecar.write_text(sidecar.read_text().replace('"embed": null', '"embed": "evil:twice"'))
    assert '"evil:twice"' in sidecar.read_text()
    assert invoke(*command).exit_code == 2
    assert invoke("plot", "k.csv", "-o", "k.png").exit_code == 0
    assert not evil.exists()


def test_a_saved_critic_that_names_a_factory_runs_nothing_until_the_user_names_it(evil):
    plain = ["--columns", "a,b,c", "--separator", ";", "--decimal-comma"]
    train = ["oracle", "p.csv", "q.csv", "--steps", "2", "--save", "critic", *plain]
    trained = rows(*train, "--arch", "evil:make")
    trained.to_csv("rows.csv", index=False)
    assert evil.exists()
    evil.unlink()
    sys.modules.pop("evil")
    refused = invoke("audit", "critic", "p.csv", "q.csv", *plain)
    assert refused.exit_code == 2
    assert "give --arch evil:make to let it run" in refused.stderr
    assert (
        invoke("interval", "p.csv", "q.csv", "--critic", "critic", "--diameter", "20", *plain).exit_code == 2
    )
    invoke("plot", "rows.csv", "-o", "rows.png")
    assert not evil.exists()
    assert invoke("audit", "critic", "p.csv", "q.csv", *plain, "--arch", "evil:make").exit_code == 0
    assert evil.exists()


def test_weights_of_a_critic_that_name_a_function_run_nothing(evil):
    plain = ["--columns", "a,b,c", "--separator", ";", "--decimal-comma"]
    rows("oracle", "p.csv", "q.csv", "--steps", "2", "--save", "critic", *plain)

    class Call:
        def __reduce__(self):
            import builtins

            return builtins.exec, ("import evil",)

    (weights,) = Path("critic").glob("*.pt")
    torch.save({"0.weight": Call()}, weights)
    assert invoke("audit", "critic", "p.csv", "q.csv", *plain).exit_code == 2
    assert not evil.exists()
