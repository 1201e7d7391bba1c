"""Commands on a CUDA device answer as on the processor, where there is one."""

import math

import numpy as np
import pytest
import torch
import typer.testing

from wcheck.cli.app import app
from wcheck.columns import choices
from wcheck.critics.objective import Needs
from wcheck.critics.objectives import OBJECTIVES
from wcheck.rows.table import parse_rows

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")

TRAIN = (
    "oracle",
    "--data",
    "digits[0:150]",
    "--steps",
    4,
    "--every",
    2,
    "--grad-points",
    20,
    "--batch-size",
    16,
)
PLAY = ("gan", "--data", "digits[0:150]", "--steps", 2, "--every", 1, "--batch-size", 16, "--jobs", 1)
SAME = ("value", "exact", "exact_lower", "exact_upper", "lipschitz_pairs", "normalised_pairs", "lower")
"""What two devices say of the same critic, except for rounding."""
CONVOLVED = ("dcgan", "resnet")
ASCENDED = [name for name, kind in OBJECTIVES.items() if kind.needs in (Needs.VALUES, Needs.RECONSTRUCTIONS)]
"""The objectives that a critic between two sets has."""


@pytest.fixture(autouse=True)
def sources(tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.experiments.reference.folder", lambda: tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for dim in (3, 40, 300):
        for name, shift in (("p", 0.0), ("q", 0.3)):
            points = random.normal(shift, size=(2500, dim)) * random.lognormal(size=dim)
            np.save(f"{name}{dim}.npy", points.astype(np.float32))
    np.save("permutation.npy", random.permutation(2500))


def rows_of(*args):
    ended = typer.testing.CliRunner().invoke(app, [*map(str, args)])
    assert ended.exit_code == 0, ended.stderr
    return list(parse_rows(ended.stdout))


def assert_same(ours, theirs, columns, rel):
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        numbers = [column for column in columns if isinstance(other.get(column), float)]
        assert numbers
        for column in numbers:
            assert one[column] == pytest.approx(other[column], rel=rel, abs=1e-6), column


def assert_holds(rows):
    """Assert that no lower bound is above the distance."""
    assert rows
    for row in rows:
        assert row["status"] in ("ok", "optimal"), row["status"]
        if row.get("lower") is not None:
            assert row["lower"] <= row["exact_upper"] * (1 + 1e-6)
        assert not any(isinstance(cell, float) and math.isnan(cell) for cell in row.values())


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("dim", [3, 40, 300])
def test_exact(dim, p):
    command = ("exact", f"p{dim}.npy", f"q{dim}.npy", "--p", p)
    assert_same(rows_of(*command, "--device", "cuda"), rows_of(*command), ("value", "lower", "upper"), 2e-6)


@pytest.mark.parametrize(
    "estimator", ["exact", "sinkhorn", "sliced", "max-sliced", "energy", "mmd", "debiased"]
)
def test_estimates_from_batches(estimator):
    command = ("batch", "--data", "digits", "--batch-size", 64, "--reps", 3, "--estimator", estimator)
    columns = ("value", "lower", "upper", "regularised_cost", "exact")
    assert_same(rows_of(*command, "--device", "cuda"), rows_of(*command), columns, 1e-4)


def test_what_a_permutation_proves():
    command = ("certify", "p300.npy", "q300.npy", "--permutation", "permutation.npy", "--polish", 20)
    assert_same(rows_of(*command, "--device", "cuda"), rows_of(*command), ("value", "lower", "upper"), 2e-6)


def test_sample_complexity():
    command = ("sample-complexity", "--dim", 4, "--n", 20, "--n", 80, "--reps", 2)
    command = (*command, "--estimator", "exact", "--estimator", "sinkhorn")
    assert_same(rows_of(*command, "--device", "cuda"), rows_of(*command), ("value", "lower", "upper"), 1e-4)


@pytest.mark.parametrize("options", [
    *(("--objective", name) for name in ASCENDED),
    *(("--lipschitz", name) for name in choices.CONSTRAINTS),
    *(("--arch", name) for name in choices.ARCHITECTURES),
    *(("--arch", "dcgan", "--norm", name) for name in ("batch", "layer")),
    ("--batch-size", "full"),
])  # fmt: skip
def test_critics(options):
    size = ("--image-size", 32) if options[1] in CONVOLVED else ()
    ours = rows_of(*TRAIN, *options, *size, "--device", "cuda")
    assert_holds(ours)
    assert_same(ours[:1], rows_of(*TRAIN, *options, *size)[:1], SAME, 1e-4)  # whose weights are those drawn


@pytest.mark.parametrize("options", [
    ("--amp", "bf16"), ("--amp", "fp16"), ("--compile",), ("--amp", "bf16", "--compile"),
    ("--together", 2, "--penalty", 1, "--penalty", 10),
])  # fmt: skip
def test_critics_that_are_trained_faster(options):
    assert_holds(rows_of(*TRAIN, *options, "--device", "cuda"))


def test_critics_at_once_are_those_one_by_one():
    command = (*TRAIN, "--penalty", 1, "--penalty", 10, "--seed", 0, "--seed", 1, "--device", "cuda")
    assert_same(rows_of(*command, "--together", 4), rows_of(*command), SAME, 1e-3)


def test_a_critic_trained_on_one_device_is_judged_on_the_other():
    rows_of(*TRAIN, "--device", "cuda", "--save", "critic")
    command = ("audit", "critic", "digits[60:120]", "digits[120:200]", "--grad-points", 20)
    columns = (*SAME, "lipschitz_upper", "normalised_upper", "grad_data_max")
    assert_same(rows_of(*command, "--device", "cuda"), rows_of(*command), columns, 1e-4)


@pytest.mark.parametrize("options", [
    *(("--objective", name) for name in choices.OBJECTIVES),
    *(("--generator", name) for name in choices.GENERATORS),
    ("--amp", "bf16"), ("--arch", "dcgan", "--generator", "dcgan"), ("--average", 0.9),
])  # fmt: skip
def test_generators(options):
    size = ("--image-size", 32) if any(str(option).startswith("dcgan") for option in options) else ()
    rows = rows_of(*PLAY, *options, *size, "--device", "cuda")
    assert {row["status"] for row in rows} == {"ok"}
    assert all(row["exact_lower"] <= row["exact"] <= row["exact_upper"] * (1 + 1e-9) for row in rows)
