"""Scans of any ground cost with a dummy row after its rows and a dummy column before its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch
from wcheck.transport.programs.dummies import Dummies, WithDummies
from wcheck.transport.programs.program import Program
from wcheck.transport.programs.sample import Sample
from wcheck.transport.scans.ground import Ground
from wcheck.transport.scans.listing import Listing, Scanner

FORBIDDEN = 3e38
"""What stands for an infinite cost in float32 samples, which only guess."""
NOTHING = Listing(
    np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.bool_)
)


@dataclass(frozen=True, slots=True)
class GroundWithDummies:
    """A ground cost with dummies; a ``Ground``.

    Attributes
    ----------
    inner : Ground
        The costs of what is real.
    shape : tuple of int
        The numbers of real rows and columns.
    dummies : Dummies
        The dummies.
    """

    inner: Ground
    shape: tuple[int, int]
    dummies: Dummies

    def scanner(self, check: Callable[[], None]) -> ScannerWithDummies:
        """Return what scans all pairs; see ``Ground.scanner``."""
        return ScannerWithDummies(self.inner.scanner(check), self.shape, self.dummies)

    def sample(
        self, program: Program, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[Sample, Sample]:
        """Draw rows and columns, the dummies among them, whose mass is left to :meth:`part`."""
        (n, _), offset, last = self.shape, self.dummies.offset, int(self.dummies.has_row)
        inner, sizes = cast(WithDummies, program).inner, (max(1, rows - last), max(1, columns - offset))
        some_rows, some_columns = self.inner.sample(inner, *sizes, generator)
        return (
            Sample(np.append(some_rows.points, np.arange(n, n + last)), some_rows.weights),
            Sample(np.append(np.arange(offset), some_columns.points + offset), some_columns.weights),
        )

    def part(self, program: Program, rows: Sample, columns: Sample) -> tuple[Program, GroundWithDummies]:
        """Return the program between some rows and columns, the dummies among them, and its ground."""
        whole, offset = cast(WithDummies, program), self.dummies.offset
        real_rows = Sample(rows.points[: len(rows.weights)], rows.weights)
        real_columns = Sample(columns.points[offset:] - offset, columns.weights)
        inner, ground = self.inner.part(whole.inner, real_rows, real_columns)
        shape = len(real_rows), len(real_columns)
        return whole.of_part(inner), GroundWithDummies(ground, shape, self.dummies)


class ScannerWithDummies:
    """A scanner of real pairs, and of pairs with dummies; a ``Scanner``."""

    def __init__(self, inner: Scanner, shape: tuple[int, int], dummies: Dummies) -> None:
        self._inner, self._shape, self._dummies = inner, shape, dummies

    @property
    def projected(self) -> bool:
        """As the inner scanner."""
        return self._inner.projected

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = 1 << 40,
        estimate: bool = False,
    ) -> Listing:
        """List pairs; see ``Scanner.scan``. Among rows, here and below, the dummy is the last."""
        n, offset, cost = self._shape[0], self._dummies.offset, self._dummies.cost
        every = np.arange(n + int(self._dummies.has_row)) if rows is None else rows
        raised = threshold + 2.0**-50 * (np.abs(threshold) + np.abs(v).max() + cost)
        real = every < n
        chosen = None if rows is None else every[real]
        found = NOTHING
        if real.any():
            found = self._inner.scan(v[offset:], threshold[real], chosen, limit=limit, estimate=estimate)
        columns, counts = found.columns + np.int32(offset), found.counts
        bound = found.bound
        if offset:
            near = cost - v[0] < raised[real]
            kept = np.where(found.full, 0, counts)
            places = (np.cumsum(kept) - kept)[near & ~found.full]
            columns, bound = np.insert(columns, places, 0), np.insert(bound, places, _down(cost))
            counts = counts + near
        # A row that was not full may have become so: its entries are taken out again.
        full = counts > limit
        keep = np.repeat(~full, np.where(found.full, 0, counts))
        columns, bound = columns[keep], bound[keep]
        if not real.all():
            costs = np.append([self._dummies.both] * offset, np.full(self._shape[1], cost))
            own = np.flatnonzero(costs - v < raised[-1]).astype(np.int32)
            full, counts = np.append(full, len(own) > limit), np.append(counts, len(own))
            if not full[-1]:
                columns, bound = np.append(columns, own), np.append(bound, _down(costs[own]))
        return Listing(counts, columns, bound, full)

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return the costs of some columns; see ``Scanner.sample``."""
        n, offset = self._shape[0], self._dummies.offset
        every = np.arange(n + int(self._dummies.has_row)) if rows is None else rows
        real_rows, real_columns = every < n, columns >= offset
        inner = self._inner.sample(columns[real_columns] - offset, every[real_rows], estimate=estimate)
        costs = torch.full((len(every), len(columns)), self._dummies.cost, device=inner.device)
        at_rows, at_columns = (torch.from_numpy(np.flatnonzero(real)) for real in (real_rows, real_columns))
        costs[at_rows[:, None], at_columns] = inner
        if not real_rows.all():
            costs[-1, torch.from_numpy(np.flatnonzero(~real_columns))] = min(self._dummies.both, FORBIDDEN)
        return costs

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return least estimates; see ``Scanner.extend``."""
        real, cost = rows < self._shape[0], self._dummies.cost
        v = self._inner.extend(u[real], rows[real])
        if not real.all():
            v = np.minimum(v, cost - u[-1])
        own = np.append(cost - u[real], [self._dummies.both - u[-1]] * int(not real.all())).min()
        return np.append([own] * self._dummies.offset, v)


def _down(cost: float | NDArray[np.float64]) -> NDArray[np.float32]:
    down: NDArray[np.float32] = np.nextafter(np.float32(cost), np.float32(-np.inf))
    return down
