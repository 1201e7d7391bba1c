r"""What generated points look like beside real ones: how wide, how sharp, how original, how complete.

None of these is a distance: points may have all of them right and be far away, and copies of the data have most. They
stand beside W1, which alone does not tell blur from sharpness (Stanczuk et al. 2021, Section 5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.estimators.nearest import Neighbours
from wcheck.measures.measure import Measure
from wcheck.medians import nearest as nearest_centres

WITHIN = 3.0
"""Standard deviations from a mode within which a sample belongs to it."""
COPY = 0.5
"""The share of the second nearest distance below which the nearest one is a copy's."""

Ratio = float | None
"""A number, or None where it is not defined."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """The modes of a mixture: their centres ``(k, d)``, and the standard deviation of a coordinate around them."""

    centres: NDArray[np.float64]
    std: float


class Likeness:
    """What is measured of generated points, beside real ones that are looked at once.

    Parameters
    ----------
    real : Measure
        Points of the data that the generator was not trained on.
    train : Measure, optional
        Those that it was trained on; without them nothing is said of neighbours and copies.
    centroids : ndarray, shape (k, d), optional
        Centroids of the training points, such as geometric k-medians.
    mixture : Mixture, optional
        The modes that the data have.
    device : str
        Where products are computed.

    Raises
    ------
    ParameterError
        If centroids or modes are of another dimension.
    """

    def __init__(
        self,
        real: Measure,
        train: Measure | None = None,
        *,
        centroids: NDArray[np.floating] | None = None,
        mixture: Mixture | None = None,
        device: str = "cpu",
    ) -> None:
        real = real.support()
        given = {"centroids": centroids, "modes": None if mixture is None else mixture.centres}
        for name, points in given.items():
            if points is not None and points.shape[1] != real.dim:
                raise ParameterError(
                    f"the {name} have dimension {points.shape[1]} and {real.name} has dimension {real.dim}: "
                    "give points of one dimension."
                )
        self._spread, self._sharpness = root_mean_square(real), laplacian(real)
        self._centroids, self._mixture = centroids, mixture
        self._to_centroids = None if centroids is None else _to_nearest(real, centroids)
        self._neighbours = None if train is None else Neighbours(train, device)
        if self._neighbours is not None:
            near = self._neighbours.distances(real)
            self._nearest = _mean(real, near[:, 0])
            self._copied = None if len(self._neighbours) < 2 else _mean(real, _are_copies(near))

    def of(self, fake: Measure) -> dict[str, float | None]:
        """Return what is measured of generated points, by column; None where it is not defined.

        ``spread``, ``sharpness``, ``nearest`` and ``centroid_distance`` are over those of the real points.

        Returns
        -------
        dict
            ``spread``: see :func:`root_mean_square`.
            ``sharpness``: see :func:`laplacian`; of images alone.
            ``nearest``: the mean distance to the nearest training point; 0 for exact copies, and below 1 also for
            blurred or shrunken samples, which lie where training points are dense.
            ``copied``: the share of points that are nearer to one training point than half of the way to the second
            nearest, equal training points being one; ``copied_real``, that of the real points.
            ``modes``, ``quality``: see the functions of these names.
            ``centroid_distance``: the mean distance to the nearest centroid; small for samples like centroids.
        """
        fake = fake.support()
        found: dict[str, float | None] = {
            "spread": _over(root_mean_square(fake), self._spread),
            "sharpness": _over(laplacian(fake), self._sharpness),
        }
        if self._neighbours is not None:
            near = self._neighbours.distances(fake)
            found["nearest"] = _over(_mean(fake, near[:, 0]), self._nearest)
            found["copied"] = None if self._copied is None else _mean(fake, _are_copies(near))
            found["copied_real"] = self._copied
        if self._mixture is not None:
            found["modes"] = modes(fake, self._mixture)
            found["quality"] = quality(fake, self._mixture)
        if self._centroids is not None:
            found["centroid_distance"] = _over(_to_nearest(fake, self._centroids), self._to_centroids)
        return dict.fromkeys(COLUMNS) | found


COLUMNS = (
    "spread", "sharpness", "nearest", "copied", "copied_real", "modes", "quality", "centroid_distance"
)  # fmt: skip
"""What :meth:`Likeness.of` returns."""


def modes(fake: Measure, mixture: Mixture) -> int:
    """Return how many modes have a sample within 3 standard deviations."""
    return int(_belong(fake, mixture).any(axis=0).sum())


def quality(fake: Measure, mixture: Mixture) -> float:
    """Return the share of samples within 3 standard deviations of a mode."""
    return _mean(fake, np.asarray(_belong(fake, mixture).any(axis=1)))


def root_mean_square(z: Measure) -> float:
    """Return the root mean squared distance of points from their mean, by weight, in float64."""
    first = z.block(slice(0, 1)).astype(np.float64)  # equal points differ by exactly 0 from it
    mean = np.zeros(z.dim)
    for rows, block in z.blocks():
        mean += z.weights[rows] @ (block - first)
    total = 0.0
    for rows, block in z.blocks():
        total += float(z.weights[rows] @ ((block - first - mean) ** 2).sum(axis=1))
    return math.sqrt(total)


def laplacian(z: Measure) -> Ratio:
    r"""Return the mean of ``|4 p - p_left - p_right - p_above - p_below|`` over all inner pixels p of all images.

    None where points are not images ``(channels, height, width)`` of at least 3x3 pixels.
    """
    if len(z.shape) != 3 or min(z.shape[1:]) < 3:
        return None
    total = 0.0
    for rows, block in z.blocks():
        p = block.reshape(-1, *z.shape).astype(np.float64)
        found = 4 * p[..., 1:-1, 1:-1] - p[..., :-2, 1:-1] - p[..., 2:, 1:-1]
        found -= p[..., 1:-1, :-2] + p[..., 1:-1, 2:]
        total += float(z.weights[rows] @ np.abs(found).mean(axis=(1, 2, 3)))
    return total


def _belong(fake: Measure, mixture: Mixture) -> NDArray[np.bool_]:
    """Return which points ``(n, k)`` lie within 3 standard deviations of which mode."""
    near = np.empty((len(fake), len(mixture.centres)), bool)
    for rows, block in fake.blocks():
        for k, centre in enumerate(mixture.centres):
            near[rows, k] = np.linalg.norm(block - centre, axis=1) <= WITHIN * mixture.std
    return near


def _are_copies(near: NDArray[np.float64]) -> NDArray[np.bool_]:
    return near[:, 0] < COPY * near[:, 1]


def _to_nearest(z: Measure, centroids: NDArray[np.floating]) -> float:
    centres = np.ascontiguousarray(centroids, z.dtype)
    return _mean(z, nearest_centres(z.dense(), centres)[1])


def _mean(z: Measure, values: NDArray[np.floating] | NDArray[np.bool_]) -> float:
    return float(
        values.mean() if z.is_uniform else z.weights @ values
    )  # all of equal points is 1, without rounding


def _over(own: Ratio, real: Ratio) -> Ratio:
    return None if own is None or not real else own / real
