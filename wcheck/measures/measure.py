"""A measure: finitely many weighted points, checked once so that everything below may rely on it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, counted
from wcheck.measures.arraylike import as_points
from wcheck.measures.frames import is_frame, open_frame
from wcheck.measures.points import LazyPoints, row_blocks
from wcheck.measures.weights import checked_weights


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A probability measure with finite support: ``sum_i weights[i] * dirac(points[i])``.

    Use :meth:`of` to make one; the constructor does not check.

    Attributes
    ----------
    points : ndarray or LazyPoints, shape (n, d)
        The points, finite and never empty; float32 or float64 when read.
    weights : ndarray, shape (n,), float64
        The weights, which are not negative and sum to 1 up to rounding.
    name : str
        The name of the measure in tables, which is the text of its source.
    shape : tuple of int
        The shape of one point: ``(channels, height, width)`` for images, ``(d,)`` otherwise.
    residual : float
        ``|total - 1|`` of the weights as they were given.
    columns : tuple of str, optional
        The names of the coordinates, where they have any; the coordinates of two measures are matched by name.
    given : ndarray, shape (n,), float64, optional
        The weights before they were divided by their total, and so rounded, if the total is not 1.
    power : int
        The exponent of two: weights of any total, such as counts, were divided by ``2^power`` when they were read.

    Examples
    --------
    >>> Measure.of([[0.0, 0.0], [1.0, 0.0]], [1, 3], normalise=True).weights.tolist()
    [0.25, 0.75]
    """

    points: NDArray[Any] | LazyPoints
    weights: NDArray[np.float64]
    name: str
    shape: tuple[int, ...]
    residual: float = 0.0
    columns: tuple[str, ...] | None = None
    given: NDArray[np.float64] | None = None
    power: int = 0

    @staticmethod
    def of(
        points: Any,
        weights: Any = None,
        *,
        name: str = "array",
        shape: tuple[int, ...] | None = None,
        columns: Sequence[str] | None = None,
        normalise: bool = False,
    ) -> Measure:
        """Check points and weights and make a measure of them.

        Parameters
        ----------
        points : array, tensor, data frame, LazyPoints or Measure, shape (n, ...)
            Real and finite. Trailing axes are flattened to d and kept as ``shape``; a vector is n points on the line. A
            data frame has one column per coordinate, can have one for the weights, named ``weight`` or ``weights``, and
            its index is ignored. float32, float64 and uint8 are kept, float16 becomes float32, other integers float64.
        weights : array or tensor, shape (n,), or str, optional
            Weights, not negative, with a total within 1e-6 of 1, or the name of a column. Uniform if left out.
        name : str
            The name of the measure in tables and errors.
        shape : tuple of int, optional
            The shape of one point, if ``points`` is flat.
        columns : sequence of str, optional
            The names of the coordinates; for a data frame, the columns to use.
        normalise : bool
            Whether the weights, such as counts, are first divided by their total, in float64.

        Raises
        ------
        ParameterError
            If points or weights are not as described, or are of different lengths.
        """
        if isinstance(points, Measure):
            if weights is None:
                return points
            name, shape, columns, points = points.name, points.shape, points.columns, points.points
        if is_frame(points):
            named = weights if isinstance(weights, str) else None
            points, held, columns = open_frame(points, name, named, columns)
            if held is not None and weights is not None and named is None:
                raise ParameterError(
                    f"{name} has both weights and a column of weights: drop the column, or give no other weights."
                )
            weights = held if weights is None or named else weights
        if not isinstance(points, LazyPoints):
            points, point_shape = as_points(points, name)
            shape = shape or point_shape
        shape = shape or (points.shape[1],)
        if points.shape[0] == 0 or points.shape[1] == 0:
            raise ParameterError(
                f"{name} has shape {tuple(points.shape)}: a measure needs at least one point of at least one "
                "coordinate; give a non-empty array."
            )
        if columns is not None and len(columns) != points.shape[1]:
            raise ParameterError(
                f"{name} has {counted(points.shape[1], 'coordinate')} and {counted(len(columns), 'name')} of "
                "columns: name every one."
            )
        _check_finite(points, name)
        checked, total, power = checked_weights(weights, points.shape[0], name, normalise)
        exact = total == 1.0
        return Measure(
            points,
            checked if exact else checked / total,
            name,
            tuple(shape),
            0.0 if normalise else abs(total - 1.0),
            None if columns is None else tuple(columns),
            None if exact and not power else checked,
            power,
        )

    def __repr__(self) -> str:
        """Say in one line what it is, without its numbers."""
        weights = "" if self.is_uniform else ", weighted"
        return f"Measure({self.name!r}: {counted(len(self), 'point')} of {counted(self.dim, 'coordinate')}{weights})"

    def __len__(self) -> int:
        """Return the number of points n."""
        return int(self.points.shape[0])

    @property
    def dim(self) -> int:
        """The dimension d."""
        return int(self.points.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the points when they are read: float32 or float64."""
        return np.dtype(np.float32) if self.points.dtype == np.uint8 else np.dtype(self.points.dtype)

    @property
    def masses(self) -> NDArray[np.float64]:
        """The weights as they were given, with any total; the exact measure has these divided by their exact total."""
        return self.weights if self.given is None else self.given

    @property
    def amounts(self) -> NDArray[np.float64]:
        """The weights as they were given, before any normalisation, for comparisons of unnormalised masses."""
        return np.ldexp(self.masses, self.power)

    @property
    def is_uniform(self) -> bool:
        """Whether all weights are equal."""
        return bool(np.all(self.weights == self.weights[0]))

    def take(self, rows: NDArray[np.integer], name: str | None = None) -> Measure:
        """Return the measure restricted to some of its points, with their weights scaled to a total of 1.

        Parameters
        ----------
        rows : ndarray of int
            The indices of the points, each at most once, with a positive total weight.
        name : str, optional
            The name of the part; that of the whole measure if left out.
        """
        part = self.points.part(rows) if isinstance(self.points, LazyPoints) else self.points[rows]
        weights = self.weights[rows]
        weights = (
            np.full(len(weights), 1.0 / len(weights)) if self.is_uniform else weights / math.fsum(weights)
        )
        given = None if self.is_uniform else self.masses[rows]
        power = 0 if given is None else self.power
        return replace(self, points=part, weights=weights, name=name or self.name, given=given, power=power)

    def support(self) -> Measure:
        """Return the measure on its points of positive weight: itself if no weight is 0."""
        positive = self.weights > 0
        return self if positive.all() else self.take(np.flatnonzero(positive))

    def reordered(self, columns: Sequence[int]) -> Measure:
        """Return the measure with its named coordinates in another order."""
        names = None if self.columns is None else tuple(self.columns[column] for column in columns)
        if isinstance(self.points, LazyPoints):
            return replace(self, points=self.points.reordered(columns), columns=names)
        points = self.points[:, list(columns)]
        return replace(self, points=points, columns=names)

    def block(self, rows: slice | NDArray[Any]) -> NDArray[Any]:
        """Return the points of ``rows`` as a C-contiguous float array ``(k, d)`` of :attr:`dtype`."""
        return np.ascontiguousarray(self.points[rows], dtype=self.dtype)

    def blocks(self) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Yield all points in blocks of about 16 MiB, with the rows each block holds."""
        for rows in row_blocks(len(self), self.dim):
            yield rows, self.block(rows)

    def dense(self) -> NDArray[Any]:
        """Return all points as one C-contiguous float array ``(n, d)``, without a copy if they are stored as one."""
        if isinstance(self.points, LazyPoints):
            return np.asarray(self.points)
        return np.ascontiguousarray(self.points, dtype=self.dtype)

    def digest(self) -> str:
        """Return the SHA-256 of dtype, shape, points and weights; it does not depend on how they are stored."""
        sha = hashlib.sha256(f"{self.dtype.str} {len(self)} {self.dim}".encode())
        for _, block in self.blocks():
            sha.update(block.tobytes())
        sha.update(self.masses.tobytes())
        return sha.hexdigest()


def _check_finite(points: NDArray[Any] | LazyPoints, name: str) -> None:
    stored = points.store if isinstance(points, LazyPoints) else points
    if np.uint8 in (stored.dtype, points.dtype):
        return
    for rows in row_blocks(*points.shape):
        block = points[rows]
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(block.sum()):  # which infinities and NaNs do not leave, and which needs no memory
                continue
        for row, column in np.argwhere(~np.isfinite(block)):
            raise ParameterError(
                f"{name} holds {block[row, column]} at row {rows.start + row}, column {column}: "
                "coordinates are finite; remove or repair such rows."
            )
