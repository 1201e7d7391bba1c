"""The distance as a single number, and as a metric between weight vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wcheck.errors import ParameterError, SolverError, counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OnSupport", "on_support", "wasserstein"]

TOTAL = 1e-6
"""The largest difference between the total of the weights and 1."""
CLOSED = 1e-6
"""The relative width below which a bracket counts as a single number."""


def wasserstein(x: Any, y: Any, a: Any = None, b: Any = None, *, p: int = 1) -> float:
    r"""Return the Wasserstein-p distance between two sets of points.

    .. math:: W_p^p = \min_{\pi \in \Pi(a, b)} \sum_{ij} \pi_{ij} |x_i - y_j|^p

    Parameters
    ----------
    x, y : array, tensor or data frame, shapes (n, d) and (m, d)
        The points; a vector is n points on the line.
    a, b : array, shapes (n,) and (m,), optional
        Weights, not negative, with totals within 1e-6 of 1; uniform if left out.
    p : {1, 2}
        The exponent.

    Returns
    -------
    float
        The distance, exact to a relative 1e-6, by the certificate of :func:`wcheck.exact`, which has the bracket, the
        plan and the potentials as well.

    Raises
    ------
    ParameterError
        If the points or the weights are not as described.
    SolverError
        If the distance cannot be certified so exactly.

    Examples
    --------
    >>> wasserstein([[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 1.0]])
    1.0
    """
    from wcheck.transport.solve.exact import exact

    result = exact(x, y, a, b, p=p)
    if result.status != "optimal" and result.bracket.gap > max(result.allowance, 0.0):
        raise SolverError(
            f"the distance is only certified to lie in {result.bracket}: wcheck.exact returns that bracket; use a "
            "larger tol, or points whose distances differ less in size."
        )
    return result.value


@dataclass(frozen=True, slots=True, eq=False)
class OnSupport:
    """The Wasserstein-1 distance between measures on points that do not change; :func:`on_support` makes one.

    Attributes
    ----------
    points : ndarray, shape (k, d), float64
        The support.
    order : ndarray, shape (k,), or None
        On the line, the order of the points.
    cost : ndarray, shape (k, k), float64, or None
        Elsewhere, their distances.

    Examples
    --------
    >>> distance = on_support([[0.0, 0.0], [3.0, 4.0]])
    >>> distance([0.5, 0.5], [1.0, 0.0])
    2.5
    """

    points: NDArray[np.float64]
    order: NDArray[np.int64] | None
    cost: NDArray[np.float64] | None

    def __repr__(self) -> str:
        """Say in a line what it is, without the points."""
        n, dim = self.points.shape
        return f"OnSupport({counted(n, 'point')} of {counted(dim, 'coordinate')})"

    def __call__(self, u: Any, v: Any) -> float:
        """Return the distance between the weights u and the weights v, shape (k,), each with a total of 1."""
        import numpy as np

        surplus = self._weights(u, "u") - self._weights(v, "v")
        if self.cost is None:
            lengths = np.diff(self.points[self.order, 0])
            return float(lengths @ np.abs(np.cumsum(surplus[self.order])[:-1]))
        # Mass that both have stays where it is: a plan that moves it is not shorter, by the triangle inequality.
        source, target = np.flatnonzero(surplus > 0), np.flatnonzero(surplus < 0)
        if not (len(source) and len(target)):
            return 0.0
        return _least(surplus[source], -surplus[target], self.cost[np.ix_(source, target)])

    def _weights(self, given: Any, name: str) -> NDArray[np.float64]:
        import numpy as np

        weights = np.asarray(given, np.float64)
        if weights.shape != (len(self.points),):
            raise ParameterError(
                f"{name} has shape {weights.shape}: give a weight for each of {counted(len(self.points), 'point')}."
            )
        total = float(weights.sum())
        if not (abs(total - 1.0) <= TOTAL and weights.min() >= 0.0):
            raise ParameterError(
                f"{name} has a total of {total:g} and a least weight of {weights.min():g}: weights are not negative "
                "and have a total of 1; divide each row by its sum."
            )
        scaled: NDArray[np.float64] = weights / total
        return scaled


def _least(a: NDArray[np.float64], b: NDArray[np.float64], cost: NDArray[np.float64]) -> float:
    """Return the least cost of moving masses of one total, if a dual solution proves it."""
    from wcheck.transport.programs.dense import solve

    moved = float(a.sum())
    a, b = a / a.sum(), b / b.sum()
    found = solve(a, b, cost)
    value = float(found.mass @ cost[found.rows, found.columns] / found.mass.sum())
    proven = float(a @ (cost - found.v).min(axis=1) + b @ found.v)
    if not value - proven <= CLOSED * value:
        raise SolverError(
            f"the distance is known to lie between {moved * proven} and {moved * value} only: wcheck.exact has a "
            "certified bracket."
        )
    return moved * value


def on_support(points: Any) -> OnSupport:
    r"""Return the Wasserstein-1 distance between measures on fixed points, as a function of their weights alone.

    .. math:: (u, v) \mapsto \min_{\pi \in \Pi(u, v)} \sum_{ij} \pi_{ij} |x_i - x_j|

    Distances of points are computed once, so that it can be called many times: as ``metric=`` of scikit-learn, whose
    rows are then histograms on these points.

    Parameters
    ----------
    points : array, tensor or data frame, shape (k, d)
        The support; a vector is k points on the line. Elsewhere it takes 8 k^2 bytes.

    Returns
    -------
    OnSupport
        A function of two vectors ``(k,)``, not negative, with totals within 1e-6 of 1. On the line it is the area
        between the distribution functions; elsewhere the cost of an optimal plan, which a dual solution proves to a
        relative 1e-6. It can be pickled.

    Raises
    ------
    ParameterError
        If the points are not as for :func:`wcheck.exact`.
    SourceError
        If their distances do not fit into memory.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> histograms = np.array([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.0, 0.1, 0.9], [0.1, 0.0, 0.9]])
    >>> distance = on_support([0.0, 1.0, 2.0])
    >>> classifier = KNeighborsClassifier(1, metric=distance).fit(histograms, ["left", "left", "right", "right"])
    >>> classifier.predict([[0.5, 0.5, 0.0]]).tolist()
    ['left']
    """
    import numpy as np

    from wcheck.measures.measure import Measure
    from wcheck.measures.rows import check_memory

    support = Measure.of(points, name="points").dense().astype(np.float64)
    if support.shape[1] == 1:
        return OnSupport(support, np.argsort(support[:, 0], kind="stable"), None)
    check_memory(16 * len(support) ** 2, f"the distances of {len(support):,} points", "give fewer points")
    from scipy.spatial.distance import cdist

    return OnSupport(support, None, cdist(support, support))
