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
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.threads import over_spans, spans
from wcheck.transport.arithmetic.rounding import U32, UNDERFLOW, as_float32, full_float32, gamma
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.estimates import least_estimates
from wcheck.transport.scans.listing import Listing
from wcheck.transport.scans.negatives import collect

SPREAD = 1000.0
"""The largest error of a feature, in units of the median, from which on errors are taken point by point."""
TINY = 2.0**-134
"""More than underflow moves a point."""
BLOCK_ENTRIES, DEVICE_ENTRIES = 1 << 20, 1 << 22
"""Pairs that a scan holds at a time here and on another device, in a buffer that is kept: fresh memory costs more than
the product ..."""
LEAST_ROWS = 40
"""... and of how many rows at least, or the product would mostly read columns."""


class Screen:
    """Lower bounds on the costs of all pairs.

    Parameters
    ----------
    x, y : Features
        Features of n and m points, in one frame.
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

    def among(self, columns: NDArray[np.int64]) -> Screen:
        """Return a screen of the same rows and some columns; see :meth:`ColumnScanner.among`."""
        other = copy.copy(self)
        other._right = self._right[torch.from_numpy(columns).to(self._right.device)]
        y = copy.copy(self._sides[1])
        y.norms, y.full_norms, y.error = (of[columns] for of in (y.norms, y.full_norms, y.error))
        other._sides = (self._sides[0], y)
        other._moved = (self._moved[0], self._moved[1][columns])
        return other

    def _face(self, x: Features, y: Features) -> None:
        width = self._width
        self._sides = (x, y)
        self._moved = _moved(x, y)
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
        middle = float(np.median(v))  # potentials far from 0 would cost bounds the digits of small costs
        row_terms = self._row_terms(_moved_by(middle, threshold), rows, estimate)
        column_terms = self._column_terms(_moved_by(-middle, v), estimate)
        left = self._left if rows is None else self._left[torch.from_numpy(rows).to(self._left.device)]
        entries = BLOCK_ENTRIES if left.device.type == "cpu" else DEVICE_ENTRIES
        step = max(LEAST_ROWS, entries // len(self._right))
        parts = []
        for block in spans(len(left), step):
            found = collect(self._product(left[block], self._right), limit)
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
        square = self._product(left[..., :width], right[..., :width])
        square.add_(as_float32(norm_y[columns]).to(left.device)[..., None, :])
        square.add_(as_float32(norm_x).to(left.device)[..., None]).clamp_(min=0.0)
        return square if self.p == 2 else square.sqrt_()

    def samples(self, columns: NDArray[np.int64], rows: NDArray[np.int64]) -> torch.Tensor:
        """Return estimates of several parts; see :meth:`PartsScanner.samples`."""
        return self.sample(columns, rows, estimate=True)

    def _product(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Return ``left right'``, of each part, in the buffer, which the next product overwrites."""
        self._check()
        shape = (*left.shape[:-1], right.shape[-2])
        entries = math.prod(shape)
        if self._buffer.numel() < entries:
            self._buffer = torch.empty(entries, device=left.device)
        with full_float32():
            product: torch.Tensor = torch.matmul(left, right.mT, out=self._buffer[:entries].view(shape))
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
        raised, offset = self._safe(threshold, norms[index], error[index], self._moved[0][index])
        target: slice | torch.Tensor = (
            slice(None) if rows is None else torch.from_numpy(rows).to(self._left.device)
        )
        if self.p == 1:
            self._left[target, self._width] = as_float32(raised).to(self._left.device)
        self._left[target, self._width + 1] = as_float32(offset).to(self._left.device)
        if estimate and self.projected:
            self._left[target, self._width - 1] = 0.0
        return raised, error[index]

    def _column_terms(
        self, v: NDArray[np.float64], estimate: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        side = self._sides[1]
        norms = side.full_norms if estimate else side.norms
        raised, offset = self._safe(v, norms, side.error, self._moved[1])
        if self.p == 1:
            self._right[:, self._width] = as_float32(-2.0 * raised).to(self._right.device)
        self._right[:, self._width + 2] = as_float32(offset).to(self._right.device)
        return raised, side.error

    def _safe(
        self,
        potential: NDArray[np.float64],
        norms: NDArray[np.float64],
        error: NDArray[np.float64],
        moved: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return U (or V), rounded up to float32, and the offset of its row or column, less all rounding."""
        raised = _up(potential + error if self.p == 1 else potential)
        size = raised * raised if self.p == 1 else np.abs(raised)
        offset = norms - (size if self.p == 1 else raised + moved)
        return raised, offset - self._rounding * (norms + size) - (self._width + 9) * UNDERFLOW


def is_spread(x: Features, y: Features) -> bool:
    """Whether a few points are so far that their features' errors are far larger than the others'."""
    largest, typical = (float(of(x.error) + of(y.error)) for of in (np.max, np.median))
    return largest > SPREAD * typical


def _moved(x: Features, y: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each row and each column adds to a bound of ``|F - G|^2`` minus the true square.

    The difference is at most ``2 (|F| + |G|) (e_i + e_j) + 3 (e_i + e_j)^2``, each norm at most 1.01. Where some points
    are far, their error says nothing of the others'; with ``e <= k |F| + t`` it is at most the sum over both sides of
    ``2 |F| (e + k |F| + t) + 6 e^2``, for ``2 |F| |G| <= |F|^2 + |G|^2``.
    """
    if not is_spread(x, y):
        left, right = (4.1 * side.error + 6.1 * side.error**2 for side in (x, y))
        return left, right
    sizes = [np.sqrt(side.norms) * (1.0 + 4.0 * U32) for side in (x, y)]
    slope = max(
        float(np.max((side.error - TINY) / np.maximum(size, TINY)))
        for side, size in zip((x, y), sizes, strict=True)
    )
    left, right = (
        2.1 * size * (side.error + max(slope, 0.0) * size + TINY) + 7.0 * side.error**2
        for side, size in zip((x, y), sizes, strict=True)
    )
    return left, right


def _moved_by(shift: float, potential: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return potentials plus a number, rounded up."""
    moved: NDArray[np.float64] = potential + shift
    return np.nextafter(moved, np.inf)


def _up(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round up to float32 values, kept as float64."""
    return np.nextafter(values.astype(np.float32), np.float32(np.inf)).astype(np.float64)


def _turn_to_bounds(levels: tuple[Any, ...], span: slice) -> None:
    _bounds(span.start, span.stop, *levels)


@compiled()
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
