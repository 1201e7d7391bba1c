"""Geometric k-medians of a source from many starts: what ``wcheck kmedians`` runs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from wcheck.errors import ParameterError, counted
from wcheck.experiments import archive
from wcheck.experiments.data import OnPoints, Points
from wcheck.experiments.telling import kmedians as telling
from wcheck.experiments.usual import Usual, fitted
from wcheck.progress import Report, silent, within
from wcheck.rows.csvfile import check_writable
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.clustering import GeometricKMedians
    from wcheck.measures.measure import Measure

SAVED = frozenset({"centroids", "weights"})
DATA = "cifar10:train[0:10000]"
"""The source where none is named."""
SHIFT = 0.05
"""How far the perturbed centroids are from the found ones, as a share of the loss."""


@dataclass(frozen=True)
class KMedians(OnPoints[tuple[int, int]]):
    """Lloyd's iteration with Weiszfeld's step, from scikit-learn's k-means, once for each start.

    The k centroids, weighted by their cells, are a measure on k points; its W1 to the data is the mean distance to
    the nearest centroid, which is what every loss is. Beside it stand those of other k-point measures, all weighted by
    their cells: the k-means centroids, k random points of the data, and the found centroids moved by
    :data:`SHIFT` times the loss, each in a random direction.

    Attributes
    ----------
    data : Points
        The points.
    k : tuple of int
        Numbers of clusters; 64 by default, or a quarter of the points if they are fewer.
    starts : int
        Random starts for each k.
    tol : float
        A start ends when no cell's mean distance can be lowered by more than this share, provably.
    max_iter : int
        Steps after which it ends, converged or not.
    seed : int
        The seed of the starts.
    save, grid : Path, optional
        Where the best centroids go, as arrays and as a picture; for a single k.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    OutputError
        If a file cannot be written.
    """

    data: Points = field(default_factory=lambda: Points(DATA))
    k: tuple[int, ...] = Usual((64,))
    starts: int = 100
    tol: float = 1e-6
    max_iter: int = 300
    seed: int = 0
    save: Path | None = None
    grid: Path | None = None

    name: ClassVar[str] = "kmedians"
    columns: ClassVar[tuple[str, ...]] = (
        "data", "n", "dim", "scale", "image_size", "embed", "dtype", "k", "tol", "max_iter", "seed", "start",
        "kmeans_loss", "kmedians_loss", "random_loss", "perturbed_loss", "iterations", "residual", "seconds", "status",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = frozenset({"converged", "max_iter"})
    neutral: ClassVar[frozenset[str]] = OnPoints.neutral | {"save", "grid"}
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        for option, value in (("k", min(self.k)), ("starts", self.starts), ("max_iter", self.max_iter)):
            if value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        if not 0 <= self.tol < 1:
            raise ParameterError(f"tol is {self.tol}: give a number from 0 to 1.")
        if len(self.k) > 1 and (self.save or self.grid):
            raise ParameterError(f"--save and --grid are for one k, but {len(self.k)} were given: give one.")
        if self.save is not None:
            archive.check(self.save, SAVED, "set of centroids")
        if self.grid is not None:
            check_writable(self.grid)

    def tasks(self) -> Sequence[tuple[int, int]]:
        """Return the pairs (k, start)."""
        return list(itertools.product(dict.fromkeys(self.k), range(self.starts)))

    def run(self, task: tuple[int, int], report: Report, place: Place | None = None) -> Iterator[Row]:
        """Run one start and yield its row."""
        import numpy as np

        from wcheck.rng import generator

        k, start = task
        points = self._points(report)
        begun = time.perf_counter()
        found = self.fit(k, start, within(report, 0.0, 1.0))
        seconds = time.perf_counter() - begun
        random = generator(self.seed, "compare", k, start)
        directions = random.standard_normal(found.cluster_centers_.shape)
        directions *= SHIFT * found.loss_ / np.linalg.norm(directions, axis=1, keepdims=True)
        yield {
            **self.about(report),
            "k": k,
            "tol": self.tol,
            "max_iter": self.max_iter,
            "seed": self.seed,
            "start": start,
            "kmeans_loss": found.kmeans_loss_,
            "kmedians_loss": found.loss_,
            "random_loss": self._loss(points[random.choice(len(points), k, replace=False)]),
            "perturbed_loss": self._loss(found.cluster_centers_ + directions),
            "iterations": found.n_iter_,
            "residual": found.residual_,
            "seconds": seconds,
            "status": "converged" if found.converged_ else "max_iter",
        }

    def fit(self, k: int, start: int, report: Report) -> GeometricKMedians:
        """Return the clusters of one start: the same each time."""
        from wcheck.clustering import GeometricKMedians
        from wcheck.rng import derived_seed

        estimator = GeometricKMedians(
            k,
            tol=self.tol,
            max_iter=self.max_iter,
            random_state=derived_seed(self.seed, "kmedians", k, start) % 2**32,
        )
        return estimator.fit(self._points(silent), sample_weight=self.read(silent).weights, report=report)

    def best(self, rows: Sequence[Row], report: Report) -> Centroids:
        """Return the centroids of the best start; it is run once more for that, and if they are asked for, saves them.

        Raises
        ------
        OutputError
            If they cannot be saved.
        """
        from wcheck.measures.scaling import scale_of

        row = best_row(rows)
        report("best start", 0, 1)
        found = self.fit(cast("int", row["k"]), cast("int", row["start"]), silent)
        order = (-found.cluster_weights_).argsort(kind="stable")
        centroids, weights = found.cluster_centers_[order], found.cluster_weights_[order]
        measure = self.read(report)
        if self.save is not None:
            shaped = centroids.reshape(-1, *measure.shape)
            archive.save(self.save, {"centroids": shaped, "weights": weights})
        return Centroids(centroids, weights, measure.shape, scale_of(measure))

    def _loss(self, centroids: NDArray[Any]) -> float:
        import numpy as np

        from wcheck.medians import nearest

        distances = nearest(self._points(silent), np.ascontiguousarray(centroids))[1]
        return float(self.read(silent).weights @ distances)

    def sizes(self, read: Callable[[], Measure]) -> Mapping[str, Any]:
        """Return a quarter as many clusters as points, where there are fewer points than usual clusters."""
        if not isinstance(self.k, Usual) or (count := len(read())) >= max(self.k):
            return {}
        return fitted("k", self.k, max(1, count // 4), self.data.source, count)

    def load(self, report: Report) -> Measure:
        """Read the points, of which there must be enough."""
        from wcheck.measures.images import check_shape

        measure = super().load(report)
        if max(self.k) > len(measure) and not isinstance(self.k, Usual):
            raise ParameterError(
                f"k is {max(self.k)}, but {measure.name} has {counted(len(measure), 'point')}: give at most "
                f"{len(measure)}."
            )
        if self.grid is not None:
            check_shape(measure.name, measure.shape)
        return measure

    def _points(self, report: Report) -> NDArray[Any]:
        return self.kept.once("points", lambda: self.read(report).dense())


@dataclass(frozen=True, slots=True, eq=False)
class Centroids:
    """The centroids ``(k, d)`` and their weights ``(k,)``, heaviest first, the shape of a point and the scale."""

    points: NDArray[Any]
    weights: NDArray[Any]
    shape: tuple[int, ...]
    scale: str

    def images(self) -> NDArray[np.float64]:
        """Return the centroids as images ``(k, channels, height, width)``, from 0 (black) to 1 (white)."""
        from wcheck.measures.images import brightness

        return brightness(self.points, self.shape, self.scale)


def best_row(rows: Sequence[Row]) -> Row:
    """Return the row of the least loss."""
    return min(rows, key=lambda row: cast("float", row["kmedians_loss"]))
