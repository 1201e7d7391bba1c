r"""Lower bounds of the costs of all pairs of two small sets, less what rows and columns have of their own, in float32.

Each set is centred by itself. With f, g the coordinates from the two centres, and D the difference of the centres,

    |x - y|^2 = A + B - 2 f.g,   A = |f|^2 + 2 f.D + |D|^2,   B = |g|^2 - 2 g.D,

where A and B are sums over one point, in float64, and only f.g is a product of all pairs. It is taken of F and G, which
are f and g rounded to float32, or to bfloat16 where the processor multiplies those many times faster, and is off by
that rounding, ``|f - F| |g| + |F| |g - G|``, and by its own: sets that are far apart lose no digits. What is kept is

    R_ij = c_ij - alpha_i - beta_j,

rounded down, with ``alpha = A, beta = B`` for p = 2 and ``alpha = |x - centre of y|``,
``beta = |y - centre of x| - |D|`` for p = 1: any alpha and beta will do, for potentials absorb them, but with these R
is as small as the sets are wide, however far they are apart.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.threads import over_spans, spans
from wcheck.transport.arithmetic.rounding import U32, U64, UNDERFLOW, bfloat16_speed, full_float32, gamma
from wcheck.transport.cost.frame import Frame, middle

CHUNK = 1024
"""Dimensions that one product in float32 sums: its rounding grows with them."""
Some = slice | NDArray[np.int64]
EVERY = slice(None)
BUFFER_BYTES, CACHE_LINE = 1 << 23, 64
"""What a product may take, and a line of the processor's cache."""
RAISED = 1 << 16
"""Pairs whose bounds are raised at a time."""


@dataclass(frozen=True, slots=True)
class ReducedCosts:
    """Lower bounds ``R_ij + alpha_i + beta_j <= c_ij``, except for the rounding of these two sums in float64.

    Attributes
    ----------
    bounds : ndarray, shape (n, m), float32
        R, which may be raised where more is known of a pair.
    alpha, beta : ndarray, shapes (n,) and (m,), float64
        What is subtracted.
    """

    bounds: NDArray[np.float32]
    alpha: NDArray[np.float64]
    beta: NDArray[np.float64]

    def part(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> ReducedCosts:
        """Return those between some of the points."""
        return ReducedCosts(self.bounds[np.ix_(rows, columns)], self.alpha[rows], self.beta[columns])

    def raise_to(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], cost: NDArray[np.float64]
    ) -> None:
        """Keep of some pairs what has been measured, from below."""
        for some in spans(len(rows), RAISED):
            at = rows[some], columns[some]
            own, alpha, beta = cost[some], self.alpha[at[0]], self.beta[at[1]]
            known = own - alpha - beta - 4.0 * U64 * (np.abs(own) + np.abs(alpha) + np.abs(beta))
            down = np.nextafter(known.astype(np.float32), np.float32(-np.inf))
            self.bounds[at] = np.maximum(self.bounds[at], down)


