"""Toys of W1 itself: segments, a peak, a shift, and measures on a line."""

from __future__ import annotations

import math
from collections.abc import Iterator

from wcheck.experiments.toy import Fact, divergences, w1

CELLS = 200
"""Into which the line is cut; shifts and widths are whole numbers of cells, so that nothing is lost."""
WIDTH = 0.1
"""The width of the peak."""


def segments(x: float, seed: int) -> Iterator[Fact]:
    """Compare two parallel segments of unit length at distance ``x``."""
    import numpy as np

    heights = (np.arange(100) + 0.5) / 100
    left = np.stack([np.zeros(100), heights], axis=1)
    right = np.stack([np.full(100, x), heights], axis=1)
    yield w1(abs(x), left, right)
    apart = float(x != 0)
    p = np.concatenate([np.full(100, 0.01), np.zeros(100)])
    q = np.roll(p, 100) if apart else p
    infinite = math.inf if apart else 0.0
    yield from divergences(p, q, js=apart * math.log(2), kl=infinite, tv=apart)


def peak(x: float, seed: int) -> Iterator[Fact]:
    """Compare two measures that are half uniform, half in a narrow peak, ``x`` further right in one of them."""
    import numpy as np

    step, width = round(x * CELLS), round(WIDTH * CELLS)
    places = (np.arange(CELLS) + 0.5) / CELLS
    p, q = np.full(CELLS, 0.5 / CELLS), np.full(CELLS, 0.5 / CELLS)
    p[:width] += 0.5 / width
    q[step : step + width] += 0.5 / width
    # In the plane, where the solver does not just sort.
    line = np.stack([places, np.zeros(CELLS)], axis=1)
    yield w1(abs(x) / 2, line, line, p, q)
    high, low, length = 0.5 + 0.5 / WIDTH, 0.5, min(WIDTH, abs(x))
    mixed = high * math.log(2 * high / (high + low)) + low * math.log(2 * low / (high + low))
    yield from divergences(
        p, q, js=length * mixed, kl=length * (high - low) * math.log(high / low), tv=length * (high - low)
    )


def shift(x: float, seed: int) -> Iterator[Fact]:
    """Compare points and the same points moved by a vector of length ``x``."""
    from wcheck.rng import generator

    random = generator(seed, "toys", "shift")
    points, direction = random.standard_normal((200, 5)), random.standard_normal(5)
    yield w1(abs(x), points, points + x * direction / math.sqrt(direction @ direction))


def quantiles(x: float, seed: int) -> Iterator[Fact]:
    """Compare points on a line in the plane: normal ones, and exponential ones times ``x``."""
    import numpy as np
    from scipy.stats import wasserstein_distance

    from wcheck.rng import generator

    random = generator(seed, "toys", "quantiles")
    normal, exponential = random.standard_normal(150), x * random.standard_exponential(100)
    direction = np.array([0.6, 0.8])
    closed_form = float(wasserstein_distance(normal, exponential))
    yield w1(closed_form, normal[:, None] * direction, exponential[:, None] * direction)
