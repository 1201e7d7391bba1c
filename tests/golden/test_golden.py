"""What commit 9a42abd wrote, read today: values that have not changed, files that are still drawn and gone on with.

The files in ``9a42abd`` are those of ``benchmarks/commands.py``, run by that commit; ``benchmarks/golden.py`` compares
all commands with any revision, byte by byte.
"""

import shutil
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import golden  # noqa: E402
from commands import CUT  # noqa: E402

from wcheck.columns import former  # noqa: E402
from wcheck.errors import TableError  # noqa: E402
from wcheck.plots.registry import draw, load  # noqa: E402

THEN = Path(__file__).parent / "9a42abd"
CLOSE = 1e-6
FAR = 0.1
"""How far values of trained critics may be on processors of another maker, which round sums differently."""
TRAINED = ("oracle-aol.csv", "oracle-clip.csv", "oracle-together.csv")
"""Where that has been seen."""
SAME_MAKER = Path("/proc/cpuinfo").exists() and "GenuineIntel" in Path("/proc/cpuinfo").read_text()

NOT_DRAWN = ("audit.csv", "audit-mine.csv", "oracle-jobs-cut.csv", "sample-complexity-pair.fit.csv")
"""There is no figure of a saved critic, and none of rows without a number; nor was there one then."""

READ = ("audit", "audit-mine", "exact-centroids")
"""Commands that read what that commit saved: critics and centroids."""

AGAIN = (
    "exact", "exact-line", "exact-weighted", "oracle", "oracle-ct", "oracle-clip", "oracle-aol", "oracle-c-transform",
    "oracle-held-out", "oracle-together", "batch", "sample-complexity", "interval-diameter", "interval-critic",
    "dimension", "kmedians", "false-minima-gaussian", "bernoulli", "pixels", "known", "toys", "two-gaussians",
)  # fmt: skip
"""Quick commands that are run again."""

UNFINISHED = tuple(sorted(path.name.removesuffix(f"{CUT}.csv") for path in THEN.glob(f"*{CUT}.csv")))

GONE_ON = ("bernoulli", "false-minima-gaussian", "toys", "two-gaussians")
"""Those whose options and columns are still the same; the others are refused."""

INTENDED = {
    ("oracle-c-transform.csv", "lipschitz"): "a transform is the objective, and nothing keeps the slope",
    (
        "*.fit.csv",
        "slope_lower slope_upper error_lower error_upper n_lower n_upper",
    ): "the range is one over models, no longer the interval of one line",
    ("dimension.csv", "standard_error"): "from half splits, for both ways",
    (
        "interval*.csv",
        "held_out_value lower_margin bernstein_margin",
    ): "the lower side is the mean over random splits, no longer that of one",
    (
        "kmedians.csv",
        "perturbed_loss iterations residual",
    ): "a start ends by its worst centre, no longer by the whole loss",
}
"""Columns of files that 9a42abd wrote otherwise, and why: every other number is the same."""


def test_values_are_those_of_then_and_unfinished_files_are_gone_on_with_or_refused(tmp_path):
    """Read, run again and go on, all in one process: most of the time of each command is its start."""
    golden.put(THEN, tmp_path, UNFINISHED)
    for saved in (*THEN.glob("*.critics"), *THEN.glob("*.npz")):
        (shutil.copytree if saved.is_dir() else shutil.copyfile)(saved, tmp_path / saved.name)
    golden.record(ROOT, tmp_path, [*READ, *AGAIN, *(name + CUT for name in UNFINISHED)])
    found = {
        (path.name, line)
        for path in (path for name in (*READ, *AGAIN) for path in THEN.glob(f"{name}.*csv"))
        for line in golden.csv_differences(path, tmp_path / path.name, CLOSE if _is_exact(path.name) else FAR)
        if _is_exact(path.name) or line.split()[1] != "grad_layers:"  # a text with numbers
    }
    assert {difference for difference in found if not _is_intended(*difference)} == set()
    for file, columns in INTENDED:
        assert any(_is_of(file, columns, *difference) for difference in found), (
            f"{file} {columns} is no difference"
        )
    for name in UNFINISHED:
        wrong = golden.gone_on(THEN, tmp_path, tmp_path, name, CLOSE)
        if name in GONE_ON:
            assert wrong == []
        else:
            assert len(wrong) == 1, wrong
            assert wrong[0].startswith(f"{name}{CUT}: refused: wcheck: ")


def _is_exact(name):
    return SAME_MAKER or name not in TRAINED


def _is_intended(name, line):
    """Whether a difference is a new column, one under another name, or one of the table."""
    _, column, *_, last = line.split()
    renamed = last == "gone" and column in former.COLUMNS
    return last == "new" or renamed or any(_is_of(*entry, name, line) for entry in INTENDED)


def _is_of(file, columns, name, line):
    return fnmatch(name, file) and line.split()[1].strip(":") in columns.split()


@pytest.mark.parametrize("path", sorted(THEN.glob("*.csv")), ids=lambda path: path.name)
def test_every_file_is_drawn(path):
    import matplotlib.pyplot

    if path.name in NOT_DRAWN:
        with pytest.raises(TableError):
            draw(load([path]))
        return
    figure = draw(load([path]))
    assert figure.axes
    matplotlib.pyplot.close(figure)
