"""The campaign that measures coverage: it runs, goes on where it was cut off, and what it prints could be wrong."""

import csv

import pytest

from tests.scripts import script


@pytest.fixture(scope="module")
def calibration():
    return script("benchmarks/calibration.py")


def test_intervals_hold_the_truth_and_a_run_goes_on(calibration, tmp_path, capsys):
    path = tmp_path / "calibration.csv"
    calibration.main(["--small", "-o", str(path)])
    whole = path.read_text()
    found = {}
    for row in csv.DictReader(whole.splitlines()):
        found.setdefault(row["experiment"], []).append(row)
    held = {experiment: float(calibration.shares(experiment, rows)[0]) for experiment, rows in found.items()}
    assert set(held) == {"fit", "crossover", "dimension"}
    assert min(held.values()) >= 0.85
    assert 0.7 < float(calibration.shares("dimension", found["dimension"])[3]) < 1.4
    path.write_text("".join(whole.splitlines(keepends=True)[:-7]))
    calibration.main(["--small", "-o", str(path)])
    assert path.read_text() == whole
    assert "held" in capsys.readouterr().out


def test_intervals_beside_the_truth_are_found_out(calibration):
    rows = [{"value": "1", "lower": "0.9", "upper": "1.1", "bound": "", "truth": truth} for truth in "0123"]
    assert calibration.shares("crossover", rows)[0] == "0.250"
