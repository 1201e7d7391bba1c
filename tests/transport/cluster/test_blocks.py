"""A pair in blocks: what processes find together is what one finds, they hold little, and read the right points."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from wcheck.errors import SourceError
from wcheck.measures.measure import Measure
from wcheck.transport.cluster import blocks
from wcheck.transport.cluster.blocks import BlockedPair, Desk
from wcheck.transport.cluster.connection import Call
from wcheck.transport.cluster.remote import RemoteScanner, RemoteScreen
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.scans.cells import scanner
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.principal import principal_directions

N, M = 130, 90


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 40)


def measures(dim: int) -> tuple[Measure, Measure]:
    random = np.random.default_rng(dim)
    mix = random.normal(size=(min(dim, 5), dim))
    return tuple(Measure.of(random.normal(size=(size, len(mix))) @ mix) for size in (N, M))


def blocked(x: Measure, y: Measure, p: int = 1, few: int = 0, load=None) -> BlockedPair:
    frame = joint_frame(x, y)
    basis = principal_directions(x, y, frame, few, np.random.default_rng(0)) if few else None
    return BlockedPair.of(x, y, load or (lambda: (x, y)), frame, basis, p, "cpu")


class HereAndNow:
    """A connection to workers that are this process."""

    def __init__(self, threads: dict[str, int]) -> None:
        self.threads, self.homes = threads, []

    def workers(self) -> dict[str, int]:
        return self.threads

    def tell(self, value: object) -> object:
        return value

    def run(self, calls: list[Call], check: object) -> list[object]:
        self.homes.append({call.arguments[2]: call.home for call in calls})
        return [call.function(call.home, *call.arguments) for call in calls]


def local(pair: BlockedPair):
    x, y = pair.load()
    return scanner(Features(x, pair.frame, pair.basis), Features(y, pair.frame, pair.basis), pair.p, "cpu")


def missed(pair: BlockedPair, rows: np.ndarray, v: np.ndarray, threshold: np.ndarray, listing) -> int:
    """How many pairs below the thresholds a listing lacks, and bounds it has that are none."""
    x, y = pair.load()
    cost = (cdist(x.points, y.points) / pair.frame.unit)[rows] ** pair.p
    owners = np.repeat(np.arange(len(rows)), listing.counts)
    listed = np.zeros(cost.shape, bool)
    listed[owners, listing.columns] = True
    too_high = listing.bound > cost[owners, listing.columns] * (1 + 1e-14)
    return int((~listed & (cost - v < threshold[:, None])).sum() + too_high.sum())


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("dim", "few"), [(2, 0), (20, 0), (200, 8)])
def test_blocks_together_miss_nothing_in_any_order_of_rows(dim, few, p):
    pair = blocked(*measures(dim), p, few)
    remote = RemoteScanner(HereAndNow({"a": 1, "b": 2}), pair, local(pair), lambda: None)
    assert (len(pair), remote.projected) == (4, few > 0)
    random = np.random.default_rng(1)
    v = 0.01 * random.normal(size=M)
    for rows in (None, np.array([129]), random.permutation(N)[:77]):
        chosen = np.arange(N) if rows is None else rows
        threshold = np.quantile(remote.sample(np.arange(M), chosen).numpy() - v, 0.3, axis=1)
        listing = remote.scan(v, threshold, rows)
        assert missed(pair, chosen, v, threshold, listing) == 0
        assert missed(pair, chosen, v, threshold + 0.5, listing) > 0  # the check can fail
        assert missed(pair, chosen[::-1], v, threshold[::-1], listing) > 0 or len(chosen) == 1


@pytest.mark.parametrize(("dim", "few"), [(20, 0), (200, 8)])
def test_blocks_together_scan_some_columns_alone(dim, few):
    pair = blocked(*measures(dim), 1, few)
    remote = RemoteScreen(HereAndNow({"a": 1, "b": 2}), pair, local(pair), lambda: None)
    columns, v = np.array([3, 50, 51]), np.zeros(M)
    threshold = np.quantile(remote.sample(np.arange(M), np.arange(N)).numpy(), 0.3, axis=1)
    some = remote.among(columns).scan(v[columns], threshold)
    here = local(pair).among(columns).scan(v[columns], threshold)
    np.testing.assert_array_equal(some.counts, here.counts)
    np.testing.assert_array_equal(some.columns, here.columns)
    assert 0 < some.counts.sum() < remote.scan(v, threshold).counts.sum()


@pytest.mark.parametrize("dim", [2, 20])
def test_potentials_extend_as_they_do_here(dim):
    pair = blocked(*measures(dim))
    here = local(pair)
    remote = RemoteScanner(HereAndNow({"a": 1}), pair, local(pair), lambda: None)
    rows = np.sort(np.random.default_rng(2).choice(N, 60, replace=False))
    u = np.random.default_rng(3).normal(size=60)
    x, y = pair.load()
    truth = ((cdist(x.points, y.points) / pair.frame.unit)[rows] - u[:, None]).min(axis=0)
    np.testing.assert_allclose(remote.extend(u, rows), truth, atol=1e-5)
    np.testing.assert_allclose(remote.extend(u, rows), here.extend(u, rows), atol=1e-6)


def test_homes_stay_move_off_the_dead_and_are_shared_by_threads():
    pair = blocked(*measures(20))
    connection = HereAndNow({"a": 1, "b": 1})
    remote = RemoteScanner(connection, pair, local(pair), lambda: None)
    scan = partial(remote.scan, np.zeros(M), np.zeros(N))
    scan()
    scan()
    first, second = connection.homes
    assert first == second
    assert sorted(first.values()) == ["a", "a", "b", "b"]
    connection.threads = {"b": 1, "c": 1}
    scan()
    third = connection.homes[-1]
    assert sorted(third.values()) == ["b", "b", "c", "c"]
    assert all(third[block] == "b" for block, home in first.items() if home == "b")
    connection.threads = {"b": 1, "d": 3}
    scan()
    assert sorted(connection.homes[-1].values()) == ["b", "d", "d", "d"]
    connection.threads = {}
    scan()
    assert set(connection.homes[-1].values()) == {None}


def test_a_desk_reads_its_share_at_once_and_holds_no_more():
    read = []
    x, y = measures(20)
    pair = blocked(x, y, load=lambda: read.append("first") or (x, y))
    desk = Desk()
    for block in (0, 2, 2, 0):
        desk.scanner(pair, block, (0, 2))
    assert read == ["first"]
    assert desk._blocks.keys() == {0, 2}
    desk.scanner(pair, 3, (0,))
    assert desk._blocks.keys() == {0, 3}
    other = blocked(y, x, load=lambda: read.append("second") or (y, x))
    desk.scanner(other, 0, ())
    assert desk._blocks.keys() == {0}
    assert read == ["first", "first", "second"]


def test_a_pair_of_another_basis_or_order_is_another():
    x, y = measures(200)
    keys = [blocked(x, y, p, few).key for p in (1, 2) for few in (0, 8, 16)]
    assert len({*keys, blocked(y, x).key}) == 7
    assert blocked(x, y).key == keys[0]


@pytest.mark.parametrize("which", [0, 1])
def test_other_points_are_refused(which):
    x, y = measures(20)
    changed = [Measure.of(x.points.copy()), Measure.of(y.points.copy())]
    row = 39 if which == 0 else 5
    changed[which].points[row, 3] = np.nextafter(changed[which].points[row, 3], np.inf)
    pair = blocked(x, y, load=lambda: tuple(changed))
    with pytest.raises(SourceError, match="different points"):
        Desk().scanner(pair, 0, ())
    shorter = blocked(x, y, load=lambda: (x.take(np.arange(N - 1)), y))
    with pytest.raises(SourceError, match="different points"):
        Desk().scanner(shorter, 0, ())


def test_points_without_weight_are_dropped_where_they_are_read():
    x, y = measures(20)
    weights = np.ones(N + 1)
    weights[7] = 0.0
    more = Measure.of(np.insert(x.points, 7, 100.0, axis=0), weights / N)
    Desk().scanner(blocked(x, y, load=lambda: (more, y)), 3, ())


@pytest.mark.parametrize("dim", [2, 20])
def test_scanners_of_one_desk_scan_at_the_same_time(dim):
    pair, desk = blocked(*measures(dim)), Desk()
    potentials = [np.random.default_rng(seed).normal(size=M) for seed in range(8)]
    together = threading.Barrier(4)

    def scan(v, wait=lambda: None):
        own = desk.scanner(pair, 1, (1, 2))
        wait()
        return [own.scan(v, np.full(40, 0.1)).columns.tobytes() for _ in range(5)]

    alone = [scan(v) for v in potentials]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda v: scan(v, together.wait), potentials)) == alone
    assert len({lists[0] for lists in alone}) == 8
