"""What an embedding is: a map of points to vectors, block by block, kept between runs where it is always the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, counted
from wcheck.measures.embeddings import kept
from wcheck.measures.measure import Measure
from wcheck.measures.scaling import ScaledPoints, scale_of
from wcheck.progress import Report, silent

LONGEST = 1 << 20
"""The coordinates of the longest vector that an embedding may return."""


class Embedding(ABC):
    """A map of single points to vectors.

    Attributes
    ----------
    text : str
        The name, as the user wrote it.
    """

    text: str

    @abstractmethod
    def vectors(self, points: NDArray[Any], scale: str) -> Any:
        """Map points ``(k, ...)``, images as ``(k, channels, height, width)``, to an array ``(k, ...)``.

        What becomes of a point depends on that point alone.

        Parameters
        ----------
        points : ndarray
            float32 or float64.
        scale : str
            Their scale: ``"0,1"``, ``"-1,1"``, ``"zscore"``, or "" where they are as given.

        Raises
        ------
        SourceError, ParameterError
            If they cannot be mapped.
        """

    def classes(self, vectors: NDArray[Any]) -> NDArray[np.int64] | None:
        """Return the class of each vector ``(k, dim)`` that this map returned, where it tells classes; None if not."""
        return None

    def fingerprint(self) -> str | None:
        """Return what tells this map from all others, if its vectors may be kept between runs; None if not."""
        return None

    def __call__(self, points: NDArray[Any], shape: tuple[int, ...], scale: str = "") -> NDArray[Any]:
        """Map points ``(k, d)`` of this shape to vectors ``(k, dim)``.

        Raises
        ------
        SourceError
            If the map fails.
        ParameterError
            If it returns anything but a finite vector for each point.
        """
        vectors = Measure.of(
            self.vectors(points.reshape(-1, *shape), scale), name=f"what {self.text} returned"
        )
        if len(vectors) != len(points):
            raise ParameterError(
                f"{self.text} returned {counted(len(vectors), 'vector')} for {counted(len(points), 'point')}: "
                "return one for each."
            )
        if vectors.dim > LONGEST:
            raise ParameterError(
                f"{self.text} returned vectors of {vectors.dim:,} coordinates: return at most {LONGEST:,}."
            )
        return vectors.dense()

    def measure(self, measure: Measure, report: Report = silent) -> Measure:
        """Map all points of a measure; what they are still tells the scale that went before."""
        scale = scale_of(measure)
        identity = self.fingerprint()
        key = None if identity is None else kept.key(identity, scale, measure.shape, measure.digest())
        vectors = None if key is None else kept.read(key, len(measure))
        if vectors is None:
            parts = []
            for rows, block in measure.blocks():
                parts.append(self(block, measure.shape, scale))
                report("embed", rows.stop, len(measure))
            if len({part.shape[1] for part in parts}) > 1:
                raise ParameterError(
                    f"{self.text} returned vectors of different lengths: return the same for every point."
                )
            vectors = np.concatenate(parts)
            if key is not None:
                kept.write(key, vectors)
        points = ScaledPoints(vectors, _same, scale)
        return replace(measure, points=points, shape=(points.shape[1],), columns=None)


def _same(block: NDArray[Any]) -> NDArray[Any]:
    return block