class Products:
    """What such bounds are computed from, for some rows and columns at a time.

    Parameters
    ----------
    x, y : Measure
        n and m points.
    frame : Frame
        Their frame.
    p : {1, 2}
        The costs are ``(|x_i - y_j| / unit)^p``.
    check : callable
        Called before each product; what it raises ends the computation.

    Attributes
    ----------
    shape : tuple of int
        (n, m).
    alpha, beta : ndarray, shapes (n,) and (m,), float64
        What is subtracted.
    """

    def __init__(
        self, x: Measure, y: Measure, frame: Frame, p: int, check: Callable[[], None] = lambda: None
    ) -> None:
        self.shape, self._p, self._check = (len(x), len(y)), p, check
        centres = [middle(measure) for measure in (x, y)]
        apart = (centres[0] - centres[1]) / frame.unit
        half = bfloat16_speed(x.dim) > 1
        self._x, self._y = Side(x, centres[0], apart, frame, half), Side(y, centres[1], -apart, frame, half)
        self._entries = BUFFER_BYTES // self._x.points.element_size()
        self._square, self._room = float(apart @ apart), self._x.points[:0, 0]
        self.alpha, self.beta = self._x.own + self._square, self._y.own
        if p == 1:
            self.alpha = np.sqrt(np.maximum(self.alpha, 0.0))
            self.beta = np.sqrt(np.maximum(self.beta + self._square, 0.0)) - np.sqrt(self._square)

    def bounds(
        self, rows: Some = EVERY, columns: Some = EVERY, out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Return R of some rows and some columns, in ``out`` if given."""
        x, y = self._x, self._y
        across, alpha = y.points[columns], self.alpha[rows]
        terms = self._square + (x.own - x.lost)[rows], x.length[rows], x.error[rows], alpha
        others = (y.own - y.lost)[columns], y.length[columns], y.error[columns], self.beta[columns]
        bounds = np.empty((len(alpha), len(across)), np.float32) if out is None else out[: len(alpha)]
        for some in spans(len(bounds), max(1, self._entries // len(across))):
            self._check()
            points = x.points[rows][some] if isinstance(rows, slice) else x.points[rows[some]]
            product, rounding = products(points, across, self._buffer(len(across)))
            _fill(self._p, rounding, product, [term[some] for term in terms], others, bounds[some])
        return bounds

    def _buffer(self, width: int) -> torch.Tensor:
        """Return the room for a product, kept: fresh memory costs as much as the product."""
        if len(self._room) < max(self._entries, width):
            self._room = torch.empty(max(self._entries, width), dtype=self._x.points.dtype)
        return self._room

    def part(self, rows: Some, columns: Some) -> Products:
        """Return those of some of the points."""
        part = copy.copy(self)
        part._x, part._y = self._x.take(rows), self._y.take(columns)
        part.alpha, part.beta = self.alpha[rows], self.beta[columns]
        part.shape = len(part.alpha), len(part.beta)
        return part

    def held(
        self, rows: Some = EVERY, columns: Some = EVERY, out: NDArray[np.float32] | None = None
    ) -> ReducedCosts:
        """Return the bounds of some rows and columns, to be held."""
        return ReducedCosts(self.bounds(rows, columns, out), self.alpha[rows], self.beta[columns])


class Side:
    """One set from its own centre, in float32 or bfloat16, with what its points contribute alone.

    Attributes
    ----------
    points : Tensor, shape (n, d)
        F.
    length, error, own, lost : ndarray, shape (n,), float64
        At least |f| and |F|; at least |f - F|; A or B, without ``|D|^2``; and by how much this can be off.
    """

    def __init__(
        self,
        measure: Measure,
        centre: NDArray[np.float64],
        apart: NDArray[np.float64],
        frame: Frame,
        half: bool,
    ) -> None:
        n, dim = len(measure), measure.dim
        stored = _aligned(n, dim, np.int16 if half else np.float32)
        norms, off, along = np.empty(n), np.empty(n), np.empty(n)
        for rows, block in measure.blocks():
            found = stored[rows], norms[rows], off[rows], along[rows]
            work = partial(_settle_span, block, centre, 1.0 / frame.unit, apart, found)
            over_spans(len(block), block.size >> 16, work)
        self.points = torch.from_numpy(stored).view(torch.bfloat16) if half else torch.from_numpy(stored)
        shift = float(np.linalg.norm(apart))
        self.own = norms + 2.0 * along
        self.error = (np.sqrt(off) + 4.0 * U64 * np.sqrt(norms)) * (1.0 + 2.0**-20) + dim * 2.0**-149
        self.length = np.sqrt(norms) * (1.0 + 2.0**-20) + self.error
        self.lost = 2.0 * gamma(dim + 8, U64) * (self.length + shift) ** 2

    def take(self, rows: Some) -> Side:
        """Return some of the points."""
        part = copy.copy(self)
        for name in ("points", "length", "error", "own", "lost"):
            setattr(part, name, getattr(self, name)[rows])
        return part


def _aligned(n: int, dim: int, kind: type[Any]) -> NDArray[Any]:
    """Return new memory for rows that begins with a cache line: products in bfloat16 take twice as long elsewhere."""
    memory = np.empty(n * dim * np.dtype(kind).itemsize + CACHE_LINE, np.uint8)
    begin = -memory.ctypes.data % CACHE_LINE
    rows: NDArray[Any] = memory[begin : len(memory) - CACHE_LINE + begin].view(kind).reshape(n, dim)
    return rows


def _settle_span(
    block: NDArray[Any],
    centre: NDArray[np.float64],
    factor: float,
    apart: NDArray[np.float64],
    found: tuple[NDArray[Any], ...],
    span: slice,
) -> None:
    _settle(block[span], centre, factor, apart, *(part[span] for part in found))


def products(
    x: torch.Tensor, y: torch.Tensor, out: torch.Tensor
) -> tuple[NDArray[Any], tuple[float, float, float]]:
    """Return about ``F.G`` of all rows of two float32 or bfloat16 matrices, in a buffer, and how far it can be off.

    Numbers in bfloat16 are returned as the integers that their bits are.

    That is by ``relative |product| + common |F| |G| + lost``, with sums of products in float32, in parts of at most
    :data:`CHUNK` or as long as they are.
    """
    dim = x.shape[1]
    product = out[: len(x) * len(y)].view(len(x), -1)
    if x.dtype == torch.bfloat16:  # summed in float32, where what underflows is 0, and rounded at the end
        product = torch.mm(x, y.T, out=product)
        rounding = 2.0**-8 * (1.0 + 2.0**-6), gamma(dim + 2, U32), dim * 2.0**-125
        return product.view(torch.int16).numpy(), rounding
    parts = range(0, dim, CHUNK)
    with full_float32():
        for begin in parts:
            some = slice(begin, begin + CHUNK)
            torch.addmm(product, x[:, some], y[:, some].T, beta=float(begin > 0), out=product)
    return product.numpy(), (0.0, gamma(min(dim, CHUNK) + len(parts) + 2, U32), (dim + 2) * UNDERFLOW)


def _fill(
    p: int,
    rounding: tuple[float, float, float],
    product: NDArray[Any],
    row_terms: list[NDArray[np.float64]],
    column_terms: tuple[NDArray[np.float64], ...],
    out: NDArray[np.float32],
) -> None:
    """Turn the products of some rows to lower bounds."""
    over_spans(
        len(out),
        out.size >> 16,
        lambda s: _reduce(p, *rounding, product[s], *(term[s] for term in row_terms), *column_terms, out[s]),
    )


@compiled(inline="always")
def _single(bits):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the float32 number of which these are the upper bits: a number in bfloat16."""
    return np.int32(np.int32(bits) << np.int32(16)).view(np.float32)


@compiled(fastmath={"contract", "nsz"})
def _reduce(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    p, relative, common, lost, product, own_x, length_x, error_x, alpha, own_y, length_y, error_y, beta, out
):
    """Write ``c - alpha - beta``, rounded down: first ``|x - y|^2``, less the rounding of its product."""
    for i in range(product.shape[0]):
        own, offset = own_x[i] - 2.0 * lost, alpha[i]
        by_length, by_error = 2.0 * (common * length_x[i] + error_x[i]), 2.0 * length_x[i]
        for j in range(np.uint64(product.shape[1])):
            inner = np.float64(_single(product[i, j]) if product.itemsize == 2 else product[i, j])
            off = 2.0 * relative * abs(inner) + by_length * length_y[j] + by_error * error_y[j]
            square = own + own_y[j] - 2.0 * inner - off
            square = square if square > 0.0 else 0.0
            cost = np.sqrt(square) if p == 1 else square
            reduced = cost - offset - beta[j]
            reduced -= 2.0**-50 * (cost + abs(offset) + abs(beta[j]))
            out[i, j] = reduced - abs(reduced) * 2.0**-23 - 2.0**-140


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _settle(block, centre, factor, apart, stored, norms, off, along):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Store coordinates from a centre; sum their squares, those of what rounding moved them by, and ``f.D``."""
    half = stored.itemsize == 2
    for i in range(block.shape[0]):
        norm, moved, inner = 0.0, 0.0, 0.0
        for t in range(np.uint64(block.shape[1])):
            value = (np.float64(block[i, t]) - centre[t]) * factor
            single = np.float32(value)
            if half:
                bits = single.view(np.int32)
                bits = (bits + np.int32(0x7FFF) + ((bits >> 16) & np.int32(1))) >> 16
                stored[i, t] = np.int16(bits)
                single = _single(np.int16(bits))
            else:
                stored[i, t] = single
            wide = np.float64(single)
            norm += value * value
            moved += (value - wide) * (value - wide)
            inner += value * apart[t]
        norms[i], off[i], along[i] = norm, moved, inner
