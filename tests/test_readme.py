"""What the README and the pages tell people to type is typed here; ``.ci/run`` runs the README's two commands."""

import os
import re
import shlex
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
import typer.testing
from PIL import Image
from safetensors.torch import save_file

from wcheck.cli.app import app
from wcheck.generators.generator import Generator
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.sources import load

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (?P<remark>[^>]*) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)```\n", re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
SETUP = ("first command", "second command")
NOT_TESTED = "not tested: "


@dataclass(frozen=True)
class Block:
    page: Path
    language: str
    remark: str
    code: str

    @property
    def lines(self) -> list[str]:
        return self.code.replace("\\\n", " ").splitlines()


BLOCKS = [
    Block(page, match["language"], match["remark"] or "", match["code"])
    for page in PAGES
    for match in BLOCK.finditer(page.read_text())
]
SHELL = [block for block in BLOCKS if block.language == "bash" and block.remark not in SETUP]
WCHECK = [block for block in SHELL if block.code.startswith("wcheck ")]
PYTHON = [
    block.code for block in BLOCKS if block.language == "python" and not block.remark.startswith(NOT_TESTED)
]
RUN = [line for block in WCHECK if not block.remark.startswith(NOT_TESTED) for line in block.lines]
NOT_RUN = [line for block in WCHECK if block.remark.startswith(NOT_TESTED) for line in block.lines]
TOLD = {
    block.code.strip(): told.code
    for block, told in pairwise(BLOCKS)
    if block in WCHECK and told.language == "text" and told.page == block.page
}
"""What a line says on standard error, where the page shows it."""


def needing_cifar10(line):
    return pytest.param(line, marks=[pytest.mark.cifar10] if "cifar10" in line else [])


def agree(shown, printed):
    """Whether text ends with these words, its numbers within 2 % (those of training differ between machines)."""
    words, said = shown.split(), printed.split()
    ending = " ".join(said[len(said) - len(words) :])
    numbers = [[float(number) for number in NUMBER.findall(text)] for text in (shown, ending)]
    return NUMBER.sub("#", " ".join(words)) == NUMBER.sub("#", ending) and np.allclose(*numbers, rtol=0.02)


@pytest.fixture
def ones_own_data(tmp_path, monkeypatch):
    """The files that stand for the reader's own, in the working directory."""
    rng = np.random.default_rng(0)
    for name in ("mine", "theirs"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(100, 4)))
    events = pd.DataFrame(rng.normal(size=(50, 3)), columns=["eta", "phi", "pt"])
    events = events.assign(counts=rng.integers(1, 9, 50), label="muon")
    events.to_csv(tmp_path / "events.csv", index=False)
    events[["pt", "label", "phi", "eta", "counts"]].to_parquet(tmp_path / "simulated.parquet")
    torch.save({"train": torch.randn(30, 4), "test": torch.randn(30, 4)}, tmp_path / "features.pt")
    save_file(
        {"test": torch.randn(30, 4).bfloat16(), "train": torch.randn(30, 4)},
        tmp_path / "features.safetensors",
    )
    for name in ("cells", "perturbed"):
        with h5py.File(tmp_path / f"{name}.h5ad", "w") as file:
            file["obsm/X_pca"] = rng.normal(size=(40, 5))
            file["obs/cell_type/codes"], file["obs/cell_type/categories"] = np.arange(40) % 2, ["B", "NK"]
    for name in ("photos", "renders"):
        (tmp_path / name).mkdir()
        for index in range(12):
            pixels = rng.integers(0, 256, size=(40, 50, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{index}.png")
    points = FrozenPoints(load("digits[0:9]"))
    Generator.fresh(GeneratorRecipe.of(generator_width=32), points).save(tmp_path / "runs" / "003")
    for name in ("heat", "rain"):
        np.save(tmp_path / f"{name}.npy", rng.integers(0, 9, size=(6, 7)))
    (tmp_path / "mymodel.py").write_text(
        "import numpy\ndef draw(n, seed):\n    return numpy.random.default_rng(seed).normal(size=(n, 4))\n"
        "def ground(x, y):\n    return abs(x[:, None] - y[None]).sum(-1) ** 0.5\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def test_the_pages_have_what_these_tests_look_for():
    assert [block.remark for block in BLOCKS if block.remark in SETUP] == list(SETUP)
    assert len(RUN) > 5
    assert len(TOLD.keys() & set(RUN)) == 3
    assert any(block.language == "python" for block in BLOCKS)
    assert all(line.startswith("wcheck ") for line in RUN + NOT_RUN)
    assert all(len(block.remark) > len(NOT_TESTED) + 5 for block in SHELL if NOT_TESTED in block.remark)


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize(
    "printed", ["so far 1.570 apart", "it is 1.500 apart", "it is 1.57", "it is 1.57 apart from"]
)
def test_another_answer_than_the_one_shown_is_found_out(printed):
    assert agree("it is\n1.57 apart", "tasks, 0%, 15 s\nit is 1.5701 apart\n")
    assert not agree("it is\n1.57 apart", printed)


@pytest.mark.parametrize("line", [needing_cifar10(line) for line in dict.fromkeys(RUN)])
def test_a_line_of_a_page_runs(ones_own_data, line):
    if "|" in line:
        ended = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True)
        status, stdout, stderr = ended.returncode, ended.stdout, ended.stderr
    else:  # in this process, which has imported already what each line would import anew
        invoked = typer.testing.CliRunner().invoke(app, shlex.split(line, comments=True)[1:])
        status, stdout, stderr = invoked.exit_code, invoked.stdout, invoked.stderr
    assert status == 0, stderr
    assert stdout or " -o " in line
    assert agree(TOLD.get(line, ""), stderr), stderr


@pytest.mark.parametrize("line", dict.fromkeys(NOT_RUN))
def test_the_options_of_a_line_that_takes_too_long_are_known(line):
    ended = typer.testing.CliRunner().invoke(app, [*re.sub(r'"', "", line).split()[1:], "--help"])
    assert ended.exit_code == 0, ended.stderr


@pytest.mark.parametrize("code", PYTHON)
def test_python_of_a_page_runs(ones_own_data, code):
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


@pytest.mark.parametrize("name", SETUP)
def test_ci_runs_the_command_as_the_readme_has_it(name):
    (block,) = [block for block in BLOCKS if block.remark == name]
    printed = subprocess.run(
        [ROOT / ".ci" / "block", name], check=True, capture_output=True, text=True
    ).stdout
    assert printed == block.code
    assert f"bash -euo pipefail -c \"$(.ci/block '{name}')\"" in (ROOT / ".ci" / "run").read_text()


def test_a_block_that_is_not_there_stops_ci():
    assert subprocess.run([ROOT / ".ci" / "block", "third command"], capture_output=True).returncode != 0
