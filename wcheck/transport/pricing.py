r"""A scan over all pairs that lists those which given potentials cannot rule out: one matrix product and its signs.

Row i asks for the columns with ``c_ij - v_j < t_i``. With F, G the contracted points (:mod:`contraction`),
``U = t_i + e_i`` and ``V = v_j + e_j``, such a pair has ``|F - G| < U + V``, hence

    M_ij = |F|^2 + |G|^2 - 2 F.G - (U + V)^2 = (|F|^2 - U^2) + (|G|^2 - V^2) - 2 (F.G + U V)  <  0:

a product with three more columns than F has, of which only the signs are looked at. For p = 2 the condition
``|F - G|^2 < U + V`` needs no square.

**Rounding.** Computed in float32, M is off by at most gamma_(q+6) times the sum of its absolute terms, which is at
most ``2.2 gamma (|F|^2 + U^2)`` for the row plus the same for the column. That is separable, so it is subtracted from
the two offsets at no cost. Hence no pair that satisfies the request is missed, and every bound that is listed,
``sqrt(M + (U + V)^2) - e_i - e_j``, is a lower bound of the true cost.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numba
import numpy as np
import torch
from numpy.typing import NDArray

from wcheck.transport.contraction import Features
from wcheck.transport.cost import U32, UNDERFLOW, full_float32, gamma, over_spans

BLOCK_ENTRIES = 1 << 22
"""Pairs that a scan holds at a time, in a buffer that is kept: fresh memory costs more than the product."""
SAMPLE_ENTRIES = 1 << 20
"""Sampled costs that are held at a time."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The pairs that a scan found, row by row.

    Attributes
    ----------
    counts : ndarray, shape (rows,), int64
        How many pairs each row has; also those beyond ``limit``, which are not listed.
    columns : ndarray, shape (k,), int32
        Each once within a row.
    bound : ndarray, shape (k,), float32
        A lower bound of the pair's cost in frame units; an estimate of it, if the scan was told to estimate.
    full : ndarray, shape (rows,), bool
        Rows with more pairs than ``limit``: none of theirs are listed.
    """

    counts: NDArray[np.int64]
    columns: NDArray[np.int32]
    bound: NDArray[np.float32]
    full: NDArray[np.bool_]


class Scanner(Protocol):
    """What answers for all pairs: :class:`Screen`, or cells in few dimensions."""

    @property
    def projected(self) -> bool:
        """Whether bounds come through a projection, so that estimates differ from them."""

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = ...,
        estimate: bool = False,
    ) -> Listing:
        """List every pair of the given rows whose cost may be below ``threshold_i + v_j``.

        Parameters
        ----------
        v : ndarray, shape (m,)
            Potentials of the columns.
        threshold : ndarray, shape (rows,)
            t, of the rows that are scanned.
        rows : ndarray of int64, optional
            Which rows; all if left out.
        limit : int
            Rows with more pairs than this are only counted.
        estimate : bool
            Rank by ``|Qx - Qy|^2 + r(x)^2 + r(y)^2``, the expected distance, instead of the bound.
        """

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return the costs' bounds, or estimates, for some columns: float32 on the device, not safely rounded.

        The tensor may be written to, and is overwritten by the next call.
        """

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``min_i (c_ij - u_i)`` over some rows, whose potentials u are, for all columns, from estimates."""


def row_ranks(
    scanner: Scanner,
    columns: NDArray[np.int64],
    v: NDArray[np.float64],
    n: int,
    rank: int,
    *,
    estimate: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, of each of n rows, the least and the rank-th least ``cost - v`` over some columns, by block of rows."""
    rank = min(rank, len(columns) - 1)
    least, ranked = np.empty(n), np.empty(n)
    potential = v[columns].astype(np.float32)

    def find(costs: NDArray[np.float32], first: int, span: slice) -> None:
        at = slice(first + span.start, first + span.stop)
        _ranks(costs[span], potential, rank, least[at], ranked[at])

    for rows in _parts(n, len(columns)):
        costs = scanner.sample(columns, rows, estimate=estimate).cpu().numpy()
        over_spans(len(rows), costs.size >> 16, partial(find, costs, int(rows[0])))
    return least, ranked


