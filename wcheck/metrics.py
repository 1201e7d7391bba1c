"""The distance as one number, for those who want nothing else."""

from __future__ import annotations

from typing import Any

from wcheck.errors import SolverError

__all__ = ["wasserstein"]


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
            f"the distance is certified to lie in {result.bracket} only: wcheck.exact returns that bracket; give it "
            "a larger tol, or points whose distances differ less in size."
        )
    return result.value
