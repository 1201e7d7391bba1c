"""What ``benchmarks/sizes.py`` times is what it says: small forms of its parts, against what is known of them."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))

import sizes
import sizes_data


def task(part: str, kind: str, n: int, p: int, peer: str = "wcheck") -> dict:
    return {
        "part": part,
        "kind": kind,
        "n": n,
        "p": p,
        "peer": peer,
        "workers": 0,
        "device": "cpu",
        "seed": 0,
        "data_dir": None,
    }


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("kind", ["pair-0", "pair-3"])
def test_on_grids_wcheck_and_pots_network_simplex_agree(kind: str, p: int, monkeypatch) -> None:
    monkeypatch.setattr(
        sizes_data, "CLASSES", ("noise", "rough", "moderate", "smooth", "shapes")
    )  # without data
    own, other = (sizes.run(task("grids", kind, 24, p, peer)) for peer in ("wcheck", "pot"))
    assert own["status"] == other["status"] == "optimal"
    assert own["kind"] == other["kind"]
    assert own["lower"] * (1.0 - 1e-9) <= other["value"] <= own["upper"] * (1.0 + 1e-9)


@pytest.mark.parametrize("kind", sizes_data.PLANE)
def test_every_kind_in_the_plane_is_certified(kind: str) -> None:
    row = sizes.run(task("plane", kind, 600, 1))
    assert row["status"] == "optimal"
    assert row["m"] == (60 if kind == "unequal" else 600)
    assert row["lower"] <= row["value"] <= row["upper"] <= row["lower"] * (1.0 + 2e-6)


@pytest.mark.cifar10
def test_images_against_themselves_blurred_have_the_known_answer() -> None:
    rows = [sizes.run(task("blurred", "cifar10", 80, p)) for p in (1, 2)]
    assert rows[0]["lower"] <= rows[0]["known"]
    assert rows[1]["value"] == pytest.approx(rows[1]["known"], rel=1e-6)
    assert rows[1]["stays"] == 1.0


def test_the_table_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "sizes.csv"
    command = ["--small", "--part", "plane", "--kind", "ring", "--p", "1", "-o", str(file)]
    assert sizes.main(command) == 0
    whole = file.read_text()
    (row,) = csv.DictReader(whole.splitlines())
    assert row["status"] == "optimal"
    assert sizes.main(command) == 0
    assert file.read_text() == whole
