"""Sizes that nobody chose fit small data, and it is said; chosen ones are refused where the points are too few."""

import numpy as np
import pytest

import wcheck
from wcheck.errors import ParameterError
from wcheck.experiments.registry import EXPERIMENTS


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for n in (7, 60):
        for name in "pq":
            np.save(f"{name}{n}.npy", random.normal(size=(n, 2)))
    np.save("one.npy", np.ones((1, 2)))


CASES = [
    ("batch", {"source": "p60.npy", "target": "q60.npy", "reps": 2}, "batch_size", [30]),
    ("batch", {"source": "p7.npy", "target": "q60.npy", "reps": 2}, "batch_size", [3]),
    ("sample-complexity", {"source": "p60.npy", "estimator": "exact", "reps": 2}, "n", [10, 25, 30]),
    ("sample-complexity", {"source": "p7.npy", "target": "q60.npy", "estimator": "exact", "reps": 2}, "n", [7]),
    ("kmedians", {"data": "p60.npy", "starts": 1}, "k", [15]),
    ("kmedians", {"data": "one.npy", "starts": 1}, "k", [1]),
    ("dimension", {"data": "p7.npy"}, "k", [3, 5, 6]),
    ("false-minima", {"data": "p60.npy", "starts": 1, "minimiser_starts": 1}, "n", [2]),
    ("false-minima", {"data": "p60.npy", "starts": 1, "minimiser_starts": 1, "reps": 3}, "n", [4]),
    ("gan", {"data": "p60.npy", "steps": 1, "objective": "wasserstein", "critic_steps": 1}, "batch_size", [30]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options", "column", "values"), CASES)
def test_a_default_fits_few_points_and_it_is_said(caplog, name, options, column, values):
    with caplog.at_level("INFO", "wcheck"):
        rows = wcheck.run(name, **options)
    assert list(dict.fromkeys(rows[column].dropna())) == values
    said = f"the default of --{column.replace('_', '-')} is {', '.join(map(str, values))} here."
    assert caplog.text.count(said) == 1


@pytest.mark.parametrize(
    ("name", "options", "chosen"),
    [
        ("batch", {"source": "p60.npy", "target": "q60.npy"}, {"batch_size": 64}),
        ("sample-complexity", {"source": "p60.npy"}, {"n": (10, 31)}),
        ("kmedians", {"data": "p60.npy"}, {"k": 64}),
        ("dimension", {"data": "p7.npy"}, {"k": 7}),
        ("false-minima", {"data": "p60.npy"}, {"n": 64}),
        ("false-minima", {"data": "p60.npy"}, {"reps": 100}),
        ("gan", {"data": "p60.npy"}, {"batch_size": 64}),
        ("batch", {"data": "one.npy"}, {}),
        ("sample-complexity", {"source": "one.npy"}, {}),
        ("compare", {"reference": "p7.npy", "candidates": ("q60.npy",)}, {}),
    ],
)
def test_a_chosen_size_and_data_that_are_no_use_are_refused(name, options, chosen):
    with pytest.raises(ParameterError, match=r"give|take|draw"):
        wcheck.run(name, **options, **chosen)


@pytest.mark.parametrize("name", ["batch", "kmedians", "false-minima", "gan"])
def test_enough_points_change_no_default(name):
    """The configuration of data that suffice, and so the file of a run from before, is the published one."""
    data = "gaussian:dim=2,n=40000"
    experiment = EXPERIMENTS[name].of(data=data)
    assert experiment.fitting(lambda *_: None) == experiment


def test_blocks_of_few_points_are_made_and_remarked(caplog):
    random = np.random.default_rng(0)
    with caplog.at_level("INFO", "wcheck"):
        found = wcheck.compare(
            random.normal(size=(60, 2)), {"a": random.normal(size=(60, 2))}, permutations=1
        )
    assert {row["n"] for row in found.rows} == {6, 3}
    assert "has points for blocks of 6, fewer than 20" in caplog.text
