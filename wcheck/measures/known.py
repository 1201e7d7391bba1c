r"""Pairs of distributions whose W1 and optimal potential are known.

Two normal distributions with independent coordinates of one deviation each, ``N(m, s^2)`` and ``N(m', s'^2)``: with
``s = s'`` it is a shift, ``W1 = |m - m'|`` with the potential ``<z, e>``. Otherwise ``T(z) = m' + (s'/s)(z - m)`` has a
fixed point z* and moves every point along its ray from z*, all towards it or all away; along them the 1-Lipschitz
function ``|z - z*|`` is as steep as can be. So T is optimal, and ``W1 = |1 - s'/s| E|X - z*|``, the mean of a
non-central chi distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wcheck.measures.grammar import split_slice
from wcheck.measures.synthetic import parameters


@dataclass(frozen=True, slots=True)
class Known:
    """The truth about a pair.

    Attributes
    ----------
    distance : float
        The population's W1.
    potential : callable
        Maps points ``(n, d)`` to values ``(n,)``: 1-Lipschitz, and ``E f(X) - E f(Y) = distance``.
    """

    distance: float
    potential: Callable[[NDArray[np.floating]], NDArray[np.float64]]


def known(source: str, target: str) -> Known | None:
    """Return the truth about two sources by their texts, or None where there is no closed form here.

    Any source and its very self, drawn twice, are at distance 0.
    """
    if source == target:
        return Known(0.0, lambda points: np.zeros(len(points)))
    both = [parameters(split_slice(text)[0]) for text in (source, target)]
    if any(name != "gaussian" for name, _ in both):
        return None
    (_, of_x), (_, of_y) = both
    if of_x["dim"] != of_y["dim"]:
        return None
    return _gaussians(int(of_x["dim"]), of_x["mean"], of_x["std"], of_y["mean"], of_y["std"])


def _gaussians(dim: int, mean: float, std: float, other_mean: float, other_std: float) -> Known:
    if std == other_std:
        sign = math.copysign(1.0, mean - other_mean)
        scale = sign / math.sqrt(dim)
        return Known(
            abs(mean - other_mean) * math.sqrt(dim),
            lambda points: scale * points.sum(axis=1, dtype=np.float64),
        )
    ratio = other_std / std
    centre = (other_mean - ratio * mean) / (1.0 - ratio)
    sign = math.copysign(1.0, 1.0 - ratio)

    def potential(points: NDArray[np.floating]) -> NDArray[np.float64]:
        distances: NDArray[np.float64] = np.linalg.norm(points.astype(np.float64) - centre, axis=1)
        return sign * distances

    return Known(abs(1.0 - ratio) * _mean_norm(dim, (mean - centre) ** 2 * dim, std), potential)


def _mean_norm(dim: int, squared_distance: float, std: float) -> float:
    r"""Return ``E|X|`` for a normal X: ``s sqrt(2) Gamma((d+1)/2) / Gamma(d/2) 1F1(-1/2; d/2; -|m|^2 / 2 s^2)``."""
    from scipy.special import gammaln, hyp1f1

    factor = math.exp(gammaln((dim + 1) / 2) - gammaln(dim / 2))
    return float(std * math.sqrt(2.0) * factor * hyp1f1(-0.5, dim / 2, -squared_distance / (2.0 * std * std)))
