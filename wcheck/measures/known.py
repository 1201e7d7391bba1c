r"""Pairs of distributions whose W1 and optimal potential are known.

Two normal distributions with independent coordinates of one deviation each, ``N(m, s^2)`` and ``N(m', s'^2)``: with
``s = s'`` it is a shift, ``W1 = |m - m'|`` with the potential ``<z, e>``. Otherwise ``T(z) = m' + (s'/s)(z - m)`` has a
fixed point z* and moves every point along its ray from z*, all towards it or all away; along them the 1-Lipschitz
function ``|z - z*|`` is as steep as can be. So T is optimal, and ``W1 = |1 - s'/s| E|X - z*|``, the mean of a
non-central chi distribution.

Two sources ``funnel`` that differ in ``move`` alone: see :mod:`wcheck.measures.funnels`. Their distance is an
expectation without a closed form; it is computed by Monte Carlo once, and carries its standard error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from wcheck.measures.funnels import Funnels, mean_distance
from wcheck.measures.grammar import split_slice
from wcheck.measures.potential import Pointwise, Potential
from wcheck.measures.synthetic import Values, funnels_of, parameters, shape_of


@dataclass(frozen=True, slots=True)
class Known:
    """The truth about a pair.

    Attributes
    ----------
    distance : float
        The population's W1.
    potential : Potential
        A 1-Lipschitz f with ``E f(X) - E f(Y) = distance``; its gradient has length 1 wherever mass is carried.
    standard_error : float
        The standard error of the distance: 0 where it is a closed form.
    """

    distance: float
    potential: Potential
    standard_error: float = 0.0


def known(source: str, target: str, *, moved: bool = False) -> Known | None:
    """Return the truth about two sources by their texts, or None where nothing is known here.

    Any source and its very self, drawn twice, are at distance 0, also where their points were ``moved`` by a
    preprocessing; nothing else is known of them then.
    """
    if source == target:
        return NOTHING
    if moved:
        return None
    (name, of_x), (other, of_y) = (parameters(split_slice(text)[0]) for text in (source, target))
    if name != other or name not in PAIRS:
        return None
    return PAIRS[name](of_x, of_y)


def _gaussians(x: Values, y: Values) -> Known | None:
    if x["dim"] != y["dim"]:
        return None
    dim, mean, std = int(x["dim"]), x["mean"], x["std"]
    if std == y["std"]:
        shift = mean - y["mean"]
        slope = math.copysign(1.0, shift) / math.sqrt(dim)
        return Known(
            abs(shift) * math.sqrt(dim),
            Pointwise(
                lambda points: slope * points.sum(axis=1, dtype=np.float64),
                lambda points: np.full(points.shape, slope),
            ),
        )
    ratio = y["std"] / std
    centre = (y["mean"] - ratio * mean) / (1.0 - ratio)
    sign = math.copysign(1.0, 1.0 - ratio)
    cone = Funnels(np.full((1, dim), centre), np.zeros(1))
    return _signed(sign, cone, abs(1.0 - ratio) * _mean_norm(dim, (mean - centre) ** 2 * dim, std))


def _funnels(x: Values, y: Values) -> Known | None:
    if shape_of(x) != shape_of(y):
        return None
    way = y["move"] - x["move"]
    if way == 0.0:
        return NOTHING
    mean, error = mean_distance(*shape_of(x))
    return _signed(math.copysign(1.0, way), funnels_of(x), abs(way) * mean, abs(way) * error)


def _signed(sign: float, u: Funnels, distance: float, standard_error: float = 0.0) -> Known:
    potential = Pointwise(lambda points: sign * u(points), lambda points: sign * u.gradient(points))
    return Known(distance, potential, standard_error)


NOTHING = Known(0.0, Pointwise(lambda points: np.zeros(len(points)), lambda points: np.zeros(points.shape)))
"""The truth about two draws of one distribution."""
PAIRS: Mapping[str, Callable[[Values, Values], Known | None]] = {"gaussian": _gaussians, "funnel": _funnels}
"""What is known of two sources of one family."""


def _mean_norm(dim: int, squared_distance: float, std: float) -> float:
    r"""Return ``E|X|`` for a normal X: ``s sqrt(2) Gamma((d+1)/2) / Gamma(d/2) 1F1(-1/2; d/2; -|m|^2 / 2 s^2)``."""
    from scipy.special import gammaln, hyp1f1

    factor = math.exp(gammaln((dim + 1) / 2) - gammaln(dim / 2))
    return float(std * math.sqrt(2.0) * factor * hyp1f1(-0.5, dim / 2, -squared_distance / (2.0 * std * std)))
