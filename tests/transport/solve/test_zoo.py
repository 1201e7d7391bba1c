"""The benchmark of many kinds of data: a short run, its kinds, and what its comparison must not let pass."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))

import zoo
import zoo_child
import zoo_show
from kinds import drawn
from kinds_generated import generated
from peers import PEERS
from problems import Points

SHORT = (*("--small", "--seed", "3", "--peer", "pot-dense", "--peer", "lapjvr"), *("--kind", "generated-0"))


def test_a_short_run_agrees_with_its_peers_and_goes_on_from_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("lap")
    path = tmp_path / "zoo.csv"
    options = [*SHORT, "--kind", "unequal-10", "-o", str(path)]
    assert zoo.main(options) == 0
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["peer"] for row in rows] == ["wcheck", "pot-dense", "lapjvr"] * 4
    assert {row["agrees"] for row in rows if row["status"] == "optimal"} == {"1"}
    assert {row["status"] for row in rows if row["kind"] == "unequal-10" and row["peer"] == "lapjvr"} == {
        "skipped: for n = m and equal weights alone"
    }
    before = path.read_bytes()
    assert zoo.main(options) == 0
    assert "is finished" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_points_are_sorted_with_their_weights() -> None:
    random = np.random.default_rng(0)
    x, a = random.normal(size=(50, 3)) * [9.0, 1.0, 1.0] + 5.0, random.dirichlet(np.ones(50))
    points = Points(x, x[::2], a).in_order()
    rises = np.diff(points.x[:, 0]) > 0.0
    assert max(rises.mean(), 1.0 - rises.mean()) > 0.8
    assert points.b is None
    assert points.a is not None
    order = [int(np.flatnonzero((x == row).all(axis=1))[0]) for row in points.x]
    assert sorted(order) == list(range(50))
    np.testing.assert_array_equal(points.a, a[order])


def test_a_wrong_value_does_not_agree() -> None:
    """A bracket above somebody's plan, one that is too wide, and plans that are cheaper or dearer than wcheck's."""
    own = {
        **{"peer": "wcheck", "status": "optimal", "seconds": 1.0, "value": 2.0, "lower": 2.0, "upper": 2.0},
        **{"plan_value": 2.0, "rounding": 0.0},
    }
    peer = {"peer": "pot-dense", "status": "optimal", "seconds": 3.0, "value": 2.0, "plan_value": 2.0}
    peer["rounding"] = 1e-4

    def agree(*rows: dict[str, object]) -> list[int]:
        return [row["agrees"] for row in zoo.compared(rows)]

    assert agree(own, peer) == [1, 1]
    assert agree(own, peer | {"plan_value": 2.0001}) == [1, 1]
    assert agree(own, peer | {"plan_value": 2.001}) == [1, 0]
    assert agree(own, peer | {"plan_value": 1.9999}) == [0, 0]
    assert agree(own | {"lower": 1.999}, peer) == [0, 1]
    assert zoo.compared([own, peer])[1]["times_wcheck"] == 3.0


@pytest.mark.parametrize("kinds", [drawn(), generated(0), generated(1)])
def test_kinds_draw_what_makes_measures_and_the_same_each_time(kinds: list[zoo.Kind]) -> None:
    for kind in kinds:
        points, again = (kind.draw(25, np.random.default_rng(5)) for _ in range(2))
        assert points.x.shape[1] == points.y.shape[1], kind.name
        for side, weights in zip((points.x, points.y), points.weights(), strict=True):
            assert np.isfinite(side).all(), kind.name
            assert (weights > 0.0).all(), kind.name
            assert len(side) == len(weights)
            assert weights.sum() == pytest.approx(1.0, abs=1e-12)
        np.testing.assert_array_equal(points.x, again.x)
        np.testing.assert_array_equal(points.y, again.y)


def test_the_zoo_has_its_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    assert zoo.main(["--list", "--seed", "0"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert len(set(names)) == len(names) >= 35


@pytest.mark.parametrize("peer", ["wcheck", "pot-dense", "pot-lazy", "scipy", "lapjvr", "lapjvh"])
@pytest.mark.parametrize("p", [1, 2])
def test_the_cost_of_a_plan_is_the_value(peer: str, p: int) -> None:
    if peer.startswith("lap"):
        pytest.importorskip("lap")
    x, y = np.random.default_rng(0).normal(size=(2, 30, 4))
    answer = PEERS[peer].run(Points(x, y, p=p))
    assert answer.plan is not None
    cost = zoo_child.plan_cost(Points(x, y, p=p), answer.plan())
    assert cost ** (1.0 / p) == pytest.approx(answer.value, rel=1e-5)
    shifted = zoo_child.plan_cost(Points(x, y + 0.1, p=p), answer.plan())
    assert abs(shifted ** (1.0 / p) / answer.value - 1.0) > 1e-4


def test_the_table_leaves_nothing_out_and_names_the_worst(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        [
            {"kind": kind, "about": kind, "p": p, "peer": peer, "status": status, "seconds": seconds}
            for kind, p, times in (("one", 1, 4.0), ("one", 2, 0.5), ("two", 1, 9.0))
            for peer, status, seconds in (
                *(("wcheck", "optimal", 1.0), ("wcheck", "optimal", 3.0), ("wcheck", "optimal", 2.0)),
                *(("pot-dense", "optimal", 2 * times), ("lapjvr", "time_limit", 600.0)),
                *(("lapjvh", "skipped: for n = m and equal weights alone", None),),
            )
        ]
    ).assign(above_copy_bytes=2e6)
    found = zoo_show.ratios(rows)
    assert found["pot"].to_list() == [4.0, 0.5, 9.0]
    lines = zoo_show.table(found)
    assert lines[2:] == [
        "| one | 2 s | 4 | >3e+02 | 2 s | **0.5** | >3e+02 |",
        "| two | 2 s | 9 | >3e+02 |  |  |  |",
    ]
    assert "0.5 (one, p = 2), 4 (one, p = 1), 9 (two, p = 1)" in zoo_show.told(found)[0]
    rows.to_csv(tmp_path / "zoo.csv")
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- zoo 7 -->\nold\n<!-- end of zoo 7 -->\nb\n")
    options = [str(tmp_path / "zoo.csv"), "--into", str(page), "7", "--figure", str(tmp_path / "zoo.svg")]
    assert zoo_show.main(options) == 0
    assert page.read_text().startswith("a\n<!-- zoo 7 -->\n| kind |")
    assert "old" not in page.read_text()
    assert page.read_text().endswith("\n<!-- end of zoo 7 -->\nb\n")
    before = rows[rows["peer"] == "wcheck"].assign(seconds=8.0)
    before.to_csv(tmp_path / "before.csv")
    assert zoo_show.main([*options, "--before", str(tmp_path / "before.csv")]) == 0
    assert "| one | 2 s | 1 | 4 |" in page.read_text()
    drawn = (tmp_path / "zoo.svg").read_text()
    assert all(kind in drawn for kind in ("one", "two"))


def test_a_later_file_replaces_what_it_has_timed_again():
    first = pd.DataFrame(
        {"kind": ["one", "one", "two"], "p": 1, "peer": ["wcheck", "pot-dense", "wcheck"], "seconds": 1.0}
    )
    later = pd.DataFrame({"kind": ["one", "one"], "p": [1, 2], "peer": "wcheck", "seconds": 2.0})
    found = zoo_show.joined([first, later]).sort_values(["kind", "peer", "p"])
    assert found[["kind", "p", "peer", "seconds"]].values.tolist() == [
        ["one", 1, "pot-dense", 1.0], ["one", 1, "wcheck", 2.0], ["one", 2, "wcheck", 2.0], ["two", 1, "wcheck", 1.0]
    ]  # fmt: skip
