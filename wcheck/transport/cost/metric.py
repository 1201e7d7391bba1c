"""Ground metrics by their names, and functions of the user's in their place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wcheck.errors import not_one_of
from wcheck.importing import import_function
from wcheck.measures.measure import Measure
from wcheck.measures.space import check_one_space
from wcheck.transport.cost.costs import Costs, EuclideanCosts
from wcheck.transport.cost.differences import CHEBYSHEV, CITYBLOCK, Differences
from wcheck.transport.cost.directions import ANGULAR, COSINE, Directions
from wcheck.transport.cost.function import Function, FunctionCosts
from wcheck.transport.cost.sphere import great_circles


@dataclass(frozen=True, slots=True)
class Metric(ABC):
    """A ground metric d, of which costs ``d^p`` are made.

    Attributes
    ----------
    name : str
        What rows call it.
    unit : str
        The unit of its distances, where it is not that of the points.
    is_metric : bool
        Whether it is known to obey the triangle inequality; what is proved from that is not said of others.
    """

    name: str
    unit: str = ""
    is_metric: bool = True

    @abstractmethod
    def costs(self, x: Measure, y: Measure, p: int, room: int) -> Costs:
        """Return the costs between the points of two measures; ``room`` is the bytes that they may keep."""

    def is_line(self, dim: int) -> bool:
        """Whether distances of points of so many coordinates are ``|x - y|`` on the line."""
        return False


@dataclass(frozen=True, slots=True)
class Named(Metric):
    """A metric that wcheck knows.

    Attributes
    ----------
    between : callable
        Maps two measures and p to their costs.
    of_coordinates : bool
        Whether it is a norm of differences.
    """

    between: Callable[[Measure, Measure, int], Costs] = EuclideanCosts
    of_coordinates: bool = False

    def costs(self, x: Measure, y: Measure, p: int, room: int) -> Costs:
        """Return the costs; see :meth:`Metric.costs`."""
        check_one_space(x, y)
        return (EuclideanCosts if self.is_line(x.dim) else self.between)(x, y, p)

    def is_line(self, dim: int) -> bool:
        """Whether it is ``|x - y|``: on the line, all norms of differences are."""
        return dim == 1 and self.of_coordinates


@dataclass(frozen=True, slots=True)
class Users(Metric):
    """A function of the user's, of which nothing is known but what it returns."""

    is_metric: bool = False
    function: Function = max

    def costs(self, x: Measure, y: Measure, p: int, room: int) -> Costs:
        """Return the costs; see :meth:`Metric.costs`."""
        return FunctionCosts(x, y, p, self.function, self.name, room)


EUCLIDEAN = Named("euclidean", of_coordinates=True)
METRICS = {
    metric.name: metric
    for metric in (
        EUCLIDEAN,
        Named("cityblock", between=lambda x, y, p: Differences(x, y, p, CITYBLOCK), of_coordinates=True),
        Named("chebyshev", between=lambda x, y, p: Differences(x, y, p, CHEBYSHEV), of_coordinates=True),
        Named("cosine", is_metric=False, between=lambda x, y, p: Directions.of(x, y, p, COSINE)),
        Named("angular", "radians", between=lambda x, y, p: Directions.of(x, y, p, ANGULAR)),
        Named("haversine", "km", between=great_circles),
    )
}
"""All metrics by name."""


def metric_of(given: Any, folder: Path = Path()) -> Metric:
    """Return a metric from its name, from ``module:function``, or from a function.

    Parameters
    ----------
    given : str, callable or Metric
        A name; a function maps blocks ``(k, d)`` and ``(l, d)`` of points to costs ``(k, l)``, finite and not negative.
    folder : Path
        Where a module may lie.

    Raises
    ------
    ParameterError
        If it is none of these.
    SourceError
        If the function cannot be imported.
    """
    if isinstance(given, Metric):
        return given
    if isinstance(given, str):
        if given in METRICS:
            return METRICS[given]
        if ":" in given:
            return Users(given, function=import_function(given, "--metric", folder))
    elif callable(given):
        module, name = (getattr(given, part, "") for part in ("__module__", "__qualname__"))
        return Users(f"{module}:{name or type(given).__name__}", function=given)
    raise not_one_of(
        "metric",
        given,
        METRICS,
        also=", or module:function for your own function that maps blocks of points (k, d) and (l, d) to costs (k, l)",
    )
