"""The programs in ``examples`` run, are short, and say what stands beside them."""

import re
import runpy
import subprocess
from pathlib import Path

import pytest
import typer.testing

from wcheck.cli.app import app

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def says_the_same(one, other):
    """Whether texts agree word for word, and number for number up to what rounding on other machines changes."""
    numbers = zip(map(float, NUMBER.findall(one)), map(float, NUMBER.findall(other)), strict=False)
    words = [NUMBER.sub("#", text).split() for text in (one, other)]
    return words[0] == words[1] and all(a == pytest.approx(b, rel=0.15, abs=0.04) for a, b in numbers)


def in_this_process(line, check):
    """Run a command of wcheck without a process of its own, which would import everything again."""
    assert line[0] == "wcheck"
    ended = typer.testing.CliRunner().invoke(app, line[1:])
    assert not check or ended.exit_code == 0, ended.output


def test_there_are_five():
    assert [path.stem for path in EXAMPLES] == [
        "checkpoints", "conditions", "lecture", "own_critic", "watched_wgan",
    ]  # fmt: skip
    pages = (ROOT / "README.md").read_text() + (ROOT / "docs" / "guide.md").read_text()
    for path in EXAMPLES:
        assert f"examples/{path.name})" in pages
        assert len(path.read_text().splitlines()) <= 60


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_what_stands_beside_it(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "run", in_this_process)
    runpy.run_path(str(path), run_name="__main__")
    assert says_the_same(capsys.readouterr().out, path.with_suffix(".txt").read_text())


def test_what_says_something_else_is_found():
    assert says_the_same("step 40: 1.07\n  of 3", "step 40: 1.1 of 3")
    assert not says_the_same("step 40: 1.07", "step 40: 2.07")
    assert not says_the_same("step 40: 1.07", "step 40 is 1.07")
    assert not says_the_same("a 1", "a 1 b 2")
