"""The unbiased energy distance from points to held-out data, in their own coordinates or in a feature space."""

from __future__ import annotations

import numpy as np

from wcheck.estimators.discrepancy import Kernel, between, within
from wcheck.measures.embeddings.embedding import Embedding
from wcheck.measures.measure import Measure
from wcheck.measures.scaling import scale_of

ENERGY = Kernel("energy")
COLUMNS = ("energy_distance", "energy_distance_real", "energy_distance_excess", "classes")
"""What :meth:`EnergyDistance.of` returns."""
SEEN = 0.01
"""The share of points at least that are of a class which counts as there: one in a hundred, of few points one."""


class EnergyDistance:
    r"""Half of Székely and Rizzo's energy distance to a reference, as a U-statistic, beside that of real points.

    .. math:: E|h(X) - h(Y)| - \tfrac12 E|h(X) - h(X')| - \tfrac12 E|h(Y) - h(Y')|

    with X, X' different generated points, Y, Y' different points of the reference, and h the embedding. No point is
    paired with itself, so that its mean is the distance of the distributions, 0 for equal ones, and values are below 0
    at times. What is measured once for the reference and the real points is kept.

    Parameters
    ----------
    reference, real : Measure
        Points of the data that no player sees, all counted alike.
    embedding : Embedding, optional
        What maps points to vectors; their own coordinates are measured if left out.
    device : str
        Where distances are computed.

    Raises
    ------
    WcheckError
        If the embedding does not map such points.
    """

    def __init__(
        self, reference: Measure, real: Measure, embedding: Embedding | None = None, device: str = "cpu"
    ) -> None:
        self._embedding, self._device, self._scale = embedding, device, scale_of(reference)
        self._reference = self._vectors(reference)
        self._within, self._real = 0.0, None
        if len(reference) > 1:
            self._within = within(self._reference, ENERGY, device)
            self._real = self._to_reference(self._vectors(real))

    def of(self, points: Measure) -> dict[str, float | None]:
        """Return the distance of points, that of the real ones, the first less the second, and the classes of points.

        The classes are the number of those that at least :data:`SEEN` of the points belong to, if the embedding tells
        classes; otherwise None.

        Parameters
        ----------
        points : Measure
            They are of the shape and the scale of the reference, and all counted alike. Where there are fewer than two,
            here or in the reference, the values are None.
        """
        vectors = self._vectors(points)
        found = None if self._real is None else self._to_reference(vectors)
        real = self._real
        excess = None if found is None or real is None else found - real
        return dict(zip(COLUMNS, (found, real, excess, self._classes(vectors)), strict=True))

    def _vectors(self, points: Measure) -> Measure:
        if self._embedding is None:
            return points
        vectors = self._embedding(points.dense(), points.shape, self._scale)
        return Measure.of(vectors, name=points.name)

    def _classes(self, vectors: Measure) -> int | None:
        told = None if self._embedding is None else self._embedding.classes(vectors.dense())
        if told is None:
            return None
        counts = np.unique(told, return_counts=True)[1]
        return int((counts >= SEEN * len(told)).sum())

    def _to_reference(self, points: Measure) -> float | None:
        if len(points) < 2:
            return None
        own = within(points, ENERGY, self._device)
        return own + self._within - 2.0 * between(points, self._reference, ENERGY, self._device)
