"""Lists of pairs beside a matrix that says which are listed and what is known of them."""

from __future__ import annotations

import numpy as np
import pytest

from wcheck.transport.scans import lists as module
from wcheck.transport.scans.listing import Listing
from wcheck.transport.scans.lists import Lists

N, M = 23, 17


def test_lists_keep_each_pair_once_and_what_was_measured_of_it() -> None:
    random = np.random.default_rng(3)
    cost = random.random((4, 9))
    measured: list[int] = []

    def measure(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        measured.extend((rows * 9 + columns).tolist())
        found: np.ndarray = cost[rows, columns]
        return found

    keys = np.array([1, 9 + 2, 18 + 7, 27])
    lists = Lists((4, 9), measure, 0.0, keys, cost[keys // 9, keys % 9])
    none = np.zeros(4, bool)
    first = Listing(
        np.array([2, 0, 1, 3]), np.array([1, 4, 7, 0, 3, 8], np.int32), np.zeros(6, np.float32), none
    )
    lists.replace(np.arange(4), first)
    assert lists.counts(np.arange(4)).tolist() == [2, 0, 1, 3]
    more = Listing(np.array([3, 2]), np.array([0, 4, 5, 3, 8], np.int32), np.zeros(5, np.float32), none[:2])
    lists.add(np.array([0, 3]), more)
    assert lists.counts(np.arange(4)).tolist() == [4, 0, 1, 3]
    rows, columns, found = lists.violating(np.full(4, 2.0), np.zeros(9), 9)
    pairs = sorted({(int(i), int(j)) for i, j in zip(rows, columns, strict=True)})
    assert pairs == [(0, 0), (0, 1), (0, 4), (0, 5), (2, 7), (3, 0), (3, 3), (3, 8)]
    np.testing.assert_array_equal(found, cost[rows, columns])
    assert len(measured) == len(set(measured)) == 5  # of row 0 pair 1, of rows 2 and 3 the first were known
    limit = np.full(4, 2.0)
    expected = [cost[0, [0, 1, 4, 5]].min(), 2.0, cost[2, 7], cost[3, [0, 3, 8]].min()]
    assert lists.least(np.arange(4), np.zeros(9), limit) == pytest.approx(expected, abs=1e-15)


def listing(random: np.random.Generator, some: np.ndarray, cost: np.ndarray) -> tuple[Listing, np.ndarray]:
    """What a scan lists of some rows, of which one has too many pairs; and which pairs these are."""
    listed = random.random((len(some), M)) < 0.3
    counts, full = listed.sum(axis=1), np.arange(len(some)) == 1
    listed[full] = False
    bound = (cost[some] - 0.2 * random.random((len(some), M)))[listed].astype(np.float32)
    return Listing(counts, np.nonzero(listed)[1].astype(np.int32), bound, full), listed


@pytest.mark.parametrize("rows_at_once", [1, 4, 256])
def test_lists_hold_what_scans_have_listed_however_they_are_cut(
    rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST_ROWS", rows_at_once)
    random = np.random.default_rng(8)
    cost = random.random((N, M))
    listed = np.broadcast_to(np.arange(M) == 0, (N, M)).copy()
    known = listed.copy()

    def measure(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        assert listed[rows, columns].all()
        assert not known[rows, columns].any()
        known[rows, columns] = True
        found: np.ndarray = cost[rows, columns]
        return found

    lists = Lists((N, M), measure, 0.0, np.arange(N) * M, cost[:, 0].copy())
    for turn in range(12):
        some = np.flatnonzero(random.random(N) < 0.5)
        found, more = listing(random, some, cost)
        listed[some] = listed[some] | more if turn % 2 else more
        (lists.add if turn % 2 else lists.replace)(some, found)
        known &= listed
        assert lists.counts(np.arange(N)).tolist() == listed.sum(axis=1).tolist()
        v, limit, rows = 0.3 * random.random(M), random.random(N), np.flatnonzero(random.random(N) < 0.7)
        lowest = np.minimum(np.where(listed, cost - v, np.inf).min(axis=1), limit)
        np.testing.assert_allclose(lists.least(rows, v, limit[rows]), lowest[rows], rtol=0, atol=1e-15)
        u = random.random(N)
        violated = listed & (cost - u[:, None] - v < 0.0)
        i, j, of = lists.violating(u, v, 2)
        np.testing.assert_array_equal(of, cost[i, j])
        assert listed[i, j].all()
        assert len(set(zip(i.tolist(), j.tolist(), strict=True))) == len(i)
        assert set(np.flatnonzero(violated.any(axis=1))) <= set(i)
        assert set(np.flatnonzero(violated.any(axis=0))) <= set(j)


def test_the_most_violating_pairs_of_rows_and_of_columns_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_ROWS", 4)
    random = np.random.default_rng(9)
    cost, u, v = random.random((N, M)), 0.6 * random.random(N), 0.6 * random.random(M)
    lists = Lists((N, M), lambda i, j: cost[i, j], 0.0, np.arange(N * M), cost.ravel().copy())
    reduced = cost - u[:, None] - v
    rows, columns = np.flatnonzero(reduced.min(axis=1) < 0.0), np.flatnonzero(reduced.min(axis=0) < 0.0)
    most = {(i, int(reduced[i].argmin())) for i in rows} | {(int(reduced[:, j].argmin()), j) for j in columns}
    found = lists.violating(u, v, 1)
    assert set(zip(found[0].tolist(), found[1].tolist(), strict=True)) == most
