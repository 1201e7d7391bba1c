"""Small statistics of estimated costs, by sampling: where thresholds, first arcs and first potentials come from.

None of them needs to be right: what they guess decides how much work is done, never what is certified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.threads import over_spans, spans
from wcheck.transport.arithmetic.rounding import as_float32
from wcheck.transport.scans.listing import PartsScanner, Scanner

SAMPLE_ENTRIES = 1 << 20
"""Sampled costs that are held at a time."""
PARTS = 8
"""Parts of rows and columns that are sampled at a time."""
Part = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows and columns."""


def row_ranks(
    scanner: Scanner,
    columns: NDArray[np.int64],
    v: NDArray[np.float64],
    rows: NDArray[np.int64],
    ranks: Sequence[int],
    *,
    estimate: bool = False,
) -> NDArray[np.float64]:
    """Return ``cost - v`` of rows over some columns at some ranks, ascending, by block of rows: shape (ranks, rows).

    Rank 0 is the least.
    """
    every = np.minimum(ranks, len(columns) - 1)
    ranked = np.empty((len(rows), len(every)))
    potential = v[columns].astype(np.float32)

    def find(costs: NDArray[np.float32], first: int, span: slice) -> None:
        _ranks(costs[span], potential, every, ranked[first + span.start : first + span.stop])

    for places in _parts(len(rows), len(columns)):
        costs = scanner.sample(columns, rows[places], estimate=estimate).cpu().numpy()
        over_spans(len(places), costs.size >> 16, partial(find, costs, int(places[0])))
    return np.ascontiguousarray(ranked.T)


def scattered_rows(
    scanner: Scanner, u: NDArray[np.float64], m: int, few: int, size: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Return, of each of m columns, those of some rows with the least estimated ``cost - u``: shape (m, few).

    Rows and columns are cut at random into equally many parts, with about ``size`` rows each, and the rows of a column
    are from one part. So columns that are near to the same rows, as within a cluster, do not all have the same ones:
    then the first program would have to assign most of a cluster far away, and its potentials would be of no use.
    """
    count = -(-len(u) // size)
    parts = [np.array_split(generator.permutation(length), count) for length in (len(u), m)]
    near = np.empty((m, min(few, len(u) // count)), np.int64)
    pairs = (
        part for part in zip(*parts, strict=True) if len(part[1])
    )  # there may be fewer columns than parts
    for _, alike in groupby(pairs, key=lambda part: (len(part[0]), len(part[1]))):
        every = list(alike)
        for some in (every[group] for group in spans(len(every), PARTS)):
            costs = _samples(scanner, some)
            work = sum(cost.size for cost in costs) >> 16
            over_spans(len(some), work, partial(_find_least, costs, some, u, near))
    return near


def _samples(scanner: Scanner, parts: Sequence[Part]) -> list[NDArray[np.float32]]:
    """Return the estimates of some parts with equally many rows and equally many columns."""
    if isinstance(scanner, PartsScanner):
        rows, columns = (np.stack(side) for side in zip(*parts, strict=True))
        return list(scanner.samples(columns, rows).cpu().numpy())
    return [scanner.sample(columns, rows, estimate=True).cpu().numpy().copy() for rows, columns in parts]


def _find_least(
    costs: Sequence[NDArray[np.float32]],
    parts: Sequence[Part],
    u: NDArray[np.float64],
    near: NDArray[np.int64],
    span: slice,
) -> None:
    for cost, (rows, columns) in zip(costs[span], parts[span], strict=True):
        found = np.empty((len(columns), near.shape[1]), np.int64)
        _least_rows(cost, u[rows], found)
        near[columns] = rows[found]


def least_estimates(
    scanner: Scanner, u: NDArray[np.float64], rows: NDArray[np.int64], m: int
) -> NDArray[np.float64]:
    """Answer ``Scanner.extend`` by sampling all m columns, some at a time."""
    v = np.empty(m)
    for which in _parts(m, len(rows)):
        costs = scanner.sample(which, rows, estimate=True)
        v[which] = costs.sub_(as_float32(u).to(costs.device)[:, None]).amin(dim=0).cpu().numpy()
    return v


def _parts(count: int, others: int) -> Iterator[NDArray[np.int64]]:
    """Cut ``range(count)`` so that a part has about ``SAMPLE_ENTRIES`` pairs with the others."""
    step = max(1, SAMPLE_ENTRIES // others)
    return (np.arange(some.start, some.stop) for some in spans(count, step))


@compiled()
def _ranks(costs, v, ranks, ranked):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Find each row's ``cost - v`` of some ranks: fast where the largest is small."""
    rank = ranks[-1]
    held = np.empty(rank + 1, np.float32)
    for row in range(costs.shape[0]):
        held[:] = np.inf
        worst = np.float32(np.inf)
        for column in range(costs.shape[1]):
            value = costs[row, column] - v[column]
            if value < worst:
                place = rank
                while place > 0 and held[place - 1] > value:
                    held[place] = held[place - 1]
                    place -= 1
                held[place] = value
                worst = held[rank]
        for k in range(len(ranks)):
            ranked[row, k] = held[ranks[k]]


@compiled()
def _least_rows(costs, u, near):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Keep the rows with the least ``cost - u`` of each column, the least first."""
    few = near.shape[1]
    least = np.full(near.shape, np.inf, np.float32)
    worst = np.full(len(near), np.inf, np.float32)
    for row in range(costs.shape[0]):
        potential = np.float32(u[row])
        for at in range(costs.shape[1]):
            value = costs[row, at] - potential
            if value < worst[at]:
                place = few - 1
                while place > 0 and least[at, place - 1] > value:
                    least[at, place], near[at, place] = least[at, place - 1], near[at, place - 1]
                    place -= 1
                least[at, place], near[at, place] = value, row
                worst[at] = least[at, few - 1]