def nearest_rows(
    scanner: Scanner, rows: NDArray[np.int64], u: NDArray[np.float64], m: int, few: int
) -> NDArray[np.int64]:
    """Return, of each of m columns, those of some rows with the least estimated ``cost - u``: shape (m, few)."""
    near = np.empty((m, min(few, len(rows))), np.int64)

    def find(costs: NDArray[np.float32], first: int, span: slice) -> None:
        _least_rows(costs, span.start, span.stop, u, near[first + span.start : first + span.stop])

    for which in _parts(m, len(rows)):
        costs = scanner.sample(which, rows, estimate=True).cpu().numpy()
        over_spans(len(which), costs.size >> 16, partial(find, costs, int(which[0])))
    return rows[near]


def least_estimates(
    scanner: Scanner, u: NDArray[np.float64], rows: NDArray[np.int64], m: int
) -> NDArray[np.float64]:
    """Answer ``Scanner.extend`` by sampling all m columns, some at a time."""
    v = np.empty(m)
    for which in _parts(m, len(rows)):
        costs = scanner.sample(which, rows, estimate=True)
        v[which] = costs.sub_(_single(u, costs.device)[:, None]).amin(dim=0).cpu().numpy()
    return v


def _parts(count: int, others: int) -> Iterator[NDArray[np.int64]]:
    """Cut ``range(count)`` so that a part has about ``SAMPLE_ENTRIES`` pairs with so many others."""
    step = max(1, SAMPLE_ENTRIES // others)
    for begin in range(0, count, step):
        yield np.arange(begin, min(begin + step, count))


class Screen:
    """Lower bounds on the costs of all pairs.

    Parameters
    ----------
    x, y : Features
        Of n and m points, in one frame.
    p : {1, 2}
        The cost is ``|x - y|^p``, in frame units.
    device : str
        Where features and products live.
    check : callable
        Called every now and then; what it raises ends a scan.
    """

    def __init__(
        self,
        x: Features,
        y: Features,
        p: int,
        device: str = "cpu",
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.p = p
        self._check = check
        self._width = width = x.width
        self._rounding = 2.2 * gamma(width + 9, U32)
        self._right = torch.zeros((len(y.values), width + 3), device=device)
        self._right[:, :width] = torch.from_numpy(y.values)
        self._right[:, :width] *= -2.0
        self._right[:, -2] = 1.0
        self._buffer = torch.empty(0, device=device)
        self._face(x, y)
        x.values = y.values = np.empty((0, width), np.float32)

    def of_rows(self, x: Features) -> Screen:
        """Return a screen of other rows and the same columns, which can scan at the same time as this one."""
        other = copy.copy(self)
        other._right = self._right.clone()  # a scan writes its potentials there
        other._buffer = torch.empty(0, device=self._right.device)
        other._face(x, self._sides[1])
        return other

    def _face(self, x: Features, y: Features) -> None:
        width = self._width
        self._sides = (x, y)
        # p = 2: |F - G|^2 exceeds the true square by at most (|F| + |G|) times 2 (e_i + e_j), each norm at most 1.01
        self._moved = 2.1 * float(x.error.max() + y.error.max())
        self._left = torch.zeros((len(x.values), width + 3), device=self._right.device)
        self._left[:, :width] = torch.from_numpy(x.values)
        self._left[:, -1] = 1.0
        self._residual = self._left[:, width - 1].clone()

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = 1 << 40,
        estimate: bool = False,
    ) -> Listing:
        """List pairs; see :meth:`Scanner.scan`."""
        row_terms = self._row_terms(threshold, rows, estimate)
        column_terms = self._column_terms(v, estimate)
        left = self._left if rows is None else self._left[torch.from_numpy(rows).to(self._left.device)]
        step = max(1, BLOCK_ENTRIES // len(self._right))
        parts = []
        for begin in range(0, len(left), step):
            block = slice(begin, min(begin + step, len(left)))
            found = _collect(self._product(left[block], self._right), limit)
            start, columns, bound = found[1:4]
            levels = start, columns, bound, *(term[block] for term in row_terms), *column_terms, self.p
            over_spans(len(start) - 1, len(bound) >> 14, partial(_turn_to_bounds, levels))
            parts.append((found[0], columns, bound, found[4]))
        if estimate:
            self._left[:, self._width - 1] = self._residual
        return Listing(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return costs; see :meth:`Scanner.sample`."""
        x, y = self._sides
        left = self._left if rows is None else self._left[torch.from_numpy(rows).to(self._left.device)]
        width = self._width - 1 if estimate and self.projected else self._width
        norm_x, norm_y = (x.full_norms, y.full_norms) if estimate else (x.norms, y.norms)
        norm_x = norm_x if rows is None else norm_x[rows]
        right = self._right[torch.from_numpy(columns).to(left.device)]
        square = self._product(left[:, :width], right[:, :width]).add_(_single(norm_y[columns], left.device))
        square.add_(_single(norm_x, left.device)[:, None]).clamp_(min=0.0)
        return square if self.p == 2 else square.sqrt_()

    def _product(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Return ``left right'`` in the buffer, which the next product overwrites."""
        self._check()
        entries = len(left) * len(right)
        if self._buffer.numel() < entries:
            self._buffer = torch.empty(entries, device=left.device)
        with full_float32():
            product: torch.Tensor = torch.mm(left, right.T, out=self._buffer[:entries].view(len(left), -1))
        return product

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return least estimates; see :meth:`Scanner.extend`."""
        return least_estimates(self, u, rows, len(self._right))

    @property
    def projected(self) -> bool:
        """Whether the last feature is a residual norm."""
        return self._sides[0].projected

    def _row_terms(
        self, threshold: NDArray[np.float64], rows: NDArray[np.int64] | None, estimate: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        side = self._sides[0]
        norms, error = side.full_norms if estimate else side.norms, side.error
        index: slice | NDArray[np.int64] = slice(None) if rows is None else rows
        raised, offset = self._safe(threshold, norms[index], error[index])
        target: slice | torch.Tensor = (
            slice(None) if rows is None else torch.from_numpy(rows).to(self._left.device)
        )
        if self.p == 1:
            self._left[target, self._width] = _single(raised, self._left.device)
        self._left[target, self._width + 1] = _single(offset, self._left.device)
        if estimate and self.projected:
            self._left[target, self._width - 1] = 0.0
        return raised, error[index]

    def _column_terms(
        self, v: NDArray[np.float64], estimate: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        side = self._sides[1]
        raised, offset = self._safe(v, side.full_norms if estimate else side.norms, side.error)
        if self.p == 1:
            self._right[:, self._width] = _single(-2.0 * raised, self._right.device)
        self._right[:, self._width + 2] = _single(offset, self._right.device)
        return raised, side.error

    def _safe(
        self, potential: NDArray[np.float64], norms: NDArray[np.float64], error: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return U (or V), rounded up to float32, and the offset of its row or column, less all rounding."""
        raised = _up(potential + error if self.p == 1 else potential)
        size = raised * raised if self.p == 1 else np.abs(raised)
        offset = norms - (size if self.p == 1 else raised + self._moved)
        return raised, offset - self._rounding * (norms + size) - (self._width + 9) * UNDERFLOW


def _single(values: NDArray[np.float64], device: torch.device) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(device)


def _up(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round up to float32 values, kept as float64."""
    return np.nextafter(values.astype(np.float32), np.float32(np.inf)).astype(np.float64)


def _collect(
    test: torch.Tensor, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_]]:
    """Take the negative entries of a block.

    Returns how many each row has, where each row's begin, their columns and values, and which rows have more than
    ``limit``: those are not taken.
    """
    if test.device.type != "cpu":
        negative = test < 0
        tally = negative.sum(dim=1)
        negative &= (tally <= limit)[:, None]
        found = negative.nonzero(as_tuple=True)
        counts = tally.cpu().numpy()
        full = counts > limit
        columns, values = found[1].to(torch.int32).cpu().numpy(), test[found].cpu().numpy()
        return counts, _starts(counts, full), columns, values, full
    block = test.numpy()
    counts, room = np.empty(len(block), np.int64), min(limit, block.shape[1])
    columns, values = np.empty(len(block) * room, np.int32), np.empty(len(block) * room, np.float32)
    taken = []

    def take(span: slice) -> None:
        begin = span.start * room
        found = block[span], block[span].view(np.int32), limit, counts[span], columns[begin:], values[begin:]
        taken.append(slice(begin, begin + _take_negatives(*found)))

    over_spans(len(block), block.size >> 16, take)
    taken.sort(key=lambda part: part.start)
    full = counts > limit
    columns, values = (np.concatenate([found[part] for part in taken]) for found in (columns, values))
    return counts, _starts(counts, full), columns, values, full


def _turn_to_bounds(levels: tuple[Any, ...], span: slice) -> None:
    _bounds(span.start, span.stop, *levels)


def _starts(counts: NDArray[np.int64], full: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.where(full, 0, counts))])


@numba.njit(nogil=True, cache=True)
def _take_negatives(block, bits, limit, counts, columns, values):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Count each row's negative entries, and put those of rows with at most ``limit`` one after another.

    Eight signs are looked at together: ``bits`` are the same numbers as integers, negative where any of them is.
    """
    width, total = block.shape[1], np.int64(0)
    found = np.empty(width + 8, np.int32)
    for row in range(block.shape[0]):
        entries, signs, count = block[row], bits[row], np.int64(0)
        for group in range(width >> 3):
            begin = 8 * group
            some = signs[begin]
            for column in range(1, 8):
                some |= signs[begin + column]
            if some < 0:
                for column in range(begin, begin + 8):
                    found[count] = column
                    count += np.int64(entries[column] < 0)
        for column in range(width & ~7, width):
            found[count] = column
            count += np.int64(entries[column] < 0)
        counts[row] = count
        if count <= limit:
            for k in range(count):
                columns[total + k], values[total + k] = found[k], entries[found[k]]
            total += count
    return total


@numba.njit(nogil=True, cache=True)
def _bounds(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    first, last, start, columns, values, row_level, row_error, column_level, column_error, p
):
    """Turn the tests M of some rows into bounds of the cost, in place."""
    for row in range(first, last):
        for k in range(start[row], start[row + 1]):
            level = row_level[row] + column_level[columns[k]]
            if p == 1:
                cost = (
                    np.sqrt(max(values[k] + level * level, 0.0)) - row_error[row] - column_error[columns[k]]
                )
            else:
                cost = values[k] + level
            values[k] = np.nextafter(np.float32(cost), np.float32(-np.inf))


@numba.njit(nogil=True, cache=True)
def _ranks(costs, v, rank, least, ranked):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Find each row's least and ``rank``-th least ``cost - v``: fast where the rank is small."""
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
        least[row], ranked[row] = held[0], worst


@numba.njit(nogil=True, cache=True)
def _least_rows(costs, first, last, u, near):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Keep the rows with the least ``cost - u`` of each of some columns, the least first."""
    few = near.shape[1]
    least = np.full((last - first, few), np.inf, np.float32)
    worst = np.full(last - first, np.inf, np.float32)
    for row in range(costs.shape[0]):
        potential = np.float32(u[row])
        for column in range(first, last):
            value, at = costs[row, column] - potential, column - first
            if value < worst[at]:
                place = few - 1
                while place > 0 and least[at, place - 1] > value:
                    least[at, place], near[at, place] = least[at, place - 1], near[at, place - 1]
                    place -= 1
                least[at, place], near[at, place] = value, row
                worst[at] = least[at, few - 1]
