"""What somebody gets wrong who has read the README alone, with files as other programs write them."""

import shlex

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

import wcheck
from wcheck.cli.app import app
from wcheck.errors import ParameterError

TABLE = pd.DataFrame({"height": [1.5, 2.5, 4.0], "group": ["a", "b", "a"], "count": [1, 2, 1]})
MODULE = """
from torch import nn
network = nn.Linear(2, 1)
def factory():
    return nn.Linear(2, 1)
"""


def invoke(*args):
    return CliRunner().invoke(app, [*map(str, args)])


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with files as they lie about."""
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).normal(size=(30, 2))
    np.save("x.npy", points.astype(np.float16))
    np.save("y.npy", np.asfortranarray(points + 1))
    np.save("wide.npy", np.ones((30, 3)))
    torch.save(torch.nn.Linear(2, 1), "whole.pt")
    torch.save(torch.nn.Linear(2, 1).state_dict(), "state.pt")
    (tmp_path / "nets.py").write_text(MODULE)
    TABLE.to_csv("excel.csv", sep=";", decimal=",", encoding="utf-8-sig", index=False)
    TABLE.to_csv("other file.csv", index=False)
    TABLE.to_parquet("plain.parquet")
    TABLE.set_index("group").to_parquet("indexed.parquet")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("exact x.npy", "P and Q belong together: give both"),
        ("exact --data digits", "there is no option --data: give the sources as P and Q"),
        ("exact x.npy wide.npy", "both must be in the same space; take sources of one kind."),
        ("exact whole.pt x.npy", "holds a pickled torch.nn.modules.linear.Linear, which only code could make"),
        ("exact excel.csv excel.csv --drop group", "--separator ';' separates cells by it, and --decimal-comma reads"),
        (
            "exact excel.csv 'other file.csv' --drop group --separator ';' --decimal-comma",
            "Its first line holds ',', and --separator ';' is meant for all tables",
        ),
        ("exact plain.parquet plain.parquet --by group --weights counts", "did you mean count?"),
        ("audit state.pt x.npy y.npy", "state.pt is a file, and a saved critic is a folder"),
        ("audit --critic nets:network --state state.pt x.npy y.npy", "nets:network is a network (Linear)"),
        ("audit --critic nets.py:factory --state state.pt x.npy y.npy", "name its module, nets:factory."),
        ("compare x.npy y.npy --n 5", "a smaller --n, such as --n 3, or fewer --blocks."),
        ("sample-complexity x.npy y.npy --n 10 --n 31", "samples of 31 need 31: draw fewer (--n), or give more"),
        ("sample-complexity x.npy --n 10 --n 16", "two disjoint samples of 16 each need 32: draw fewer (--n)"),
    ],
)  # fmt: skip
def test_it_is_told_in_one_line_what_to_do(desk, caplog, line, said):
    ended = invoke(*shlex.split(line))
    assert (ended.exit_code, ended.stdout) == (2, ""), ended.exception
    assert ended.stderr.splitlines()[-1].startswith("wcheck: ")
    assert said in ended.stderr
    assert not any("all points have the same weight" in remark for remark in caplog.messages)


def test_samples_that_are_too_large_are_refused_before_any_row_is_written(desk):
    assert (
        invoke("sample-complexity", "x.npy", "--n", 5, "--n", 16, "--reps", 2, "-o", "rows.csv").exit_code
        == 2
    )
    assert not (desk / "rows.csv").exists()


def test_an_index_that_pandas_kept_names_groups_and_is_no_coordinate(desk):
    ended = invoke("exact", "indexed.parquet", "plain.parquet", "--by", "group", "--show", "value")
    assert ended.exit_code == 0
    assert "dim=2" in ended.stdout
    assert [line[:2] for line in ended.stdout.splitlines() if line[1:2] == " "] == ["a ", "b "]


def test_one_row_on_a_screen_has_the_answer_in_its_lines_and_the_solver_in_the_small_print(desk):
    shown = invoke("exact", "x.npy", "y.npy", "--show", "").stdout
    lines, _, small = shown.partition("Besides: ")
    assert [line.split()[0] for line in lines.splitlines() if not line.startswith(" ")][:3] == [
        "value",
        "lower",
        "upper",
    ]
    assert "rounds" not in lines
    assert "rounds=" in small
    assert "allowance=" in small


def test_scalings_that_are_given_as_potentials_are_guessed(desk):
    rng = np.random.default_rng(1)
    np.savez("scalings.npz", u=1e6 * rng.random(30), v=1e6 * rng.random(30))
    line = ("certify", "x.npy", "y.npy", "--potentials", "scalings.npz")
    assert "scalings of a Sinkhorn iteration, --epsilon EPS" in " ".join(invoke(*line).stderr.split())
    np.savez("scalings.npz", u=np.zeros(30), v=np.zeros(30))
    assert "scalings" not in invoke(*line).stderr.replace("scalings.npz", "")


def test_a_critic_instead_of_its_values_is_refused_by_what_to_write():
    x = np.zeros((3, 2))
    with pytest.raises(
        ParameterError, match=r"f is a function \(Linear\): give its values at the points, f\(x\)\."
    ):
        wcheck.judge(x, x, torch.nn.Linear(2, 1), np.zeros(3))
