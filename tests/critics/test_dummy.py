"""A constraint of a test's own with an option: one field, one line of the vocabulary, and it is everywhere."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DUMMY = """
from dataclasses import dataclass
from typing import ClassVar

from wcheck import columns
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.penalties import GradientPenalty
from wcheck.learning.settings import Range, number

@dataclass(frozen=True, slots=True)
class Leaky(GradientPenalty):
    name: ClassVar[str] = "leaky"

    leak: float = number(0.1, Range(0, below=1))

    def excess(self, norms):
        return (norms - 1).clamp(min=0) - self.leak * (1 - norms).clamp(min=0)

columns.register(
    columns.Setting(
        name="leak", kind=float, metavar="SHARE", meaning="the share of leaky that a small slope costs",
        symbol="leakage", published="0.1", groups=("critic",), ranges=True,
    )
)
CONSTRAINTS["leaky"] = Leaky
"""

SCRIPT = """
import contextlib, io, json, sys
import pandas
from typer.testing import CliRunner
import dummy
from wcheck.cli.app import app
from wcheck.cli.terminal import show
from wcheck.plots.registry import recognise
sys.path.insert(0, sys.argv[1])
import generate

def run(*args):
    ended = CliRunner().invoke(app, [str(arg) for arg in args])
    return {"status": ended.exit_code, "stdout": ended.stdout, "stderr": ended.stderr}

ask = ("oracle", "gaussian:dim=2,n=8", "gaussian:dim=2,n=8,mean=1", "--steps", 2, "--every", 2, "--grad-points", 9,
       "--width", 4, "--jobs", 1, "--lipschitz", "leaky")
told = {
    "ran": run(*ask, "--leak", 0.2, "--leak", 0.3, "-o", "rows.csv"),
    "refused": run(*ask, "--leak", 1.5, "-o", "other.csv"),
    "ignored": run(*ask[:-1], "gp", "--leak", 0.2, "--leak", 0.3, "-o", "gp.csv"),
    "help": run("oracle", "--help")["stdout"],
    "page": generate.pages()["oracle.md"],
}
frame = pandas.read_csv("rows.csv")
told["legend"] = [text.get_text() for text in recognise(list(frame)).draw(frame).legends[0].get_texts()]
shown = io.StringIO()
with contextlib.redirect_stdout(shown):
    show(list(frame), frame.astype(object).where(frame.notna(), None).to_dict("records"))
told["terminal"] = shown.getvalue()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dummy")
    (folder / "dummy.py").write_text(DUMMY)
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ROOT / "docs")],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout) | {name: rows(folder / f"{name}.csv") for name in ("rows", "gp")}


def rows(path):
    with open(path, newline="") as file:
        return [(row["lipschitz"], row["leak"]) for row in csv.DictReader(file)]


def test_it_is_an_option_with_its_help(told):
    assert "--leak" in told["help"]
    assert "The share of leaky that a small slope costs" in " ".join(told["help"].split())


def test_it_is_multiplied_out_and_a_column_of_rows(told):
    assert told["ran"]["status"] == 0, told["ran"]["stderr"]
    assert told["rows"] == [("leaky", "0.2"), ("leaky", "0.2"), ("leaky", "0.3"), ("leaky", "0.3")]


def test_where_it_is_not_read_it_is_blank_and_multiplies_nothing(told):
    assert told["gp"] == [("gp", ""), ("gp", "")]


def test_it_is_checked_by_its_field(told):
    assert told["refused"]["status"] == 2
    assert (
        "leak is 1.5: give a finite number of at least 0 and below 1, such as 0.1."
        in told["refused"]["stderr"]
    )


def test_it_tells_curves_and_rows_apart(told):
    assert {"leakage = 0.2", "leakage = 0.3"} <= set(told["legend"])
    table, _, shared = told["terminal"].partition("In all rows:")
    assert "leak" in table.split()
    assert "leak=" not in shared


def test_it_stands_in_the_documentation(told):
    assert "| `--leak SHARE|RANGE` | The share of leaky that a small slope costs." in told["page"].replace(
        "\\|", "|"
    )
    assert "| `leak` (leakage) | the share of leaky that a small slope costs |" in told["page"]
