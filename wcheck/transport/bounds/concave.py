"""Maximising concave functions of one variable that are dear to evaluate."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence

TOLERANCE = 1e-4
"""How far below the maximum, relatively, a search may stay."""
MOST_EVALUATIONS = 40

Search = Generator[float, tuple[float, float], tuple[float, float]]


def search(start: float, guess: float, factor: float) -> Search:
    """Maximise a concave function over ``s >= 0`` by cutting planes.

    Two tangents of opposite sign meet above the maximum: that height is the proof that the best value is
    within the tolerance.

    Parameters
    ----------
    start : float
        Where to begin, at least 0; from there the search moves by growing factors until it has passed the
        maximum.
    guess : float
        The size of a plausible s, above 0.
    factor : float
        The first move.

    Yields
    ------
    float
        An s at which the search wants to be sent ``(value, supergradient)``.

    Returns
    -------
    tuple of float
        The best ``(s, value)`` seen: the value is at least ``(1 - TOLERANCE)`` times the maximum, unless
        :data:`MOST_EVALUATIONS` came first or the values' own rounding hides the difference.
    """
    scale, left, right = start, None, None
    best = (0.0, -math.inf)
    for _ in range(MOST_EVALUATIONS):
        value, slope = yield scale
        best = max(best, (scale, value), key=lambda point: point[1])
        if slope == 0 or (slope < 0 and scale == 0):
            break
        if slope > 0:
            left = (scale, value, slope)
        else:
            right = (scale, value, slope)
        if left is None:
            scale = scale / factor if scale > 1e-2 * guess else 0.0
        elif right is None:
            scale = scale * factor if scale > 0 else 1e-2 * guess
        else:
            scale = (right[1] - left[1] + left[2] * left[0] - right[2] * right[0]) / (left[2] - right[2])
            ceiling = left[1] + left[2] * (scale - left[0])
            if ceiling - best[1] <= TOLERANCE * abs(best[1]) or not left[0] < scale < right[0]:
                break
        factor = min(factor * factor, 16.0)
    return best


def lockstep(
    searches: Sequence[Search],
    evaluate: Callable[[Sequence[tuple[int, float]]], Sequence[tuple[float, float]]],
) -> list[tuple[float, float]]:
    """Run several searches together, so that one call of ``evaluate`` answers one question of each.

    Parameters
    ----------
    searches : sequence of generator
        From :func:`search`.
    evaluate : callable
        Maps ``[(index of the search, s), ...]`` to ``[(value, supergradient), ...]``.

    Returns
    -------
    list
        What each search returned, in order.
    """
    results: dict[int, tuple[float, float]] = {}
    requests = [(index, next(search)) for index, search in enumerate(searches)]
    while requests:
        following = []
        for (index, _), answer in zip(requests, evaluate(requests), strict=True):
            try:
                following.append((index, searches[index].send(answer)))
            except StopIteration as stop:
                results[index] = stop.value
        requests = following
    return [results[index] for index in range(len(searches))]
