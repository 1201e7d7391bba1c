"""What is said of rows that are not as they should be."""

import ast
from pathlib import Path
from typing import get_args

import pytest
import typer.testing

import wcheck
from tests import fakes
from wcheck.columns.statuses import ADVICE, GOOD, RAISED, advised
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.transport.solve.exact import Status


def counting(*args):
    app = typer.Typer()
    app.command()(fakes.counting)
    return typer.testing.CliRunner().invoke(app, args)


@pytest.mark.parametrize("status", ADVICE)
def test_a_status_that_needs_advice_is_explained_once_after_the_sentence(status):
    ended = counting("--fail", "1", "--failed", status)
    lines = ended.stderr.splitlines()
    assert ended.exit_code == 1
    told = 9 if status == RAISED else 12  # what a task whose code raised has no numbers to tell of
    assert lines[:2] == [f"{told} rows were counted.", f"Status {status} (3 of 12 rows): {ADVICE[status]}"]
    assert lines[2:] == ["3 of 12 rows failed: see the column status."]


@pytest.mark.parametrize("status", sorted(GOOD))
def test_of_a_status_as_it_should_be_there_is_nothing_to_say(status):
    assert list(advised([status] * 3)) == []


def test_several_statuses_are_explained_each_once_and_one_row_is_not_counted():
    assert [text.split(":")[0] for text in advised(["ties", "ok", "failed", "ties"])] == [
        "Status ties (2 of 4 rows)",
        "Status failed (1 of 4 rows)",
    ]
    assert next(advised(["ties"])).startswith("Status ties: ")


@pytest.mark.parametrize("status", ADVICE)
def test_an_advice_is_one_sentence_that_says_what_to_do(status):
    text = ADVICE[status]
    assert text[0].islower() or text.startswith("float64")
    assert text.endswith(".")
    assert ". " not in text
    assert any(f"{word} " in text.split(": ", 1)[1] for word in ("give", "try", "train", "report", "with"))


def statuses(path):
    """The texts under the key ``status`` of dictionaries in a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "status":
                    chosen = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                    yield from (part.value for part in chosen if isinstance(part, ast.Constant))


def test_every_status_that_a_row_can_have_is_known():
    experiments = Path(wcheck.__file__).parent / "experiments"
    written = {status for path in experiments.rglob("*.py") for status in statuses(path)}
    assert {"ok", "failed", "ties", "max_iter", "diverged", "differs"} <= written
    fine = {status for experiment in EXPERIMENTS.values() for status in experiment.fine}
    assert written | fine | set(get_args(Status)) <= GOOD | set(ADVICE)
