r"""A contraction to few dimensions, so that one short matrix product bounds every distance from below.

Let Q have orthonormal rows (principal directions) and ``r(z) = |z - Q'Qz|``. Then ``phi(z) = (Qz, r(z))`` satisfies,
by Pythagoras and the reverse triangle inequality,

    |x - y|^2 = |Qx - Qy|^2 + |res(x) - res(y)|^2  >=  |Qx - Qy|^2 + (r(x) - r(y))^2 = |phi(x) - phi(y)|^2.

In low dimension phi is the identity. What is computed is F = phi(z) up to an error e(z) that is bounded row by row:
products in float64, then rounded to float32. Hence
``|x - y| >= |F - G| - e(x) - e(y)``, whatever Q is: directions a little off cost speed, never correctness.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import U64, UNDERFLOW, gamma, rounding_norm
from wcheck.transport.cost.frame import Frame
from wcheck.transport.cost.norms import row_norms
from wcheck.transport.programs import dense

CANDIDATES = (64, 128, 256)
"""Numbers of principal directions to choose from."""
TRIAL = 400
"""Points a side on which they are tried, at most."""
UNDECIDED_COST = 60.0
"""How many times dearer it is to measure one pair directly than within a matrix product."""
PASSES = 1.5
"""How many times as often all pairs are scanned with directions as with whole products, about."""
ORTHONORMAL = 1e-12
"""How far from orthonormal the directions may be; far below every other rounding."""
FLAT = 3
"""The largest dimension in which the points themselves are kept."""
TINY = 2.0**-500
"""More than underflow moves a distance."""


class Features:
    """The contracted points of one measure, in frame units.

    Attributes
    ----------
    values : ndarray, shape (n, width), float32
        ``(Qz, r(z))``, or z itself without a basis.
    norms : ndarray, shape (n,), float64
        Squared norms of the rows of ``values``.
    full_norms : ndarray, shape (n,), float64
        Squared norms of the points themselves.
    error : ndarray, shape (n,), float64
        e: how far a row of ``values`` can be from phi of its point.
    points : ndarray, shape (n, d), float64
        The points themselves where the dimension is at most :data:`FLAT`; else empty.
    off : float
        How far any of these is from its place, at most: ``4 U64`` of its norm, and what the points that are given are
        off already.
    """

    def __init__(
        self,
        measure: Measure,
        frame: Frame,
        basis: NDArray[np.float64] | None,
        check: Callable[[], None] = lambda: None,
        off: float = 0.0,
    ) -> None:
        n, dim = len(measure), measure.dim
        self.projected = basis is not None
        self.width = dim if basis is None else len(basis) + 1
        self.values = np.empty((n, self.width), np.float32)
        self.full_norms = np.empty(n)
        self.norms = np.empty(n)
        self.error = np.empty(n)
        self.points = np.empty((n, dim if dim <= FLAT else 0))
        for rows, block in measure.blocks():
            check()
            if dim <= FLAT:
                self.points[rows] = frame.coordinates(block.astype(np.float64))
            points = frame.coordinates(block)
            norms = row_norms(points)
            self.full_norms[rows] = norms
            moved = rounding_norm(norms, dim) + 4.0 * U64 * np.sqrt(norms)
            if basis is None:
                self.values[rows] = points
            else:
                projected, lost = _contract(points, norms, basis)
                self.values[rows] = projected
                moved += lost + rounding_norm(norms, self.width)
            self.error[rows] = (moved + off) * (1.0 + 1e-9)
            self.norms[rows] = row_norms(self.values[rows])
        self.off = off + TINY
        if dim <= FLAT:
            self.off += 4.0 * U64 * math.sqrt(float(self.full_norms.max(initial=0.0)) * (1.0 + 1e-9))

    def take(self, rows: NDArray[np.int64]) -> Features:
        """Return the features of some of the points."""
        part = object.__new__(Features)
        part.projected, part.width, part.off = self.projected, self.width, self.off
        for name in ("values", "norms", "full_norms", "error", "points"):
            setattr(part, name, getattr(self, name)[rows])
        return part


def choose_directions(
    x: Measure, y: Measure, frame: Frame, p: int, generator: np.random.Generator, whole: float = 1.0
) -> NDArray[np.float64] | None:
    """Choose how many principal directions pay, by trying them on a sample; None where no projection does.

    With q directions instead of d coordinates a scan is shorter, but pairs that its weaker bound leaves undecided must
    be measured in full. On a sample, whose own optimal potentials stand in for the whole's, both are counted. The more
    points there are, the nearer lie partners and the fewer pairs are undecided: what half of the sample leaves of
    that, and all of it, is carried on to all points.

    Parameters
    ----------
    whole : float
        The time of products over all coordinates, those in float32 taking 1; infinite where these are too many to be
        kept.

    Returns
    -------
    ndarray, shape (q, d), float64, or None
        Orthonormal rows; None also in few dimensions.
    """
    dim = x.dim
    too_few = min(len(x), len(y)) < 2 * CANDIDATES[0] or frame.diameter == 0
    if dim <= 2 * CANDIDATES[0] or (too_few and whole < math.inf):
        return None
    basis = principal_directions(x, y, frame, min(CANDIDATES[-1], dim // 2), generator)
    if too_few:
        return basis
    numbers = np.array([few for few in CANDIDATES if few <= len(basis)])
    drawn = [generator.choice(len(side), min(len(side), TRIAL), replace=False) for side in (x, y)]

    def tried(part: slice) -> NDArray[np.float64]:
        samples = [side.take(np.sort(rows[part])) for side, rows in zip((x, y), drawn, strict=True)]
        return _undecided(samples, frame, p, basis, numbers)

    half, undecided = (tried(slice(0, None, 2)) + tried(slice(1, None, 2))) / 2.0, tried(slice(None))
    kept = np.clip(undecided / np.maximum(half, 1e-300), 0.5, 1.0)
    doublings = 0.5 * math.log2(len(x) * len(y) / (len(drawn[0]) * len(drawn[1])))
    work = PASSES * numbers / dim + UNDECIDED_COST * undecided * kept**doublings
    best = int(work.argmin())
    return basis[: numbers[best]] if work[best] < whole else None


def _undecided(
    samples: list[Measure], frame: Frame, p: int, basis: NDArray[np.float64], numbers: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the share of the pairs of two samples that so many directions do not decide."""
    points = [torch.from_numpy(frame.coordinates(sample.dense())).float() for sample in samples]
    cost = _squares(*points)
    potentials = dense.solve(samples[0].weights, samples[1].weights, cost if p == 2 else np.sqrt(cost))
    reach = potentials.u[:, None] + potentials.v
    reach = np.square(np.maximum(reach, 0.0)) if p == 1 else reach
    shares = [(_squares(*(_approximate(z, basis[:few]) for z in points)) < reach).mean() for few in numbers]
    return np.array(shares)


