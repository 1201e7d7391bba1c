r"""A scan of costs that are computed block by block and compared as they are: no projection, no matrix of all pairs.

Row i lists the columns with ``bound_ij - v_j < t_i``, where a bound is at most the true cost. The comparison in float64
rounds by at most ``2^-52 (|t_i| + |v_j|)`` where it is close, so thresholds are raised by more than that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.threads import over_spans, spans
from wcheck.transport.arithmetic.least import GROUP, least_price
from wcheck.transport.cost.costs import Streamed
from wcheck.transport.programs.program import Program
from wcheck.transport.programs.sample import Sample, drawn
from wcheck.transport.scans.estimates import least_estimates
from wcheck.transport.scans.listing import Listing

BLOCK_ENTRIES = 1 << 20
"""Pairs whose costs are held at a time."""


@dataclass(frozen=True, slots=True)
class StreamedGround:
    """Costs that are scanned by computing blocks of them; a ``Ground``."""

    costs: Streamed

    def scanner(self, check: Callable[[], None]) -> Blocks:
        """Return what scans all pairs; see ``Ground.scanner``."""
        return Blocks(self.costs, check)

    def sample(
        self, program: Program, rows: int, columns: int, generator: np.random.Generator
    ) -> tuple[Sample, Sample]:
        """Draw rows and columns by weight."""
        return drawn(program.a, rows, generator), drawn(program.b, columns, generator)

    def part(self, program: Program, rows: Sample, columns: Sample) -> tuple[Program, StreamedGround]:
        """Return the program between some of the points, which measures them by themselves, and its ground."""
        costs = self.costs.part(rows.points, columns.points)
        return program.take(rows, columns, costs.measurer(0)), StreamedGround(costs)


class Blocks:
    """Lower bounds on the costs of all pairs, computed as they are asked for; a ``Scanner``.

    Parameters
    ----------
    costs : Streamed
        The costs.
    check : callable
        Called every now and then; what it raises ends a scan.
    """

    def __init__(self, costs: Streamed, check: Callable[[], None] = lambda: None) -> None:
        self._costs, self._check = costs, check
        self._columns: slice | NDArray[np.int64] = slice(None)

    def among(self, columns: NDArray[np.int64]) -> Blocks:
        """Return a scanner of some columns; see ``ColumnScanner.among``."""
        part = Blocks(self._costs, self._check)
        part._columns = columns
        return part

    @property
    def projected(self) -> bool:
        """No: bounds are of the costs themselves."""
        return False

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
        m = len(v)
        raised = threshold + 2.0**-50 * (np.abs(threshold) + np.abs(v).max())
        parts: list[tuple[NDArray[Any], ...]] = []
        for some in spans(len(threshold), max(1, BLOCK_ENTRIES // m)):
            self._check()
            block = self._costs.bounds(some if rows is None else rows[some], self._columns)
            parts.extend(below(block, v, raised[some], limit))
        empty = (np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.bool_))
        return Listing(*(np.concatenate(column) for column in zip(empty, *parts, strict=True)))

    def sample(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64] | None = None, *, estimate: bool = False
    ) -> torch.Tensor:
        """Return about the costs of some columns, float32; see ``Scanner.sample``."""
        del estimate
        self._check()
        costs = self._costs.guesses(slice(None) if rows is None else rows, columns)
        return torch.from_numpy(costs.astype(np.float32))

    def extend(self, u: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return least estimates; see ``Scanner.extend``."""
        return least_estimates(self, u, rows, self._costs.shape[1])


def below(
    block: NDArray[Any], v: NDArray[np.float64], threshold: NDArray[np.float64], limit: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_]]]:
    """List the entries ``c_ij`` of a block with ``c_ij - v_j < t_i``, as the parts of a ``Listing``."""
    found: dict[int, Any] = {}

    def take(span: slice) -> None:
        counts = np.empty(span.stop - span.start, np.int64)
        room = len(counts) * min(limit, block.shape[1])
        columns, bound = np.empty(room, np.int32), np.empty(room, np.float32)
        total = _take_below(block[span], v, threshold[span], limit, counts, columns, bound)
        down = np.nextafter(bound[:total], np.float32(-np.inf))
        found[span.start] = counts, columns[:total].copy(), down, counts > limit

    over_spans(len(block), block.size >> 16, take)
    return [found[start] for start in sorted(found)]


@compiled()
def _take_below(block, v, threshold, limit, counts, columns, bound):  # type: ignore[no-untyped-def]  # pragma: no cover
    width, total = block.shape[1], np.int64(0)
    whole = width - width % GROUP
    near = np.empty(width + 1, np.int32)
    for row in range(block.shape[0]):
        costs, level, count = block[row], threshold[row], np.int64(0)
        for begin in range(0, whole, GROUP):
            if least_price(costs, v, begin) < level:
                for column in range(begin, begin + GROUP):
                    near[count] = column
                    count += np.int64(costs[column] - v[column] < level)
        for column in range(whole, width):
            near[count] = column
            count += np.int64(costs[column] - v[column] < level)
        counts[row] = count
        if count <= limit:
            for k in range(count):
                columns[total + k], bound[total + k] = near[k], costs[near[k]]
            total += count
    return total
