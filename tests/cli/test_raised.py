"""A user's own code that raises in the midst of a run: a row that says so, and the others go on."""

import csv

import pytest
import typer.testing

from wcheck.cli.app import app

CRITIC = """
import math
import torch


class Late(torch.nn.Module):
    def __init__(self, d):
        super().__init__()
        self.linear, self.calls = torch.nn.Linear(d, 1), 0

    def forward(self, x):
        self.calls += 1
        if self.calls > 40:
            raise RuntimeError("no more\\nof it")
        return self.linear(x)[:, 0]


def make(shape):
    return Late(math.prod(shape))
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_critic_that_raises_in_mid_training_is_a_row_with_a_status(tmp_path, monkeypatch, jobs):
    (tmp_path / f"own{jobs}.py").write_text(CRITIC)
    monkeypatch.chdir(tmp_path)
    words = (
        "oracle", "--data", "digits[0:40]", "--arch", f"own{jobs}:make", "--arch", "mlp", "--width", "4",
        "--lipschitz", "clip", "--steps", "60", "--every", "60", "--batch-size", "4", "--grad-points", "5",
    )  # fmt: skip
    ended = typer.testing.CliRunner().invoke(app, [*words, "--jobs", str(jobs), "-o", "rows.csv"])
    assert ended.exit_code == 1, ended.stderr
    rows = list(csv.DictReader((tmp_path / "rows.csv").read_text().splitlines()))
    assert [(row["arch"], row["step"], row["status"]) for row in rows[-3:]] == [
        (f"own{jobs}:make", "", "raised"), ("mlp", "0", "ok"), ("mlp", "60", "ok")
    ]  # fmt: skip
    assert rows[-3]["clip"] == "0.01"
    assert rows[-3]["source"] == "digits[0:20]"
    assert "Status raised (1 of " in ended.stderr
    assert "Traceback" not in ended.stderr


COSTS = """
import numpy as np


def cityblock(x, y):
    return np.abs(x[:, None] - y[None]).sum(axis=-1)


def fails(x, y):
    raise RuntimeError("no cost")


def lies(x, y):
    return np.full((len(x), len(y)), np.nan)
"""


@pytest.mark.parametrize(
    "words",
    [
        ("exact",),
        ("batch", "--batch-size", "4", "--reps", "1", "--jobs", "1"),
        ("batch", "--batch-size", "4", "--reps", "1", "--jobs", "2"),
    ],
)
def test_a_cost_function_that_raises_is_a_row_with_a_status_and_the_others_go_on(
    tmp_path, monkeypatch, words
):
    (tmp_path / "costs.py").write_text(COSTS)
    monkeypatch.chdir(tmp_path)
    command, *options = words
    metrics = [word for name in ("fails", "cityblock", "lies") for word in ("--metric", f"costs:{name}")]
    ended = typer.testing.CliRunner().invoke(
        app, [command, "digits[0:9]", "digits[9:18]", *options, *metrics, "-o", "rows.csv"]
    )
    assert ended.exit_code == 1, ended.stderr
    rows = list(csv.DictReader((tmp_path / "rows.csv").read_text().splitlines()))
    assert [(row["metric"], row["status"], bool(row["value"])) for row in rows] == [
        ("costs:fails", "raised", False),
        ("costs:cityblock", "ok" if command == "batch" else "optimal", True),
        ("costs:lies", "raised", False),
    ]
    assert rows[0]["source"] == "digits[0:9]"
    assert "Traceback" not in ended.stderr
