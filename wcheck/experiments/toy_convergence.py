r"""Toys of Theorem 2 of Arjovsky et al. 2017: which sequences converge in which distance, and what bounds what.

``W1 <= diameter * TV`` and ``TV <= sqrt(KL / 2)`` (Pinsker), so that convergence in KL implies that in TV, and this
that in W1; not the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wcheck.experiments.toy import Fact, divergences, w1

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FINEST = 128
"""The points that stand for the uniform distribution; an even number of them for each atom."""
APART = 2.0
"""The distance of the two sides of a coin."""


def atoms(x: float, seed: int) -> Iterator[Fact]:
    """Compare the uniform distribution on [0, 1] with atoms in its midst, ``x`` apart: W1 is x / 4, all else stays.

    Each atom serves its cell of length x, in which points are a quarter of it away in the mean. No atom is one of the
    :data:`FINEST` points, as few as there may be of them.
    """
    import numpy as np

    count = round(1 / x)
    fine, coarse = ((2 * np.arange(n) + 1) / (2 * n) for n in (FINEST, count))
    yield w1(x / 4, _on_line(coarse), _on_line(fine))
    p = np.concatenate([np.full(count, 1 / count), np.zeros(FINEST)])
    q = np.concatenate([np.zeros(count), np.full(FINEST, 1 / FINEST)])
    yield from divergences(p, q, js=math.log(2), kl=math.inf, tv=1.0)


def coins(x: float, seed: int) -> Iterator[Fact]:
    """Compare a fair coin with one that falls on its first side with probability ``(1 + x) / 2``."""
    import numpy as np

    yield from _tilted(x, np.array([0.0, APART]), np.array([True, False]))


def tilt(x: float, seed: int) -> Iterator[Fact]:
    """Compare 100 equally likely random places with ones of which half are ``1 + x`` times as likely."""
    from wcheck.rng import generator

    random = generator(seed, "toys", "tilt")
    places = random.standard_normal(100)
    yield from _tilted(x, places, random.permutation(100) < 50)


def _tilted(x: float, places: NDArray[np.float64], heavy: NDArray[np.bool_]) -> Iterator[Fact]:
    """Compare the uniform distribution on ``places`` with a mixture of it and of that on its heavy half.

    The mixture takes the heavy half with probability x: by duality W1 is x times that to the half itself.
    """
    import numpy as np
    from scipy.spatial.distance import pdist
    from scipy.special import xlogy
    from scipy.stats import wasserstein_distance

    from wcheck.experiments.divergences import kullback_leibler, total_variation

    q = np.full(len(places), 1 / len(places))
    p = q * np.where(heavy, 1 + x, 1 - x)
    points = _on_line(places)
    yield w1(x * float(wasserstein_distance(places[heavy], places)), points, points, p, q)
    kl = float(xlogy(1 + x, 1 + x) + xlogy(1 - x, 1 - x)) / 2
    from_p = float(xlogy(1 + x, (1 + x) / (1 + x / 2)) + xlogy(1 - x, (1 - x) / (1 - x / 2))) / 2
    js = (from_p - (math.log1p(x / 2) + math.log1p(-x / 2)) / 2) / 2
    yield from divergences(p, q, js=js, kl=kl, tv=x / 2)
    yield Fact("w1_bound", np.ptp(places) * x / 2, pdist(points).max() * total_variation(p, q))
    yield Fact("tv_bound", math.sqrt(kl / 2), math.sqrt(kullback_leibler(p, q) / 2))


def _on_line(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points in the plane, where the solver does not just sort."""
    import numpy as np

    return np.asarray(places[:, None] * [0.6, 0.8])
