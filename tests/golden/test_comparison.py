"""The script that compares what commands write in two revisions: what it says where they differ."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import golden  # noqa: E402


def test_a_tree_agrees_with_itself():
    script = [sys.executable, ROOT / "benchmarks" / "golden.py", "--small", "--words", "--against", ROOT]
    ended = subprocess.run(script, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, f"{len(golden.SMALL)} commands, 0 differences\n"), (
        ended.stderr
    )


@pytest.fixture
def pair(tmp_path):
    """Two folders of the same run."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (old / "toys.csv").write_text("toy,value,seconds,status\na,1.0,0.1,ok\nb,,0.2,ok\n")
    (old / "toys.csv.json").write_text(json.dumps({"config": {"seed": 0, "a": {"b": 1}}, "started": "then"}))
    (old / "toys.said").write_text("status 0\nAll is well.\n")
    (old / "toys.npz").write_bytes(b"zip")
    shutil.copytree(old, new)
    return old, new


def test_what_passes_is_left_aside(pair):
    (pair[1] / "toys.csv").write_text("toy,value,seconds,status\na,1.0,3.1,ok\nb,,0.3,ok\n")
    (pair[1] / "toys.csv.json").write_text(
        json.dumps({"config": {"seed": 0, "a": {"b": 1}}, "started": "now"})
    )
    assert golden.compared(*pair, ["toys"], words=True) == []


@pytest.mark.parametrize(
    ("file", "content", "difference"),
    [
        ("toys.csv", "toy,value,status\na,1.0,ok\nb,,ok\n", "column seconds is gone"),
        ("toys.csv", "toy,value,seconds,x,status\na,1.0,0,0,ok\nb,,0,0,ok\n", "column x is new"),
        (
            "toys.csv",
            "toy,value,seconds,status\na,1.0000001,0.1,ok\nb,,0.2,ok\n",
            "column value: 1 of 2 values changed, most 1.0 to 1.0000001",
        ),
        ("toys.csv", "toy,value,seconds,status\na,1.0,0.1,ok\nb,2,0.2,ok\n", "column value: 1 of 2 values changed, "
            "most blank to 2"),
        ("toys.csv", "toy,value,seconds,status\na,1.0,0.1,ok\n", "2 rows, now 1"),
        ("toys.csv", "toy,seconds,value,status\na,0.1,1.0,ok\nb,0.2,,ok\n", "columns in another order"),
        ("toys.csv.json", '{"config": {"seed": 0, "a": {"b": 2}}}', "config.a.b was 1 and is 2"),
        ("toys.csv.json", '{"config": {"a": {"b": 1}}}', "config.seed was 0 and is not there"),
        ("toys.said", "status 1\nAll is well.\n", "-status 0"),
        ("toys.npz", "ZIP", "other bytes"),
        ("toys.more", "", "is written, and was not"),
    ],
)  # fmt: skip
def test_every_difference_is_told(pair, file, content, difference):
    (pair[1] / file).write_text(content)
    assert f"{file}: {difference}" in golden.compared(*pair, ["toys"], words=True)


class TestGoneOn:
    """What becomes of runs that were interrupted in another tree."""

    @pytest.fixture
    def interrupted(self, pair, tmp_path):
        theirs, ours = pair
        (theirs / "toys-cut.csv").write_text("toy,value,seconds,status\na,1.0,0.1,ok\n")
        resumed = tmp_path / "resumed"
        golden.put(theirs, resumed, ["toys"])
        return theirs, resumed, ours

    def test_it_ends_as_the_one_that_was_not_interrupted(self, interrupted):
        theirs, resumed, ours = interrupted
        (resumed / "toys-cut.said").write_text("status 0\n")
        shutil.copy(ours / "toys.csv", resumed / "toys-cut.csv")
        assert golden.gone_on(theirs, resumed, ours, "toys") == []
        (resumed / "toys-cut.csv").write_text("toy,value,seconds,status\na,1.0,0.1,ok\nb,1,0.2,ok\n")
        assert len(golden.gone_on(theirs, resumed, ours, "toys")) == 1

    def test_a_refusal_changes_nothing(self, interrupted):
        theirs, resumed, ours = interrupted
        (resumed / "toys-cut.said").write_text("status 2\nwcheck: no\n")
        assert golden.gone_on(theirs, resumed, ours, "toys") == ["toys-cut: refused: wcheck: no"]
        (resumed / "toys-cut.csv").write_text("")
        assert "toys-cut: refused, and toys-cut.csv was changed" in golden.gone_on(
            theirs, resumed, ours, "toys"
        )
