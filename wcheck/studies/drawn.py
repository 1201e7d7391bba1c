"""Is a game better than the luck of its draws? Ranks of all draws, between games and within them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

PERMUTATIONS = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Shares:
    r"""How much of the differences of draws is between games.

    Attributes
    ----------
    ratio : float
        The variance of games over that of the draws of one game, of ranks:
        :math:`\hat\sigma_b^2 / \hat\sigma_w^2 = (F - 1) / n_0`, below 0 where games differ by less than draws of one
        game would by chance.
    lower, upper : float
        Its 95 % interval, by the distribution of F.
    p_value : float
        The share of permutations, of the games within each draw, whose F is at least as large.
    """

    ratio: float
    lower: float
    upper: float
    p_value: float


def shares(scores: ArrayLike, games: ArrayLike, drawn: ArrayLike, *, seed: int = 0) -> Shares | None:
    """Compare games by the ranks of their draws; draws that failed, nan, share the last rank.

    The model is one way with random effects: a rank is the mean, plus what its game adds, plus what its draw adds.
    Ranks are bounded, which keeps one draw that went astray from deciding.

    Parameters
    ----------
    scores : array_like of float
        Smaller is better.
    games, drawn : array_like
        Which game, and which draw, each score is of.
    seed : int
        The seed of the permutations.

    Returns
    -------
    Shares or None
        None where there are fewer than two games, no game has two draws, or all scores are equal.

    References
    ----------
    Searle, Casella and McCulloch, Variance Components, 1992, Sections 3.5 and 3.6.
    """
    import numpy as np
    from scipy.stats import f as fisher
    from scipy.stats import rankdata

    values = np.asarray(scores, float)
    ranks = rankdata(np.where(np.isnan(values), np.inf, values))
    _, code = np.unique(np.asarray(games), return_inverse=True)
    counts = np.bincount(code)
    between, within = len(counts) - 1, len(ranks) - len(counts)
    if between < 1 or within < 1 or ranks.min() == ranks.max():
        return None
    found = _f(ranks, code)
    size = (len(ranks) - (counts**2).sum() / len(ranks)) / between
    tail = (1 - CONFIDENCE) / 2
    ends = (found / fisher.ppf(1 - side, between, within) for side in (tail, 1 - tail))
    lower, upper = ((end - 1) / size for end in ends)
    p_value = _p_value(ranks, code, np.asarray(drawn), found, seed)
    return Shares((found - 1) / size, lower, upper, p_value)


def _f(ranks: NDArray[np.float64], code: NDArray[np.intp]) -> float:
    """Return the mean square between games over that within them; infinite where none differs within."""
    import numpy as np

    counts = np.bincount(code)
    means = np.bincount(code, ranks) / counts
    between = float(counts @ (means - ranks.mean()) ** 2) / (len(counts) - 1)
    within = float(((ranks - means[code]) ** 2).sum()) / (len(ranks) - len(counts))
    return between / within if within > 0 else np.inf


def _p_value(
    ranks: NDArray[np.float64], code: NDArray[np.intp], drawn: NDArray[np.generic], found: float, seed: int
) -> float:
    """Return the share of permutations within draws that are as extreme, the one that was found among them."""
    from wcheck.rng import generator

    random = generator(seed, "games within draws")
    blocks = [(drawn == value).nonzero()[0] for value in dict.fromkeys(drawn.tolist())]
    extreme = 1
    for _ in range(PERMUTATIONS):
        shuffled = ranks.copy()
        for rows in blocks:
            shuffled[rows] = ranks[random.permutation(rows)]
        extreme += _f(shuffled, code) >= found * (1 - 1e-12)
    return extreme / (PERMUTATIONS + 1)
