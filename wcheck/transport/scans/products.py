r"""Scans of costs whose bounds are products over all dimensions, computed again by every scan.

They are as tight as the rounding of the products (:mod:`reduced`), whatever the points: what a projection cannot tell
apart they do. Where the processor multiplies bfloat16 matrices, they cost no more than a projection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch
from wcheck.threads import spans
from wcheck.transport.arithmetic.rounding import as_float32
from wcheck.transport.cost.reduced import EVERY, Products
from wcheck.transport.programs.program import Program
from wcheck.transport.programs.sample import Sample, drawn
from wcheck.transport.scans.held import Held, HeldGround
from wcheck.transport.scans.listing import Listing

LARGEST_DIRECT = 128
"""The largest dimension in which products of all coordinates are compared as they are (:mod:`pricing`)."""
BLOCK_ENTRIES = 1 << 21
"""Pairs whose bounds are held at a time ..."""
FEW_PAIRS = 1 << 23
"""... and all together, where there are no more."""


@dataclass(frozen=True, slots=True)
class ProductGround:
    """Costs that are scanned by products; a ``Ground``."""

    costs: Products

    def scanner(self, check: Callable[[], None]) -> ProductScanner:
        """Return what scans all pairs; see ``Ground.scanner``."""
        del check  # the products have it
        return ProductScanner(self.costs)

    def sample(
        self, program: Program, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[Sample, Sample]:
        """Draw rows and columns by weight."""
        return drawn(program.a, rows, generator), drawn(program.b, columns, generator)

    def part(
        self, program: Program, rows: Sample, columns: Sample
    ) -> tuple[Program, HeldGround | ProductGround]:
        """Return the program between some of the points, and its ground, whose bounds are held if they are few."""
        costs = self.costs.part(rows.points, columns.points)
        few = len(rows) * len(columns) <= FEW_PAIRS
        return program.take(rows, columns), HeldGround(costs.held()) if few else ProductGround(costs)


class ProductScanner:
    """Lower bounds on the costs of all pairs, by products; a ``Scanner``.

    Parameters
    ----------
    costs : Products
        What they are computed from.
    room : ndarray, float32, optional
        Where bounds are held, if it is large enough.
    """

    projected = False

    def __init__(self, costs: Products, room: NDArray[np.float32] | None = None) -> None:
        n, m = costs.shape
        self._costs = costs
        self._step = max(1, BLOCK_ENTRIES // m)
        size = min(self._step, n) * m
        self._room = np.empty(size, np.float32) if room is None or len(room) < size else room
        self._out = self._room[:size].reshape(-1, m)

    def held(self, rows: NDArray[np.int64]) -> Held:
        """Return the bounds of some rows, held."""
        return Held(self._costs.held(rows))

    def among(self, columns: NDArray[np.int64]) -> ProductScanner:
        """Return a scanner of some columns; see ``ColumnScanner.among``."""
        return ProductScanner(self._costs.part(EVERY, columns), self._room)

    def scan(
        self,
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        rows: NDArray[np.int64] | None = None,
        *,
        limit: int = 1 << 40,
        estimate: bool = False,
    ) -> Listing:
        """List pairs; see ``Scanner.scan``. Bounds and estimates are the same here."""
        del estimate
        parts = []
        for some in spans(self._costs.shape[0] if rows is None else len(rows), self._step):
            held = self._costs.held(some if rows is None else rows[some], out=self._out)
            parts.append(Held(held).scan(v, threshold[some], limit=limit))
        columns = ([getattr(part, name) for part in parts] for name in ("counts", "columns", "bound", "full"))
        return Listing(*(np.concatenate(column) for column in columns))

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return about the costs of some columns; see ``Scanner.sample``."""
        del estimate
        held = self._costs.held(EVERY if rows is None else rows, columns)
        costs = torch.from_numpy(held.bounds)
        return costs.add_(as_float32(held.alpha)[:, None]).add_(as_float32(held.beta))

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ``min_i (c_ij - u_i)`` over some rows; see ``Scanner.extend``."""
        v = np.full(self._costs.shape[1], np.inf)
        for some in spans(len(rows), self._step):
            part = Held(self._costs.held(rows[some], out=self._out))
            np.minimum(v, part.extend(u[some], np.arange(some.stop - some.start)), out=v)
        return v
