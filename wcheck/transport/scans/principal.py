"""Principal directions of two sets of points: which they are, and how many of them pay.

With q directions instead of d coordinates a scan is shorter, but pairs that its weaker bound leaves undecided
(:mod:`contraction`) must be measured in full. Both are counted on a sample.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.transport.cost.frame import Frame
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


def choose_directions(
    x: Measure, y: Measure, frame: Frame, p: int, generator: np.random.Generator, whole: float = 1.0
) -> NDArray[np.float64] | None:
    """Choose how many principal directions pay, by trying them on a sample; None where no projection does.

    On a sample, whose own optimal potentials stand in for the whole's, undecided pairs are counted. The more points
    there are, the nearer lie those that belong together and the fewer pairs are undecided: what half of the sample
    leaves of that, and all of it, is carried on to all points.

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
    cost = squares(*points).double().numpy()
    potentials = dense.solve(samples[0].weights, samples[1].weights, cost if p == 2 else np.sqrt(cost))
    reach = potentials.u[:, None] + potentials.v
    reach = np.square(np.maximum(reach, 0.0)) if p == 1 else reach
    bounds = (squares(*(approximate(z, basis[:few]) for z in points)).double().numpy() for few in numbers)
    return np.array([(bound < reach).mean() for bound in bounds])


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


def approximate(points: torch.Tensor, basis: NDArray[np.float64]) -> torch.Tensor:
    """Return (Qz, r(z)) without an error bound."""
    inner = points @ torch.from_numpy(basis).float().T
    residual = (points.square().sum(dim=1) - inner.square().sum(dim=1)).clamp_(min=0.0).sqrt_()
    return torch.cat([inner, residual[:, None]], dim=1)


def squares(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return all squared distances, without an error bound."""
    square = torch.addmm(y.square().sum(dim=1), x, y.T, alpha=-2.0).add_(x.square().sum(dim=1)[:, None])
    return square.clamp_(min=0.0)
