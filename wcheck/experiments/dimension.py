r"""The intrinsic dimension of a set of points, from the distances to nearest neighbours.

With ``T_j(x)`` the distance from x to its j-th neighbour:

* ``mle``: ``1/d = mean over x of sum_{j<k} ln(T_k(x) / T_j(x)) / (k - 1)``: Levina and Bickel's maximum likelihood
  (2004) averaged as MacKay and Ghahramani (2005) do, over inverses.
* ``twonn``: of ``mu = T_2 / T_1`` the distribution function is ``1 - mu^-d``; the slope through the origin of
  ``-ln(1 - F)`` over ``ln mu``, the largest tenth left out (Facco et al. 2017).

Duplicates are removed first: at distance 0 neither is defined.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, cast

from wcheck.errors import ParameterError
from wcheck.experiments.sampling import describe
from wcheck.progress import Report
from wcheck.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import Preprocessing

    Array = NDArray[np.float64]

QUERIES = 1000
"""Points whose neighbours are sought at a time."""
KEPT = 0.9
"""Share of the points that the line of twonn goes through."""


@dataclass(frozen=True)
class Dimension:
    """Estimates of the intrinsic dimension of a source.

    Attributes
    ----------
    source : str
        The points.
    preprocessing : Preprocessing
        What is done to them.
    k : tuple of int
        Neighbours of the maximum likelihood estimate, each at least 2.
    """

    source: str
    preprocessing: Preprocessing
    k: tuple[int, ...] = (3, 5, 10, 20)

    name: ClassVar[str] = "dimension"
    columns: ClassVar[tuple[str, ...]] = (
        "source", "n", "dim", "scale", "image_size", "duplicates", "method", "k", "value", "standard_error", "seconds",
        "status",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = frozenset({"ok"})
    neutral: ClassVar[frozenset[str]] = frozenset({"preprocessing.data_dir", "preprocessing.folder"})

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If k is below 2.
        """
        if min(self.k) < 2:
            raise ParameterError(
                f"k is {min(self.k)}: it takes at least 2 neighbours; give an integer from 2 on."
            )

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and the content hash of the points."""
        options: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        return options | {"data": describe(self._measure(report))}

    def tasks(self) -> Sequence[tuple[str, int | None]]:
        """Return (method, k)."""
        return [*(("mle", k) for k in self.k), ("twonn", None)]

    def run(self, task: tuple[str, int | None], report: Report) -> Iterator[Row]:
        """Yield the one row of an estimate.

        Raises
        ------
        ParameterError
            If there are too few distinct points.
        """
        from wcheck.measures.scaling import scale_of

        method, k = task
        begun = time.perf_counter()
        measure = self._measure(report)
        distances = self._distances(report)
        value, error = maximum_likelihood(distances[:, :k]) if k is not None else two_neighbours(distances)
        yield {
            "source": measure.name,
            "n": len(distances),
            "dim": measure.dim,
            "scale": scale_of(measure),
            "image_size": self.preprocessing.image_size,
            "duplicates": len(measure) - len(distances),
            "method": method,
            "k": k,
            "value": value,
            "standard_error": error,
            "seconds": time.perf_counter() - begun,
            "status": "ok",
        }

    def _measure(self, report: Report) -> Measure:
        from wcheck.measures.sources import load

        if "measure" not in self.__dict__:  # read once; an attribute, but not of the configuration
            self.__dict__["measure"] = load(self.source, preprocessing=self.preprocessing, report=report)
        return cast("Measure", self.__dict__["measure"])

    def _distances(self, report: Report) -> Array:
        if "distances" not in self.__dict__:
            self.__dict__["distances"] = neighbour_distances(self._measure(report), max(self.k), report)
        return cast("Array", self.__dict__["distances"])


def neighbour_distances(measure: Measure, k: int, report: Report) -> Array:
    """Return the distances from each distinct point to its k nearest others, ascending, ``(n, k)``.

    Neighbours are found by scikit-learn, in the points' own precision, and measured again by direct differences.

    Raises
    ------
    ParameterError
        If there are no more than k distinct points.
    """
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    from wcheck.transport.cost import pair_costs

    points = measure.dense()
    rows = points.view(np.dtype((np.void, points.dtype.itemsize * points.shape[1]))).ravel()
    points = points[np.sort(np.unique(rows, return_index=True)[1])]
    if len(points) <= k:
        raise ParameterError(
            f"{measure.name} has {len(points)} distinct points: {k} neighbours need more; "
            "give more points or a smaller k."
        )
    search = NearestNeighbors(n_neighbors=k + 1).fit(points)
    distances = np.empty((len(points), k))
    for start in range(0, len(points), QUERIES):
        own = np.arange(start, min(start + QUERIES, len(points)))
        report("neighbours", start, len(points))
        found = search.kneighbors(points[own], return_distance=False)
        measured = pair_costs(points, points, np.repeat(own, k + 1), found.ravel()).reshape(found.shape)
        # The point itself is its nearest, unless rounding hides it behind one almost as near.
        measured[found == own[:, None]] = -1.0
        distances[own] = np.sort(measured, axis=1)[:, 1:]
    report("neighbours", len(points), len(points))
    return distances


def maximum_likelihood(distances: Array) -> tuple[float, float]:
    """Return the estimate from ascending neighbour distances ``(n, k)``, and its standard error.

    The error takes the points' terms as independent, which neighbours are not quite.
    """
    import numpy as np

    inverses = np.log(distances[:, -1:] / distances[:, :-1]).mean(axis=1)
    value = 1.0 / float(inverses.mean())
    return value, value**2 * float(inverses.std(ddof=1)) / math.sqrt(len(inverses))


def two_neighbours(distances: Array) -> tuple[float, None]:
    """Return the estimate from the first two of ascending neighbour distances ``(n, k)``."""
    import numpy as np

    logs = np.sort(np.log(distances[:, 1] / distances[:, 0]))
    kept = max(1, int(KEPT * len(logs)))
    heights = -np.log1p(-np.arange(1, kept + 1) / len(logs))
    return float(logs[:kept] @ heights / (logs[:kept] @ logs[:kept])), None
