r"""What can be certified about W1 from a function's values at the points of two measures, over all pairs.

For values f_i at the points of x and g_j at those of y, two statements hold whatever function they come from:

* **slope**: with ``L = max_ij (f_i - g_j) / |x_i - y_j|``, ``sum_i a_i f_i - sum_j b_j g_j <= L W1``, since
  it is ``sum_ij plan_ij (f_i - g_j)`` for every plan.
* **c-transform**: for every scale ``s >= 0``, ``u_i = min_j (|x_i - y_j| + s g_j)`` and ``v_j = -s g_j`` are
  feasible for the dual, so ``sum a u + sum b v <= W1``; likewise with ``-s f`` on the side of x. Both are
  concave in s, and s = 0 leaves the mean distance to the nearest point: what a constant function certifies.

Every scan reads float32 numbers that are lower bounds of the distances. They rule out nearly all pairs; the
few that they leave undecided are measured directly in float64: rounding costs neither rigour nor digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.transport.arithmetic.rounding import U32, U64
from wcheck.transport.bounds.certificate import dual_value
from wcheck.transport.bounds.concave import lockstep, search
from wcheck.transport.bounds.values import check_values
from wcheck.transport.cost.pairs import cost_rounding, pair_costs
from wcheck.transport.cost.passes import Passes, cut, room
from wcheck.transport.cost.squared import SquaredDistances

BLOCK_ENTRIES = 1 << 20
"""Pairs that a scan works on at a time: what a processor's cache holds."""
PRODUCT_ENTRIES = 1 << 23
"""Pairs measured by one matrix product."""
PROBE = 1024
"""Points of one side on which the best scale is sought first."""
MOST_CANDIDATES = 256
"""A point with more undecided partners than this keeps its screened bound, which is a little lower."""

Blocks = Iterable[tuple[slice, Tensor]]


