"""An option that is added to a constraint is two edits; everything else is made of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wcheck import columns

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def arrived(tmp_path_factory):
    """What there is of the option ``damping``, which tests/added.py adds, in another process."""
    command = [sys.executable, "-m", "tests.added", str(tmp_path_factory.mktemp("added"))]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_it_is_not_there_unless_it_is_added():
    assert columns.find("damping") is None


@pytest.mark.parametrize("command", ["help", "help_of_known"])
def test_it_is_an_option_of_the_commands_that_train_critics(arrived, command):
    text = " ".join(arrived[command].split())
    told = text.partition("--damping DELTA")[2].removeprefix("|RANGE").strip()
    assert told.startswith(
        "The weight of the square of damped's values. Can be given more than once. [default: 0.5]"
    )


def test_it_is_a_column_of_rows_and_multiplied_out_where_it_is_read(arrived):
    assert arrived["rows"] == [1.0, 2.5, None]
    assert "damping" in arrived["columns_of_known"]


def test_it_is_checked_as_its_field_says(arrived):
    assert arrived["refused"][0] == 2
    assert "damping is -1.0: give a finite number of at least 0, such as 0.5." in arrived["refused"][1]


def test_it_is_shown_on_a_terminal_where_it_differs(arrived):
    assert arrived["terminal"].split()[:2] == ["lipschitz", "damping"]


def test_it_tells_curves_apart_in_a_legend(arrived):
    assert {"damped, δ = 1", "damped, δ = 2.5", "none"} <= set(arrived["legend"])


def test_it_stands_in_the_page_of_the_command(arrived):
    assert "| `--damping DELTA|RANGE`" in arrived["page"].replace("\\|", "|")
    assert "| `damping` (δ) | the weight of the square of damped's values | setting |" in arrived["page"]