def principal_directions(
    x: Measure, y: Measure, frame: Frame, few: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return about the first ``few`` principal directions of both sets, the strongest first.

    By a randomised singular value decomposition (Halko, Martinsson, Tropp 2011) of a sample of each set.

    Returns
    -------
    ndarray, shape (few, d), float64
        Orthonormal rows.
    """
    sample = []
    for measure in (x, y):
        rows = np.sort(generator.choice(len(measure), min(len(measure), 2 * few), replace=False))
        sample.append(frame.coordinates(measure.block(rows)).astype(np.float32))
    points = torch.from_numpy(np.concatenate(sample))
    sketch = torch.from_numpy(generator.standard_normal((len(points), few + 16), dtype=np.float32))
    for _ in range(2):
        span = _orthonormal(points.T @ sketch)
        sketch = points @ span
    _, rotation = torch.linalg.eigh(sketch.T @ sketch)
    strongest = (span @ rotation.flip(1)[:, :few]).double()
    basis = _orthonormal(strongest)
    off = (basis.T @ basis - torch.eye(few, dtype=torch.float64)).abs().max()
    if not off <= ORTHONORMAL:
        basis = torch.linalg.qr(strongest).Q  # dependent directions: the data has fewer dimensions than asked
    return np.ascontiguousarray(basis.T.numpy())


def _orthonormal(columns: torch.Tensor) -> torch.Tensor:
    """Orthonormalise columns by Cholesky factors of their Gram matrix, twice: products only, fast on any device.

    Once leaves an error of the condition number squared times the unit roundoff, the second time removes it (Yamamoto
    et al. 2015, CholeskyQR2). Of dependent columns only the span is kept.
    """
    for _ in range(2):
        gram = columns.T @ columns
        gram.diagonal().add_(10 * torch.finfo(columns.dtype).eps * gram.trace())
        factor, failed = torch.linalg.cholesky_ex(gram)
        if failed:
            orthonormal: torch.Tensor = torch.linalg.qr(columns).Q
            return orthonormal
        columns = torch.linalg.solve_triangular(factor, columns.T, upper=False).T
    return columns


def _contract(
    points: NDArray[np.float32 | np.float64], norms: NDArray[np.float64], basis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (Qz, r(z)) for the rows z of ``points``, and how far the computation can be off."""
    dim, few = points.shape[1], len(basis)
    wide = torch.from_numpy(points.astype(np.float64, copy=False))
    projected = torch.mm(wide, torch.from_numpy(basis).T).numpy()
    length = np.sqrt(norms)
    # Each of the d' sums is off by gamma_d times |z| |q|.
    off = math.sqrt(few) * (1.01 * gamma(dim, U64) * length + dim * UNDERFLOW)
    residual = np.sqrt(np.maximum(norms - row_norms(projected), 0.0))
    square_off = 2.0 * off * length + off * off + 2.0 * gamma(dim + 4, U64) * norms
    residual_off = np.minimum(np.sqrt(square_off), square_off / np.maximum(residual, 1e-300))
    return np.concatenate([projected, residual[:, None]], axis=1), np.hypot(off, residual_off)


def _approximate(points: torch.Tensor, basis: NDArray[np.float64]) -> torch.Tensor:
    """Return (Qz, r(z)) without an error bound."""
    inner = points @ torch.from_numpy(basis).float().T
    residual = (points.square().sum(dim=1) - inner.square().sum(dim=1)).clamp_(min=0.0).sqrt_()
    return torch.cat([inner, residual[:, None]], dim=1)


def _squares(x: torch.Tensor, y: torch.Tensor) -> NDArray[np.float64]:
    """Return all squared distances, without an error bound."""
    square = torch.addmm(y.square().sum(dim=1), x, y.T, alpha=-2.0) + x.square().sum(dim=1)[:, None]
    return square.clamp_(min=0.0).double().numpy()
