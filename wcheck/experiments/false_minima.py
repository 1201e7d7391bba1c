"""Batches that look nothing like the data and are nearer to it than real ones: what ``wcheck false-minima`` runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from wcheck.errors import ParameterError, counted
from wcheck.experiments.base import Presets
from wcheck.experiments.data import PAPER, OnPoints, Points
from wcheck.experiments.monte_carlo import check_reps, mean_and_error
from wcheck.experiments.sampling import FINE
from wcheck.experiments.telling import false_minima as telling
from wcheck.experiments.usual import Usual, UsualNumber, said
from wcheck.progress import Report, within
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.measure import Measure

DATA = "cifar10:train"
"""The source where none is named."""
CLUSTERED, DESCENDED = 0.2, 0.6
"""About what shares of a task's time are over once the clusters and the uniform minimiser are found."""
FIT_SIZE = 10_000
"""The points that centroids are fitted to where no number is given, if half of the data are as many."""

FEWEST = 5
"""The batches below which their size is halved, where nobody chose it."""


@dataclass(frozen=True)
class FalseMinima(OnPoints[int]):
    """The mean W1 from batches of data to candidate batches of the same size (Stanczuk et al. 2021, Figure 10).

    Candidates: a real batch; the mean and the geometric median, repeated; the centroids of k-means and of k-medians,
    k = n, with uniform weights (the paper's batch) and with the weights of their cells; and n points that minimise, as
    far as a descent finds them, what the paper's argument is about: with uniform weights the W1 to all points that are
    fitted to (``uniform-minimiser``), and the mean W1 to batches of n of these (``batch-minimiser``). ``w1_fit`` is
    the former of any fixed candidate. ``fixed`` candidates stay for all repetitions; ``sampled`` ones are n fresh draws
    in each, as a generator that had learned this measure would make them (the open question of Section 5.4). All sets
    are disjoint: the points that centroids are fitted to, the batches, the real candidates. Every batch meets every
    candidate; ``difference`` is to real sampled ones, batch by batch.

    Attributes
    ----------
    data : Points
        The points.
    n : tuple of int
        Batch sizes, and the number of clusters of each.
    reps : int
        Batches. The defaults are 100 batches of 64, or fewer and smaller ones where the points are few.
    fit_points : int, optional
        Points that mean, median and centroids are fitted to; 10,000 by default, or half of the data.
    starts : int
        Random starts of the clustering, of which the best is kept.
    minimiser_starts : int
        Random starts of the uniform minimiser, beside the k-medians; the batch minimiser starts from its end.
    seed : int
        The seed of the split, the clustering and the draws.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    data: Points = field(default_factory=lambda: Points(DATA))
    n: tuple[int, ...] = Usual((64,))
    reps: int = UsualNumber(100)
    fit_points: int | None = None
    starts: int = 10
    minimiser_starts: int = 20
    seed: int = 0

    name: ClassVar[str] = "false-minima"
    columns: ClassVar[tuple[str, ...]] = (
        "data", "dim", "scale", "image_size", "embed", "dtype", "fit", "starts", "minimiser_starts", "seed", "n",
        "reps", "candidate", "weights", "draw", "w1_fit", "w1", "standard_error", "lower", "upper", "difference",
        "difference_error", "seconds", "status",
    )  # fmt: skip
    fine: ClassVar[frozenset[str]] = FINE
    presets: ClassVar[Presets] = MappingProxyType({"paper": PAPER})
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read."""
        numbers = {"n": min(self.n), "starts": self.starts, "fit_points": self.fit_points}
        for option, value in (numbers | {"minimiser_starts": self.minimiser_starts}).items():
            if value is not None and value < 1:
                raise ParameterError(f"{option} is {value}: give an integer of at least 1.")
        check_reps(self.reps)

    def tasks(self) -> Sequence[int]:
        """Return the batch sizes."""
        return list(dict.fromkeys(self.n))

    def run(self, task: int, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Fit the candidates for one batch size, and yield a row for each once all are measured."""
        import numpy as np

        from wcheck.rng import generator
        from wcheck.transport.solve.batch import exact_batch

        n, measure = task, self.read(report)
        order = generator(self.seed, "split", n).permutation(len(measure))
        fit = self._fit_size(n, len(measure))
        fitted = measure.block(np.sort(order[:fit]))
        used = order[fit:][: (2 * self.reps + 1) * n].reshape(-1, n)
        batches, others = ([measure.block(rows) for rows in part] for part in np.split(used, [self.reps]))
        real: NDArray[np.float64] | None = None
        for candidate in _candidates(
            others, fitted, n, self.starts, self.minimiser_starts, self.seed, report
        ):
            begun = time.perf_counter()
            found = exact_batch(batches, candidate.points, b=candidate.batch_weights, report=report)
            real = found.value if real is None else real
            mean, error = mean_and_error(found.value)
            difference = mean_and_error(found.value - real)
            yield {
                **self.about(report),
                "fit": fit,
                "starts": self.starts,
                "minimiser_starts": self.minimiser_starts,
                "seed": self.seed,
                "n": n,
                "reps": self.reps,
                "candidate": candidate.name,
                "weights": candidate.weights,
                "draw": candidate.draw,
                "w1_fit": candidate.to_all(fitted, report),
                "w1": mean,
                "standard_error": error,
                "lower": float(found.lower.mean()),
                "upper": float(found.upper.mean()),
                "difference": difference[0],
                "difference_error": difference[1],
                "seconds": time.perf_counter() - begun,
                "status": "ok" if found.optimal else "rounding",
            }

    def _fitted_to(self, size: int) -> int:
        return min(FIT_SIZE, size // 2) if self.fit_points is None else self.fit_points

    def _fit_size(self, n: int, size: int) -> int:
        """Return how many of ``size`` points are fitted to, if that leaves enough."""
        fit = self._fitted_to(size)
        needed = fit + (2 * self.reps + 1) * n
        if needed > size:
            raise ParameterError(
                f"{self.data.source} has {counted(size, 'point')}, but {fit} to fit to and 2 x {self.reps} + 1 "
                f"disjoint batches of {n} are {needed}: give fewer --reps, a smaller --n or --fit-points, or more data."
            )
        if fit < n:
            raise ParameterError(f"fit_points is {fit}, but {n} centroids are fitted: give at least {n}.")
        return fit

    def sizes(self, read: Callable[[], Measure]) -> Mapping[str, Any]:
        """Return fewer and smaller batches where the points are few: no fewer than :data:`FEWEST`, if that will do."""
        if not isinstance(self.n, Usual) and not isinstance(self.reps, UsualNumber):
            return {}
        size = len(read())
        rest = size - self._fitted_to(size)
        for n in self._sizes():
            room = (rest // max(n) - 1) // 2
            reps = min(self.reps, room) if isinstance(self.reps, UsualNumber) else self.reps
            if 2 <= reps <= room and (
                reps >= min(FEWEST, self.reps) or n == (1,) or not isinstance(self.n, Usual)
            ):
                break
        else:
            return {}
        for option, value in (("n", n), ("reps", (reps,))):
            if value not in (self.n, (self.reps,)):
                said(option, value, self.data.source, size)
        return {"n": n, "reps": reps}

    def _sizes(self) -> Iterator[tuple[int, ...]]:
        """Yield the batch sizes that there may be: the given ones, or the usual and what is left by halving them."""
        yield self.n
        n = self.n
        while isinstance(self.n, Usual) and n != (1,):
            yield (n := tuple(dict.fromkeys(max(1, each // 2) for each in n)))

    def load(self, report: Report) -> Measure:
        """Read the points, which must have no weights and be enough."""
        measure = super().load(report)
        if not measure.is_uniform:
            raise ParameterError(
                f"{measure.name} has weights: batches are drawn from equally likely points; leave the weights out "
                "(--drop)."
            )
        for n in self.n:
            self._fit_size(n, len(measure))
        return measure


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What batches are compared with: for each of them points, and weights unless they are uniform."""

    name: str
    weights: str
    draw: str
    points: Sequence[NDArray[Any]]
    batch_weights: Sequence[NDArray[np.float64]] | None = None

    def to_all(self, fitted: NDArray[Any], report: Report) -> float | None:
        """Return the W1 between all points that are fitted to and a fixed candidate; None for one that is sampled."""
        from wcheck.transport.solve.exact import exact
        from wcheck.transport.solve.result import uninterrupted

        if self.draw != "fixed":
            return None
        weights = None if self.batch_weights is None else self.batch_weights[0]
        return uninterrupted(exact(fitted, self.points[0], None, weights, report=report)).value


def _candidates(
    others: Sequence[NDArray[Any]],
    fitted: NDArray[Any],
    n: int,
    starts: int,
    minimiser_starts: int,
    seed: int,
    report: Report,
) -> Iterator[_Candidate]:
    """Yield the candidates, real sampled batches first; ``others`` are these, and one more that is the fixed one."""
    from wcheck.clustering import GeometricKMedians
    from wcheck.minimisers import batch_minimiser, uniform_minimiser
    from wcheck.rng import derived_seed, generator

    *fresh, fixed = others
    reps = len(fresh)
    yield _Candidate("real", "uniform", "sampled", fresh)
    yield _Candidate("real", "uniform", "fixed", [fixed] * reps)
    yield _Candidate("mean", "uniform", "fixed", [fitted.mean(axis=0, dtype="float64")[None]] * reps)
    median = GeometricKMedians(1, tol=1e-12).fit(fitted).cluster_centers_
    yield _Candidate("median", "uniform", "fixed", [median] * reps)
    clusters = GeometricKMedians(
        n, n_init=starts, random_state=derived_seed(seed, "clusters", n) % 2**32
    ).fit(fitted, report=within(report, 0.0, CLUSTERED))

    def both(name: str, weighted: str, found: NDArray[Any], weights: Any = None) -> Iterator[_Candidate]:
        fixed_weights = None if weights is None else [weights] * reps
        yield _Candidate(name, weighted, "fixed", [found] * reps, fixed_weights)
        random = generator(seed, "draws", n, name, weighted)
        draws = [found[random.choice(n, n, p=weights)] for _ in range(reps)]
        yield _Candidate(name, weighted, "sampled", draws)

    for name, centroids in (("kmeans", clusters.kmeans_centers_), ("kmedians", clusters.cluster_centers_)):
        yield from both(name, "uniform", centroids)
        yield from both(name, "cluster", centroids, _cells(fitted, centroids))
    least = uniform_minimiser(
        fitted,
        clusters.cluster_centers_,
        starts=minimiser_starts,
        seed=seed,
        report=within(report, CLUSTERED, DESCENDED),
    ).points
    yield from both("uniform-minimiser", "uniform", least)
    yield from both(
        "batch-minimiser",
        "uniform",
        batch_minimiser(fitted, least, seed=seed, report=within(report, DESCENDED, 1.0)),
    )


def _cells(points: NDArray[Any], centroids: NDArray[Any]) -> NDArray[np.float64]:
    import numpy as np

    from wcheck.medians import nearest

    labels, _ = nearest(points, centroids)
    return np.bincount(labels, minlength=len(centroids)) / len(points)
