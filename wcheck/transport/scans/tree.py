r"""A k-d tree in few dimensions: which columns have the least ``c_ij - v_j``, found without looking at most of them.

Points are halved along the widest side of their box until few are left. A node knows its box and the largest potential
in it, W, so for every column in it ``c_ij - v_j >= dist(x_i, box) - W`` (its square for p = 2). A search goes down to
where this is least first and leaves out what is above the best few that it has found. Distances are direct differences
in float64, of coordinates that are off by at most e: nothing cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.threads import over_spans, spans
from wcheck.transport.scans.descents import below, boxes, halved, least, tops
from wcheck.transport.scans.listing import Listing

LEAF = 8
"""Points of a leaf, at most."""
TURN = 1 << 15
"""Points that are searched for between two looks at the clock."""

LISTED = tuple(field.name for field in fields(Listing))


@dataclass(frozen=True, slots=True)
class Least:
    """The column of least ``bound_ij - v_j`` of each row, and few more.

    Attributes
    ----------
    counts : ndarray, shape (n,), int64
        How many were found below the row's limit, at most as many as were asked for.
    columns : ndarray, shape (n, few), int32
        The columns, that of the least first; what is beyond a row's count is undefined.
    values : ndarray, shape (n, few), float64
        ``bound_ij - v_j``, where a bound is at most the true cost.
    floor : ndarray, shape (n,), float64
        ``c_ij - v_j`` is at least this for all other columns.
    """

    counts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float64]
    floor: NDArray[np.float64]

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows and columns of all pairs, row by row."""
        taken = np.arange(self.columns.shape[1]) < self.counts[:, None]
        return np.repeat(np.arange(len(self.counts)), self.counts), self.columns[taken].astype(np.int64)


class Tree:
    """A k-d tree of points.

    Parameters
    ----------
    points : ndarray, shape (m, d), float64
        The points, in frame units.
    error : float
        How far any of them is from its true place, at most.
    """

    def __init__(self, points: NDArray[np.float64], error: float) -> None:
        self.points, self.error = points, error
        self._depth = max(0, int(np.ceil(np.log2(max(1, len(points)) / LEAF))))
        self.order = halved(points, self._depth)
        self._sorted = np.ascontiguousarray(points[self.order])
        self._boxes = boxes(self._sorted, self._depth)

    def least(
        self,
        x: Tree,
        v: NDArray[np.float64],
        limit: NDArray[np.float64],
        few: int,
        p: int,
        check: Callable[[], None] = lambda: None,
    ) -> Least:
        """Find the point of this tree, the column, of least ``c_ij - v_j`` below each row's limit, and few more.

        Where a limit is infinite, these are the next least. Else they are drawn from all below it, those that are far
        below most of all; see :mod:`violating`.

        Parameters
        ----------
        x : Tree
            The n rows.
        v : ndarray, shape (m,)
            Potentials of the columns.
        limit : ndarray, shape (n,)
            What each row's values must be below; may be infinite.
        few : int
            How many columns a row should have, at most.
        p : {1, 2}
            The cost is ``|x - y|^p``.
        check : callable
            Called now and then; what it raises ends the search.
        """
        n = len(x.points)
        found = Least(np.empty(n, np.int64), np.empty((n, few), np.int32), np.empty((n, few)), np.empty(n))
        tree, out = self._with(x, v, p), (found.counts, found.columns, found.values, found.floor)
        for turn in spans(n, TURN):
            check()
            rows = x.order[turn]

            def search(span: slice, rows: NDArray[np.int64] = rows) -> None:
                least(rows[span], x.points, limit, *tree, *out)

            over_spans(len(rows), len(rows) >> 8, search)
        return found

    def below(
        self,
        x: Tree,
        rows: NDArray[np.int64],
        v: NDArray[np.float64],
        threshold: NDArray[np.float64],
        limit: int,
        p: int,
        check: Callable[[], None] = lambda: None,
    ) -> Listing:
        """List the columns of some rows with ``bound_ij - v_j`` below a threshold; see ``Scanner.scan``."""
        tree = self._with(x, v, p)
        parts = []
        for turn in spans(len(rows), TURN):
            check()
            counts = np.empty(len(rows[turn]), np.int64)
            work = rows[turn], x.points, threshold[turn], *tree, limit, counts
            columns, bound = np.empty(0, np.int32), np.empty(0, np.float32)
            for fill in (False, True):
                kept = np.where(counts > limit, 0, counts) if fill else np.zeros_like(counts)
                if fill:
                    columns, bound = (
                        np.empty(int(kept.sum()), np.int32),
                        np.empty(int(kept.sum()), np.float32),
                    )
                places = np.cumsum(kept) - kept, columns, bound, fill

                def search(span: slice, work: Any = (*work, *places)) -> None:
                    below(span.start, span.stop, *work)

                over_spans(len(counts), len(counts) >> 8, search)
            down = np.nextafter(bound, np.float32(-np.inf))
            parts.append(Listing(counts, columns, down, counts > limit))
        return Listing(*(np.concatenate([getattr(part, name) for part in parts]) for name in LISTED))

    def _with(self, x: Tree, v: NDArray[np.float64], p: int) -> tuple[Any, ...]:
        """Return what the compiled searches know of the columns."""
        v = v[self.order]
        return (
            self._sorted,
            v,
            self.order,
            *self._boxes,
            tops(v, self._depth),
            self._depth,
            x.error + self.error,
            p,
        )
