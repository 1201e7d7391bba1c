"""The campaign that counts right claims: it runs, goes on where it was cut off, and what it prints could be wrong."""

import csv

import pytest

from tests.scripts import script


@pytest.fixture(scope="module")
def comparison():
    return script("benchmarks/comparison.py")


def test_claims_are_right_about_as_often_as_they_say_and_a_run_goes_on(comparison, tmp_path, capsys):
    path = tmp_path / "comparison.csv"
    comparison.main(["--small", "-o", str(path)])
    whole = path.read_text()
    found = {}
    for row in csv.DictReader(whole.splitlines()):
        found.setdefault(row["experiment"], []).append(row)
    shares = {name: list(comparison.shares(name, rows).values()) for name, rows in found.items()}
    assert shares.keys() == set(comparison.EXPERIMENTS)
    assert shares["coverage"][0] >= 0.8
    assert shares["level"][0] <= 0.2
    assert min(shares["seven"]) >= 0.7
    assert shares["mean"] == [0.0, 1.0, 1.0]  # in 2 dimensions a repeated mean is farther
    path.write_text("".join(whole.splitlines(keepends=True)[:-5]))
    comparison.main(["--small", "-o", str(path)])
    assert path.read_text() == whole
    assert "hold the expected excess" in capsys.readouterr().out


def test_a_repeated_mean_is_nearer_than_real_data_in_50_dimensions_and_farther_in_2(comparison):
    """Stanczuk et al.: what repeats a mean is nearer to batches than other batches are, where dimensions are many."""
    for dim, value in ((50, -0.85), (2, 0.9)):
        row = comparison.claims(comparison.normal(dim), {"m": comparison.repeated_mean(dim, 250)}, 250, 0)
        assert row["value"] == pytest.approx(value, abs=0.15)
        assert (row["nearer"], row["farther"], row["tests"]) == (int(dim == 50), int(dim == 2), 1)


def test_intervals_beside_the_truth_are_found_out(comparison):
    rows = [dict.fromkeys(comparison.COLUMNS, "") | {"low": "0.9", "high": "1.1", "truth": t} for t in "0123"]
    assert list(comparison.shares("coverage", rows).values()) == [0.25]
