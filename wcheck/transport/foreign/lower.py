"""The lower end of a certificate: potentials are read in the way that proves most, and made feasible."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wcheck.transport.foreign.pairs import Below, Pairs
from wcheck.transport.foreign.potentials import CHANGED, Given, Reading, readings

NOTHING = "potentials of 0, as none were given: the mean cost of the nearest point"
SAME = 1e-12
"""By how much, in units of the spread of costs, two readings prove the same."""


def lower_end(pairs: Pairs, given: Given | None, epsilon: float | None) -> Below:
    """Return the lower end that potentials prove, or zeros where there are none."""
    a, b = pairs.weights
    if given is None:
        every: list[Reading] = [
            Reading("v", np.zeros(len(b)), None, NOTHING, 1.0),
            Reading("u", np.zeros(len(a)), None, NOTHING, 1.0),
        ]
    else:
        every = list(readings(given, pairs.p, epsilon, a, b))
    reading = _best(pairs, every)
    raw = pairs.in_unit(reading.values)
    values, shift = _confined(raw, pairs.spread)
    bound, found, u, v = pairs.lower(reading.side, values)
    estimate = infeasibility = None
    told = reading.told
    if reading.other is not None:
        other = pairs.in_unit(reading.other)
        facing = found + shift  # the c-transform of the values as they were given
        if _off(-other, facing) < _off(other, facing):
            other, told = -other, f"{told} (the other side has the opposite sign)"
        own, weights = (b, a) if reading.side == "v" else (a, b)
        if np.isfinite(raw).all() and np.isfinite(other).all():
            estimate = float(own @ raw + weights @ other)
            infeasibility = max(0.0, float((other - facing).max()))
    return Below(bound, reading.side, u, v, told, reading.scale, reading.lessened, estimate, infeasibility)


def _best(pairs: Pairs, every: Sequence[Reading]) -> Reading:
    """Return the reading that proves most on a sample of the points.

    Of those that prove the same up to rounding it is the first whose sign need not be changed.
    """
    if len(every) == 1:
        return every[0]
    a, b = pairs.weights
    scores: dict[int, float] = {}
    for side, own, facing in (("v", b, a), ("u", a, b)):
        some = [k for k, reading in enumerate(every) if reading.side == side]
        if not some:
            continue
        drawn, cost = pairs.sample(side)  # type: ignore[arg-type]
        share = facing[drawn] / facing[drawn].sum()
        for k in some:
            values, _ = _confined(pairs.in_unit(every[k].values), pairs.spread)
            scores[k] = float(share @ (cost - values).min(axis=1) + own @ values)
    enough = max(scores.values()) - SAME * pairs.spread
    good = sorted(k for k, score in scores.items() if score >= enough)
    return every[min(good, key=lambda k: every[k].told.endswith(CHANGED))]


def _confined(values: NDArray[np.float64], spread: float) -> tuple[NDArray[np.float64], float]:
    """Return potentials of which the largest is 0, and what was added to them.

    A constant changes no bound. One that is farther below the largest than costs spread decides no minimum, so it is
    raised to there, which can only raise the bound.
    """
    shift = -float(values.max())
    return np.maximum(values + shift, -spread), shift


def _off(values: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """Return how far values are from others, except for a constant."""
    apart = (values - wanted)[np.isfinite(values)]
    return float(np.abs(apart - np.median(apart)).mean()) if len(apart) else np.inf
