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