class AllPairs:
    """All distances between two measures, ready for many scans; kept if they take a quarter of the free memory at most.

    Parameters
    ----------
    x, y : Measure
        n and m points of one dimension. Statements are about their normalised weights.
    device : str
        Where distances and values live.
    report : Report
        Called with the label ``distances``.

    Attributes
    ----------
    lower_constant : float
        W1 is at least this: the larger of the two mean distances to the nearest point of the other side.
    diameter : float
        An upper bound of every distance.
    """

    def __init__(self, x: Measure, y: Measure, device: str = "cpu", report: Report = silent) -> None:
        self._x, self._y = x.dense(), y.dense()
        self._weights = (x.weights, y.weights)
        self._squared = SquaredDistances(x, y, device)
        # The subtractions in _bounds round by at most 2^-24 S each, and S is at most error / (7 * 2^-24).
        self._error_x, self._error_y = 1.5 * self._squared.error_x, 1.5 * self._squared.error_y
        frame, shape = self._squared.frame, self._squared.shape
        self._unit, self.diameter = frame.unit, frame.diameter
        self._rounding = cost_rounding(x.dim) + 4.0 * U64
        kept = room(shape, torch.float32, device, 0.25)
        self._lower = Passes(self._bounds, shape, PRODUCT_ENTRIES, BLOCK_ENTRIES, kept)
        self._probe_rows, self._probe_columns = (_spread(len(z), device) for z in (x, y))
        probe = torch.empty((len(x), len(self._probe_columns)), dtype=torch.float32, device=device)
        self._twins = (np.full(len(x), -1), np.full(len(y), -1))
        for rows, bound in self._lower:
            probe[rows] = bound[:, self._probe_columns]
            self._find_twins(rows, bound)
            report("distances", rows.stop, len(x))
        self._probes = (probe, self._lower[self._probe_rows])
        zeros = [torch.zeros(len(w), dtype=torch.float32, device=device) for w in self._weights]
        self.lower_constant = max(0.0, *(self._certified(axis, zeros[axis]) for axis in (0, 1)))

    def consistent(self, f: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        """Give points of x and y at distance 0 one value, as a function does.

        A network's values depend in their last digits on the batch a point is in, and a difference of 1e-8
        over a distance of 0 is an infinite slope.

        Parameters
        ----------
        f, g : Tensor, shapes (n,) and (m,), float32
            Values at the points of x and of y.
        """
        of_x, of_y = (torch.from_numpy(twin).to(f.device) for twin in self._twins)
        g = torch.where(of_y >= 0, f[of_y.clamp(min=0)], g)
        return torch.where(of_x >= 0, g[of_x.clamp(min=0)], f), g

    def slope(self, f: Tensor, g: Tensor) -> float:
        """Return ``max(0, max_ij (f_i - g_j) / |x_i - y_j|)``, rounded upward.

        Pairs at distance 0 with ``f_i <= g_j`` do not count; one with ``f_i > g_j`` makes the slope infinite.

        Parameters
        ----------
        f, g : Tensor, shapes (n,) and (m,), float32, finite
            Values at the points of x and of y, on the device; a ParameterError otherwise.
        """
        check_values(f, g, len(self._x), len(self._y))
        bound = torch.cat([_slopes(f[rows], g, lower).amax(dim=1) for rows, lower in self._lower])
        bound = bound.nan_to_num(nan=math.inf, posinf=math.inf)
        steepest, exact = 0.0, (f.double().cpu().numpy(), g.double().cpu().numpy())
        for rows in bound.argsort(descending=True, stable=True).split(max(1, BLOCK_ENTRIES // len(g))):
            rows = rows[bound[rows].double() > steepest]
            if len(rows) == 0:
                break
            slopes = _slopes(f[rows], g, self._lower[rows]).nan_to_num(
                nan=0.0, posinf=math.inf, neginf=-math.inf
            )
            i = rows.cpu().numpy()
            steepest = max(steepest, self._steepest(exact, i, slopes.argmax(dim=1).cpu().numpy()))
            own, j = _where(slopes.double() > steepest, 0)
            steepest = max(steepest, self._steepest(exact, i[own], j))
        return steepest * (1.0 + 2.0 * self._rounding) / self._unit

    def lower_bound(self, f: Tensor, g: Tensor) -> float:
        """Return the c-transform bound of W1, maximised over the scale and both directions.

        Parameters
        ----------
        f, g : Tensor, shapes (n,) and (m,), float32, finite
            Values at the points of x and of y, on the device; a ParameterError otherwise.

        Returns
        -------
        float
            W1 is at least this; never below :attr:`lower_constant`. Within a relative 1e-4 of that at the
            best scale, and the screen's error.
        """
        check_values(f, g, len(self._x), len(self._y))
        a, b = self._weights
        directions = [-_centred(f, a), _centred(g, b)]
        spans = [max(float(direction.max() - direction.min()), 1e-30) for direction in directions]
        guesses = [self.diameter / self._unit / span for span in spans]
        found = lockstep(
            [search(guess, guess, 4.0) for guess in guesses],
            lambda requests: self._probe(directions, requests),
        )
        ends = lockstep(
            [search(start, guess, 1.05) for (start, _), guess in zip(found, guesses, strict=True)],
            lambda requests: self._scan(directions, requests),
        )
        axis = max((0, 1), key=lambda axis: ends[axis][1])
        return max(self.lower_constant, self._certified(axis, _scaled(ends[axis][0], directions[axis])))

    def _probe(
        self, directions: Sequence[Tensor], requests: Sequence[tuple[int, float]]
    ) -> list[tuple[float, float]]:
        found = []
        for axis, scale in requests:
            which = (self._probe_columns, self._probe_rows)[axis].cpu().numpy()
            weights = self._weights[1 - axis][which]
            minima = _minima(
                cut(self._probes[axis], BLOCK_ENTRIES), [(axis, _scaled(scale, directions[axis]))]
            )
            total = max(weights.sum(), 1e-300)
            found.append(_value_and_slope(*minima[0], directions[axis], weights / total))
        return found

    def _scan(
        self, directions: Sequence[Tensor], requests: Sequence[tuple[int, float]]
    ) -> list[tuple[float, float]]:
        shifts = [(axis, _scaled(scale, directions[axis])) for axis, scale in requests]
        return [
            _value_and_slope(*minimum, directions[axis], self._weights[1 - axis])
            for (axis, _), minimum in zip(shifts, _minima(self._lower, shifts), strict=True)
        ]

    def _certified(self, axis: int, shift: Tensor) -> float:
        """Return the dual value of ``u = min (c + shift)`` over ``axis`` and ``v = -shift``, rounded down."""
        ((screened, at),) = _minima(self._lower, [(axis, shift)])
        h = shift.double().cpu().numpy()
        best = at.cpu().numpy()
        points = np.arange(len(best))
        u = self._measured(axis, points, best) + h[best]
        # Rounding is monotone: a pair below u_i has a screened sum of at most u_i rounded to float32.
        limit = torch.from_numpy(u.astype(np.float32)).to(shift.device)
        counts = np.zeros(len(u), dtype=np.int64)
        for rows, lower in self._lower:
            if axis == 1:
                pairs = _where((lower + shift) <= limit[rows, None], rows.start)
            else:
                pairs = _where((lower + shift[rows, None]) <= limit, rows.start)
            own, partner = pairs[1 - axis], pairs[axis]
            counts += np.bincount(own, minlength=len(u))
            few = counts[own] <= MOST_CANDIDATES
            own, partner = own[few], partner[few]
            np.minimum.at(u, own, self._measured(axis, own, partner) + h[partner])
        floor = np.nextafter(screened.cpu().numpy(), np.float32(-np.inf)).astype(np.float64)
        u = np.where(counts > MOST_CANDIDATES, np.minimum(u, floor), u)
        rounding = self._rounding * (self.diameter / self._unit + 2.0 * float(np.abs(h).max()))
        value, paid = dual_value(self._weights[1 - axis], self._weights[axis], u, -h, rounding)
        return (value - paid) * self._unit

    def _steepest(self, values: tuple[NDArray[Any], NDArray[Any]], i: NDArray[Any], j: NDArray[Any]) -> float:
        """Return the largest slope among chosen pairs, at least 0, in frame units."""
        rise = values[0][i] - values[1][j]
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = np.where(rise > 0, rise / self._measured(1, i, j), 0.0)
        return float(slopes.max(initial=0.0))

    def _measured(self, axis: int, own: NDArray[Any], partner: NDArray[Any]) -> NDArray[np.float64]:
        """Measure pairs directly, in frame units; for axis 0 ``own`` are columns."""
        i, j = (own, partner) if axis == 1 else (partner, own)
        return pair_costs(self._x, self._y, i, j, unit=self._unit)

    def _find_twins(self, rows: slice, bound: Tensor) -> None:
        """Note, for each point of a block, the first point of the other side at distance 0."""
        i, j = _where(bound == 0, rows.start)
        same = self._measured(1, i, j) == 0
        for own, other, twins in ((i[same], j[same], self._twins[0]), (j[same], i[same], self._twins[1])):
            points, first = np.unique(own, return_index=True)
            new = twins[points] < 0
            twins[points[new]] = other[first[new]]

    def _bounds(self, rows: slice | Tensor) -> Tensor:
        """Return lower bounds of the distances from some rows, in frame units."""
        squares = self._squared.block(rows)
        squares.sub_(self._error_y).sub_(self._error_x[rows, None]).clamp_(min=0.0)
        return squares.sqrt_().mul_(1.0 - 4.0 * U32)


def _slopes(f: Tensor, g: Tensor, lower: Tensor) -> Tensor:
    """Return upper bounds of ``(f_i - g_j) / c_ij`` where it is positive; NaN is 0 / 0."""
    return (f[:, None] - g).div_(lower).mul_(1.0 + 8.0 * U32)


def _where(mask: Tensor, first: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows, counted from ``first``, and columns of the true entries of a block."""
    # numpy skips false entries many times faster than torch does on a processor
    flat = (
        np.flatnonzero(mask.numpy())
        if mask.device.type == "cpu"
        else mask.flatten().nonzero()[:, 0].cpu().numpy()
    )
    rows, columns = np.divmod(flat, mask.shape[1])
    return rows + first, columns


def _minima(blocks: Blocks, requests: Sequence[tuple[int, Tensor]]) -> list[tuple[Tensor, Tensor]]:
    """Return for each request ``min (c_ij + shift)`` over its axis, and where it is, in one pass for all."""
    parts: list[list[tuple[Tensor, Tensor]]] = [[] for _ in requests]
    for rows, lower in blocks:
        for (axis, shift), found in zip(requests, parts, strict=True):
            if axis == 1:
                values, at = (lower + shift).min(dim=1)
                found.append((values, at))
                continue
            values, at = (lower + shift[rows, None]).min(dim=0)
            at += rows.start
            if found:
                better = values < found[0][0]
                values, at = (
                    torch.where(better, new, old) for new, old in zip((values, at), found[0], strict=True)
                )
            found[:] = [(values, at)]
    return [
        (torch.cat([values for values, _ in found]), torch.cat([at for _, at in found])) for found in parts
    ]


def _value_and_slope(
    minima: Tensor, at: Tensor, direction: Tensor, weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the bound at a scale and its supergradient there."""
    value = float(np.dot(weights, minima.double().cpu().numpy()))
    return value, float(np.dot(weights, direction[at].double().cpu().numpy()))


def _centred(values: Tensor, weights: NDArray[np.float64]) -> Tensor:
    """Return the values less their mean: a constant changes no bound, but its digits are lost in float32."""
    wide = values.double()
    return (wide - torch.from_numpy(weights).to(wide.device) @ wide).float()


def _scaled(scale: float, direction: Tensor) -> Tensor:
    return (direction.double() * scale).float()


def _spread(n: int, device: str) -> Tensor:
    """Return at most :data:`PROBE` indices, spread evenly over n."""
    return torch.from_numpy(np.unique(np.linspace(0, n - 1, min(n, PROBE)).astype(np.int64))).to(device)
